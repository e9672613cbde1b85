"""Closing an account, and forgetting a person whose data is erased."""

import secrets
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import closing_queries, factor_queries, policy, queries, team_queries
from domain.identity.errors import LastAdministrator
from domain.identity.events import AccountNoticed, Notice
from domain.outbox import service as outbox
from domain.patients import ownership


@transactional
async def close_account(actor: Actor) -> None:
    """Close one's account: sessions, roles and ways in end, and the address is free again.

    The patient file stays until it is erased. Raises LastAdministrator where an organisation
    would be left with nobody who manages its team.
    """
    account = await queries.own_account(policy.require_account(actor))
    now = utc_now()
    for membership in await closing_queries.memberships_of(account["id"]):
        await team_queries.lock_organisation(membership["organisation_id"])
        if membership["administers"] and not await closing_queries.others_administer(
            membership["organisation_id"], membership["id"]
        ):
            raise LastAdministrator
        await team_queries.end_membership(membership["id"], now)
    # The notice opens the sealed address, which stays; only its index goes.
    await outbox.publish(AccountNoticed(account["id"], Notice.ACCOUNT_CLOSED))
    await _close(account["id"])
    await audit.record(actor, "identity.close_account", subject=("account", account["id"]))


async def _close(account_id: UUID) -> None:
    now = utc_now()
    await closing_queries.close(account_id, secrets.token_bytes(32), now)
    await ownership.end_acts_for_others(SYSTEM, account_id)
    await factor_queries.drop_factors(account_id)
    await factor_queries.end_enrolments(account_id, now)
    await queries.revoke_sessions(account_id, now)


@transactional
async def has_role(actor: Actor, person_id: UUID) -> bool:
    """Tell whether a person has a role in an organisation now; for the system only."""
    account = await closing_queries.account_of(person_id)
    return bool(account and await closing_queries.memberships_of(account["id"]))


@transactional
async def forget_person(actor: Actor, person_id: UUID) -> None:
    """Close the account of a person whose key was destroyed; it bears repeating; system only."""
    account = await closing_queries.account_of(person_id)
    if account is not None:
        await closing_queries.forget_links(account["id"], account["email_index"])
        await _close(account["id"])
