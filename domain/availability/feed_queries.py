"""The queries of imported calendars and what they say is taken."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.availability.tables import CalendarFeed
from domain.availability.types import (
    FeedTrouble,
    FeedView,
    ImportedBusyView,
    PoolKind,
    Reserved,
    Span,
)
from domain.availability.types import ReservationStatus as Status
from domain.db import connection
from domain.ids import new_id


async def lane_of(pool_id: UUID, lane: int) -> UUID | None:
    """Return the resource that is this lane of a pool."""
    found = await connection().fetchval(
        "SELECT resource_id FROM pool_lane WHERE pool_id = $1 AND lane = $2", pool_id, lane
    )
    return UUID(str(found)) if found else None


async def lock_organisation(organisation_id: UUID) -> None:
    """Let nobody else make the organisation's first key until this operation ends."""
    await connection().execute("SELECT FROM organisation WHERE id = $1 FOR UPDATE", organisation_id)


async def insert_feed(feed: CalendarFeed) -> None:
    """Store a calendar that is to be fetched."""
    await CalendarFeed.insert(feed)


async def feeds_of(pool_id: UUID, feed_id: UUID | None = None) -> list[FeedView]:
    """Return the calendars of a pool, or the one named."""
    rows = await connection().fetch(
        "SELECT f.id, f.host, l.lane, f.last_synced_at, f.last_error, f.failures, f.next_sync_at,"
        " (SELECT count(*) FROM imported_busy b WHERE b.feed_id = f.id) FROM calendar_feed f"
        " JOIN pool_lane l ON l.pool_id = f.pool_id AND l.resource_id = f.resource_id"
        " WHERE f.pool_id = $1 AND ($2::uuid IS NULL OR f.id = $2) ORDER BY f.created_at, f.id",
        pool_id, feed_id,
    )  # fmt: skip
    return [
        FeedView(
            row["id"], row["host"], row["lane"], row["last_synced_at"],
            FeedTrouble(row["last_error"]) if row["last_error"] else None,
            row["failures"], row["next_sync_at"], row["count"],
        )
        for row in rows
    ]  # fmt: skip


async def delete_feed(pool_id: UUID, feed_id: UUID) -> bool:
    """Forget a calendar and what it said; False where the pool has none such."""
    found = await connection().fetchval(
        "DELETE FROM calendar_feed WHERE pool_id = $1 AND id = $2 RETURNING id", pool_id, feed_id
    )
    return found is not None


async def make_due(pool_id: UUID, feed_id: UUID, now: datetime) -> bool:
    """Let a calendar be fetched next; False where the pool has none such."""
    found = await connection().fetchval(
        "UPDATE calendar_feed SET next_sync_at = least(next_sync_at, $3)"
        " WHERE pool_id = $1 AND id = $2 RETURNING id",
        pool_id, feed_id, now,
    )  # fmt: skip
    return found is not None


async def claim_due(until: datetime) -> Any | None:
    """Return a calendar that is due, kept from other workers until then, with its zone."""
    return await connection().fetchrow(
        "UPDATE calendar_feed c SET next_sync_at = $1 FROM resource_pool p"
        " JOIN facility f ON f.id = p.facility_id WHERE p.id = c.pool_id AND c.id = ("
        "  SELECT id FROM calendar_feed WHERE next_sync_at <= clock_timestamp()"
        "  ORDER BY next_sync_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING c.*, f.zone",
        until,
    )


async def still_claimed(feed_id: UUID, until: datetime) -> bool:
    """Lock a calendar; False when it is gone or another worker has it by now."""
    found = await connection().fetchval(
        "SELECT id FROM calendar_feed WHERE id = $1 AND next_sync_at = $2 FOR UPDATE",
        feed_id, until,
    )  # fmt: skip
    return found is not None


async def note_success(
    feed_id: UUID, now: datetime, next_at: datetime, etag: str | None, imported_at: datetime
) -> None:
    """Store that a calendar was fetched, and when it was last read as a whole."""
    await connection().execute(
        "UPDATE calendar_feed SET last_synced_at = $2, next_sync_at = $3, etag = $4,"
        " imported_at = $5, last_error = NULL, failures = 0 WHERE id = $1",
        feed_id, now, next_at, etag, imported_at,
    )  # fmt: skip


async def note_failure(feed_id: UUID, trouble: FeedTrouble, next_at: datetime) -> None:
    """Store why a calendar could not be had; what it said before stays."""
    await connection().execute(
        "UPDATE calendar_feed SET last_error = $2, failures = failures + 1, next_sync_at = $3"
        " WHERE id = $1",
        feed_id, trouble.value, next_at,
    )  # fmt: skip


async def own_bookings(resource_id: UUID, ids: list[UUID]) -> set[UUID]:
    """Return which of these ids are bookings of the resource."""
    rows = await connection().fetch(
        "SELECT DISTINCT booking_id FROM reservation WHERE resource_id = $1"
        " AND booking_id = ANY($2)",
        resource_id, ids,
    )  # fmt: skip
    return {row["booking_id"] for row in rows}


async def busy_of(feed_id: UUID) -> list[Span]:
    """Return what a calendar said last, in order."""
    rows = await connection().fetch(
        "SELECT starts_at, ends_at FROM imported_busy WHERE feed_id = $1 ORDER BY 1, 2", feed_id
    )
    return [Span(*row.values()) for row in rows]


async def replace_busy(feed_id: UUID, resource_id: UUID, spans: list[Span]) -> None:
    """Store what a calendar says now in place of what it said."""
    await connection().execute("DELETE FROM imported_busy WHERE feed_id = $1", feed_id)
    await connection().execute(
        "INSERT INTO imported_busy (id, feed_id, resource_id, starts_at, ends_at)"
        " SELECT n.id, $1, $2, n.starts_at, n.ends_at"
        " FROM unnest($3::uuid[], $4::timestamptz[], $5::timestamptz[])"
        " AS n (id, starts_at, ends_at)",
        feed_id, resource_id, [new_id() for _ in spans], [span.start for span in spans],
        [span.end for span in spans],
    )  # fmt: skip


async def booked_on(resource_id: UUID) -> list[tuple[Reserved, bool]]:
    """Return what bookings have of a resource and is not over, and whether a calendar clashes."""
    rows = await connection().fetch(
        "SELECT v.id, v.booking_id, v.pool_id, p.kind, v.resource_id, v.status, v.starts_at,"
        " v.ends_at, v.hold_until, EXISTS (SELECT FROM imported_busy b"
        "  WHERE b.resource_id = v.resource_id"
        "  AND tstzrange(b.starts_at, b.ends_at) && tstzrange(v.starts_at, v.ends_at))"
        " FROM reservation v JOIN resource_pool p ON p.id = v.pool_id"
        " WHERE v.resource_id = $1 AND v.booking_id IS NOT NULL AND v.ends_at > clock_timestamp()"
        " AND v.status IN ('held', 'pending', 'confirmed')"
        " AND (v.hold_until IS NULL OR v.hold_until > clock_timestamp()) ORDER BY v.id",
        resource_id,
    )
    return [
        (
            Reserved(
                id, booking_id, pool_id, PoolKind(kind), lane, Status(status), Span(start, end),
                hold_until,
            ),
            clashes,
        )
        for id, booking_id, pool_id, kind, lane, status, start, end, hold_until, clashes in rows
    ]  # fmt: skip


async def clashes(booking_id: UUID) -> bool:
    """Tell whether a calendar says that time of a booking, which is not given back, is taken."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM reservation v JOIN imported_busy b"
            "  ON b.resource_id = v.resource_id"
            "  AND tstzrange(b.starts_at, b.ends_at) && tstzrange(v.starts_at, v.ends_at)"
            "  WHERE v.booking_id = $1 AND v.status <> 'released')",
            booking_id,
        )
    )


async def freshness(pools: list[UUID]) -> ImportedBusyView | None:
    """Return how fresh the calendars of these pools' resources are, None where there are none."""
    row = await connection().fetchrow(
        "SELECT count(*), count(*) FILTER (WHERE c.last_synced_at IS NULL) AS never,"
        " min(c.last_synced_at), bool_or(c.failures > 0) AS failing FROM calendar_feed c"
        " WHERE c.resource_id IN (SELECT resource_id FROM pool_lane WHERE pool_id = ANY($1))",
        pools,
    )
    if not row["count"]:
        return None
    return ImportedBusyView(None if row["never"] else row["min"], row["failing"])
