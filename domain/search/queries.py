"""The pages, counts and facets of the search, as SQL over offers.

They answer while a process has no index, and are the truth that the index is tested against.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.db import connection
from domain.facilities.types import PositionOf
from domain.money import Currency, Money
from domain.search.market import NEVER, Band, City, Filters, FoundOffer, Position
from domain.search.name_queries import StoredNames
from domain.search.types import Facet, Point, Sort

LATERAL_UP_TO = 16
"""Up to so many treatments are walked one by one; more are filtered in one walk."""

MOST_VALUES = 200
"""So many values of a facet are shown."""

_NIL = UUID(int=0)
_NOW = "statement_timestamp()"
_EARLIEST = f"coalesce((extract(epoch FROM o.earliest_at) * 1000000)::bigint, {NEVER})"
_RATING = "-coalesce(o.rating, 0)::bigint"


class _Sql:
    """Collects the arguments of one statement."""

    def __init__(self) -> None:
        self.args: list[Any] = []

    def arg(self, value: Any, kind: str) -> str:
        self.args.append(value)
        return f"${len(self.args)}::{kind}"

    def between(self, column: str, band: Band) -> str:
        low, high = band
        parts = [f"{column} >= {self.arg(low, 'bigint')}"] if low is not None else []
        parts += [f"{column} <= {self.arg(high, 'bigint')}"] if high is not None else []
        return " AND ".join(parts) or "true"

    def metres(self, place: str, near: Point) -> str:
        latitude, longitude = self.arg(near.latitude, "float8"), self.arg(near.longitude, "float8")
        return f"metres_between({place}.latitude, {place}.longitude, {latitude}, {longitude})"

    def conditions(self, filters: Filters, *, without: Facet | None = None) -> list[str]:
        """Return the conditions on an offer `o`, but for the facet's own filter."""
        where = [f"o.active AND o.listed_during @> {_NOW}"]
        if filters.among is not None:
            where.append(f"o.id = ANY({self.arg(filters.among, 'uuid[]')})")

        def among(column: str, values: Sequence[str] | None, facet: Facet | None) -> None:
            if values is not None and (facet is None or facet is not without):
                where.append(f"{column} = ANY({self.arg(list(values), 'text[]')})")

        among("o.state", filters.states, Facet.STATE)
        among("o.state", filters.named_states, None)
        among("o.specialty_code", filters.specialties, Facet.SPECIALTY)
        among("o.treatment_code", filters.treatments, Facet.TREATMENT)
        among("o.mode", filters.modes, Facet.MODE)
        chosen = None if without is Facet.CITY else filters.cities
        for cities in (filters.named_cities, chosen):
            if cities is not None:
                states = self.arg([state for state, _ in cities], "text[]")
                keys = self.arg([key for _, key in cities], "text[]")
                where.append(f"(o.state, o.city_key) IN (SELECT * FROM unnest({states}, {keys}))")
        if filters.near is not None and filters.metres is not None:
            where.append(
                "o.facility_id IN (SELECT p.id FROM facility p WHERE"
                f" {self.metres('p', filters.near)} <= {self.arg(filters.metres, 'bigint')})"
            )
        if filters.price is not None and without is not Facet.PRICE:
            where.append(self.between("o.price_eur_minor", filters.price))
        if filters.available is not None and without is not Facet.EARLIEST:
            where.append(
                f"o.earliest_at IS NOT NULL AND {self.between(_EARLIEST, filters.available)}"
            )
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

    def all_of(self, filters: Filters, *, without: Facet | None = None) -> str:
        """Return every condition a question makes, but for the facet's own filter."""
        return " AND ".join([*self.conditions(filters, without=without), *self.named(filters)])


def page_sql(
    filters: Filters, *, sort: Sort, after: Position | None, limit: int
) -> tuple[str, list[Any]]:
    """Return the statement of one page and its arguments, in the order of (key, price, id)."""
    sql = _Sql()
    ranks = filters.ranks
    ranked = sort is Sort.RELEVANCE and ranks is not None and len(set(ranks.values())) > 1
    if sort is Sort.DISTANCE and filters.near is not None:
        source = _nearest(sql, filters, filters.near, after, limit)
    elif sort is Sort.EARLIEST:
        source = _sorted(sql, filters, _EARLIEST, after, limit)
    elif sort is Sort.RATING:
        source = _sorted(sql, filters, _RATING, after, limit)
    elif ranks is not None and (ranked or len(ranks) <= LATERAL_UP_TO):
        source = _walked(sql, filters, ranks if ranked else dict.fromkeys(ranks, 0), after, limit)
    else:
        source = _sorted(sql, filters, None, after, limit)
    metres = sql.metres("f", filters.near) if filters.near is not None else "NULL::bigint"
    return (
        f"WITH page AS MATERIALIZED ({source})"
        " SELECT page.key, o.id, o.version, o.treatment_code, o.specialty_code, o.facility_id,"
        " o.price_minor, o.price_eur_minor, o.currency, o.deposit_minor, o.mode, o.languages,"
        " o.inclusions, o.demo, o.state, o.earliest_at, o.rating, f.name, f.names, f.city,"
        f" f.city_names, f.position_of, {metres} AS metres,"
        " t.names AS treatment_names, s.names AS specialty_names,"
        " EXISTS (SELECT FROM credential c WHERE c.facility_id = o.facility_id"
        f" AND c.kind = 'quality_accreditation' AND c.valid_during @> {_NOW}"
        " AND credential_covers(c, o.specialty_code, o.treatment_code)) AS accredited"
        " FROM page JOIN offer o ON o.id = page.id JOIN facility f ON f.id = o.facility_id"
        " JOIN treatment t ON t.code = o.treatment_code"
        " JOIN specialty s ON s.code = o.specialty_code"
        " ORDER BY page.key, o.price_eur_minor, o.id",
        sql.args,
    )


def _sorted(
    sql: _Sql, filters: Filters, key: str | None, after: Position | None, limit: int
) -> str:
    """Return one walk in the order of a key, or of the price along its index."""
    where, keys = sql.all_of(filters), "o.price_eur_minor, o.id"
    if key is not None:
        keys = f"{key}, {keys}"
    if after is not None:
        last = f"{sql.arg(after.price, 'bigint')}, {sql.arg(after.id, 'uuid')}"
        if key is not None:
            last = f"{sql.arg(after.key, 'bigint')}, {last}"
        where += f" AND ({keys}) > ({last})"
    return (
        f"SELECT o.id, {key or 0} AS key FROM offer o WHERE {where}"
        f" ORDER BY {keys} LIMIT {sql.arg(limit, 'int')}"
    )


def _walked(
    sql: _Sql, filters: Filters, ranks: dict[str, int], after: Position | None, limit: int
) -> str:
    """Return the walk of treatments one by one along their index, the best ranks first.

    The page costs what it shows.
    """
    codes, numbers = sql.arg(list(ranks), "text[]"), sql.arg(list(ranks.values()), "int[]")
    where = ["o.treatment_code = t.code", *sql.conditions(filters)]
    if filters.facilities is not None:
        where.append(f"o.facility_id = ANY({sql.arg(filters.facilities, 'uuid[]')})")
    outer = ""
    if after is not None:
        rank = sql.arg(after.key, "bigint")
        price, last = sql.arg(after.price, "bigint"), sql.arg(after.id, "uuid")
        outer = f" WHERE t.rank >= {rank}"
        where.append(
            f"(o.price_eur_minor, o.id) > (CASE WHEN t.rank > {rank} THEN -1 ELSE {price} END,"
            f" CASE WHEN t.rank > {rank} THEN '{_NIL}' ELSE {last} END)"
        )
    most = sql.arg(limit, "int")
    return (
        f"SELECT x.id, t.rank AS key FROM unnest({codes}, {numbers}) t(code, rank)"
        f" CROSS JOIN LATERAL (SELECT o.id, o.price_eur_minor FROM offer o"
        f" WHERE {' AND '.join(where)} ORDER BY o.price_eur_minor, o.id LIMIT {most}) x{outer}"
        f" ORDER BY t.rank, x.price_eur_minor, x.id LIMIT {most}"
    )


def _nearest(sql: _Sql, filters: Filters, near: Point, after: Position | None, limit: int) -> str:
    """Return the walk of facilities by distance; those whose place is unknown come last."""
    where = ["o.facility_id = f.id", sql.all_of(filters)]
    outer = ""
    if after is not None:
        key = sql.arg(after.key, "bigint")
        price, last = sql.arg(after.price, "bigint"), sql.arg(after.id, "uuid")
        outer = f" WHERE f.metres >= {key}"
        where.append(
            f"(o.price_eur_minor, o.id) > (CASE WHEN f.metres > {key} THEN -1 ELSE {price} END,"
            f" CASE WHEN f.metres > {key} THEN '{_NIL}' ELSE {last} END)"
        )
    most = sql.arg(limit, "int")
    return (
        "SELECT x.id, f.metres AS key FROM"
        f" (SELECT p.id, coalesce({sql.metres('p', near)}, {NEVER}) AS metres FROM facility p"
        " ORDER BY 2) f"
        " CROSS JOIN LATERAL (SELECT o.id, o.price_eur_minor FROM offer o"
        f" WHERE {' AND '.join(where)} ORDER BY o.price_eur_minor, o.id LIMIT {most}) x{outer}"
        f" ORDER BY f.metres, x.price_eur_minor, x.id LIMIT {most}"
    )


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
_BANDED = {Facet.PRICE: "o.price_eur_minor", Facet.EARLIEST: _EARLIEST}


class StoredMarket(StoredNames):
    """The market as the tables have it now; its questions belong into an operation."""

    async def total(self, filters: Filters) -> int:
        """Return how many offers a question finds."""
        sql = _Sql()
        statement = f"SELECT count(*) FROM offer o WHERE {sql.all_of(filters)}"
        return int(await connection().fetchval(statement, *sql.args))

    async def counts(self, filters: Filters, facet: Facet) -> list[tuple[str, int]]:
        """Return the values of a facet with their counts, the most frequent first."""
        sql = _Sql()
        value, joined = _FACET_SOURCES[facet]
        rows = await connection().fetch(
            f"SELECT * FROM (SELECT {value} AS value, count(*) AS count FROM offer o{joined}"
            f" WHERE {sql.all_of(filters, without=facet)} GROUP BY 1) counted"
            f' ORDER BY count DESC, value COLLATE "C" LIMIT {MOST_VALUES}',
            *sql.args,
        )
        return [(row["value"], row["count"]) for row in rows]

    async def band_counts(self, filters: Filters, facet: Facet, bands: Sequence[Band]) -> list[int]:
        """Return how many offers lie in each band of prices or earliest times."""
        sql = _Sql()
        where = sql.all_of(filters, without=facet)
        counts = ", ".join(
            f"count(*) FILTER (WHERE {sql.between(_BANDED[facet], band)})" for band in bands
        )
        row = await connection().fetchrow(f"SELECT {counts} FROM offer o WHERE {where}", *sql.args)
        return list(row)

    async def page(
        self, filters: Filters, *, sort: Sort, after: Position | None, limit: int
    ) -> list[FoundOffer]:
        """Return offers in the wanted order, after a position."""
        statement, args = page_sql(filters, sort=sort, after=after, limit=limit)
        return [_found(row) for row in await connection().fetch(statement, *args)]

    async def labels(self, facet: Facet, codes: Sequence[str]) -> dict[str, str]:
        """Return the names of specialties or treatments that exist, as JSON by language."""
        table = {Facet.SPECIALTY: "specialty", Facet.TREATMENT: "treatment"}[facet]
        rows = await connection().fetch(
            f"SELECT code, names::text FROM {table} WHERE code = ANY($1)", list(codes)
        )
        return {row["code"]: row["names"] for row in rows}

    async def city_names(
        self, cities: Sequence[City], language: str
    ) -> dict[City, tuple[str, str]]:
        """Return cities' names: as facilities with offers there write it, and in that language."""
        rows = await connection().fetch(
            "SELECT DISTINCT ON (jurisdiction, city_key) jurisdiction, city_key, city,"
            " coalesce(city_names ->> $3, city) AS label FROM facility f"
            " WHERE (jurisdiction, city_key) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
            " AND EXISTS (SELECT FROM offer o WHERE o.facility_id = f.id AND o.active)"
            " ORDER BY jurisdiction, city_key, (city_names ? $3) DESC, id",
            [state for state, _ in cities], [key for _, key in cities], language,
        )  # fmt: skip
        return {(row["jurisdiction"], row["city_key"]): (row["city"], row["label"]) for row in rows}

    async def centres(self, cities: Sequence[City]) -> dict[City, Point]:
        """Return where cities lie: in the middle of their facilities."""
        rows = await connection().fetch(
            "SELECT jurisdiction, city_key, avg(latitude) AS latitude,"
            " avg(longitude) AS longitude FROM facility WHERE latitude IS NOT NULL"
            " AND (jurisdiction, city_key) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
            " GROUP BY 1, 2",
            [state for state, _ in cities], [key for _, key in cities],
        )  # fmt: skip
        return {
            (row["jurisdiction"], row["city_key"]): Point(row["latitude"], row["longitude"])
            for row in rows
        }


def _found(row: Any) -> FoundOffer:
    currency = Currency(row["currency"])
    return FoundOffer(
        at=Position(row["key"], row["price_eur_minor"], row["id"]),
        version=row["version"],
        treatment=row["treatment_code"],
        treatment_names=row["treatment_names"],
        specialty=row["specialty_code"],
        specialty_names=row["specialty_names"],
        facility_id=row["facility_id"],
        facility=row["name"],
        facility_names=row["names"],
        city=row["city"],
        city_names=row["city_names"],
        position_of=PositionOf(row["position_of"]) if row["position_of"] else None,
        state=row["state"],
        price=Money(row["price_minor"], currency),
        deposit=Money(row["deposit_minor"], currency),
        mode=row["mode"],
        languages=row["languages"],
        inclusions=row["inclusions"],
        accredited=row["accredited"],
        earliest_at=row["earliest_at"],
        rating=row["rating"],
        metres=row["metres"],
        demo=row["demo"],
    )
