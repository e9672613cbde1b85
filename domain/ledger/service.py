"""Posting transactions once, and reading accounts."""

from typing import Any
from uuid import UUID

from domain.actor import Actor, ActorKind
from domain.clock import utc_now
from domain.db import connection, transactional
from domain.errors import Conflict, Forbidden, Invalid, NotFound, raised_by
from domain.ids import new_id
from domain.ledger.types import (
    AccountView,
    Posting,
    StatementLine,
    TrialBalance,
    TrialBalanceLine,
    kind_of,
)
from domain.permissions import service as permissions


@raised_by("ledger_balanced")
class Unbalanced(Invalid):
    code = "ledger_unbalanced"
    title = "The entries of a ledger transaction must sum to zero in every currency"


@raised_by("ledger_no_overdraft")
class Overdraft(Conflict):
    code = "ledger_overdraft"
    title = "More would leave the account than is owed on it"


class PostedDifferently(Conflict):
    code = "ledger_posted_differently"
    title = "Another transaction with other amounts stands under this reference"


class NoSuchAccount(NotFound):
    code = "ledger_account_not_found"
    title = "There is no such ledger account"


@transactional
async def post(actor: Actor, posting: Posting) -> bool:
    """Write a transaction unless it stands already; return whether it was written now.

    For the marketplace's own jobs. Raises Unbalanced, Overdraft, and PostedDifferently when the
    same kind and reference were posted with other legs.
    """
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden("Only the marketplace itself posts to the ledger")
    db, transaction_id = connection(), new_id()
    inserted = await db.fetchval(
        "INSERT INTO ledger_transaction (id, kind, external_reference, episode_id, memo, posted_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, external_reference) DO NOTHING"
        " RETURNING id",
        transaction_id, posting.kind, posting.external_reference, posting.episode_id,
        posting.memo, utc_now(),
    )  # fmt: skip
    if inserted is None:
        await _require_same(posting)
        return False
    # In one order for everybody, so that two postings never wait for each other.
    for leg in sorted({(leg.account, leg.currency) for leg in posting.legs}):
        await db.execute(
            "INSERT INTO ledger_account (id, code, currency, kind, balance_minor)"
            " VALUES ($1, $2, $3, $4, 0) ON CONFLICT (code, currency) DO NOTHING",
            new_id(), leg[0], leg[1].value, kind_of(leg[0]).value,
        )  # fmt: skip
    await db.execute(
        "INSERT INTO ledger_entry (id, transaction_id, account_id, currency, amount_minor)"
        " SELECT l.id, $1, a.id, l.currency, l.amount"
        " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[])"
        "   AS l(id, code, currency, amount)"
        " JOIN ledger_account a ON a.code = l.code AND a.currency = l.currency"
        " ORDER BY a.id",
        transaction_id,
        [new_id() for _ in posting.legs],
        [leg.account for leg in posting.legs],
        [leg.currency.value for leg in posting.legs],
        [leg.amount for leg in posting.legs],
    )
    return True


async def _require_same(posting: Posting) -> None:
    rows = await connection().fetch(
        "SELECT a.code, e.currency, e.amount_minor FROM ledger_transaction t"
        " JOIN ledger_entry e ON e.transaction_id = t.id"
        " JOIN ledger_account a ON a.id = e.account_id"
        " WHERE t.kind = $1 AND t.external_reference = $2",
        posting.kind, posting.external_reference,
    )  # fmt: skip
    stored = sorted((row["code"], row["currency"], row["amount_minor"]) for row in rows)
    if stored != sorted((leg.account, leg.currency.value, leg.amount) for leg in posting.legs):
        raise PostedDifferently


@transactional
async def show_account(actor: Actor, code: str) -> list[AccountView]:
    """Return an account in each of its currencies with its latest entries; raises NoSuchAccount."""
    permissions.require(actor, "ledger.read")
    rows = await connection().fetch(
        "SELECT * FROM ledger_account WHERE code = $1 ORDER BY currency", code
    )
    if not rows:
        raise NoSuchAccount
    return [await _account_view(row) for row in rows]


async def _account_view(row: Any) -> AccountView:
    entries = await connection().fetch(
        "SELECT t.posted_at, t.kind, t.external_reference, e.amount_minor FROM ledger_entry e"
        " JOIN ledger_transaction t ON t.id = e.transaction_id WHERE e.account_id = $1"
        " ORDER BY t.posted_at DESC, e.id DESC LIMIT 100",
        row["id"],
    )
    return AccountView(
        row["code"], row["kind"], row["currency"], row["balance_minor"],
        [StatementLine(*entry.values()) for entry in entries],
    )  # fmt: skip


@transactional
async def trial_balance(actor: Actor) -> TrialBalance:
    """Return every account with a balance, and the sums per currency."""
    permissions.require(actor, "ledger.read")
    rows = await connection().fetch(
        "SELECT code, kind, currency, balance_minor FROM ledger_account"
        " WHERE balance_minor <> 0 ORDER BY code, currency LIMIT 10000"
    )
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["balance_minor"]
    return TrialBalance([TrialBalanceLine(*row.values()) for row in rows], sums)


@transactional
async def drift(actor: Actor) -> list[UUID]:
    """Return the accounts whose stored balance differs from the sum of their entries."""
    rows = await connection().fetch(
        "SELECT a.id FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id"
        " GROUP BY a.id HAVING a.balance_minor <> coalesce(sum(e.amount_minor), 0)"
    )
    return [row["id"] for row in rows]
