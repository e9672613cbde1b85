"""Writing audit rows with the act, sealing them into chains, and proving the chains."""

import asyncio
import hmac
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature

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
_GENESIS = b"\0" * 32
_SEALED = (
    "id", "at", "chain", "actor_kind", "account_id", "organisation_id", "role", "action",
    "outcome", "subject_kind", "subject_id", "patient_id", "home_state", "on_behalf_of",
    "consent_id", "purpose", "detail", "request_id",
)  # fmt: skip


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
        " consent_id, purpose, detail, request_id) VALUES"
        " ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)",
        new_id(), utc_now(), home_state or actor.jurisdiction or PLATFORM_CHAIN,
        actor.kind.value, actor.account_id, actor.organisation_id,
        actor.role.value if actor.role else None, action, outcome,
        subject[0] if subject else None, str(subject[1]) if subject else None,
        patient_id, home_state, on_behalf_of, consent_id, purpose,
        msgspec.json.encode(detail).decode() if detail else None, actor.request_id,
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
        position, previous = heads.get(row["chain"], (0, _GENESIS))
        mac = _mac(row["chain"], position + 1, previous, row)
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


async def write_checkpoint(folder: Path) -> None:
    """Append the signed heads of all chains (Ed25519 over RFC 8785 JSON) to a file in `folder`."""
    heads = await _heads(SYSTEM)
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


async def verify(folder: Path | None = None) -> tuple[int, list[Finding]]:
    """Recompute every chain and compare it with the checkpoints; return rows read and findings."""
    findings: list[Finding] = []
    seen: dict[tuple[str, int], str] = {}
    read = 0
    for chain in [head["chain"] for head in await _heads(SYSTEM)]:
        previous, position = _GENESIS, 0
        while links := await _links(SYSTEM, str(chain), position):
            for link in links:
                read += 1
                position += 1
                if link["position"] != position:
                    findings.append(Finding(str(chain), position, "a seal is missing"))
                    position = link["position"]
                if link["id"] is None:
                    findings.append(Finding(str(chain), position, "a sealed row is missing"))
                elif not hmac.compare_digest(
                    _mac(str(chain), position, previous, link), link["mac"]
                ):
                    findings.append(Finding(str(chain), position, "a row or its seal was changed"))
                previous = link["mac"]
                seen[str(chain), position] = previous.hex()
    if folder is not None:
        findings += _against_checkpoints(await asyncio.to_thread(_checkpoints, folder), seen)
    return read, findings


def _checkpoints(folder: Path) -> bytes:
    path = folder / CHECKPOINTS
    return path.read_bytes() if path.exists() else b""


def _against_checkpoints(lines: bytes, seen: dict[tuple[str, int], str]) -> list[Finding]:
    findings, public = [], provider().signing_key().public_key()
    for number, line in enumerate(lines.splitlines(), 1):
        try:
            entry = msgspec.json.decode(line, type=dict[str, Any])
            public.verify(bytes.fromhex(entry.pop("signature")), rfc8785.dumps(entry))
        except (msgspec.DecodeError, InvalidSignature, KeyError, ValueError, TypeError):
            findings.append(Finding("checkpoints", number, "the signature does not hold"))
            continue
        for head in entry["heads"]:
            if seen.get((head["chain"], head["position"])) != head["mac"]:
                findings.append(
                    Finding(head["chain"], head["position"], "the chain left its checkpoint")
                )
    return findings


@transactional
async def _heads(actor: Actor) -> list[dict[str, str | int]]:
    rows = await connection().fetch(
        "SELECT DISTINCT ON (chain) chain, position, mac FROM audit_seal"
        " ORDER BY chain, position DESC"
    )
    return [
        {"chain": row["chain"], "position": row["position"], "mac": row["mac"].hex()}
        for row in rows
    ]


@transactional
async def _links(actor: Actor, chain: str, after: int) -> list[Any]:
    return list(
        await connection().fetch(
            "SELECT s.position, s.mac, e.* FROM audit_seal s"
            " LEFT JOIN audit_event e ON e.id = s.event_id"
            " WHERE s.chain = $1 AND s.position > $2 ORDER BY s.position LIMIT 5000",
            chain,
            after,
        )
    )


def _mac(chain: str, position: int, previous: bytes, row: Any) -> bytes:
    content = {name: None if row[name] is None else str(row[name]) for name in _SEALED}
    content["at"] = row["at"].isoformat()
    linked: dict[str, Any] = {
        "chain": chain,
        "position": position,
        "previous": previous.hex(),
        "event": content,
    }
    return hmac.digest(provider().derived(f"audit/{chain}"), rfc8785.dumps(linked), "sha256")


@transactional
async def disclosures(actor: Actor, patient_id: UUID) -> list[Disclosure]:
    """Return who did what with this patient's data, newest first, as far as the actor may know."""
    rows = await connection().fetch(
        "SELECT e.at, e.action, e.outcome, e.role, o.name AS organisation, o.jurisdiction,"
        " e.purpose, e.consent_id, e.detail FROM audit_event e"
        " LEFT JOIN organisation o ON o.id = e.organisation_id"
        " WHERE e.patient_id = $1 ORDER BY e.at DESC LIMIT 200",
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
