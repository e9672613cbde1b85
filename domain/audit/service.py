"""Writing audit rows with the act, sealing them into chains, and proving the chains."""

import asyncio
import functools
import hmac
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import rfc8785

from domain.actor import SYSTEM, Actor
from domain.clock import utc_now
from domain.db import connection, record_denials_with, transactional
from domain.errors import DomainError
from domain.ids import new_id
from domain.keys.service import provider

PLATFORM_CHAIN = "ZZ"
"""Acts that concern no state's patients or facilities (a user-assigned ISO 3166-1 code)."""

CHECKPOINTS = "audit-checkpoints.jsonl"
SEAL_BATCH = 1000
CHECKPOINT_ROWS = 1000
GENESIS = b"\0" * 32
_SEALED = (
    "id", "at", "chain", "actor_kind", "account_id", "organisation_id", "role", "action",
    "outcome", "subject_kind", "subject_id", "patient_id", "home_state", "on_behalf_of",
    "consent_id", "purpose", "detail", "request_id",
)  # fmt: skip


_sealed_since_checkpoint = 0
"""By this process; another one's worker counts its own."""


class Disclosure(msgspec.Struct, frozen=True):
    """One line of "who saw my data": the act as its patient may read it."""

    at: datetime
    action: str
    outcome: str
    role: str | None
    organisation: str | None
    country: str | None
    purpose: str | None
    consent_id: UUID | None
    categories: list[str]


class Finding(msgspec.Struct, frozen=True):
    """One place where a chain does not hold."""

    chain: str
    position: int
    problem: str


async def record(
    actor: Actor,
    action: str,
    *,
    subject: tuple[str, object] | None = None,
    patient_id: UUID | None = None,
    home_state: str | None = None,
    on_behalf_of: UUID | None = None,
    consent_id: UUID | None = None,
    purpose: str | None = None,
    outcome: str = "success",
    detail: dict[str, Any] | None = None,
) -> None:
    """Write what was done, in the running operation: no act without its row.

    `action` is `<capability>.<verb>`; `detail` holds codes and identifiers, never clinical text
    or names.
    """
    await connection().execute(
        "INSERT INTO audit_event (id, at, chain, actor_kind, account_id, organisation_id, role,"
        " action, outcome, subject_kind, subject_id, patient_id, home_state, on_behalf_of,"
        " consent_id, purpose, detail, request_id, client_id) VALUES"
        " ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19)",
        new_id(), utc_now(), home_state or actor.jurisdiction or PLATFORM_CHAIN,
        actor.kind.value, actor.account_id, actor.organisation_id,
        actor.role.value if actor.role else None, action, outcome,
        subject[0] if subject else None, str(subject[1]) if subject else None,
        patient_id, home_state, on_behalf_of, consent_id, purpose,
        msgspec.json.encode(detail).decode() if detail else None, actor.request_id,
        actor.client_id,
    )  # fmt: skip


async def record_denial(actor: Actor, operation: str, error: DomainError) -> None:
    """Write, in a transaction of its own, that a signed-in actor was refused."""

    @transactional
    async def denied(actor: Actor) -> None:
        kind, refused = error.subject or (None, None)
        await record(
            actor,
            operation,
            subject=error.subject,
            # So that patients see who was refused a look at their data.
            patient_id=refused if kind == "patient" and isinstance(refused, UUID) else None,
            outcome="denied",
            detail={"code": error.code},
        )

    await denied(actor)


record_denials_with(record_denial)


@transactional
async def seal_pending(actor: Actor) -> int:
    """Link the rows that wait into their chains; return how many (run as the system).

    Rows are taken from a queue that the insert itself fills, so no order of commits is assumed;
    one sealer works at a time.
    """
    db = connection()
    if not await db.fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended('seal', 7))"):
        return 0
    taken = await db.fetch(
        "DELETE FROM audit_pending WHERE event_id IN"
        " (SELECT event_id FROM audit_pending ORDER BY event_id LIMIT $1) RETURNING event_id",
        SEAL_BATCH,
    )
    rows = await db.fetch(
        "SELECT * FROM audit_event WHERE id = ANY($1) ORDER BY at, id",
        [row["event_id"] for row in taken],
    )
    heads = {
        row["chain"]: (row["position"], row["mac"])
        for row in await db.fetch(
            "SELECT DISTINCT ON (chain) chain, position, mac FROM audit_seal"
            " WHERE chain = ANY($1) ORDER BY chain, position DESC",
            list({row["chain"] for row in rows}),
        )
    }
    seals, now = [], utc_now()
    for row in rows:
        position, previous = heads.get(row["chain"], (0, GENESIS))
        mac = link_mac(row["chain"], position + 1, previous, row)
        heads[row["chain"]] = (position + 1, mac)
        seals.append((new_id(), row["chain"], position + 1, row["id"], mac, now))
    await db.executemany(
        "INSERT INTO audit_seal (id, chain, position, event_id, mac, sealed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        seals,
    )
    return len(seals)


@transactional
async def sealing_lag_seconds(actor: Actor) -> float:
    """Return for how long the oldest row has waited for its seal (run as the system)."""
    return float(
        await connection().fetchval(
            "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.at)), 0)::float8"
            " FROM audit_event e WHERE e.id ="
            " (SELECT event_id FROM audit_pending ORDER BY event_id LIMIT 1)"
        )
    )


async def seal_and_checkpoint(folder: Path) -> int:
    """Seal what waits, and sign the heads once `CHECKPOINT_ROWS` rows were sealed since the last.

    Return how many rows were sealed; a periodic job, as is the checkpoint by the clock.
    """
    global _sealed_since_checkpoint
    sealed, taken = 0, SEAL_BATCH
    while taken == SEAL_BATCH:
        taken = await seal_pending(SYSTEM)
        sealed += taken
        _sealed_since_checkpoint += taken
        if _sealed_since_checkpoint >= CHECKPOINT_ROWS:
            await write_checkpoint(folder)
    return sealed


async def write_checkpoint(folder: Path) -> None:
    """Append the signed heads of all chains (Ed25519 over RFC 8785 JSON) to a file in `folder`."""
    global _sealed_since_checkpoint
    _sealed_since_checkpoint = 0
    heads = await chain_heads(SYSTEM)
    if not heads:
        return
    body: dict[str, Any] = {"at": utc_now().isoformat(), "heads": heads}
    line: dict[str, Any] = {
        **body,
        "signature": provider().signing_key().sign(rfc8785.dumps(body)).hex(),
    }
    await asyncio.to_thread(_append, folder, rfc8785.dumps(line) + b"\n")


def _append(folder: Path, line: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / CHECKPOINTS).open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


@transactional
async def chain_heads(actor: Actor) -> list[dict[str, str | int]]:
    """Return the last seal of every chain."""
    rows = await connection().fetch(
        "SELECT DISTINCT ON (chain) chain, position, mac FROM audit_seal"
        " ORDER BY chain, position DESC"
    )
    return [
        {"chain": row["chain"], "position": row["position"], "mac": row["mac"].hex()}
        for row in rows
    ]


def link_mac(chain: str, position: int, previous: bytes, row: Any) -> bytes:
    """Return the HMAC-SHA-256 that ties a row to its place in its chain.

    Over RFC 8785 JSON, which for these texts and nulls is sorted, compact JSON.
    """
    content = {name: None if row[name] is None else str(row[name]) for name in _SEALED}
    content["at"] = row["at"].isoformat()
    if row["client_id"] is not None:
        # Only then, so that the seals of rows from before there were clients still hold.
        content["client_id"] = str(row["client_id"])
    linked: dict[str, Any] = {
        "chain": chain,
        "position": position,
        "previous": previous.hex(),
        "event": content,
    }
    return hmac.digest(_chain_key(chain), canonical(linked), "sha256")


def canonical(value: object) -> bytes:
    """Return JSON by RFC 8785 of objects with ASCII names, texts, nulls and small integers.

    Ten times as fast as a general implementation, which the tests hold beside it.
    """
    return msgspec.json.encode(value, order="sorted")


@functools.cache
def _chain_key(chain: str) -> bytes:
    return provider().derived(f"audit/{chain}")


@transactional
async def disclosures(actor: Actor, patient_id: UUID) -> list[Disclosure]:
    """Return who did what with this patient's data, newest first, as far as the actor may know."""
    rows = await connection().fetch(
        "SELECT e.at, e.action, e.outcome, e.role, o.name AS organisation, o.jurisdiction,"
        " e.purpose, e.consent_id, e.detail FROM audit_event e"
        " LEFT JOIN organisation o ON o.id = e.organisation_id"
        " WHERE e.patient_id = ANY(ARRAY(SELECT patient_family($1))) ORDER BY e.at DESC LIMIT 200",
        patient_id,
    )
    return [
        Disclosure(
            row["at"], row["action"], row["outcome"], row["role"], row["organisation"],
            row["jurisdiction"], row["purpose"], row["consent_id"],
            (msgspec.json.decode(row["detail"]) if row["detail"] else {}).get("categories", []),
        )
        for row in rows
    ]  # fmt: skip
