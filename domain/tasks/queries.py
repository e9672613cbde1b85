"""The queries of tasks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.db import connection
from domain.tasks.tables import Task
from domain.tasks.types import TaskQuery, TaskStatus


async def insert_task(task: Task) -> None:
    """Store a task, unless one of its kind about the same thing is open."""
    columns = {column._meta.name: getattr(task, column._meta.name) for column in Task.all_columns()}
    placed = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    await connection().execute(
        f"INSERT INTO task ({', '.join(columns)}) VALUES ({placed})"
        " ON CONFLICT (booking_id, side, kind, focus_id) WHERE status = 'open' DO NOTHING",
        *columns.values(),
    )


async def task(task_id: UUID, *, visible_to: Actor, lock: bool = False) -> Any | None:
    """Return a task the actor may see (row-level security decides), locked when asked."""
    return await connection().fetchrow(
        "SELECT * FROM task WHERE id = $1" + (" FOR UPDATE" if lock else ""), task_id
    )


async def tasks_of_facility(
    facility_id: UUID,
    query: TaskQuery,
    *,
    visible_to: Actor,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Any]:
    """Return a facility's tasks, the soonest due first; of those that are done the last due."""
    at, last = after or (None, None)
    done = query.status is TaskStatus.DONE
    beyond, order = ("<", "DESC") if done else (">", "ASC")
    return list(
        await connection().fetch(
            "SELECT * FROM task WHERE facility_id = $1 AND side = 'facility'"
            " AND facility_organisation_id = $2 AND status = $3"
            " AND ($4::uuid IS NULL OR assignee_account_id = $4)"
            " AND (NOT $5 OR assignee_account_id IS NULL)"
            " AND ($6::uuid IS NULL OR booking_id = $6)"
            f" AND ($7::timestamptz IS NULL OR (due_at, id) {beyond} ($7, $8::uuid))"
            f" ORDER BY due_at {order}, id {order} LIMIT $9",
            facility_id, visible_to.organisation_id, query.status.value, query.assignee,
            query.unassigned, query.booking_id, at, last, limit,
        )
    )  # fmt: skip


async def counts(facility_id: UUID, *, visible_to: Actor) -> Any:
    """Count a facility's open tasks, those that are late, nobody's, and the reader's own."""
    return await connection().fetchrow(
        "SELECT count(*) AS open, count(*) FILTER (WHERE due_at <= statement_timestamp()) AS late,"
        " count(*) FILTER (WHERE assignee_account_id IS NULL) AS free,"
        " count(*) FILTER (WHERE assignee_account_id = $3) AS mine FROM task"
        " WHERE facility_id = $1 AND side = 'facility' AND facility_organisation_id = $2"
        " AND status = 'open'",
        facility_id, visible_to.organisation_id, visible_to.account_id,
    )  # fmt: skip


async def tasks_of_patients(*, visible_to: Actor) -> list[Any]:
    """Return the open tasks of the patients for whom the actor may act."""
    return list(
        await connection().fetch(
            "SELECT * FROM task WHERE side = 'patient' AND status = 'open'"
            " AND patient_id IN (SELECT my_patients()) ORDER BY due_at, id LIMIT 100"
        )
    )


async def open_of_member(facility_id: UUID, account_id: UUID, *, visible_to: Actor) -> list[Any]:
    """Return the open tasks that a member has at a facility, locked in one order."""
    return list(
        await connection().fetch(
            "SELECT * FROM task WHERE facility_id = $1 AND facility_organisation_id = $2"
            " AND assignee_account_id = $3 AND status = 'open' ORDER BY id FOR UPDATE",
            facility_id, visible_to.organisation_id, account_id,
        )
    )  # fmt: skip


async def assign(task_id: UUID, account_id: UUID | None, note: bytes | None, now: datetime) -> None:
    """Give a task to a member, or to nobody; the note stays where none is given."""
    await connection().execute(
        "UPDATE task SET assignee_account_id = $2, note_sealed = coalesce($3, note_sealed),"
        " version = version + 1, updated_at = $4 WHERE id = $1",
        task_id, account_id, note, now,
    )  # fmt: skip


async def finish(task_id: UUID, by: UUID | None, note: bytes | None, now: datetime) -> None:
    """Mark a task done."""
    await connection().execute(
        "UPDATE task SET status = 'done', done_by = $2, done_at = $4,"
        " note_sealed = coalesce($3, note_sealed), version = version + 1, updated_at = $4"
        " WHERE id = $1",
        task_id, by, note, now,
    )  # fmt: skip


async def finish_open(
    booking_id: UUID, kinds: list[str] | None, focus_id: UUID | None, by: UUID | None, now: datetime
) -> int:
    """Mark the open tasks of a booking done: all, or of some kinds, or about one thing."""
    done = await connection().fetch(
        "UPDATE task SET status = 'done', done_by = $4, done_at = $5, version = version + 1,"
        " updated_at = $5 WHERE booking_id = $1 AND status = 'open'"
        " AND ($2::text[] IS NULL OR kind = ANY($2)) AND ($3::uuid IS NULL OR focus_id = $3)"
        " RETURNING id",
        booking_id, kinds, focus_id, by, now,
    )  # fmt: skip
    return len(done)
