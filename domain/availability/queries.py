"""The queries of pools, openings and reservations."""

from datetime import datetime
from uuid import UUID

from domain.availability.tables import (
    Affiliation,
    OfferNeed,
    PoolLane,
    Practitioner,
    Reservation,
    Resource,
    ResourcePool,
)
from domain.availability.types import (
    BlockView,
    Need,
    PoolKind,
    PoolView,
    PractitionerView,
    ReservationStatus,
    Reserved,
    ShowPractitioner,
    Span,
)
from domain.db import connection
from domain.ids import new_id


async def insert_pool(pool: ResourcePool, resources: list[UUID]) -> None:
    """Store a pool whose lanes are these resources, in this order."""
    await ResourcePool.insert(pool)
    await PoolLane.insert(
        *(
            PoolLane(id=new_id(), pool_id=pool.id, lane=number, resource_id=resource)
            for number, resource in enumerate(resources, 1)
        )
    )


async def insert_resources(number: int) -> list[UUID]:
    """Store so many resources that only one pool has, and return their ids."""
    made = [new_id() for _ in range(number)]
    await Resource.insert(*(Resource(id=each, practitioner_id=None) for each in made))
    return made


async def practitioner_of(practitioner: Practitioner) -> tuple[UUID, UUID]:
    """Return who has this licence, stored now if nobody had, and the resource that they are.

    What is known of somebody stays as it is.
    """
    await connection().execute(
        "INSERT INTO practitioner (id, name, specialty_code, licence_number, licence_state, demo)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (licence_state, licence_number) DO NOTHING",
        practitioner.id, practitioner.name, practitioner.specialty_code,
        practitioner.licence_number, practitioner.licence_state, practitioner.demo,
    )  # fmt: skip
    person = await connection().fetchval(
        "SELECT id FROM practitioner WHERE licence_state = $1 AND licence_number = $2",
        practitioner.licence_state, practitioner.licence_number,
    )  # fmt: skip
    await connection().execute(
        "INSERT INTO resource (id, practitioner_id) VALUES ($1, $2)"
        " ON CONFLICT (practitioner_id) DO NOTHING",
        new_id(), person,
    )  # fmt: skip
    resource = await connection().fetchval(
        "SELECT id FROM resource WHERE practitioner_id = $1", person
    )
    return person, resource


async def insert_affiliation(affiliation: Affiliation) -> None:
    """Store that somebody works at a facility."""
    await Affiliation.insert(affiliation)


async def close_pool(pool_id: UUID, closes_at: datetime) -> bool:
    """Store when a pool's service, and a practitioner's affiliation, ends; False if that stands."""
    found = await connection().fetchval(
        "UPDATE resource_pool SET closes_at = $2 WHERE id = $1 AND closes_at IS NULL RETURNING id",
        pool_id, closes_at,
    )  # fmt: skip
    await connection().execute(
        "UPDATE affiliation a SET until = $2 FROM resource_pool p WHERE p.id = $1"
        " AND a.practitioner_id = p.practitioner_id AND a.facility_id = p.facility_id"
        " AND a.until IS NULL",
        pool_id, closes_at,
    )  # fmt: skip
    return found is not None


async def pools_of(facility_id: UUID, pool_id: UUID | None = None) -> list[PoolView]:
    """Return a facility's pools, or the one named."""
    rows = await connection().fetch(
        "SELECT p.id, p.kind, p.name, (SELECT count(*) FROM pool_lane l WHERE l.pool_id = p.id),"
        " d.name AS practitioner, p.closes_at FROM resource_pool p"
        " LEFT JOIN practitioner d ON d.id = p.practitioner_id"
        " WHERE p.facility_id = $1 AND ($2::uuid IS NULL OR p.id = $2) ORDER BY p.kind, p.name",
        facility_id, pool_id,
    )  # fmt: skip
    return [
        PoolView(
            row["id"], PoolKind(row["kind"]), row["name"], row["count"], row["practitioner"],
            row["closes_at"],
        )
        for row in rows
    ]  # fmt: skip


async def practitioners_of(facility_id: UUID, *, shown_only: bool) -> list[PractitionerView]:
    """Return who works at a facility now, or only those of them who agreed to be shown."""
    rows = await connection().fetch(
        "SELECT d.id, d.name, d.specialty_code, d.demo, a.languages,"
        " a.shown_since IS NOT NULL AS shown, EXISTS ("
        "  SELECT FROM facility f JOIN membership m ON m.organisation_id = f.organisation_id"
        "  WHERE f.id = a.facility_id AND f.jurisdiction = d.licence_state"
        "   AND m.licence_number = d.licence_number AND m.licence_verified_at IS NOT NULL"
        "   AND (m.ends_at IS NULL OR m.ends_at > now())) AS verified"
        " FROM affiliation a JOIN practitioner d ON d.id = a.practitioner_id"
        " WHERE a.facility_id = $1 AND (a.until IS NULL OR a.until > now())"
        " AND (a.shown_since IS NOT NULL OR NOT $2) ORDER BY d.name, d.id",
        facility_id, shown_only,
    )  # fmt: skip
    return [
        PractitionerView(
            row["id"], row["name"], row["specialty_code"], list(row["languages"]),
            row["verified"], row["shown"], row["demo"],
        )
        for row in rows
    ]  # fmt: skip


async def show_practitioner(
    facility_id: UUID, practitioner_id: UUID, command: ShowPractitioner, now: datetime
) -> bool:
    """Store whether somebody is shown; tell whether they work there."""
    found = await connection().fetchval(
        "UPDATE affiliation SET languages = $3,"
        " shown_since = CASE WHEN $4::boolean THEN coalesce(shown_since, $5) END"
        " WHERE facility_id = $1 AND practitioner_id = $2 AND (until IS NULL OR until > now())"
        " RETURNING id",
        facility_id, practitioner_id, command.languages, command.consents, now,
    )  # fmt: skip
    return found is not None


async def facility_of_pool(pool_id: UUID) -> UUID | None:
    """Return the facility a pool belongs to."""
    found = await connection().fetchval(
        "SELECT facility_id FROM resource_pool WHERE id = $1", pool_id
    )
    return UUID(str(found)) if found else None


async def insert_need(need: OfferNeed) -> None:
    """Store what an offer needs."""
    await OfferNeed.insert(need)


async def needs_of(offer_id: UUID) -> list[Need]:
    """Return what one booking of an offer takes, in one order for everybody."""
    rows = await connection().fetch(
        "SELECT n.pool_id, p.kind, n.before_minutes, n.after_minutes, n.nights FROM offer_need n"
        " JOIN resource_pool p ON p.id = n.pool_id WHERE n.offer_id = $1 ORDER BY n.pool_id",
        offer_id,
    )
    return [
        Need(
            row["pool_id"],
            PoolKind(row["kind"]),
            row["before_minutes"],
            row["after_minutes"],
            row["nights"],
        )
        for row in rows
    ]


async def busy_lanes(
    pools: list[UUID], within: Span, *, except_booking: UUID | None = None
) -> dict[UUID, dict[UUID, list[Span]]]:
    """Return, by pool and lane, what is taken inside a span; holds that ended take nothing."""
    rows = await connection().fetch(
        "SELECT l.pool_id, l.resource_id, t.starts_at, t.ends_at FROM pool_lane l"
        " LEFT JOIN LATERAL ("
        "  SELECT v.starts_at, v.ends_at FROM reservation v WHERE v.resource_id = l.resource_id"
        "   AND v.status IN ('held', 'quoted', 'pending', 'confirmed', 'blocked')"
        "   AND (v.hold_until IS NULL OR v.hold_until > clock_timestamp())"
        "   AND ($4::uuid IS NULL OR v.booking_id IS DISTINCT FROM $4)"
        "   AND tstzrange(v.starts_at, v.ends_at) && tstzrange($2, $3)"
        "  UNION ALL"
        "  SELECT b.starts_at, b.ends_at FROM imported_busy b WHERE b.resource_id = l.resource_id"
        "   AND tstzrange(b.starts_at, b.ends_at) && tstzrange($2, $3)) t ON true"
        " WHERE l.pool_id = ANY($1) ORDER BY l.pool_id, l.lane, t.starts_at",
        pools, within.start, within.end, except_booking,
    )  # fmt: skip
    busy: dict[UUID, dict[UUID, list[Span]]] = {pool: {} for pool in pools}
    for row in rows:
        taken = busy[row["pool_id"]].setdefault(row["resource_id"], [])
        if row["starts_at"] is not None:
            taken.append(Span(row["starts_at"], row["ends_at"]))
    return busy


async def lock_pools(pools: list[UUID]) -> None:
    """Let one operation at a time decide about these pools; always taken in sorted order.

    All pools of one practitioner, at whichever facility, are one.
    """
    await connection().execute(
        "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended("
        "  coalesce('practitioner:' || practitioner_id, 'pool:' || id), 7) AS key"
        " FROM resource_pool WHERE id = ANY($1) ORDER BY key) AS sorted",
        pools,
    )


async def expire_overlaps(lane: UUID, span: Span, booking_id: UUID | None) -> None:
    """Mark the ended holds of others expired that still stand where a booking shall go."""
    await connection().execute(
        "UPDATE reservation SET status = 'expired' WHERE resource_id = $1"
        " AND status IN ('held', 'quoted', 'pending') AND hold_until <= clock_timestamp()"
        " AND ($4::uuid IS NULL OR booking_id IS DISTINCT FROM $4)"
        " AND tstzrange(starts_at, ends_at) && tstzrange($2, $3)",
        lane, span.start, span.end, booking_id,
    )  # fmt: skip


async def insert_reservation(reservation: Reservation) -> bool:
    """Take a stretch of a lane; return False when it is already taken."""
    r = reservation
    made = await connection().fetchval(
        "INSERT INTO reservation (id, resource_id, pool_id, booking_id, status, starts_at, ends_at,"
        " before_minutes, after_minutes, hold_until, reason, quote_id, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT ON CONSTRAINT reservation_no_overlap DO NOTHING RETURNING id",
        r.id, r.resource_id, r.pool_id, r.booking_id, r.status, r.starts_at, r.ends_at,
        r.before_minutes, r.after_minutes, r.hold_until, r.reason, r.quote_id, r.created_at,
    )  # fmt: skip
    return made is not None


async def pools_of_booking(booking_id: UUID) -> list[UUID]:
    """Return the pools whose lanes a booking has, or had, taken."""
    rows = await connection().fetch(
        "SELECT DISTINCT pool_id FROM reservation WHERE booking_id = $1", booking_id
    )
    return [row["pool_id"] for row in rows]


async def live_reservations(booking_id: UUID) -> list[Reserved]:
    """Return what a booking has of its own now; a hold that ended by the clock is nothing."""
    rows = await connection().fetch(
        "SELECT v.id, v.booking_id, v.pool_id, p.kind, v.resource_id, v.status, v.starts_at,"
        " v.ends_at, v.hold_until FROM reservation v JOIN resource_pool p ON p.id = v.pool_id"
        " WHERE v.booking_id = $1 AND v.status IN ('held', 'pending', 'confirmed')"
        " AND (v.hold_until IS NULL OR v.hold_until > clock_timestamp()) ORDER BY v.id",
        booking_id,
    )
    return [
        Reserved(
            row["id"], row["booking_id"], row["pool_id"], PoolKind(row["kind"]), row["resource_id"],
            ReservationStatus(row["status"]), Span(row["starts_at"], row["ends_at"]),
            row["hold_until"],
        )
        for row in rows
    ]  # fmt: skip


async def change_reservation(
    reservation_id: UUID, lane: UUID, span: Span, before_minutes: int = 0, after_minutes: int = 0
) -> None:
    """Move a reservation to another stretch; raises SlotTaken by its constraint."""
    await connection().execute(
        "UPDATE reservation SET resource_id = $2, starts_at = $3, ends_at = $4,"
        " before_minutes = $5, after_minutes = $6 WHERE id = $1",
        reservation_id, lane, span.start, span.end, before_minutes, after_minutes,
    )  # fmt: skip


async def release_reservations(reservations: list[UUID]) -> None:
    """Give single reservations back."""
    await connection().execute(
        "UPDATE reservation SET status = 'released', hold_until = NULL WHERE id = ANY($1)",
        reservations,
    )


async def move_reservations(
    booking_id: UUID, status: ReservationStatus, hold_until: datetime | None
) -> int:
    """Give the reservations of a booking that it has not given back a new status; count them."""
    rows = await connection().fetch(
        "UPDATE reservation SET status = $2, hold_until = $3"
        " WHERE booking_id = $1 AND status <> 'released' RETURNING id",
        booking_id, status.value, hold_until,
    )  # fmt: skip
    return len(rows)


async def expire_rivals(booking_id: UUID) -> None:
    """Mark the ended holds of others expired that stand where this booking's time lies."""
    await connection().execute(
        "UPDATE reservation o SET status = 'expired' FROM reservation v"
        " WHERE v.booking_id = $1 AND o.resource_id = v.resource_id"
        " AND o.booking_id IS DISTINCT FROM v.booking_id"
        " AND o.status IN ('held', 'quoted', 'pending')"
        " AND o.hold_until <= clock_timestamp()"
        " AND tstzrange(o.starts_at, o.ends_at) && tstzrange(v.starts_at, v.ends_at)",
        booking_id,
    )


async def blocks_of(pool_id: UUID, since: datetime) -> list[BlockView]:
    """Return what staff took of a pool by hand and is not over at `since`."""
    rows = await connection().fetch(
        "SELECT v.id, l.lane, v.starts_at, v.ends_at, v.reason FROM reservation v"
        " JOIN pool_lane l ON l.pool_id = v.pool_id AND l.resource_id = v.resource_id"
        " WHERE v.pool_id = $1 AND v.status = 'blocked' AND v.ends_at > $2"
        " ORDER BY v.starts_at, l.lane",
        pool_id, since,
    )  # fmt: skip
    return [BlockView(*row.values()) for row in rows]


async def free_block(pool_id: UUID, block_id: UUID) -> bool:
    """Give a stretch back that staff took; False where there is none."""
    found = await connection().fetchval(
        "UPDATE reservation SET status = 'released' WHERE id = $2 AND pool_id = $1"
        " AND status = 'blocked' RETURNING id",
        pool_id, block_id,
    )  # fmt: skip
    return found is not None


async def pools_of_quote(quote_id: UUID) -> list[UUID]:
    """Return the pools whose lanes a quote has taken."""
    rows = await connection().fetch(
        "SELECT DISTINCT pool_id FROM reservation WHERE quote_id = $1 AND status = 'quoted'",
        quote_id,
    )
    return [row["pool_id"] for row in rows]


async def adopt_quoted(quote_id: UUID, booking_id: UUID, hold_until: datetime) -> datetime | None:
    """Make what a quote has a booking's hold; return when its care ends, None if it is over."""
    ends = await connection().fetch(
        "UPDATE reservation SET booking_id = $2, status = 'held', hold_until = $3"
        " WHERE quote_id = $1 AND status = 'quoted' AND hold_until > clock_timestamp()"
        " RETURNING ends_at - make_interval(mins => after_minutes) AS ends_at",
        quote_id, booking_id, hold_until,
    )  # fmt: skip
    return max((row["ends_at"] for row in ends), default=None)


async def release_quoted(quote_id: UUID) -> None:
    """Give back what a quote has."""
    await connection().execute(
        "UPDATE reservation SET status = 'released', hold_until = NULL"
        " WHERE quote_id = $1 AND status = 'quoted'",
        quote_id,
    )


async def expire_quoted() -> int:
    """Write down which quotes' time ended by the clock; return how many stretches were freed."""
    rows = await connection().fetch(
        "UPDATE reservation SET status = 'expired' WHERE status = 'quoted'"
        " AND hold_until <= clock_timestamp() RETURNING id"
    )
    return len(rows)
