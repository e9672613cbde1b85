"""The queries of opening rules, exceptions, closures and uncovered bookings."""

from datetime import date, datetime
from uuid import UUID

from domain.availability.events import Cause
from domain.availability.tables import Closure as ClosureRow
from domain.availability.tables import OpeningException as ExceptionRow
from domain.availability.tables import OpeningRule as RuleRow
from domain.availability.types import (
    Closure,
    OpeningException,
    OpeningExceptionView,
    OpeningRule,
    OpeningRuleView,
    PoolKind,
    PoolTerms,
    ReservationStatus,
    Reserved,
    Span,
)
from domain.db import connection
from domain.ids import new_id


async def pool_terms(pools: list[UUID]) -> dict[UUID, PoolTerms]:
    """Return what decides when these pools can be open."""
    rows = await connection().fetch(
        "SELECT p.id, p.kind, p.facility_id, f.zone, f.jurisdiction, p.closes_at"
        " FROM resource_pool p JOIN facility f ON f.id = p.facility_id WHERE p.id = ANY($1)",
        pools,
    )
    return {
        row["id"]: PoolTerms(
            row["id"], PoolKind(row["kind"]), row["facility_id"], row["zone"],
            row["jurisdiction"], row["closes_at"],
        )
        for row in rows
    }  # fmt: skip


async def pools_of_facility(facility_id: UUID) -> list[UUID]:
    """Return the pools of a facility, those out of service too."""
    rows = await connection().fetch(
        "SELECT id FROM resource_pool WHERE facility_id = $1 ORDER BY id", facility_id
    )
    return [row["id"] for row in rows]


async def insert_rule(rule: RuleRow) -> None:
    """Store recurring hours."""
    await RuleRow.insert(rule)


async def rule_for_change(pool_id: UUID, rule_id: UUID) -> OpeningRuleView | None:
    """Return a rule of a pool, locked."""
    return next(iter(await _rules(pool_id, rule_id, " FOR UPDATE")), None)


async def rules_of(pool_id: UUID) -> list[OpeningRuleView]:
    """Return the rules of a pool, also those that are over."""
    return await _rules(pool_id, None, " ORDER BY valid_from, opens, id")


async def _rules(pool_id: UUID, rule_id: UUID | None, more: str) -> list[OpeningRuleView]:
    rows = await connection().fetch(
        "SELECT id, rrule, opens, minutes, valid_from, valid_until, last_day, observes_holidays,"
        " version FROM opening_rule WHERE pool_id = $1 AND ($2::uuid IS NULL OR id = $2)" + more,
        pool_id, rule_id,
    )  # fmt: skip
    return [OpeningRuleView(*row.values()) for row in rows]


async def change_rule(rule: OpeningRuleView) -> None:
    """Give a locked rule other terms."""
    await connection().execute(
        "UPDATE opening_rule SET rrule = $2, opens = $3, minutes = $4, valid_from = $5,"
        " valid_until = $6, last_day = $7, observes_holidays = $8, version = $9 WHERE id = $1",
        rule.id, rule.rrule, rule.opens, rule.minutes, rule.valid_from, rule.valid_until,
        rule.last_day, rule.observes_holidays, rule.version,
    )  # fmt: skip


async def delete_rule(rule_id: UUID) -> None:
    """Take a rule away that never opened."""
    await connection().execute("DELETE FROM opening_rule WHERE id = $1", rule_id)


async def opening_rules(pools: list[UUID]) -> list[OpeningRule]:
    """Return the recurring hours of pools."""
    rows = await connection().fetch(
        "SELECT pool_id, rrule, opens, minutes, valid_from, last_day, observes_holidays"
        " FROM opening_rule WHERE pool_id = ANY($1)",
        pools,
    )
    return [OpeningRule(*row.values()) for row in rows]


async def insert_exception(exception: ExceptionRow) -> None:
    """Store one day's other hours."""
    await ExceptionRow.insert(exception)


async def delete_exception(pool_id: UUID, exception_id: UUID) -> bool:
    """Forget a pool's exception; False where there is none."""
    found = await connection().fetchval(
        "DELETE FROM opening_exception WHERE pool_id = $1 AND id = $2 RETURNING id",
        pool_id, exception_id,
    )  # fmt: skip
    return found is not None


async def exceptions_of(pool_id: UUID, first: date) -> list[OpeningExceptionView]:
    """Return the exceptions of a pool from a day on."""
    rows = await connection().fetch(
        "SELECT id, day, opens, minutes FROM opening_exception WHERE pool_id = $1 AND day >= $2"
        " ORDER BY day, opens NULLS FIRST, id",
        pool_id, first,
    )  # fmt: skip
    return [OpeningExceptionView(*row.values()) for row in rows]


async def opening_exceptions(pools: list[UUID], first: date, last: date) -> list[OpeningException]:
    """Return the exceptions of pools on these days."""
    rows = await connection().fetch(
        "SELECT pool_id, day, opens, minutes FROM opening_exception"
        " WHERE pool_id = ANY($1) AND day BETWEEN $2 AND $3",
        pools, first, last,
    )  # fmt: skip
    return [OpeningException(*row.values()) for row in rows]


async def insert_closure(closure: ClosureRow) -> None:
    """Store that a facility is closed."""
    await ClosureRow.insert(closure)


async def delete_closure(facility_id: UUID, closure_id: UUID) -> bool:
    """Forget a facility's closure; False where there is none."""
    found = await connection().fetchval(
        "DELETE FROM closure WHERE facility_id = $1 AND id = $2 RETURNING id",
        facility_id, closure_id,
    )  # fmt: skip
    return found is not None


async def closures(facilities: list[UUID], first: date, last: date) -> list[tuple[UUID, Closure]]:
    """Return the closures of facilities that touch these days, each with its facility."""
    rows = await connection().fetch(
        "SELECT facility_id, id, first_day, last_day, reason, beds_too FROM closure"
        " WHERE facility_id = ANY($1) AND first_day <= $3 AND last_day >= $2"
        " ORDER BY first_day, id",
        facilities, first, last,
    )  # fmt: skip
    return [(row["facility_id"], Closure(*list(row.values())[1:])) for row in rows]


async def booked_ahead(pools: list[UUID]) -> list[Reserved]:
    """Return what bookings have of pools and is not over, as care without its buffers."""
    rows = await connection().fetch(
        "SELECT v.id, v.booking_id, v.pool_id, p.kind, v.resource_id, v.status,"
        " v.starts_at + make_interval(mins => v.before_minutes),"
        " v.ends_at - make_interval(mins => v.after_minutes), v.hold_until"
        " FROM reservation v JOIN resource_pool p ON p.id = v.pool_id"
        " WHERE v.pool_id = ANY($1) AND v.booking_id IS NOT NULL AND v.ends_at > clock_timestamp()"
        " AND v.status IN ('held', 'pending', 'confirmed')"
        " AND (v.hold_until IS NULL OR v.hold_until > clock_timestamp()) ORDER BY v.id",
        pools,
    )
    return [
        Reserved(
            id, booking_id, pool_id, PoolKind(kind), lane, ReservationStatus(status),
            Span(start, end), hold_until,
        )
        for id, booking_id, pool_id, kind, lane, status, start, end, hold_until in rows
    ]  # fmt: skip


async def note_uncovered(booking_id: UUID, pool_id: UUID, cause: Cause, now: datetime) -> bool:
    """Store that a booking is said to be uncovered; False where that was said before."""
    made = await connection().fetchval(
        "INSERT INTO uncovered_booking (id, booking_id, pool_id, cause, told_at)"
        " VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT ON CONSTRAINT uncovered_booking_once DO NOTHING RETURNING id",
        new_id(), booking_id, pool_id, cause.value, now,
    )  # fmt: skip
    return made is not None


async def forget_uncovered(
    bookings: list[UUID], pool_id: UUID | None = None, cause: Cause | None = None
) -> None:
    """Forget what was said of bookings, of one pool and cause alone where they are named."""
    await connection().execute(
        "DELETE FROM uncovered_booking WHERE booking_id = ANY($1)"
        " AND ($2::uuid IS NULL OR pool_id = $2) AND ($3::text IS NULL OR cause = $3)",
        bookings, pool_id, cause,
    )  # fmt: skip
