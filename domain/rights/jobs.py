"""Carrying out an erasure: the log first, then the keys, then the files; each bears repeating."""

from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.files import jobs as files
from domain.identity import closing
from domain.keys.service import SubjectKind, forget_data_key
from domain.patients import ownership
from domain.rights import queries
from domain.rights.erasure_log import Erased, erasure_log
from domain.rights.events import ErasureConfirmed
from domain.rights.types import ErasureStatus


async def erase_when_confirmed(event: ErasureConfirmed) -> None:
    """Erase what two people have decided to erase (told by the outbox)."""
    await _erase(event.erasure_id)


async def erase_waiting() -> int:
    """Carry out confirmed erasures that a legal hold or a fault has kept; a periodic job."""
    waiting = await _unfinished(SYSTEM)
    for erasure_id in waiting:
        await _erase(erasure_id)
    return len(waiting)


@transactional
async def _unfinished(actor: Actor) -> list[UUID]:
    return await queries.unfinished()


async def _erase(erasure_id: UUID) -> None:
    row = await _decided(SYSTEM, erasure_id)
    if row is None or row["held"]:
        return
    entry = Erased(erasure_id, utc_now(), await _subjects(SYSTEM, row["patient_id"]))
    # The log first: should everything break off here, a restore erases what was decided anyway.
    await erasure_log().append(entry)
    await _destroy(SYSTEM, entry)
    await _erase_objects(entry)


@transactional
async def _decided(actor: Actor, erasure_id: UUID) -> Any | None:
    row = await queries.erasure(erasure_id, visible_to=actor)
    done = (ErasureStatus.CONFIRMED.value, ErasureStatus.DONE.value)
    return row if row is not None and row["status"] in done else None


@transactional
async def _subjects(actor: Actor, patient_id: UUID) -> list[tuple[SubjectKind, UUID]]:
    """Return whose keys go: the file's with what was merged into it, and each one's person's.

    The person's stays where they have a role in an organisation besides.
    """
    files = await ownership.files_of(actor, patient_id)
    people = {await ownership.person_of(actor, each) for each in files}
    return [(SubjectKind.PATIENT, each) for each in files] + [
        (SubjectKind.PERSON, each)
        for each in sorted(people)
        if not await closing.has_role(actor, each)
    ]


@transactional
async def _destroy(actor: Actor, entry: Erased) -> None:
    for kind, subject_id in entry.subjects:
        gone = await forget_data_key(kind, subject_id)
        if kind is SubjectKind.PERSON:
            await closing.forget_person(actor, subject_id)
        if gone:
            await audit.record(
                actor, "erasures.erase", subject=(kind.value, subject_id),
                patient_id=subject_id if kind is SubjectKind.PATIENT else None,
            )  # fmt: skip
    row = await queries.erasure(entry.erasure_id, visible_to=actor, lock=True)
    if row is not None and row["status"] == ErasureStatus.CONFIRMED.value:
        await queries.move(
            entry.erasure_id, ErasureStatus.DONE.value, by=None, reason=None, now=utc_now()
        )


async def _erase_objects(entry: Erased) -> None:
    for kind, subject_id in entry.subjects:
        if kind is SubjectKind.PATIENT:
            await files.erase_objects(SYSTEM, kind, subject_id)


async def replay() -> int:
    """Erase once more what the log says, after a restore; return how many erasures there were.

    Raises LogBroken, and erases nothing, where a line of the log is not ours.
    """
    entries = await erasure_log().entries()
    for entry in entries:
        await _destroy(SYSTEM, entry)
        await _erase_objects(entry)
    return len(entries)
