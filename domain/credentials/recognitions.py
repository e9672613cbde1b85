"""Accreditors are accredited themselves: who recognises them, decided by two officers each time."""

from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.credentials import policy, recognition_queries, rules
from domain.credentials.errors import (
    NoSuchRecognition,
    RecognitionConfirmed,
    RecognitionOver,
    UnknownAccreditor,
)
from domain.credentials.recognition_types import (
    AccreditorPage,
    AccreditorView,
    EndRecognition,
    NewAccreditor,
    RecognitionView,
    RecordRecognition,
    ShippedAccreditor,
)
from domain.credentials.tables import Accreditor, AccreditorRecognition
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.errors import StaleVersion
from domain.ids import new_id
from domain.jurisdictions import jurisdiction
from domain.permissions import service as permissions
from domain.text import clean, cleaned

_QUESTION = "accreditors"


@transactional
async def list_accreditors(
    actor: Actor, *, cursor: str | None = None, limit: int = 50
) -> AccreditorPage:
    """Return accreditors by name, with who recognises them; raises CursorInvalid."""
    after = None if cursor is None else read_cursor(cursor, _QUESTION, str)
    found = await recognition_queries.accreditors(after, limit + 1, visible_to=actor)
    items = found[:limit]
    more = len(found) > limit
    return AccreditorPage(items, make_cursor(_QUESTION, items[-1].name) if more else None)


@transactional
async def find_accreditor(actor: Actor, name: str) -> AccreditorView | None:
    """Return the accreditor of that name, or None."""
    found = await recognition_queries.accreditors(None, 1, visible_to=actor, name=name)
    return found[0] if found else None


@transactional
async def add_accreditor(actor: Actor, command: NewAccreditor) -> AccreditorView:
    """Name a body that accredits, as an officer; nobody recognises it yet.

    Raises AccreditorKnown, UnknownJurisdiction.
    """
    permissions.require(actor, "credentials.add_accreditor")
    command = cleaned(command)
    if command.jurisdiction is not None:
        jurisdiction(command.jurisdiction)
    row = Accreditor(id=new_id(), name=command.name, jurisdiction=command.jurisdiction, demo=False)
    await recognition_queries.insert_accreditor(row)
    await audit.record(
        actor, "credentials.add_accreditor", subject=("accreditor", row.id),
        home_state=actor.jurisdiction,
    )  # fmt: skip
    return AccreditorView(row.id, command.name, command.jurisdiction, False, [])


@transactional
async def record_accreditor(actor: Actor, shipped: ShippedAccreditor) -> None:
    """Store an accreditor with its recognitions (reference data and the demo set)."""
    accreditor_id = await recognition_queries.put_accreditor(
        shipped.name, shipped.jurisdiction, demo=shipped.demo
    )
    for each in shipped.recognitions:
        await recognition_queries.put_recognition(accreditor_id, each, utc_now())


@transactional
async def record_recognition(actor: Actor, command: RecordRecognition) -> RecognitionView:
    """Record, as the first officer, that one's jurisdiction recognises an accreditor.

    Raises UnknownAccreditor, ImpossibleDates, RecognitionKnown.
    """
    permissions.require(actor, "credentials.record_recognition")
    rules.require_order(command.recognised_from, command.recognised_to)
    accreditor = await find_accreditor(actor, clean(command.accreditor))
    if accreditor is None:
        raise UnknownAccreditor(fields={"accreditor": UnknownAccreditor.title})
    recognition_id = new_id()
    await recognition_queries.insert_recognition(
        AccreditorRecognition(
            id=recognition_id,
            accreditor_id=accreditor.id,
            jurisdiction=actor.jurisdiction,
            reference=clean(command.reference),
            source_url=command.source_url,
            recognised_from=command.recognised_from,
            recognised_to=command.recognised_to,
            recorded_by=actor.account_id,
            recorded_at=utc_now(),
            version=1,
        )
    )
    return await _note(actor, "record_recognition", await _found(actor, recognition_id))


@transactional
async def confirm_recognition(
    actor: Actor, recognition_id: UUID, *, version: int
) -> RecognitionView:
    """Let a recognition count, as the second officer.

    Raises NoSuchRecognition, RecognitionConfirmed, RecognitionOver, SameRecorder, StaleVersion.
    """
    row = await _own(actor, recognition_id, "credentials.confirm_recognition", version)
    if row["confirmed_at"] is not None:
        raise RecognitionConfirmed
    if row["ended_at"] is not None:
        raise RecognitionOver
    policy.require_second_recorder(actor, row["recorded_by"], recognition_id)
    values = {"confirmed_by": actor.account_id, "confirmed_at": utc_now()}
    changed = await recognition_queries.update_recognition(recognition_id, values)
    return await _note(actor, "confirm_recognition", changed)


@transactional
async def end_recognition(
    actor: Actor, recognition_id: UUID, command: EndRecognition, *, version: int
) -> RecognitionView:
    """End a recognition with a last day; what the body issued until then still counts.

    Raises NoSuchRecognition, RecognitionOver, ImpossibleDates, StaleVersion.
    """
    row = await _own(actor, recognition_id, "credentials.end_recognition", version)
    today = rules.day_in(utc_now(), jurisdiction(row["jurisdiction"]).zone)
    last = command.recognised_to or today
    rules.require_end(last, today, row["recognised_from"])
    if row["recognised_to"] is not None and row["recognised_to"] <= last:
        raise RecognitionOver
    values = {
        "recognised_to": last,
        "ended_by": actor.account_id,
        "ended_at": utc_now(),
        "end_reason": clean(command.reason),
    }
    changed = await recognition_queries.update_recognition(recognition_id, values)
    return await _note(actor, "end_recognition", changed)


async def _found(actor: Actor, recognition_id: UUID) -> Any:
    row = await recognition_queries.recognition(recognition_id, visible_to=actor)
    if row is None:
        raise NoSuchRecognition(subject=("recognition", recognition_id))
    return row


async def _own(actor: Actor, recognition_id: UUID, action: str, version: int) -> Any:
    """Return a recognition of the officer's own jurisdiction; others' are not theirs to know."""
    permissions.require(actor, action)
    row = await _found(actor, recognition_id)
    policy.require_own_recognition(actor, row["jurisdiction"], recognition_id)
    if row["version"] != version:
        raise StaleVersion(subject=("recognition", recognition_id), version=row["version"])
    return row


async def _note(actor: Actor, operation: str, row: Any) -> RecognitionView:
    await audit.record(
        actor, f"credentials.{operation}", subject=("recognition", row["id"]),
        home_state=row["jurisdiction"], detail={"accreditor_id": str(row["accreditor_id"])},
    )  # fmt: skip
    return recognition_queries.recognition_view(row)
