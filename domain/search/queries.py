"""The pages, counts and facets of the search, as SQL over offers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from domain.db import connection
from domain.search.types import Facet, Sort

LATERAL_UP_TO = 16
"""Up to so many treatments are walked one by one; more are filtered in one walk."""

_NIL = UUID(int=0)
_NOW = "statement_timestamp()"


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the keys of its last offer."""

    rank: int
    price: int
    id: UUID


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """A question in the terms of the tables; None means unrestricted, an empty list nothing."""

    ranks: dict[str, int] | None = None
    facilities: list[UUID] | None = None
    states: list[str] | None = None
    named_states: list[str] | None = None
    cities: list[tuple[str, str]] | None = None
    specialties: list[str] | None = None
    treatments: list[str] | None = None
    price_min: int | None = None
    price_max: int | None = None
    credentials: list[str] | None = None
    languages: list[str] | None = None
    inclusions: list[str] | None = None
    modes: list[str] | None = None


class _Sql:
    """Collects the arguments of one statement."""

    def __init__(self) -> None:
        self.args: list[Any] = []

    def arg(self, value: Any, kind: str) -> str:
        self.args.append(value)
        return f"${len(self.args)}::{kind}"

    def conditions(self, filters: Filters, *, without: Facet | None = None) -> list[str]:
        """Return the conditions on an offer `o`, but for the facet's own filter."""
        where = [f"o.active AND o.listed_during @> {_NOW}"]

        def among(column: str, values: Sequence[str] | None, facet: Facet | None) -> None:
            if values is not None and (facet is None or facet is not without):
                where.append(f"{column} = ANY({self.arg(list(values), 'text[]')})")

        among("o.state", filters.states, Facet.STATE)
        among("o.state", filters.named_states, None)
        among("o.specialty_code", filters.specialties, Facet.SPECIALTY)
        among("o.treatment_code", filters.treatments, Facet.TREATMENT)
        among("o.mode", filters.modes, Facet.MODE)
        if filters.cities is not None and without is not Facet.CITY:
            states = self.arg([state for state, _ in filters.cities], "text[]")
            keys = self.arg([key for _, key in filters.cities], "text[]")
            where.append(f"(o.state, o.city_key) IN (SELECT * FROM unnest({states}, {keys}))")
        if filters.price_min is not None:
            where.append(f"o.price_eur_minor >= {self.arg(filters.price_min, 'bigint')}")
        if filters.price_max is not None:
            where.append(f"o.price_eur_minor <= {self.arg(filters.price_max, 'bigint')}")
        if filters.languages is not None and without is not Facet.LANGUAGE:
            where.append(f"o.languages && {self.arg(filters.languages, 'text[]')}")
        if filters.inclusions is not None and without is not Facet.INCLUSION:
            where.append(f"o.inclusions && {self.arg(filters.inclusions, 'text[]')}")
        if filters.credentials is not None and without is not Facet.CREDENTIAL:
            where.append(
                "EXISTS (SELECT FROM credential c WHERE c.facility_id = o.facility_id"
                f" AND c.kind = ANY({self.arg(filters.credentials, 'text[]')})"
                f" AND c.valid_during @> {_NOW})"
            )
        return where

    def named(self, filters: Filters) -> list[str]:
        """Return the conditions that the words of the question make."""
        where = []
        if filters.ranks is not None:
            where.append(f"o.treatment_code = ANY({self.arg(list(filters.ranks), 'text[]')})")
        if filters.facilities is not None:
            where.append(f"o.facility_id = ANY({self.arg(filters.facilities, 'uuid[]')})")
        return where


def page_sql(
    filters: Filters, *, sort: Sort, after: Position | None, limit: int
) -> tuple[str, list[Any]]:
    """Return the statement of one page and its arguments: (rank, price, id) in this order.

    Treatments that the words name are walked one by one along their index, so that the page costs
    what it shows; many of one rank are filtered in one walk by price.
    """
    sql = _Sql()
    keys = "o.id, o.price_eur_minor"
    ranks = filters.ranks
    ranked = sort is Sort.RELEVANCE and ranks is not None and len(set(ranks.values())) > 1
    if ranks is not None and (ranked or len(ranks) <= LATERAL_UP_TO):
        codes = sql.arg(list(ranks), "text[]")
        numbers = sql.arg([rank if ranked else 0 for rank in ranks.values()], "int[]")
        where = ["o.treatment_code = t.code", *sql.conditions(filters)]
        if filters.facilities is not None:
            where.append(f"o.facility_id = ANY({sql.arg(filters.facilities, 'uuid[]')})")
        outer = ""
        if after is not None:
            rank = sql.arg(after.rank, "int")
            price, last = sql.arg(after.price, "bigint"), sql.arg(after.id, "uuid")
            outer = f" WHERE t.rank >= {rank}"
            where.append(
                f"(o.price_eur_minor, o.id) > (CASE WHEN t.rank > {rank} THEN -1 ELSE {price} END,"
                f" CASE WHEN t.rank > {rank} THEN '{_NIL}' ELSE {last} END)"
            )
        most = sql.arg(limit, "int")
        source = (
            f"SELECT x.id, t.rank, x.price_eur_minor FROM unnest({codes}, {numbers}) t(code, rank)"
            f" CROSS JOIN LATERAL (SELECT {keys} FROM offer o WHERE {' AND '.join(where)}"
            f" ORDER BY o.price_eur_minor, o.id LIMIT {most}) x{outer}"
            f" ORDER BY t.rank, x.price_eur_minor, x.id LIMIT {most}"
        )
    else:
        where = [*sql.conditions(filters), *sql.named(filters)]
        if after is not None:
            where.append(
                "(o.price_eur_minor, o.id) >"
                f" ({sql.arg(after.price, 'bigint')}, {sql.arg(after.id, 'uuid')})"
            )
        source = (
            f"SELECT {keys.replace(',', ', 0 AS rank,')} FROM offer o"
            f" WHERE {' AND '.join(where)}"
            f" ORDER BY o.price_eur_minor, o.id LIMIT {sql.arg(limit, 'int')}"
        )
    return (
        f"WITH page AS MATERIALIZED ({source})"
        " SELECT page.rank, o.id, o.version, o.treatment_code, o.specialty_code, o.facility_id,"
        " o.price_minor, o.price_eur_minor, o.currency, o.deposit_minor, o.mode, o.languages,"
        " o.inclusions, o.demo, o.state, f.name, f.names, f.city, f.city_names,"
        " t.names AS treatment_names, s.names AS specialty_names,"
        " EXISTS (SELECT FROM credential c WHERE c.facility_id = o.facility_id"
        f" AND c.kind = 'quality_accreditation' AND c.valid_during @> {_NOW}"
        " AND credential_covers(c, o.specialty_code, o.treatment_code)) AS accredited"
        " FROM page JOIN offer o ON o.id = page.id JOIN facility f ON f.id = o.facility_id"
        " JOIN treatment t ON t.code = o.treatment_code"
        " JOIN specialty s ON s.code = o.specialty_code"
        " ORDER BY page.rank, o.price_eur_minor, o.id",
        sql.args,
    )


def count_sql(filters: Filters) -> tuple[str, list[Any]]:
    """Return the statement that counts all offers a question finds, and its arguments."""
    sql = _Sql()
    where = " AND ".join([*sql.conditions(filters), *sql.named(filters)])
    return f"SELECT count(*) FROM offer o WHERE {where}", sql.args


_FACET_SOURCES = {
    Facet.STATE: ("o.state", ""),
    Facet.CITY: ("o.state || ' ' || o.city_key", ""),
    Facet.SPECIALTY: ("o.specialty_code", ""),
    Facet.TREATMENT: ("o.treatment_code", ""),
    Facet.MODE: ("o.mode", ""),
    Facet.LANGUAGE: ("v.value", ", LATERAL unnest(o.languages) v(value)"),
    Facet.INCLUSION: ("v.value", ", LATERAL unnest(o.inclusions) v(value)"),
    Facet.CREDENTIAL: (
        "v.value",
        ", LATERAL (SELECT DISTINCT c.kind FROM credential c"
        f" WHERE c.facility_id = o.facility_id AND c.valid_during @> {_NOW}) v(value)",
    ),
}


def facet_sql(filters: Filters, facet: Facet) -> tuple[str, list[Any]]:
    """Return the statement that counts a facet's values, and its arguments.

    The facet's own filter is left out, so that further values can be chosen.
    """
    sql = _Sql()
    where = " AND ".join([*sql.conditions(filters, without=facet), *sql.named(filters)])
    value, joined = _FACET_SOURCES[facet]
    return (
        f"SELECT {value} AS value, count(*) AS count FROM offer o{joined} WHERE {where}"
        " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200",
        sql.args,
    )


async def page(filters: Filters, *, sort: Sort, after: Position | None, limit: int) -> list[Any]:
    """Return the rows of one page."""
    statement, args = page_sql(filters, sort=sort, after=after, limit=limit)
    return list(await connection().fetch(statement, *args))


async def total(filters: Filters) -> int:
    """Return how many offers a question finds."""
    statement, args = count_sql(filters)
    return int(await connection().fetchval(statement, *args))


async def facet_counts(filters: Filters, facet: Facet) -> list[tuple[str, int]]:
    """Return the values of a facet with their counts, the most frequent first."""
    statement, args = facet_sql(filters, facet)
    return [(row["value"], row["count"]) for row in await connection().fetch(statement, *args)]


async def labels(facet: Facet, values: list[str]) -> dict[str, str]:
    """Return the stored names (JSON by language) of specialties or treatments."""
    table = {Facet.SPECIALTY: "specialty", Facet.TREATMENT: "treatment"}[facet]
    rows = await connection().fetch(
        f"SELECT code, names::text FROM {table} WHERE code = ANY($1)",
        values,
    )
    return {row["code"]: row["names"] for row in rows}


async def unknown_codes(facet: Facet, values: list[str]) -> list[str]:
    """Return those codes that no specialty or treatment has."""
    known = await labels(facet, values)
    return sorted(set(values) - set(known))


async def places(folded: list[str]) -> list[tuple[str, str]]:
    """Return the cities (state, key) that have one of these folded names."""
    rows = await connection().fetch(
        "SELECT DISTINCT jurisdiction, city_key FROM place_name WHERE folded = ANY($1)"
        " ORDER BY 1, 2",
        folded,
    )
    return [(row["jurisdiction"], row["city_key"]) for row in rows]


async def place_names(
    cities: list[tuple[str, str]], language: str
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the cities' names: as the facilities there write it, and in that language."""
    rows = await connection().fetch(
        "SELECT DISTINCT ON (jurisdiction, city_key) jurisdiction, city_key, city,"
        " coalesce(city_names ->> $3, city) AS label FROM facility"
        " WHERE (jurisdiction, city_key) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
        " ORDER BY jurisdiction, city_key, (city_names ? $3) DESC, id",
        [state for state, _ in cities], [key for _, key in cities], language,
    )  # fmt: skip
    return {(row["jurisdiction"], row["city_key"]): (row["city"], row["label"]) for row in rows}
