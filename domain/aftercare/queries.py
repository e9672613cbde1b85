"""The queries of aftercare; row-level security hides what its reader may not see."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from piccolo.table import Table

from domain.actor import Actor
from domain.db import connection
from domain.ids import new_id


async def insert(row: Table) -> None:
    """Store a new row of aftercare."""
    await type(row).insert(row)


async def of_booking(table: str, booking_id: UUID, *, visible_to: Actor) -> list[Any]:
    """Return a booking's rows of one of this room's tables, in the order they came."""
    order = "day" if table == "aftercare_visit" else "id"
    return list(
        await connection().fetch(
            f"SELECT * FROM {table} WHERE booking_id = $1 ORDER BY {order}", booking_id
        )
    )


async def row(table: str, row_id: UUID, *, visible_to: Actor, lock: bool = False) -> Any | None:
    """Return one row of this room, locked when asked."""
    return await connection().fetchrow(
        f"SELECT * FROM {table} WHERE id = $1" + (" FOR UPDATE" if lock else ""), row_id
    )


async def plans_of_organisation(*, visible_to: Actor) -> list[Any]:
    """Return what the actor's organisation was asked, the latest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM aftercare_plan WHERE organisation_id = $1"
            " AND status IN ('asked', 'accepted') ORDER BY asked_at DESC, id LIMIT 100",
            visible_to.organisation_id,
        )
    )


async def replace_plan(booking_id: UUID) -> None:
    """End the plan that stands, before another one."""
    await connection().execute(
        "UPDATE aftercare_plan SET status = 'replaced', version = version + 1"
        " WHERE booking_id = $1 AND status IN ('asked', 'accepted', 'stated')",
        booking_id,
    )


async def answer_plan(
    plan_id: UUID, status: str, note: bytes | None, by: UUID | None, now: datetime
) -> None:
    """Store a practice's answer."""
    await connection().execute(
        "UPDATE aftercare_plan SET status = $2, note_sealed = $3, answered_by = $4,"
        " answered_at = $5, version = version + 1 WHERE id = $1",
        plan_id, status, note, by, now,
    )  # fmt: skip


async def insert_visits(
    booking_id: UUID, patient_id: UUID, home_state: str, due: list[tuple[int, date]]
) -> None:
    """Store the visits of a discharged patient that are not there yet."""
    await connection().executemany(
        "INSERT INTO aftercare_visit (id, booking_id, patient_id, home_state, day, due_on, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (booking_id, day) DO NOTHING",
        [(new_id(), booking_id, patient_id, home_state, day, on) for day, on in due],
    )


async def take_due(limit: int) -> list[Any]:
    """Mark visits whose day has come as told, and return them."""
    return list(
        await connection().fetch(
            "UPDATE aftercare_visit SET told_at = clock_timestamp() WHERE id IN ("
            " SELECT id FROM aftercare_visit WHERE told_at IS NULL AND reported_at IS NULL"
            "  AND due_on <= (clock_timestamp() AT TIME ZONE 'UTC')::date"
            "  ORDER BY due_on LIMIT $1 FOR UPDATE SKIP LOCKED)"
            " RETURNING *",
            limit,
        )
    )


async def report_visit(
    visit_id: UUID, visited_on: date, report: bytes, by: UUID | None, now: datetime
) -> None:
    """Store when a visit took place and what was found."""
    await connection().execute(
        "UPDATE aftercare_visit SET visited_on = $2, report_sealed = $3, reported_by = $4,"
        " reported_at = $5, version = version + 1 WHERE id = $1",
        visit_id, visited_on, report, by, now,
    )  # fmt: skip


async def answer_question(question_id: UUID, answer: bytes, by: UUID | None, now: datetime) -> None:
    """Store the facility's answer."""
    await connection().execute(
        "UPDATE aftercare_question SET answer_sealed = $2, answered_by = $3, answered_at = $4,"
        " version = version + 1 WHERE id = $1",
        question_id, answer, by, now,
    )  # fmt: skip
