"""What is taken of a facility's resources, and by what, for its own staff."""

from uuid import UUID

from domain.availability.events import Cause
from domain.availability.schedule_types import (
    BusyKind,
    BusySpan,
    OfferNeedView,
    UncoveredBooking,
)
from domain.availability.types import (
    PoolKind,
    ReservationStatus,
    Span,
)
from domain.db import connection


async def busy_of_facility(
    facility_id: UUID, within: Span
) -> dict[tuple[UUID, int], list[BusySpan]]:
    """Return by pool and number of lane what is taken within a stretch, in order."""
    rows = await connection().fetch(
        "SELECT p.id, l.lane, t.* FROM resource_pool p JOIN pool_lane l ON l.pool_id = p.id,"
        " LATERAL (SELECT v.starts_at, v.ends_at, CASE WHEN q.facility_id <> $1 THEN 'elsewhere'"
        "   WHEN v.status = 'blocked' THEN 'block' WHEN v.status = 'quoted' THEN 'quote'"
        "   ELSE 'booking' END AS kind, v.status, v.booking_id, v.reason,"
        "   CASE WHEN v.status = 'blocked' AND v.pool_id = p.id THEN v.id END AS block_id"
        "   FROM reservation v"
        "   JOIN resource_pool q ON q.id = v.pool_id WHERE v.resource_id = l.resource_id"
        "   AND v.status IN ('held', 'quoted', 'pending', 'confirmed', 'blocked')"
        "   AND (v.hold_until IS NULL OR v.hold_until > clock_timestamp())"
        "   AND tstzrange(v.starts_at, v.ends_at) && tstzrange($2, $3)"
        "  UNION ALL SELECT b.starts_at, b.ends_at,"
        "   CASE WHEN q.facility_id <> $1 THEN 'elsewhere' ELSE 'calendar' END,"
        "   NULL, NULL, NULL, NULL"
        "   FROM imported_busy b JOIN calendar_feed f ON f.id = b.feed_id"
        "   JOIN resource_pool q ON q.id = f.pool_id WHERE b.resource_id = l.resource_id"
        "   AND tstzrange(b.starts_at, b.ends_at) && tstzrange($2, $3)) t"
        " WHERE p.facility_id = $1 ORDER BY p.id, l.lane, t.starts_at, t.ends_at",
        facility_id, within.start, within.end,
    )  # fmt: skip
    found: dict[tuple[UUID, int], list[BusySpan]] = {}
    for row in rows:
        kind = BusyKind(row["kind"])
        span = BusySpan(row["starts_at"], row["ends_at"], kind, None, None, None)
        if kind is not BusyKind.ELSEWHERE:
            status = ReservationStatus(row["status"]) if row["status"] else None
            span = BusySpan(
                row["starts_at"], row["ends_at"], kind, status, row["booking_id"], row["reason"],
                row["block_id"],
            )  # fmt: skip
        found.setdefault((row["id"], row["lane"]), []).append(span)
    return found


async def uncovered_of_facility(facility_id: UUID) -> list[UncoveredBooking]:
    """Return the coming bookings of a facility that were said to be uncovered, the next first."""
    rows = await connection().fetch(
        "SELECT u.booking_id, u.pool_id, p.name, u.cause,"
        " v.starts_at + make_interval(mins => v.before_minutes) AS starts_at,"
        " v.ends_at - make_interval(mins => v.after_minutes) AS ends_at"
        " FROM uncovered_booking u JOIN resource_pool p ON p.id = u.pool_id"
        " JOIN reservation v ON v.booking_id = u.booking_id AND v.pool_id = u.pool_id"
        " WHERE p.facility_id = $1 AND v.status IN ('held', 'pending', 'confirmed')"
        " AND (v.hold_until IS NULL OR v.hold_until > clock_timestamp())"
        " AND v.ends_at > clock_timestamp() ORDER BY starts_at, u.booking_id, u.cause",
        facility_id,
    )
    return [
        UncoveredBooking(
            row["booking_id"], row["pool_id"], row["name"], Cause(row["cause"]),
            row["starts_at"], row["ends_at"],
        )
        for row in rows
    ]  # fmt: skip


async def needs_of_facility(facility_id: UUID) -> list[OfferNeedView]:
    """Return what the offers of a facility take of its resources."""
    rows = await connection().fetch(
        "SELECT n.offer_id, n.pool_id, p.kind, p.name, n.before_minutes, n.after_minutes, n.nights"
        " FROM offer_need n JOIN resource_pool p ON p.id = n.pool_id WHERE p.facility_id = $1"
        " ORDER BY n.offer_id, p.kind, p.name",
        facility_id,
    )
    return [
        OfferNeedView(
            offer_id=row["offer_id"],
            pool_id=row["pool_id"],
            kind=PoolKind(row["kind"]),
            name=row["name"],
            before_minutes=row["before_minutes"],
            after_minutes=row["after_minutes"],
            nights=row["nights"],
        )
        for row in rows
    ]
