"""The queries of bookings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor, ActorKind
from domain.bookings.tables import Booking, BookingTransition
from domain.bookings.types import BookingStatus, DeskQuery
from domain.db import connection
from domain.ids import new_id


async def insert_booking(booking: Booking) -> None:
    """Store a new booking."""
    await Booking.insert(booking)


async def booking(booking_id: UUID, *, visible_to: Actor, lock: bool = False) -> Any | None:
    """Return a booking the actor may see (row-level security decides), locked when asked."""
    return await connection().fetchrow(
        "SELECT * FROM booking WHERE id = $1" + (" FOR UPDATE" if lock else ""), booking_id
    )


async def bookings_of_ids(ids: Sequence[UUID], *, visible_to: Actor) -> list[Any]:
    """Return those of the bookings that the actor may see (row-level security decides)."""
    return list(await connection().fetch("SELECT * FROM booking WHERE id = ANY($1)", list(ids)))


async def bookings(
    *, visible_to: Actor, status: BookingStatus | None, episode_id: UUID | None = None
) -> list[Any]:
    """Return the bookings of the actor's patients, practice or facility, newest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM booking WHERE ($1::text IS NULL OR status = $1)"
            " AND ($2::uuid IS NULL OR episode_id = $2)"
            " AND ($3 OR patient_id IN (SELECT my_patients())"
            "      OR practice_id = $4 OR facility_organisation_id = $4)"
            " ORDER BY created_at DESC LIMIT 100",
            status.value if status else None,
            episode_id,
            visible_to.kind is ActorKind.SYSTEM,
            visible_to.organisation_id,
        )
    )


async def bookings_of_facility(
    facility_id: UUID,
    *,
    visible_to: Actor,
    statuses: Sequence[BookingStatus],
    since: datetime | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Any]:
    """Return a facility's bookings that its organisation sees, the longest unchanged first."""
    at, last = after or (None, None)
    return list(
        await connection().fetch(
            "SELECT * FROM booking WHERE facility_id = $1"
            " AND ($2 OR facility_organisation_id = $3)"
            " AND (cardinality($4::text[]) = 0 OR status = ANY($4))"
            " AND ($5::timestamptz IS NULL OR updated_at >= $5)"
            " AND ($6::timestamptz IS NULL OR (updated_at, id) > ($6, $7::uuid))"
            " ORDER BY updated_at, id LIMIT $8",
            facility_id,
            visible_to.kind is ActorKind.SYSTEM,
            visible_to.organisation_id,
            [status.value for status in statuses],
            since,
            at,
            last,
            limit,
        )
    )


async def bookings_of_desk(
    facility_id: UUID,
    query: DeskQuery,
    *,
    visible_to: Actor,
    where: str,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Any]:
    """Return a facility's bookings that its organisation sees, the earliest first."""
    at, last = after or (None, None)
    return list(
        await connection().fetch(
            "SELECT * FROM booking WHERE facility_id = $1 AND facility_organisation_id = $2"
            " AND (cardinality($3::text[]) = 0 OR status = ANY($3))"
            " AND ($4::date IS NULL OR (starts_at >= $4::timestamp AT TIME ZONE $6"
            "      AND starts_at < ($4::date + $5::int)::timestamp AT TIME ZONE $6))"
            " AND ($7::text IS NULL OR strpos(replace(id::text, '-', ''), $7) > 0)"
            " AND ($8::timestamptz IS NULL OR (starts_at, id) > ($8, $9::uuid))"
            " ORDER BY starts_at, id LIMIT $10",
            facility_id,
            visible_to.organisation_id,
            [status.value for status in query.status],
            query.first,
            query.days,
            where,
            query.reference,
            at,
            last,
            limit,
        )
    )


async def live_holds(patient_id: UUID) -> int:
    """Return how many holds of a patient have not ended by the clock."""
    return int(
        await connection().fetchval(
            "SELECT count(*) FROM booking WHERE patient_id = ANY(ARRAY(SELECT patient_family($1)))"
            " AND status IN ('held', 'pending_payment') AND hold_until > clock_timestamp()",
            patient_id,
        )
    )


async def serialise_holds(patient_id: UUID) -> None:
    """Let one hold of a patient be decided at a time, so that their number can be counted."""
    await connection().execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('holds:' || current_patient($1), 7))",
        patient_id,
    )


async def move_booking(
    row: Any,
    status: BookingStatus,
    actor: Actor,
    now: datetime,
    *,
    reason: str | None = None,
    transition_id: UUID | None = None,
    note: bytes | None = None,
    **changes: object,
) -> int:
    """Store a booking's new status and what changed with it, with its log row; return the version.

    A hold's clock stops unless `hold_until` is among the changes.
    """
    columns: dict[str, object] = {"hold_until": None, "reason": reason, **changes}
    version = await change_booking(row["id"], now, status=status.value, **columns)
    await log_transition(
        row, row["status"], status, actor, now, version, reason, transition_id, note
    )
    return version


async def change_booking(booking_id: UUID, now: datetime, **changes: object) -> int:
    """Change columns of a booking, named by our own code, and return its new version."""
    placed = ", ".join(f"{column} = ${n}" for n, column in enumerate(changes, 3))
    return int(
        await connection().fetchval(
            f"UPDATE booking SET {placed}, version = version + 1, updated_at = $2"
            " WHERE id = $1 RETURNING version",
            booking_id, now, *changes.values(),
        )
    )  # fmt: skip


async def note_deposit(booking_id: UUID, payment_id: UUID) -> None:
    """Store which payment booked the time."""
    await connection().execute(
        "UPDATE booking SET deposit_payment_id = $2 WHERE id = $1", booking_id, payment_id
    )


async def log_transition(
    row: Any,
    before: str | None,
    status: BookingStatus,
    actor: Actor,
    now: datetime,
    version: int,
    reason: str | None = None,
    transition_id: UUID | None = None,
    note: bytes | None = None,
) -> None:
    """Append to a booking's log."""
    await BookingTransition.insert(
        BookingTransition(
            id=transition_id or new_id(),
            booking_id=row["id"],
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            from_status=before,
            to_status=status.value,
            actor_kind=actor.kind.value,
            account_id=actor.account_id,
            reason=reason,
            note_sealed=note,
            version=version,
            at=now,
        )
    )


async def ended_holds(limit: int) -> list[UUID]:
    """Return bookings whose hold has ended by the clock."""
    rows = await connection().fetch(
        "SELECT id FROM booking WHERE status IN ('held', 'pending_payment')"
        " AND hold_until <= clock_timestamp() ORDER BY hold_until LIMIT $1",
        limit,
    )
    return [row["id"] for row in rows]


async def hold_has_ended(booking_id: UUID) -> bool:
    """Tell whether a booking is still a hold and its time is over."""
    return bool(
        await connection().fetchval(
            "SELECT status IN ('held', 'pending_payment') AND hold_until <= clock_timestamp()"
            " FROM booking WHERE id = $1",
            booking_id,
        )
    )


async def count_open(patient_id: UUID) -> int:
    """Return how many bookings of a patient wait, hold, or are being carried out."""
    return int(
        await connection().fetchval(
            "SELECT count(*) FROM booking WHERE patient_id = $1 AND status IN ("
            " 'held', 'pending_payment', 'awaiting_facility', 'confirmed', 'checked_in',"
            " 'pre_op_assessed', 'in_treatment', 'extended', 'discharged')"
            " AND (hold_until IS NULL OR hold_until > clock_timestamp())",
            patient_id,
        )
    )


async def count_future(facility_id: UUID, since: datetime) -> list[Any]:
    """Count a facility's bookings from a moment on by treatment, origin and week there."""
    return list(
        await connection().fetch(
            "SELECT treatment_code, home_state,"
            " date_trunc('week', starts_at AT TIME ZONE zone)::date AS week, count(*) AS count"
            " FROM booking WHERE facility_id = $1 AND starts_at >= $2 AND (status IN"
            "  ('awaiting_facility', 'confirmed') OR (status IN ('held', 'pending_payment')"
            "   AND hold_until > clock_timestamp()))"
            " GROUP BY 1, 2, 3",
            facility_id, since,
        )
    )  # fmt: skip


async def in_treatment(facility_id: UUID) -> list[Any]:
    """Return the episodes whose patients are at a facility now, with the treatment."""
    return list(
        await connection().fetch(
            "SELECT episode_id, treatment_code FROM booking WHERE facility_id = $1"
            " AND status IN ('checked_in', 'pre_op_assessed', 'in_treatment', 'extended')",
            facility_id,
        )
    )


async def terms_of(facility_id: UUID) -> Any | None:
    """Return a facility's own terms of booking."""
    return await connection().fetchrow(
        "SELECT * FROM booking_terms WHERE facility_id = $1", facility_id
    )


async def set_terms(
    facility_id: UUID, answer_days: int, version: int, by: UUID | None, now: datetime
) -> bool:
    """Store a facility's terms over those of this version (0: none yet); tell whether it did."""
    return bool(
        await connection().fetchval(
            "INSERT INTO booking_terms AS t (facility_id, answer_days, version, updated_by,"
            " updated_at) SELECT $1, $2, 1, $4, $5 WHERE $3 = 0"
            "  OR EXISTS (SELECT FROM booking_terms WHERE facility_id = $1)"
            " ON CONFLICT (facility_id) DO UPDATE SET answer_days = $2, version = t.version + 1,"
            " updated_by = $4, updated_at = $5 WHERE t.version = $3 RETURNING true",
            facility_id, answer_days, version, by, now,
        )
    )  # fmt: skip


async def unanswered(limit: int) -> list[UUID]:
    """Return bookings on request whose facility let its time pass."""
    rows = await connection().fetch(
        "SELECT id FROM booking WHERE status = 'awaiting_facility'"
        " AND answer_due_at <= clock_timestamp() ORDER BY answer_due_at LIMIT $1",
        limit,
    )
    return [row["id"] for row in rows]


async def booked(
    since: datetime, cancelled_since: datetime, *, patient_ids: list[UUID] | None,
    facility_id: UUID | None,
) -> list[Any]:  # fmt: skip
    """Return paid bookings of patients or a facility that end later, or were cancelled lately."""
    return list(
        await connection().fetch(
            "SELECT * FROM booking WHERE deposit_payment_id IS NOT NULL AND status <> 'expired'"
            " AND ($3::uuid[] IS NULL OR patient_id = ANY($3))"
            " AND ($4::uuid IS NULL OR facility_id = $4) AND ends_at >= $1"
            " AND (status NOT IN ('cancelled_by_patient', 'cancelled_by_facility', 'no_show',"
            "      'not_treated') OR updated_at >= $2)"
            " ORDER BY starts_at DESC, id LIMIT 2000",
            since, cancelled_since, patient_ids, facility_id,
        )
    )  # fmt: skip
