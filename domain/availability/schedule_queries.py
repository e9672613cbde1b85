"""What is taken of a facility's resources, and by what, for its own staff."""

from uuid import UUID

from domain.availability.schedule_types import BusyKind, BusySpan
from domain.availability.types import (
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
        "   ELSE 'booking' END AS kind, v.status, v.booking_id, v.reason FROM reservation v"
        "   JOIN resource_pool q ON q.id = v.pool_id WHERE v.resource_id = l.resource_id"
        "   AND v.status IN ('held', 'quoted', 'pending', 'confirmed', 'blocked')"
        "   AND (v.hold_until IS NULL OR v.hold_until > clock_timestamp())"
        "   AND tstzrange(v.starts_at, v.ends_at) && tstzrange($2, $3)"
        "  UNION ALL SELECT b.starts_at, b.ends_at,"
        "   CASE WHEN q.facility_id <> $1 THEN 'elsewhere' ELSE 'calendar' END, NULL, NULL, NULL"
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
                row["starts_at"], row["ends_at"], kind, status, row["booking_id"], row["reason"]
            )
        found.setdefault((row["id"], row["lane"]), []).append(span)
    return found
