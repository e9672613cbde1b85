"""The queries of facilities, their names and their cities."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.db import connection
from domain.facilities.types import (
    FacilityIdentifier,
    FacilityKind,
    FacilityRef,
    FacilityView,
    ListedFilter,
    Listing,
    ListingReason,
    PositionOf,
    Source,
)
from domain.identity.types import OrganisationKind
from domain.ids import new_id

_VIEW = (
    "SELECT f.*, l.listed, l.accredited, l.missing, ARRAY(SELECT ROW(i.source, i.source_key)"
    " FROM facility_identifier i WHERE i.facility_id = f.id AND i.source NOT IN ('own', 'demo')"
    " ORDER BY i.source, i.source_key) AS identifiers FROM facility f,"
    " LATERAL listing_now(f.id) l WHERE "
)


def _names(text: str) -> dict[str, str]:
    return msgspec.json.decode(text, type=dict[str, str])


def _view(row: Any) -> FacilityView:
    reason = ListingReason.NOT_LISTED
    if row["listed"]:
        reason = (
            ListingReason.ACCREDITED if row["accredited"]
            else ListingReason.LICENSED_NOT_ACCREDITED
        )  # fmt: skip
    return FacilityView(
        id=row["id"],
        jurisdiction=row["jurisdiction"],
        kind=FacilityKind(row["kind"]),
        name=row["name"],
        names=_names(row["names"]),
        city=row["city"],
        city_names=_names(row["city_names"]),
        zone=row["zone"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        position_of=PositionOf(row["position_of"]) if row["position_of"] else None,
        address=row["address"],
        phone=row["phone"],
        website=row["website"],
        languages=list(row["languages"]),
        register_specialties=list(row["register_specialties"]),
        register_gone_at=row["register_gone_at"],
        source=Source(row["source"]),
        identifiers=[FacilityIdentifier(Source(each[0]), each[1]) for each in row["identifiers"]],
        demo=row["demo"],
        organisation_id=row["organisation_id"],
        listing=Listing(row["listed"], reason, list(row["missing"])),
        version=row["version"],
        updated_at=row["updated_at"],
    )


async def facility(facility_id: UUID) -> FacilityView | None:
    """Return a facility, or the one it was merged into; facilities are public."""
    row = await connection().fetchrow(
        _VIEW + "f.id = (SELECT coalesce(o.merged_into, o.id) FROM facility o WHERE o.id = $1)",
        facility_id,
    )
    return _view(row) if row else None


async def of_organisation(organisation_id: UUID) -> list[FacilityView]:
    """Return the facilities that an organisation runs, by name."""
    rows = await connection().fetch(
        _VIEW + "f.organisation_id = $1 ORDER BY f.name_folded, f.id LIMIT 200", organisation_id
    )
    return [_view(row) for row in rows]


async def facility_ref(facility_id: UUID) -> FacilityRef | None:
    """Return whose a facility is and where it lies; nothing lives on under one that was merged."""
    row = await connection().fetchrow(
        "SELECT id, organisation_id, jurisdiction, kind, name, zone, demo, version FROM facility"
        " WHERE id = $1 AND merged_into IS NULL",
        facility_id,
    )
    return (
        FacilityRef(
            row["id"], row["organisation_id"], row["jurisdiction"], FacilityKind(row["kind"]),
            row["name"], row["zone"], row["demo"], row["version"],
        )
        if row
        else None
    )  # fmt: skip


async def by_source_key(source: Source, source_key: str) -> UUID | None:
    """Return the facility that a source knows under this key."""
    found: UUID | None = await connection().fetchval(
        "SELECT facility_id FROM facility_identifier WHERE source = $1 AND source_key = $2",
        source.value, source_key,
    )  # fmt: skip
    return found


async def of_source(
    source: Source, *, states: Sequence[str] | None, keys: Sequence[str] | None, lock: bool
) -> list[Any]:
    """Return the rows of the facilities that a source knows, in these states or by these keys.

    `key` is the source's own; it is not `speaking` for one that it only knows beside another.
    """
    rows: list[Any] = await connection().fetch(
        "SELECT f.*, i.source_key AS key,"
        " (f.source, f.source_key) = (i.source, i.source_key) AS speaking"
        " FROM facility_identifier i JOIN facility f ON f.id = i.facility_id WHERE i.source = $1"
        " AND ($2::text[] IS NULL OR f.jurisdiction = ANY($2))"
        " AND ($3::text[] IS NULL OR i.source_key = ANY($3)) ORDER BY f.id"
        + (" FOR UPDATE OF f" if lock else ""),
        source.value, states, keys,
    )  # fmt: skip
    return rows


async def ties(facility_id: UUID) -> list[str]:
    """Return what hangs on a facility and cannot move to another, whoever may see it."""
    found: list[str] = await connection().fetchval("SELECT facility_ties($1)", facility_id)
    return found


async def lock_versions(ids: Sequence[UUID]) -> dict[UUID, int]:
    """Lock facilities that stand for themselves, in one order, and return their versions."""
    rows = await connection().fetch(
        "SELECT id, version FROM facility WHERE id = ANY($1) AND merged_into IS NULL"
        " ORDER BY id FOR UPDATE",
        list(ids),
    )
    return {row["id"]: row["version"] for row in rows}


async def fold_into(survivor_id: UUID, other_id: UUID, now: datetime) -> None:
    """Make a facility another address of the survivor, with all that led to it before."""
    for sql in (
        "UPDATE facility_identifier SET facility_id = $1 WHERE facility_id = $2",
        "UPDATE facility SET merged_into = $1 WHERE merged_into = $2",
    ):
        await connection().execute(sql, survivor_id, other_id)
    await connection().execute(
        "UPDATE facility SET merged_into = CASE id WHEN $2 THEN $1 END, updated_at = $3,"
        " version = version + 1 WHERE id IN ($1, $2)",
        survivor_id, other_id, now,
    )  # fmt: skip


async def add_identifier(facility_id: UUID, source: Source, source_key: str) -> None:
    """Store under which key a source knows a facility; a known one is left alone."""
    await connection().execute(
        "INSERT INTO facility_identifier (id, facility_id, source, source_key)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT ON CONSTRAINT facility_identifier_once DO NOTHING",
        new_id(), facility_id, source.value, source_key,
    )  # fmt: skip


async def gone(state: str | None, after: UUID | None, limit: int) -> tuple[list[FacilityView], int]:
    """Return the facilities that their registers no longer have, and how many there are."""
    where = "f.register_gone_at IS NOT NULL AND f.merged_into IS NULL"
    where += " AND ($1::text IS NULL OR f.jurisdiction = $1)"
    total = await connection().fetchval(f"SELECT count(*) FROM facility f WHERE {where}", state)
    rows = await connection().fetch(
        f"{_VIEW}{where} AND ($2::uuid IS NULL OR f.id > $2) ORDER BY f.id LIMIT $3",
        state, after, limit,
    )  # fmt: skip
    return [_view(row) for row in rows], total


async def mark_gone(facility_id: UUID, now: datetime) -> None:
    """Note since when a facility is no longer in its register."""
    await connection().execute(
        "UPDATE facility SET register_gone_at = $2, updated_at = $2, version = version + 1"
        " WHERE id = $1 AND register_gone_at IS NULL",
        facility_id, now,
    )  # fmt: skip


async def listed() -> list[tuple[UUID, datetime]]:
    """Return the facilities listed now and when each last changed."""
    rows = await connection().fetch(
        "SELECT id, updated_at FROM facility WHERE listed_during @> statement_timestamp()"
        " ORDER BY id LIMIT 50000"
    )
    return [(row["id"], row["updated_at"]) for row in rows]


async def facilities(
    *,
    states: Sequence[str],
    city_folded: str | None,
    words: Sequence[str],
    listed: ListedFilter,
    after: tuple[str, UUID] | None,
    limit: int,
) -> tuple[list[FacilityView], int]:
    """Return a page of facilities in the order of their names, and how many match in all.

    A word matches when a name of the facility has a word that begins with it.
    """
    args: list[Any] = []
    where = ["f.merged_into IS NULL"]

    def arg(value: Any) -> str:
        args.append(value)
        return f"${len(args)}"

    if states:
        where.append(f"f.jurisdiction = ANY({arg(list(states))})")
    if city_folded is not None:
        where.append(
            "(f.jurisdiction, f.city_key) IN (SELECT p.jurisdiction, p.city_key FROM place_name p"
            f" WHERE p.folded = {arg(city_folded)})"
        )
    if words:
        prefixes = " & ".join(f"{word}:*" for word in words)
        where.append(
            "f.id IN (SELECT coalesce(m.merged_into, m.id) FROM facility_name n"
            " JOIN facility m ON m.id = n.facility_id"
            f" WHERE to_tsvector('simple', n.folded) @@ to_tsquery('simple', {arg(prefixes)}))"
        )
    if listed is ListedFilter.ONLY:
        where.append("f.listed_during @> statement_timestamp()")
    total = await connection().fetchval(
        f"SELECT count(*) FROM facility f WHERE {' AND '.join(where)}",
        *args,
    )
    if after is not None:
        where.append(f"(f.name_folded, f.id) > ({arg(after[0])}, {arg(after[1])})")
    rows = await connection().fetch(
        _VIEW + " AND ".join(where) + f" ORDER BY f.name_folded, f.id LIMIT {arg(limit)}", *args
    )
    return [_view(row) for row in rows], total


async def upsert_facility(row: dict[str, Any], now: datetime) -> tuple[UUID, bool, bool]:
    """Store a facility under its source's key; return its id, whether new, whether changed.

    An organisation once assigned stays; a row equal to the stored one is left alone.
    """
    columns = (
        "jurisdiction", "kind", "name", "name_folded", "names", "city", "city_key", "city_names",
        "zone", "latitude", "longitude", "position_of", "address", "phone", "website", "languages",
        "register_specialties", "register_gone_at", "demo",
    )  # fmt: skip
    values = [row[column] for column in columns]
    placeholders = ", ".join(f"${n}" for n in range(1, len(columns) + 5))
    ours = ", ".join(f"facility.{column}" for column in columns)
    theirs = ", ".join(f"excluded.{column}" for column in columns)
    sets = ", ".join(f"{column} = excluded.{column}" for column in columns)
    stored = await connection().fetchrow(
        f"INSERT INTO facility ({', '.join(columns)}, id, source, source_key, updated_at,"
        f" created_at, version) VALUES ({placeholders}, ${len(columns) + 4}, 1)"
        f" ON CONFLICT ON CONSTRAINT facility_source_key DO UPDATE SET {sets},"
        " updated_at = excluded.updated_at, version = facility.version + 1"
        f" WHERE ({ours}) IS DISTINCT FROM ({theirs}) RETURNING id, version",
        *values, new_id(), row["source"], row["source_key"], now,
    )  # fmt: skip
    if stored is None:
        existing = await by_source_key(Source(row["source"]), row["source_key"])
        if existing is None:
            raise LookupError(row["source_key"])
        return existing, False, False
    return stored["id"], stored["version"] == 1, True


async def locate(places: Mapping[tuple[str, str], tuple[float, float]]) -> None:
    """Give the facilities that say no position of their own that of their town."""
    known = list(places.items())
    await connection().execute(
        "UPDATE facility f SET latitude = p.latitude, longitude = p.longitude, position_of = 'town'"
        " FROM unnest($1::text[], $2::text[], $3::float8[], $4::float8[])"
        " p(state, city_key, latitude, longitude)"
        " WHERE f.jurisdiction = p.state AND f.city_key = p.city_key"
        " AND f.position_of IS DISTINCT FROM 'site'"
        " AND (f.latitude, f.longitude) IS DISTINCT FROM (p.latitude, p.longitude)",
        [state for (state, _), _ in known], [key for (_, key), _ in known],
        [at[0] for _, at in known], [at[1] for _, at in known],
    )  # fmt: skip


async def replace_names(
    facility_id: UUID, spellings: Sequence[tuple[str | None, str, str]]
) -> None:
    """Store the names by which a facility is found."""
    await connection().execute("DELETE FROM facility_name WHERE facility_id = $1", facility_id)
    await connection().execute(
        "INSERT INTO facility_name (id, facility_id, language, text, folded)"
        " SELECT t.id, $2, t.language, t.text, t.folded"
        " FROM unnest($1::uuid[], $3::text[], $4::text[], $5::text[])"
        " t (id, language, text, folded)",
        [new_id() for _ in spellings], facility_id,
        [s[0] for s in spellings], [s[1] for s in spellings], [s[2] for s in spellings],
    )  # fmt: skip


async def add_place_names(
    jurisdiction: str, city_key: str, spellings: Sequence[tuple[str | None, str, str]]
) -> None:
    """Store the names by which a city is found; known ones are left alone."""
    await connection().execute(
        "INSERT INTO place_name (id, jurisdiction, city_key, language, text, folded)"
        " SELECT t.id, $2, $3, t.language, t.text, t.folded"
        " FROM unnest($1::uuid[], $4::text[], $5::text[], $6::text[]) t(id, language, text, folded)"
        " ON CONFLICT ON CONSTRAINT place_name_once DO NOTHING",
        [new_id() for _ in spellings], jurisdiction, city_key,
        [s[0] for s in spellings], [s[1] for s in spellings], [s[2] for s in spellings],
    )  # fmt: skip


async def organisation(organisation_id: UUID) -> tuple[OrganisationKind, str] | None:
    """Return the kind and the state of an organisation."""
    row = await connection().fetchrow(
        "SELECT kind, jurisdiction FROM organisation WHERE id = $1", organisation_id
    )
    return (OrganisationKind(row["kind"]), row["jurisdiction"]) if row else None


async def assign(facility_id: UUID, organisation_id: UUID, now: datetime) -> None:
    """Hand a facility to an organisation."""
    await connection().execute(
        "UPDATE facility SET organisation_id = $2, version = version + 1, updated_at = $3"
        " WHERE id = $1",
        facility_id, organisation_id, now,
    )  # fmt: skip
