"""make bench BENCH=first: GET /v1/offers on the demo set against pgbench on the same SQL."""

import os

os.environ.setdefault("PICCOLO_CONF", "domain.piccolo_conf")

import asyncio
from urllib.parse import urlencode

import msgspec

from api.postgres import EmbeddedPostgres
from domain.actor import ANONYMOUS, Actor
from domain.db import DB, connection, transactional
from domain.money import Currency
from domain.search import service as search
from domain.search.types import OfferQuery, Sort
from tests.bench.harness import figure, load, median, percentile, pgbench, recorded, scratch, server

SECONDS = 4
CONNECTIONS = 8
ROUNDS = 3
QUERIES = (
    OfferQuery(),
    OfferQuery(q="knee replacement"),
    OfferQuery(q="тіс"),
    OfferQuery(q="cataract", state=("TR",)),
    OfferQuery(state=("KZ",), sort=Sort.PRICE),
    OfferQuery(specialty=("dentistry",), price_max=300_000, currency=Currency.EUR),
)


def path_of(query: OfferQuery) -> str:
    """Return the address of a query."""
    default = msgspec.to_builtins(OfferQuery())
    asked = {k: v for k, v in msgspec.to_builtins(query).items() if v != default[k]}
    return "/v1/offers?" + urlencode(asked, doseq=True)


async def statements_of(url: str) -> list[list[str]]:
    """Return, per query, the statements that the service really sends."""

    @transactional
    async def one(actor: Actor, query: OfferQuery) -> list[str]:
        async with recorded(connection()) as statements:
            await search.search_offers(actor, query)
        return statements[1:-1]  # without the savepoint that our own operation adds

    await DB.open(url, size=2)
    try:
        return [await one(ANONYMOUS, query) for query in QUERIES]
    finally:
        await DB.close()


def main() -> None:
    """Measure, alternating, and print the ratio of medians."""
    with (
        scratch() as folder,
        EmbeddedPostgres(folder / "pg") as postgres,
        server(postgres, folder) as port,
    ):
        paths = [path_of(query) for query in QUERIES]
        scripts = asyncio.run(statements_of(postgres.urls.app))
        load(port, paths, seconds=1, connections=CONNECTIONS)
        rates, limits, times = [], [], []
        for _ in range(ROUNDS):
            answers = load(port, paths, seconds=SECONDS, connections=CONNECTIONS)
            times += answers
            rates.append(len(answers) / SECONDS)
            limits.append(
                pgbench(postgres, scripts, folder, seconds=SECONDS, connections=CONNECTIONS)
            )
    figure(
        "offers_over_http_to_pgbench",
        median(rates) / median(limits),
        "ratio",
        requests_per_s=round(median(rates), 1),
        pgbench_tps=round(median(limits), 1),
        p50_ms=round(percentile(times, 50) * 1000, 2),
        p95_ms=round(percentile(times, 95) * 1000, 2),
        p99_ms=round(percentile(times, 99) * 1000, 2),
        connections=CONNECTIONS,
        rounds=ROUNDS,
        queries=len(QUERIES),
    )


if __name__ == "__main__":
    main()
