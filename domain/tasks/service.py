"""Opening tasks, working through them, handing them over, and finishing them.

Other rooms open a task and end it with the matter it is about, both as the marketplace itself:
whoever causes a task need not be one of those who see it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities import service as facilities
from domain.identity import service as identity
from domain.ids import new_id
from domain.keys.notes import notes_of
from domain.tasks import policy, queries, rules
from domain.tasks.errors import NoSuchMember, NoSuchTask, NotByHand, TaskDone
from domain.tasks.tables import Task
from domain.tasks.types import (
    AssignTask,
    FinishTask,
    HandedOver,
    HandOver,
    NewTask,
    TaskCounts,
    TaskKind,
    TaskList,
    TaskPage,
    TaskQuery,
    TaskSide,
    TaskStatus,
    TaskView,
)


@transactional
async def open_task(actor: Actor, wanted: NewTask) -> None:
    """Ask somebody to see to a thing, once while it is open (run as the system)."""
    now = utc_now()
    await queries.insert_task(
        Task(
            id=new_id(),
            kind=wanted.kind.value,
            side=wanted.side.value,
            status=TaskStatus.OPEN.value,
            facility_id=wanted.facility_id,
            facility_organisation_id=wanted.facility_organisation_id,
            booking_id=wanted.booking_id,
            focus_id=wanted.focus_id,
            patient_id=wanted.patient_id,
            home_state=wanted.home_state,
            reason=wanted.reason,
            due_at=wanted.due_at,
            assignee_account_id=None,
            note_sealed=None,
            version=1,
            created_at=now,
            updated_at=now,
            done_by=None,
            done_at=None,
        )
    )


@transactional
async def end_tasks(
    actor: Actor,
    booking_id: UUID,
    kinds: Iterable[TaskKind] | None = None,
    *,
    focus_id: UUID | None = None,
    by: UUID | None = None,
) -> int:
    """End a booking's open tasks with their matter; return how many (run as the system)."""
    chosen = None if kinds is None else [kind.value for kind in kinds]
    return await queries.finish_open(booking_id, chosen, focus_id, by, utc_now())


@transactional
async def list_tasks(actor: Actor, facility_id: UUID, query: TaskQuery) -> TaskPage:
    """Return the worklist of a facility of the actor's organisation, the soonest due first.

    Raises NoSuchFacility and CursorInvalid.
    """
    await facilities.facility_of(actor, facility_id, "tasks.list")
    question, after = (
        (facility_id, query.status, query.assignee, query.unassigned, query.booking_id), None,
    )  # fmt: skip
    if query.cursor is not None:
        after = read_cursor(query.cursor, question, tuple[datetime, UUID])
    rows = await queries.tasks_of_facility(
        facility_id, query, visible_to=actor, after=after, limit=query.limit + 1
    )
    shown, following = rows[: query.limit], None
    if len(rows) > query.limit:
        following = make_cursor(question, (shown[-1]["due_at"], shown[-1]["id"]))
    counted = await queries.counts(facility_id, visible_to=actor)
    counts = TaskCounts(counted["open"], counted["late"], counted["free"], counted["mine"])
    return TaskPage([await _view(row) for row in shown], counts, following)


@transactional
async def list_own(actor: Actor) -> TaskList:
    """Return what the actor's patients must see to."""
    rows = await queries.tasks_of_patients(visible_to=actor)
    return TaskList([await _view(row) for row in rows])


@transactional
async def assign_task(actor: Actor, task_id: UUID, command: AssignTask, version: int) -> TaskView:
    """Give an open task to a member of the facility; raises NoSuchMember and TaskDone."""
    row = await _to_move(actor, task_id, "tasks.assign", version)
    if command.assignee_account_id is not None:
        await _require_member(actor, command.assignee_account_id, "assignee_account_id")
    await queries.assign(task_id, command.assignee_account_id, None, utc_now())
    await _note(actor, row, "assign")
    return await _shown(actor, task_id)


@transactional
async def hand_over(actor: Actor, command: HandOver) -> HandedOver:
    """Give all open tasks of one member at a facility to another, each with the note.

    Raises NoSuchFacility and NoSuchMember.
    """
    await facilities.facility_of(actor, command.facility_id, "tasks.hand_over")
    await _require_member(actor, command.to_account_id, "to_account_id")
    rows = await queries.open_of_member(
        command.facility_id, command.from_account_id, visible_to=actor
    )
    now = utc_now()
    for row in rows:
        notes = await notes_of(row["patient_id"])
        sealed = notes.seal("task", "note", row["id"], command.note)
        await queries.assign(row["id"], command.to_account_id, sealed, now)
        await _note(actor, row, "hand_over")
    return HandedOver(len(rows))


@transactional
async def finish_task(actor: Actor, task_id: UUID, command: FinishTask, version: int) -> TaskView:
    """Call a task done; raises TaskDone, and NotByHand where only the matter itself ends it."""
    row = await _to_move(actor, task_id, "tasks.finish", version)
    if TaskKind(row["kind"]) not in rules.BY_HAND:
        raise NotByHand(kind=row["kind"])
    notes = await notes_of(row["patient_id"])
    sealed = notes.seal_if("task", "note", task_id, command.note)
    await queries.finish(task_id, actor.account_id, sealed, utc_now())
    await _note(actor, row, "finish")
    return await _shown(actor, task_id)


async def _to_move(actor: Actor, task_id: UUID, action: str, version: int) -> Any:
    row = await queries.task(task_id, visible_to=actor, lock=True)
    if row is None:
        raise NoSuchTask(subject=("task", task_id))
    policy.require_owner(actor, row, action)
    if row["version"] != version:
        raise StaleVersion(version_now=row["version"], subject=("task", task_id))
    if row["status"] == TaskStatus.DONE.value:
        raise TaskDone(subject=("task", task_id))
    return row


async def _require_member(actor: Actor, account_id: UUID, field: str) -> None:
    if not await identity.works_for(actor, account_id, actor.organisation_id):
        raise NoSuchMember(fields={field: NoSuchMember.title})


async def _note(actor: Actor, row: Any, verb: str) -> None:
    await audit.record(
        actor, f"tasks.{verb}", subject=("task", row["id"]), patient_id=row["patient_id"],
        home_state=row["home_state"],
    )  # fmt: skip


async def _shown(actor: Actor, task_id: UUID) -> TaskView:
    return await _view(await queries.task(task_id, visible_to=actor))


async def _view(row: Any) -> TaskView:
    status = TaskStatus(row["status"])
    notes = await notes_of(row["patient_id"]) if row["note_sealed"] else None
    return TaskView(
        id=row["id"],
        kind=TaskKind(row["kind"]),
        side=TaskSide(row["side"]),
        status=status,
        facility_id=row["facility_id"],
        booking_id=row["booking_id"],
        focus_id=row["focus_id"],
        reason=row["reason"],
        due_at=row["due_at"],
        overdue=status is TaskStatus.OPEN and row["due_at"] <= utc_now(),
        by_hand=TaskKind(row["kind"]) in rules.BY_HAND,
        assignee_account_id=row["assignee_account_id"],
        note=notes.open("task", "note", row["id"], row["note_sealed"]) if notes else None,
        version=row["version"],
        created_at=row["created_at"],
        done_at=row["done_at"],
    )
