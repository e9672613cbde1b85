"""The queries that find out whose earliest time has changed."""

from datetime import datetime
from uuid import UUID

from domain.availability.types import Need, PoolKind, TimedOffer
from domain.db import connection


async def spread_marks(limit: int, now: datetime) -> int:
    """Make the offers due that noted changes concern; return how many notes there were.

    An offer that is due already stays as it is: a hundred bookings make one recomputation.
    """
    found = await connection().fetchval(
        "WITH gone AS (DELETE FROM earliest_mark WHERE id IN ("
        "  SELECT id FROM earliest_mark LIMIT $1 FOR UPDATE SKIP LOCKED)"
        "  RETURNING pool_id, offer_id),"
        " due AS (INSERT INTO offer_earliest AS e (offer_id, due_at)"
        "  SELECT o.id, $2 FROM offer o WHERE o.id IN ("
        "   SELECT g.offer_id FROM gone g WHERE g.offer_id IS NOT NULL"
        "   UNION SELECT n.offer_id FROM gone g JOIN offer_need n USING (pool_id))"
        "  ORDER BY o.id ON CONFLICT (offer_id) DO UPDATE SET due_at = excluded.due_at"
        "  WHERE e.due_at > excluded.due_at)"
        " SELECT count(*) FROM gone",
        limit, now,
    )  # fmt: skip
    return int(found)


async def claim_due(limit: int) -> list[UUID]:
    """Lock offers whose earliest time is due, and that no other worker has; return them."""
    rows = await connection().fetch(
        "SELECT offer_id FROM offer_earliest WHERE due_at <= clock_timestamp()"
        " ORDER BY due_at, offer_id LIMIT $1 FOR UPDATE SKIP LOCKED",
        limit,
    )
    return [row["offer_id"] for row in rows]


async def timed_offers(offers: list[UUID]) -> list[TimedOffer]:
    """Return what decides when offers can start."""
    rows = await connection().fetch(
        "SELECT o.id, f.zone, o.lead_time_hours, o.duration_minutes, o.active FROM offer o"
        " JOIN facility f ON f.id = o.facility_id WHERE o.id = ANY($1)",
        offers,
    )
    needs: dict[UUID, list[Need]] = {}
    for row in await connection().fetch(
        "SELECT n.offer_id, n.pool_id, p.kind, n.before_minutes, n.after_minutes, n.nights"
        " FROM offer_need n JOIN resource_pool p ON p.id = n.pool_id"
        " WHERE n.offer_id = ANY($1) ORDER BY n.pool_id",
        offers,
    ):
        offer_id, pool_id, kind, *rest = row.values()
        needs.setdefault(offer_id, []).append(Need(pool_id, PoolKind(kind), *rest))
    return [
        TimedOffer(
            row["id"], row["zone"], row["lead_time_hours"], row["duration_minutes"],
            needs.get(row["id"], []) if row["active"] else [],
        )
        for row in rows
    ]  # fmt: skip


async def note_due(due: dict[UUID, datetime]) -> None:
    """Store when the earliest time of each offer must be looked at again."""
    await connection().execute(
        "UPDATE offer_earliest e SET due_at = n.due_at"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS n (offer_id, due_at)"
        " WHERE e.offer_id = n.offer_id",
        list(due), list(due.values()),
    )  # fmt: skip
