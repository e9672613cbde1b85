"""make bench BENCH=search: what a search costs at ten thousand, a hundred thousand and a million.

SHIFAYOL_BENCH_OFFERS caps the sizes. The load comes from this process, the server is another.
"""

import os

os.environ.setdefault("PICCOLO_CONF", "domain.piccolo_conf")

import asyncio
import contextlib
import gc
import itertools
import json
import math
import random
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from api.postgres import EmbeddedPostgres
from domain.actor import ANONYMOUS, SYSTEM, Actor
from domain.catalogue.reference import load_reference
from domain.db import DB, connection, transactional
from domain.rates import service as rates
from domain.schema import migrate
from domain.search import dictionary, service
from domain.search.answers import _filters
from domain.search.index.feed import FEED, Feed
from domain.search.index.market import IndexedMarket
from domain.search.market import Filters
from domain.search.queries import page_sql
from domain.search.types import Facet, OfferQuery
from tests.bench.catalogue_generator import Generator, disagreements
from tests.bench.harness import (
    figure,
    hello,
    literal,
    load,
    median,
    metric,
    percentile,
    pgbench,
    scratch,
    server,
)
from tests.bench.questions import SHOWN, Questions, path_of

MOST = int(os.environ.get("SHIFAYOL_BENCH_OFFERS", "1000000"))
SIZES = [size for size in (10_000, 100_000, 1_000_000) if size <= MOST] or [MOST]
FACILITIES = int(os.environ.get("SHIFAYOL_BENCH_FACILITIES", "20000"))
SECONDS = 4
CONNECTIONS = 8
ROUNDS = 3
TIMES = 120
LAGS = 120
HOT = ("TR", "UZ", "KZ", "AZ", "KG", "HU")


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Return how many milliseconds the work takes."""
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


def spread(times: Sequence[float]) -> dict[str, float]:
    """Return the median and the 99th percentile, rounded."""
    return {"p50": round(percentile(times, 50), 3), "p99": round(percentile(times, 99), 3)}


@transactional
async def asking(actor: Actor) -> Questions:
    """Return questions in the names of the market."""
    names = await connection().fetch("SELECT text FROM treatment_name ORDER BY folded, id")
    specialties = await connection().fetch("SELECT code FROM specialty ORDER BY code")
    return Questions([row["text"] for row in names], [row["code"] for row in specialties])


def index() -> IndexedMarket:
    """Return this process's own index."""
    market = FEED.market()
    if market is None:
        raise RuntimeError("the index is not there")
    return market


@contextlib.asynccontextmanager
async def followed() -> AsyncIterator[None]:
    """Build this process's index and keep it fresh; say what that takes."""
    stop, building = asyncio.Event(), Feed()
    took = await timed(building.catch_up)
    building.drop()
    following = asyncio.create_task(FEED.follow(stop))
    while FEED.market() is None:
        await asyncio.sleep(0.05)
    gc.collect()
    figure("search.rebuild_s", took / 1000, "s", offers=index().size)
    yield
    stop.set()
    await following


async def work(size: int, questions: Questions) -> dict[str, float]:
    """Measure the work of whole answers, shape by shape; return the medians."""

    async def answer(query: OfferQuery) -> None:
        msgspec.json.encode(await service.search_offers(ANONYMOUS, query))

    deep = questions.state_and_specialty()
    deep = msgspec.structs.replace(deep, specialty=(), price_max=None, limit=100)
    for _ in range(20):
        found = await service.search_offers(ANONYMOUS, msgspec.structs.replace(deep, facets=()))
        deep = msgspec.structs.replace(deep, cursor=found.next)
    medians = {}
    for name, ask in {**questions.shapes, "deep_page": lambda: deep}.items():
        times, pages = [], []
        for _ in range(TIMES):
            query = ask()
            bare = msgspec.structs.replace(query, facets=())
            pages.append(await timed(lambda q=bare: answer(q)))  # type: ignore[misc]
            times.append(await timed(lambda q=query: answer(q)))  # type: ignore[misc]
            await asyncio.sleep(0)
        medians[name] = percentile(times, 50)
        figure(
            f"search.work.{name}.p50_ms", medians[name], "ms", offers=size,
            p99=round(percentile(times, 99), 3), page_only=spread(pages),
        )  # fmt: skip
    return medians


async def facets(size: int) -> None:
    """Measure the counting alone, all facets of the page, by how many offers are found."""
    market, times = index(), dict[int, list[float]]()
    draw = random.Random(5)
    states, specialties = (
        ["TR", "UZ", "KZ", "AZ", "KG", "HU", "TM", "XN"],
        [value for value, _ in await market.counts(Filters(), Facet.SPECIALTY)],
    )

    async def count(filters: Filters) -> None:
        for facet in SHOWN:
            if facet is Facet.PRICE:
                bands = [(n * 50_000, n * 50_000 + 49_999) for n in range(10)]
                await market.band_counts(filters, facet, bands)
            elif facet is not Facet.EARLIEST:
                await market.counts(filters, facet)

    for _ in range(TIMES * 4):
        filters = Filters(
            states=draw.sample(states, draw.randint(1, 8)) if draw.random() < 0.6 else None,
            specialties=draw.sample(specialties, draw.randint(1, 4))
            if draw.random() < 0.6
            else None,
            languages=["ru"] if draw.random() < 0.3 else None,
            price=(0, draw.randrange(50_000, 500_000)) if draw.random() < 0.4 else None,
        )
        found = await market.total(filters)
        # The best of five: other work of a shared machine is not what is measured.
        took = [await timed(lambda f=filters: count(f)) for _ in range(5)]  # type: ignore[misc]
        times.setdefault(len(str(found)), []).append(min(took))
        await asyncio.sleep(0)
    whole = list(itertools.chain(*times.values()))
    by_size = {f"under_1e{digits}": spread(some) for digits, some in sorted(times.items())}
    figure(
        "search.facets.p99_ms", percentile(whole, 99), "ms", offers=size,
        p50=round(percentile(whole, 50), 3), by_offers_found=by_size, facets=len(SHOWN) - 1,
    )  # fmt: skip


async def page_scripts(questions: Questions, count: int) -> list[list[str]]:
    """Return the statements of pages as SQL, with their arguments written into them."""
    rate_set, scripts = await rates.current_rates(SYSTEM), []
    for query in itertools.islice(questions.mixed(without=("by_distance",)), count):
        found = await dictionary.understand(query.q, index()) if query.q else dictionary.Found()
        filters = await _filters(index(), query, found, rate_set)
        statement, values = page_sql(filters, sort=query.sort, after=None, limit=21)
        for number in range(len(values), 0, -1):
            statement = statement.replace(f"${number}::", f"{literal(values[number - 1])}::")
        scripts.append([statement + ";"])
    return scripts


async def updates(postgres: EmbeddedPostgres) -> None:
    """Measure what a change costs: the writer, and the index that takes it in."""
    writer = await asyncpg.connect(postgres.superuser_url)
    ids = [
        row["id"]
        for row in await writer.fetch("SELECT id FROM offer ORDER BY md5(id::text) LIMIT 2000")
    ]
    change = "UPDATE offer SET price_eur_minor = price_eur_minor + 1 WHERE id = $1"

    async def write() -> float:
        started = time.perf_counter()
        for each in ids:
            await writer.execute(change, each)
        return len(ids) / (time.perf_counter() - started)

    rates_with, rates_without = [], []
    for _ in range(ROUNDS):
        rates_with.append(await write())
        await writer.execute("ALTER TABLE offer DISABLE TRIGGER search_notes_update")
        rates_without.append(await write())
        await writer.execute("ALTER TABLE offer ENABLE TRIGGER search_notes_update")
    single = []
    for each in ids[:60]:
        await writer.execute(change, each)
        single.append(await timed(FEED.catch_up))
    await writer.execute("UPDATE offer SET rating = 400 WHERE id = ANY($1)", ids)
    many = await timed(FEED.catch_up)
    await writer.close()
    figure(
        "search.update.writes_with_log", median(rates_with) / median(rates_without), "ratio",
        with_per_s=round(median(rates_with)), without_per_s=round(median(rates_without)),
        take_in_one_ms=spread(single), take_in_2000_ms=round(many, 1),
    )  # fmt: skip


async def inside(postgres: EmbeddedPostgres, folder: Path) -> tuple[list[list[str]], Questions]:
    """Grow the market and measure in this process; return what the other measures ask."""
    await migrate(postgres.urls.owner, postgres.urls.app)
    await DB.open(postgres.urls.app, size=4)
    try:
        await load_reference(SYSTEM)
        filler = await asyncpg.connect(postgres.superuser_url)
        generator, present = Generator(filler), 0
        await generator.prepare(FACILITIES)
        medians: list[dict[str, float]] = []
        for size in SIZES:
            await generator.add_offers(size - present)
            present = size
            if wrong := await disagreements(filler):
                raise RuntimeError(f"the generator and the triggers disagree: {wrong[:3]}")
            async with followed():
                questions = await asking(SYSTEM)
                medians.append(await work(size, questions))
                await facets(size)
                if size == SIZES[-1]:
                    scripts = await page_scripts(questions, 30)
                    await updates(postgres)
        await filler.close()
    finally:
        await DB.close()
    if len(SIZES) > 1:
        grown = {name: medians[-1][name] / medians[0][name] for name in medians[0]}
        worst = max((value, name) for name, value in grown.items() if name != "by_distance")
        figure(
            "search.growth_10k_to_1m", worst[0], "ratio", worst=worst[1], sizes=SIZES,
            shapes={name: round(value, 2) for name, value in grown.items()},
        )  # fmt: skip
    return scripts, questions


def paths(questions: Questions, without: Sequence[str] = ()) -> Iterator[str]:
    """Yield addresses, no two the same."""
    return (path_of(query) for query in questions.mixed(without=without))


def ready(port: int) -> None:
    """Wait until the server has its index."""
    while math.isnan(metric(port, "shifayol_search_index_age_seconds")):
        time.sleep(0.2)


def rate(
    port: int, asked: Iterator[str] | Sequence[str], *, busy: bool = False
) -> tuple[float, list[float]]:
    """Return good answers a second and every answer's milliseconds."""
    started = time.perf_counter()
    times = load(port, asked, seconds=SECONDS, connections=CONNECTIONS, busy=busy)
    return len(times) / (time.perf_counter() - started), [each * 1000 for each in times]


def settle(postgres: EmbeddedPostgres) -> None:
    """Wait until nothing runs any more of what the measure before had asked.

    The tables go on with answers whose askers have left, and would slow down what comes next.
    """

    async def run() -> None:
        watcher, quiet = await asyncpg.connect(postgres.superuser_url), 0
        while quiet < 10:
            busy = await watcher.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
                " AND clock_timestamp() - query_start > interval '50 ms'"
            )
            quiet = 0 if busy else quiet + 1
            await asyncio.sleep(0.1)
        await watcher.close()

    asyncio.run(run())


def over_http(
    postgres: EmbeddedPostgres, folder: Path, scripts: list[list[str]], questions: Questions
) -> None:
    """Measure whole answers over HTTP beside their limits, alternating."""
    with (
        hello() as greeting,
        server(postgres, folder) as port,
        server(postgres, folder, {"SHIFAYOL_SEARCH_INDEX": "false"}) as plain,
    ):
        ready(port)
        slow = ("by_distance", "typo_and_state")
        measured: dict[str, list[float]] = {}
        times: dict[str, list[float]] = {}
        hot = [f"/v1/offers?state={state}&facets=state,city,price" for state in HOT]
        rounds: dict[str, Callable[[], tuple[float, list[float]]]] = {
            "index": lambda: rate(port, paths(questions)),
            "index_walkable": lambda: rate(port, paths(questions, ("by_distance",))),
            "index_spelled_right": lambda: rate(port, paths(questions, slow)),
            "tables_spelled_right": lambda: rate(plain, paths(questions, slow), busy=True),
            "pgbench": lambda: (
                pgbench(postgres, scripts, folder, seconds=SECONDS, connections=CONNECTIONS), [],
            ),
            "repeated": lambda: rate(port, hot),
            "hello": lambda: rate(greeting, ["/"]),
        }  # fmt: skip
        for _ in range(ROUNDS):
            for name, measure in rounds.items():
                settle(postgres)
                per_s, each = measure()
                measured.setdefault(name, []).append(per_s)
                times.setdefault(name, []).extend(each)
        shown = {name: round(median(values), 1) for name, values in measured.items()}
        latency = {name: spread(values) for name, values in times.items() if values}

        def ratio(one: str, other: str) -> float:
            # Of neighbours in time: the machine may be slower in one round than in the next.
            return median([a / b for a, b in zip(measured[one], measured[other], strict=True)])

        figure(
            "search.whole_answer.vs_sql_facets",
            ratio("index_spelled_right", "tables_spelled_right"), "ratio",
            per_s=shown, ms=latency, connections=CONNECTIONS, rounds=ROUNDS,
        )  # fmt: skip
        figure("search.whole_answer.per_s", shown["index"], "1/s", ms=latency["index"])
        figure(
            "search.page.vs_pgbench", ratio("index_walkable", "pgbench"), "ratio",
            whole_answers_per_s=shown["index_walkable"], pgbench_pages_per_s=shown["pgbench"],
        )  # fmt: skip
        figure(
            "search.repeated.vs_hello", ratio("repeated", "hello"), "ratio",
            repeated_per_s=shown["repeated"], hello_per_s=shown["hello"],
        )  # fmt: skip
        suggest(port, questions)
        freshness(port, postgres)
        resident, without = (
            metric(each, "process_resident_memory_bytes") / 2**20 for each in (port, plain)
        )
        figure("search.memory_mb", resident, "MiB", without_index_mb=round(without, 1), offers=MOST)


def suggest(port: int, questions: Questions) -> None:
    """Measure suggestions as somebody types: every beginning of many names."""
    draw = random.Random(7)
    names = draw.sample(questions.names, 60)
    asked = [name[:length] for name in names for length in range(1, min(len(name), 14))]
    draw.shuffle(asked)
    addresses = [
        f"/v1/suggest?q={urllib.request.quote(text)}&lang={draw.choice(['en', 'tr', 'ru'])}"
        for text in dict.fromkeys(asked)
    ]
    times = [each * 1000 for each in load(port, iter(addresses), seconds=30, connections=1)]
    figure(
        "search.suggest.p99_ms", percentile(times, 99), "ms", p50=round(percentile(times, 50), 3),
        asked=len(times),
    )  # fmt: skip


def freshness(port: int, postgres: EmbeddedPostgres) -> None:
    """Measure how long after a commit the server answers with what was written."""

    async def run() -> list[float]:
        writer = await asyncpg.connect(postgres.urls.app)
        row = await writer.fetchrow(
            "SELECT o.id, o.treatment_code, o.state FROM offer o WHERE o.active"
            " AND o.listed_during @> now() ORDER BY o.price_eur_minor DESC, o.id DESC LIMIT 1"
        )
        path = f"/v1/offers?treatment={row['treatment_code']}&state={row['state']}&limit=100"
        path, lags, draw = f"{path}&price_min=100000000", list[float](), random.Random(9)
        for version in range(2, LAGS + 2):
            await asyncio.sleep(draw.uniform(0.01, 0.12))
            await writer.execute(
                "UPDATE offer SET version = $2::int, price_eur_minor = 900000000000 + $2::int"
                " WHERE id = $1",
                row["id"], version,
            )  # fmt: skip
            committed = time.perf_counter()
            while not await asyncio.to_thread(seen, port, path, str(row["id"]), version):
                await asyncio.sleep(0.001)
            lags.append((time.perf_counter() - committed) * 1000)
        await writer.close()
        return lags

    lags = asyncio.run(run())
    figure(
        "search.freshness.p99_ms", percentile(lags, 99), "ms", p50=round(percentile(lags, 50), 1),
        changes=len(lags),
    )  # fmt: skip


def seen(port: int, path: str, offer: str, version: int) -> bool:
    """Tell whether the server answers with this version of an offer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        items: list[dict[str, Any]] = json.loads(answer.read())["items"]
    return any(item["id"] == offer and item["version"] == version for item in items)


def main() -> None:
    """Print every figure of the family."""
    with scratch() as folder, EmbeddedPostgres(folder / "pg") as postgres:
        scripts, questions = asyncio.run(inside(postgres, folder))
        over_http(postgres, folder, scripts, questions)


if __name__ == "__main__":
    main()
