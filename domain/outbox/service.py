"""Publishing events in the caller's transaction, and delivering them at least once.

An event carries identifiers only, never a patient's data. A handler may see the same event twice
and must then change nothing more. After `MAX_ATTEMPTS` an event is parked with its error: kept,
visible to operators, replayed by `python -m api replay-events`.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from domain.actor import SYSTEM, Actor
from domain.clock import utc_now
from domain.db import connection, transactional
from domain.ids import new_id

MAX_ATTEMPTS = 8
LEASE = timedelta(seconds=60)
BATCH = 20

log = structlog.get_logger()

Handler = Callable[[Any], Awaitable[None]]
Handlers = Mapping[type[msgspec.Struct], Handler | tuple[Handler, ...]]


class ParkedEvent(msgspec.Struct, frozen=True):
    """An event whose handlers failed too often."""

    id: UUID
    kind: str
    payload: msgspec.Raw
    attempts: int
    parked_at: datetime
    error: str


class _Claimed(msgspec.Struct, frozen=True):
    id: UUID
    kind: str
    payload: str
    attempts: int


async def publish(event: msgspec.Struct, *, due_at: datetime | None = None) -> None:
    """Write an event in the running operation: it is delivered if, and only if, that commits."""
    now = utc_now()
    await connection().execute(
        "INSERT INTO outbox_event (id, kind, payload, created_at, due_at, attempts)"
        " VALUES ($1, $2, $3, $4, $5, 0)",
        new_id(), type(event).__name__, msgspec.json.encode(event).decode(), now, due_at or now,
    )  # fmt: skip


async def deliver_due(handlers: Handlers) -> int:
    """Deliver the events that are due now; return how many were tried."""
    kinds = {event.__name__: event for event in handlers}
    claimed = await _claim(SYSTEM, list(kinds))
    for event in claimed:
        handling = handlers[kinds[event.kind]]
        steps = handling if isinstance(handling, tuple) else (handling,)
        try:
            decoded = msgspec.json.decode(event.payload, type=kinds[event.kind])
            for step in steps:
                await step(decoded)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # whatever a handler raises must be kept beside its event
            log.warning(
                "event_failed", kind=event.kind, event_id=str(event.id), error=repr(error)[:500]
            )
            await _postpone(SYSTEM, event.id, event.attempts + 1, repr(error))
            if not isinstance(error, Exception):
                raise
        else:
            await _finish(SYSTEM, event.id)
    return len(claimed)


@transactional
async def _claim(actor: Actor, kinds: list[str]) -> list[_Claimed]:
    # A lease instead of one long transaction: handlers may call the network.
    rows = await connection().fetch(
        "UPDATE outbox_event SET due_at = $1 WHERE id IN ("
        " SELECT id FROM outbox_event WHERE parked_at IS NULL AND due_at <= clock_timestamp()"
        " AND kind = ANY($2) ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)"
        " RETURNING id, kind, payload, attempts",
        utc_now() + LEASE, kinds, BATCH,
    )  # fmt: skip
    return sorted((_Claimed(*row.values()) for row in rows), key=lambda event: event.id)


@transactional
async def _finish(actor: Actor, event_id: UUID) -> None:
    await connection().execute("DELETE FROM outbox_event WHERE id = $1", event_id)


@transactional
async def _postpone(actor: Actor, event_id: UUID, attempts: int, error: str) -> None:
    wait = timedelta(seconds=min(600.0, 0.5 * 2**attempts) * random.uniform(0.8, 1.2))
    await connection().execute(
        "UPDATE outbox_event SET attempts = $2::int, error = $3, due_at = $4,"
        " parked_at = CASE WHEN $2::int >= $5 THEN clock_timestamp() END WHERE id = $1",
        event_id, attempts, error.replace("\0", "")[:2000], utc_now() + wait, MAX_ATTEMPTS,
    )  # fmt: skip


@transactional
async def parked_events(actor: Actor) -> list[ParkedEvent]:
    """Return the parked events, oldest first."""
    rows = await connection().fetch(
        "SELECT id, kind, payload, attempts, parked_at, error FROM outbox_event"
        " WHERE parked_at IS NOT NULL ORDER BY parked_at LIMIT 1000"
    )
    return [
        ParkedEvent(
            row["id"], row["kind"], msgspec.Raw(row["payload"].encode()),
            row["attempts"], row["parked_at"], row["error"],
        )
        for row in rows
    ]  # fmt: skip


@transactional
async def replay_parked(actor: Actor, ids: list[UUID] | None = None) -> int:
    """Make parked events (all, or these) due again from their first attempt; return how many."""
    done = await connection().fetch(
        "UPDATE outbox_event SET parked_at = NULL, attempts = 0, due_at = clock_timestamp()"
        " WHERE parked_at IS NOT NULL AND ($1::uuid[] IS NULL OR id = ANY($1)) RETURNING id",
        ids,
    )
    return len(done)


@transactional
async def lag_seconds(actor: Actor) -> float:
    """Return for how long the oldest deliverable event has been due."""
    return float(
        await connection().fetchval(
            "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)"
            " FROM outbox_event WHERE parked_at IS NULL AND due_at <= clock_timestamp()"
        )
    )
