"""The queries of facilities, their names and their cities."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.db import connection
from domain.facilities.types import (
    FacilityKind,
    FacilityRef,
    FacilityView,
    ListedFilter,
    Listing,
    ListingReason,
    Source,
)
from domain.identity.types import OrganisationKind
from domain.ids import new_id

_VIEW = (
    "SELECT f.*, l.listed, l.accredited, l.missing FROM facility f,"
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
        address=row["address"],
        phone=row["phone"],
        website=row["website"],
        languages=list(row["languages"]),
        source=Source(row["source"]),
        demo=row["demo"],
        organisation_id=row["organisation_id"],
        listing=Listing(row["listed"], reason, list(row["missing"])),
        version=row["version"],
        updated_at=row["updated_at"],
    )


async def facility(facility_id: UUID) -> FacilityView | None:
    """Return a facility; facilities are public."""
    row = await connection().fetchrow(_VIEW + "f.id = $1", facility_id)
    return _view(row) if row else None


async def of_organisation(organisation_id: UUID) -> list[FacilityView]:
    """Return the facilities that an organisation runs, by name."""
    rows = await connection().fetch(
        _VIEW + "f.organisation_id = $1 ORDER BY f.name_folded, f.id LIMIT 200", organisation_id
    )
    return [_view(row) for row in rows]


async def facility_ref(facility_id: UUID) -> FacilityRef | None:
    """Return whose a facility is and where it lies."""
    row = await connection().fetchrow(
        "SELECT id, organisation_id, jurisdiction, kind, name, zone, demo FROM facility"
        " WHERE id = $1",
        facility_id,
    )
    return (
        FacilityRef(
            row["id"], row["organisation_id"], row["jurisdiction"], FacilityKind(row["kind"]),
            row["name"], row["zone"], row["demo"],
        )
        if row
        else None
    )  # fmt: skip


async def by_source_key(source: Source, source_key: str) -> UUID | None:
    """Return the facility that a source knows under this key."""
    found: UUID | None = await connection().fetchval(
        "SELECT id FROM facility WHERE source = $1 AND source_key = $2", source.value, source_key
    )
    return found


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
    where = ["true"]

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
            "f.id IN (SELECT n.facility_id FROM facility_name n"
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
        "zone", "latitude", "longitude", "address", "phone", "website", "languages", "demo",
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
