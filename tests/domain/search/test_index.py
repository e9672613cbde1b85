"""The index against the tables: random markets, random changes, exactly the same answers."""

import asyncio
import random
from asyncio import sleep
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import pytest
from pyroaring import BitMap

from api.postgres import DatabaseUrls
from domain.actor import SYSTEM, Actor
from domain.catalogue.types import Inclusion, OfferMode
from domain.credentials import decisions
from domain.credentials.rules import AUTHORISATIONS
from domain.credentials.types import CredentialKind, ReinstateCredential, SuspendCredential
from domain.db import connection, transactional
from domain.jurisdictions import LANGUAGES
from domain.search import queries, service
from domain.search.index import feed as index_feed
from domain.search.index import offers as index_offers
from domain.search.index import segment as index_segment
from domain.search.index.clock import spans_of
from domain.search.index.feed import Feed
from domain.search.index.sets import by_code, members, where
from domain.search.market import Filters, Market, Position
from domain.search.queries import StoredMarket
from domain.search.types import Facet, Point, Sort
from tests.factories import directory

pytestmark = pytest.mark.usefixtures("catalogue")

CITIES = {
    "KZ": ("Almaty", "Astana"), "UZ": ("Toshkent", "Buxoro"), "TR": ("Izmir",), "HU": ("Szeged",),
}  # fmt: skip
KINDS = [kind.value for kind in CredentialKind if kind not in AUTHORISATIONS]
BANDED = {Facet.PRICE: 400_000, Facet.EARLIEST: 40 * 86_400_000_000}


@pytest.fixture(params=["few", "many"], autouse=True)
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small markets take the ways of large ones too: sets of all values, walks, new bases."""
    few = request.param == "few"
    enough = dict.fromkeys(index_segment.FEW, 1_000 if few else 8)
    monkeypatch.setattr(index_segment, "FEW", enough)
    monkeypatch.setattr(index_segment, "SORTED_AT_ONCE", 1_000 if few else 4)
    monkeypatch.setattr(index_segment, "MANY_FACILITIES", 1_000 if few else 1)
    monkeypatch.setattr(index_segment, "FIRST_PIECE", 1_000 if few else 3)
    monkeypatch.setattr(index_segment, "FIRST_RING", 1_000 if few else 2)
    monkeypatch.setattr(index_offers, "MOST_FRESH", 1_000 if few else 12)


@pytest.fixture
async def feed() -> AsyncIterator[Feed]:
    """An index of its own, as another process has one, while the offers of others rest."""
    others = await run(SYSTEM, "UPDATE offer SET active = false WHERE active RETURNING id")
    own = Feed()
    await own.catch_up()
    yield own
    own.drop()
    await run(SYSTEM, "UPDATE offer SET active = false WHERE active")
    await run(
        SYSTEM, "UPDATE offer SET active = true WHERE id = ANY($1)", [row["id"] for row in others]
    )  # fmt: skip


@transactional
async def run(actor: Actor, sql: str, *values: object) -> list[Any]:
    return list(await connection().fetch(sql, *values))


class World:
    """A market that changes at random; everything is written as SQL, the triggers do the rest."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.facilities: list[UUID] = []
        self.offers: list[UUID] = []
        self.treatments: list[tuple[str, str]] = []

    async def begin(self) -> None:
        rows = await run(SYSTEM, "SELECT code, specialty_code FROM treatment ORDER BY code")
        self.treatments = [tuple(row) for row in rows][::3]
        for _ in range(7):
            await self.open_facility()
        await self.add_offers(50)

    async def open_facility(self) -> None:
        state = self.random.choice(list(CITIES))
        city = self.random.choice(CITIES[state])
        made = (await directory.facility(state, city=city)).id
        if self.random.random() < 0.8:
            await run(
                SYSTEM, "UPDATE facility SET latitude = $2, longitude = $3,"
                " position_of = 'site' WHERE id = $1",
                made, self.random.uniform(35, 55), self.random.uniform(20, 80),
            )  # fmt: skip
        for kind in KINDS[:4]:
            if kind == "licence" or self.random.random() < 0.6:
                await self.certify(made, kind)
        self.facilities.append(made)

    async def certify(self, facility: UUID, kind: str) -> None:
        today = datetime.now(UTC).date()
        scope = [self.random.choice(self.treatments)[1]] if self.random.random() < 0.3 else []
        await run(
            SYSTEM,
            "INSERT INTO credential (id, facility_id, kind, body, specialties, treatments,"
            " certificate_number, issued, valid_from, valid_to, status, suspended_specialties,"
            " suspended_treatments, verified_by, method, primary_source, checked_at, confirmed_by,"
            " demo, version, created_at, updated_at) VALUES (gen_random_uuid(), $1, $2, 'A body',"
            " $3, '{}', $4, $5, $5, $6, 'active', '{}', '{}', gen_random_uuid(), 'letter', true,"
            " now(), gen_random_uuid(), false, 1, now(), now())",
            facility, kind, scope, str(uuid4()), today - timedelta(days=90),
            today + timedelta(days=self.random.choice([-5, 30, 300])),
        )  # fmt: skip

    async def add_offers(self, count: int) -> None:
        for _ in range(count):
            treatment, specialty = self.random.choice(self.treatments)
            # Ids of one instant share their first half.
            instant = self.random.choice([7, 8, 2**63])
            offer = UUID(int=instant << 64 | uuid4().int & 2**64 - 1)
            await run(
                SYSTEM,
                "INSERT INTO offer (id, facility_id, treatment_code, specialty_code, version,"
                " mode, currency, price_minor, price_eur_minor, deposit_minor, lead_time_hours,"
                " duration_minutes, stay_nights, languages, inclusions, tiers, active, demo,"
                " earliest_at, rating, created_at, updated_at) VALUES ($1, $2, $3, $4, 1, $5,"
                " 'EUR', $6, $6, 0, 24, 60, 1, $7, $8, '[]', $9, false, $10, $11, now(), now())",
                offer, self.random.choice(self.facilities), treatment, specialty,
                self.random.choice(list(OfferMode)).value, self.price(), self.some(LANGUAGES[:5]),
                self.some([each.value for each in Inclusion]), self.random.random() < 0.9,
                self.instant(), self.random.choice([None, 300, 455, 455, 500]),
            )  # fmt: skip
            self.offers.append(offer)

    def some(self, values: Any) -> list[str]:
        return self.random.sample(list(values), self.random.randint(1, 3))

    def price(self) -> int:
        return self.random.choice([50_000, 50_000, 90_000, self.random.randint(1, 900_000)])

    def instant(self) -> datetime | None:
        if self.random.random() < 0.3:
            return None
        return datetime.now(UTC) + timedelta(hours=self.random.choice([1, 1, 30, 500, 1500]))

    async def change(self) -> None:
        """Write something, as facilities and officers do."""
        offer, facility = self.random.choice(self.offers), self.random.choice(self.facilities)
        which: list[Callable[[], Awaitable[object]]] = [
            lambda: self.add_offers(self.random.randint(1, 6)),
            self.open_facility,
            lambda: self.certify(facility, self.random.choice(KINDS)),
            lambda: run(
                SYSTEM, "UPDATE offer SET price_minor = $2, price_eur_minor = $2,"
                " version = version + 1 WHERE id = $1", offer, self.price(),
            ),
            lambda: run(
                SYSTEM, "UPDATE offer SET price_eur_minor = price_eur_minor + 1 WHERE"
                " facility_id = $1", facility,
            ),
            lambda: run(SYSTEM, "UPDATE offer SET active = NOT active WHERE id = $1", offer),
            lambda: run(
                SYSTEM, "UPDATE offer SET languages = $2, inclusions = $3, mode = $4 WHERE id = $1",
                offer, self.some(LANGUAGES[:6]), self.some([each.value for each in Inclusion]),
                self.random.choice(list(OfferMode)).value,
            ),
            lambda: run(
                SYSTEM, "UPDATE offer SET earliest_at = $2, rating = $3 WHERE id = $1", offer,
                self.instant(), self.random.choice([None, 100, 455]),
            ),
            lambda: run(
                SYSTEM, "UPDATE credential SET status = CASE status WHEN 'active' THEN"
                " 'suspended' ELSE 'active' END, status_effective_at = now(),"
                " standing_before = jsonb_build_object('status', 'active') WHERE id ="
                " (SELECT id FROM credential WHERE facility_id = $1 ORDER BY random() LIMIT 1)",
                facility,
            ),
            lambda: run(
                SYSTEM, "UPDATE facility SET city = 'Szeged', city_key = 'seged', latitude = 46,"
                " longitude = 20, position_of = 'town' WHERE id = $1 AND jurisdiction = 'HU'",
                facility,
            ),
            lambda: run(SYSTEM, "DELETE FROM offer WHERE id = $1", self.offers.pop()),
        ]  # fmt: skip
        await self.random.choice(which)()

    def filters(self) -> Filters:
        """Ask at random."""
        draw = self.random

        def maybe(value: Any, chance: float = 0.2) -> Any:
            return value if draw.random() < chance else None

        codes = [code for code, _ in self.treatments]
        cities = [(s, key) for s, key in (("KZ", "almati"), ("UZ", "toskent"), ("HU", "seged"))]
        return Filters(
            ranks=maybe({code: draw.randint(0, 2) for code in draw.sample(codes, 9)}, 0.4),
            facilities=maybe(draw.sample(self.facilities, 3), 0.1),
            states=maybe(draw.sample(list(CITIES), 2)),
            named_states=maybe(["KZ"], 0.1),
            named_cities=maybe(draw.sample(cities, 2), 0.1),
            cities=maybe(draw.sample(cities, 2), 0.15),
            near=Point(draw.uniform(35, 50), draw.uniform(20, 80)),
            metres=maybe(2_000_000),
            specialties=maybe([draw.choice(self.treatments)[1], "dentistry"]),
            treatments=maybe(draw.sample(codes, 5)),
            price=maybe((40_000, draw.choice([None, 90_000, 700_000])), 0.3),
            credentials=maybe(draw.sample(KINDS, 2)),
            languages=maybe(self.some(LANGUAGES[:5])),
            inclusions=maybe(self.some([each.value for each in Inclusion])),
            modes=maybe(["instant"]),
            available=maybe((None, int(datetime.now(UTC).timestamp() + 86_400 * 3) * 10**6)),
        )


async def everything(market: Market, filters: Filters) -> dict[str, Any]:
    """All that can be asked about one question: total, facets, and every page of every sort."""
    found: dict[str, Any] = {"total": await market.total(filters)}
    for facet in Facet:
        if (step := BANDED.get(facet)) is not None:
            start = (
                0 if facet is Facet.PRICE else int(datetime.now(UTC).timestamp() * 10**6) // step
            )
            bands = [(step * (start + n), step * (start + n + 1) - 1) for n in range(-1, 4)]
            found[facet] = await market.band_counts(filters, facet, [*bands, (None, bands[1][1])])
        else:
            found[facet] = await market.counts(filters, facet)
    for sort in Sort:
        shown: list[Any] = []
        after: Position | None = None
        while page := await market.page(filters, sort=sort, after=after, limit=9):
            shown += [comparable(offer) for offer in page]
            after = page[-1].at
        found[sort] = shown
    return found


def comparable(offer: Any) -> dict[str, Any]:
    fields = {name: getattr(offer, name) for name in offer.__struct_fields__}
    return fields | {
        "languages": sorted(offer.languages), "inclusions": sorted(offer.inclusions),
        "facility_names": "", "city_names": "",
    }  # fmt: skip


@transactional
async def stored(actor: Actor, filters: Filters) -> dict[str, Any]:
    return await everything(StoredMarket(), filters)


@pytest.mark.parametrize("seed", range(6))
async def test_the_index_answers_what_the_tables_answer(seed: int, feed: Feed) -> None:
    world = World(seed)
    await world.begin()
    for turn in range(14):
        for _ in range(world.random.randint(0, 4)):
            await world.change()
        filters = world.filters() if turn else Filters(near=Point(47, 30))
        await feed.catch_up()
        market = feed.market()
        assert market is not None
        answers = await everything(market, filters)
        truth = await stored(SYSTEM, filters)
        assert answers == truth
        assert len(truth[Sort.PRICE]) == truth["total"]
    rebuilt = Feed()
    await rebuilt.catch_up()
    anew = rebuilt.market()
    assert anew is not None and market is not None
    for _ in range(5):
        filters = world.filters()
        assert await everything(anew, filters) == await everything(market, filters)
    rebuilt.drop()


async def visible(feed: Feed, offer: UUID) -> bool:
    """Whether a process with this index lists an offer now."""
    market = feed.market()
    assert market is not None
    found = await market.page(Filters(), sort=Sort.PRICE, after=None, limit=10_000)
    return offer in {each.at.id for each in found}


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what another process will see in a moment."""
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_another_process_sees_a_change_and_a_suspension_without_being_told() -> None:
    other, stop = Feed(), asyncio.Event()
    following = asyncio.create_task(other.follow(stop))
    await until(lambda: sleep(0, other.market() is not None))
    made = await directory.facility("KZ")
    licence = await directory.credential(made.id)
    offer = (await directory.offer(made.id)).id
    await until(lambda: visible(other, offer))
    suspended = await decisions.suspend_credential(
        directory.officer(), licence.id, SuspendCredential(reason="A survey of March"),
        version=licence.version,
    )  # fmt: skip
    await until(lambda: gone(other, offer))
    await decisions.reinstate_credential(
        directory.officer(), licence.id, ReinstateCredential(reason="All is well"),
        version=suspended.version,
    )  # fmt: skip
    await until(lambda: visible(other, offer))
    stop.set()
    await following
    assert other.market() is None


async def gone(feed: Feed, offer: UUID) -> bool:
    return not await visible(feed, offer)


async def test_whoever_commits_late_is_seen_and_holds_nobody_up(
    feed: Feed, urls: DatabaseUrls
) -> None:
    world = World(40)
    await world.begin()
    listed = await run(
        SYSTEM, "SELECT id FROM offer WHERE active AND listed_during @> now() AND id = ANY($1)",
        world.offers,
    )  # fmt: skip
    slow, quick = (row["id"] for row in listed[:2])
    writer = await asyncpg.connect(urls.app)
    await writer.execute("BEGIN")
    await writer.execute("UPDATE offer SET active = false WHERE id = $1", slow)
    await run(SYSTEM, "UPDATE offer SET active = false WHERE id = $1", quick)
    await feed.catch_up()
    assert (await visible(feed, slow), await visible(feed, quick)) == (True, False)
    await feed.catch_up()
    await writer.execute("COMMIT")
    await writer.close()
    await feed.catch_up()
    assert not await visible(feed, slow)


async def test_credentials_and_listings_end_by_the_clock_alone(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(41)
    await world.begin()
    await feed.catch_up()
    later, totals = datetime.now(UTC), []
    monkeypatch.setattr(index_feed, "STALE_S", 1_000.0)
    for days in (0, 1, 29, 1, 1, 200, 69, 1, 1):
        later += timedelta(days=days)
        monkeypatch.setattr(index_feed, "utc_now", lambda at=later: at)
        for name, (value, joined) in queries._FACET_SOURCES.items():
            at = joined.replace(queries._NOW, f"timestamptz '{later.isoformat()}'")
            monkeypatch.setitem(queries._FACET_SOURCES, name, (value, at))
        monkeypatch.setattr(queries, "_NOW", f"timestamptz '{later.isoformat()}'")
        market = feed.market()
        assert market is not None
        answers = await everything(market, Filters(near=Point(47, 30)))
        assert answers == await stored(SYSTEM, Filters(near=Point(47, 30)))
        totals.append(answers["total"])
    assert totals[0] > totals[-1]


async def test_an_index_that_cannot_read_does_not_answer(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert feed.market() is not None
    monkeypatch.setattr(index_feed, "STALE_S", -1.0)
    assert feed.market() is None
    monkeypatch.undo()
    before = feed.market()
    monkeypatch.setattr(index_feed, "LOST_S", -1.0)
    await feed.catch_up()
    after = feed.market()
    assert before is not None and after is not None and after is not before
    assert await everything(after, Filters()) == await everything(before, Filters())


async def test_after_very_many_changes_all_is_read_anew(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(42)
    await world.begin()
    monkeypatch.setattr(index_feed, "MOST_CHANGES", 10)
    before = feed.market()
    await feed.catch_up()
    after = feed.market()
    assert after is not None and after is not before
    assert await everything(after, Filters()) == await stored(SYSTEM, Filters())


async def test_a_failing_database_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    own, stop, calls = Feed(), asyncio.Event(), []

    async def broken() -> None:
        calls.append(1)
        if len(calls) > 1:
            stop.set()
        raise OSError("gone")

    monkeypatch.setattr(own, "catch_up", broken)
    await asyncio.wait_for(own.follow(stop), 20)
    assert len(calls) == 2


async def test_changes_are_forgotten_when_all_have_had_time_to_read_them(
    monkeypatch: pytest.MonkeyPatch, urls: DatabaseUrls
) -> None:
    async def waiting() -> int:
        return int((await run(SYSTEM, "SELECT count(*) AS n FROM search_change"))[0]["n"])

    monkeypatch.setattr(index_feed, "_marks", [])
    made = await directory.licensed()
    await service.forget_changes()
    assert await waiting() > 0
    monkeypatch.setattr(index_feed, "KEPT_S", 0.0)
    late = await asyncpg.connect(urls.app)
    await late.execute("BEGIN")
    await late.execute("UPDATE facility SET phone = '1' WHERE id = $1", made.id)
    await service.forget_changes()
    await service.forget_changes()
    assert await waiting() == 0
    # It wrote before the marks were set and ends after: what it wrote is still to be read.
    await late.execute("COMMIT")
    await late.close()
    assert await waiting() == 1
    await service.forget_changes()
    assert await waiting() == 1
    await service.forget_changes()
    assert await waiting() == 0


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 200_000])
@pytest.mark.parametrize("share", [0.0, 0.0001, 0.05, 0.0625, 0.5, 1.0])
def test_sets_of_masks_have_the_places_that_are_true(size: int, share: float) -> None:
    mask = np.random.default_rng(size).random(size) < share
    assert where(mask) == BitMap(np.flatnonzero(mask).astype("u4"))
    assert members(where(mask)).tolist() == np.flatnonzero(mask).tolist()


@pytest.mark.parametrize("codes", [3, 100])
def test_sets_by_code_part_a_column(codes: int) -> None:
    column = np.random.default_rng(codes).integers(0, codes, 70_000)
    sets = by_code(column, codes)
    assert [len(each) for each in sets] == np.bincount(column, minlength=codes).tolist()
    assert all((column[members(each)] == code).all() for code, each in enumerate(sets))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{}", 0), ('{["2026-01-01 00:00:00+00","2027-01-01 00:00:00+00")}', 1),
        ('{(,"2026-01-01 00:00:00+00"),["2026-02-01 10:30:00.5+00",)}', 2), ("{(,)}", 1),
    ],
)  # fmt: skip
def test_windows_are_read_as_postgresql_writes_them(text: str, count: int) -> None:
    spans = spans_of(text)
    assert len(spans) == count
    assert all(since < until and since.tzinfo for since, until in spans)
