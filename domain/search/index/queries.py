"""What the index reads: everything once, then what the log of changes names."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from domain.db import connection
from domain.search.market import NEVER

CHUNK = 2_000
"""So many rows are decoded before other work gets its turn."""

_OFFERS = (
    "SELECT uuid_send(o.id), o.facility_id, o.treatment_code, o.specialty_code, o.state,"
    " o.city_key, o.mode, o.currency, o.languages::text, o.inclusions::text,"
    " o.listed_during::text, o.price_eur_minor, o.price_minor, o.deposit_minor, o.demo, o.version,"
    f" coalesce((extract(epoch FROM o.earliest_at) * 1000000)::bigint, {NEVER}),"
    " coalesce(o.rating, 0) FROM offer o WHERE o.active AND NOT isempty(o.listed_during)"
)


class Changes(msgspec.Struct, frozen=True):
    """What was written since a snapshot, and the snapshot that shows it."""

    snapshot: str
    offers: list[UUID]
    facilities: list[UUID]
    cities: list[tuple[str, str]]
    catalogue: bool

    def __bool__(self) -> bool:
        return bool(self.offers or self.facilities or self.cities or self.catalogue)


async def snapshot() -> str:
    """Return what is visible now, as PostgreSQL writes it down."""
    return str(await connection().fetchval("SELECT pg_current_snapshot()::text"))


async def changes_since(seen: str) -> Changes:
    """Return what the snapshot `seen` did not show yet.

    Every transaction before the oldest that ran then had ended, so only younger rows are looked
    at; a transaction that lasts long holds nothing up.
    """
    rows = await connection().fetch(
        "SELECT pg_current_snapshot()::text AS snapshot, c.kind, c.target"
        " FROM (SELECT) one LEFT JOIN (SELECT DISTINCT kind, target FROM search_change"
        " WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot)"
        " AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)) c ON true",
        seen,
    )
    targets: dict[str, list[str]] = {}
    for row in rows:
        targets.setdefault(row["kind"], []).append(row["target"])
    cities = (target.partition(" ") for target in targets.get("place", ()))
    return Changes(
        snapshot=rows[0]["snapshot"],
        offers=[UUID(target) for target in targets.get("offer", ())],
        facilities=[UUID(target) for target in targets.get("facility", ())],
        cities=[(state, key) for state, _, key in cities],
        catalogue="catalogue" in targets,
    )


async def oldest_running() -> int:
    """Return the number of the oldest transaction that still runs: all before it have ended."""
    return int(await connection().fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"))


async def forget_changes(before: int) -> None:
    """Drop the changes of transactions that had ended when `before` was the oldest running."""
    await connection().execute("DELETE FROM search_change WHERE xid < $1::text::xid8", str(before))


async def all_offers() -> AsyncIterator[Sequence[Any]]:
    """Yield every offer that is or will be listed, in chunks."""
    cursor = await connection().cursor(_OFFERS)
    while rows := await cursor.fetch(CHUNK):
        yield rows


async def offers(ids: Sequence[UUID]) -> list[Any]:
    """Return those of the offers that are or will be listed."""
    return list(await connection().fetch(f"{_OFFERS} AND o.id = ANY($1)", ids))


async def facilities(ids: Sequence[UUID]) -> list[Any]:
    """Return facilities with their names."""
    return list(
        await connection().fetch(
            "SELECT f.id, f.jurisdiction, f.name, f.names::text, f.city, f.city_key,"
            " f.city_names::text, f.latitude, f.longitude, f.position_of,"
            " ARRAY(SELECT n.text FROM facility_name n WHERE n.facility_id = f.id ORDER BY n.id),"
            " ARRAY(SELECT n.folded FROM facility_name n WHERE n.facility_id = f.id ORDER BY n.id)"
            " FROM facility f WHERE f.id = ANY($1)",
            ids,
        )
    )


async def credentials(facility_ids: Sequence[UUID]) -> list[Any]:
    """Return when which credentials of facilities hold, unless that is past."""
    return list(
        await connection().fetch(
            "SELECT c.facility_id, c.kind, lower(c.valid_during), upper(c.valid_during),"
            " c.specialties, c.treatments FROM credential c WHERE c.facility_id = ANY($1)"
            " AND c.valid_during && tstzrange(statement_timestamp(), NULL)",
            facility_ids,
        )
    )


async def cities(keys: Sequence[tuple[str, str]] | None) -> list[Any]:
    """Return the names of all cities or of some, and where their facilities lie."""
    states, folded = (None, None) if keys is None else zip(*keys, strict=True)
    return list(
        await connection().fetch(
            "SELECT n.jurisdiction, n.city_key, array_agg(n.text ORDER BY n.id),"
            " array_agg(n.folded ORDER BY n.id), (SELECT ARRAY[avg(f.latitude), avg(f.longitude)]"
            "  FROM facility f WHERE f.jurisdiction = n.jurisdiction AND f.city_key = n.city_key"
            "  AND f.latitude IS NOT NULL)"
            " FROM place_name n WHERE $1::text[] IS NULL OR (n.jurisdiction, n.city_key) IN"
            " (SELECT * FROM unnest($1::text[], $2::text[])) GROUP BY 1, 2",
            states, folded,
        )
    )  # fmt: skip


async def catalogue() -> list[Any]:
    """Return specialties and treatments with their names in all languages."""
    return list(
        await connection().fetch(
            "SELECT 'specialty', s.code, s.code, s.names::text, n.texts, n.folded"
            " FROM specialty s, LATERAL (SELECT array_agg(text ORDER BY id) AS texts,"
            "  array_agg(folded ORDER BY id) AS folded FROM specialty_name"
            "  WHERE specialty_code = s.code) n"
            " UNION ALL SELECT 'treatment', t.code, t.specialty_code, t.names::text, n.texts,"
            " n.folded FROM treatment t, LATERAL (SELECT array_agg(text ORDER BY id) AS texts,"
            "  array_agg(folded ORDER BY id) AS folded FROM treatment_name"
            "  WHERE treatment_code = t.code) n"
        )
    )
