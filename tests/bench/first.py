"""make bench BENCH=first: GET /v1/offers on the demo set against pgbench on the same SQL."""

import os

os.environ.setdefault("PICCOLO_CONF", "domain.piccolo_conf")

import asyncio

from api.postgres import EmbeddedPostgres
from domain.actor import ANONYMOUS, Actor
from domain.db import DB, connection, transactional
from domain.search import service as search
from tests.bench.harness import figure, load, median, percentile, pgbench, recorded, scratch, server

SECONDS = 4
CONNECTIONS = 8
ROUNDS = 3
QUERIES = (
    {},
    {"q": "knee replacement"},
    {"q": "тіс"},
    {"q": "cataract", "state": ["TR"]},
    {"state": ["KZ"], "sort": "price"},
    {"specialty": ["dentistry"], "price_max": 300_000, "currency": "EUR"},
)


def path_of(query: dict[str, object]) -> str:
    """Return the address of a query."""
    from urllib.parse import urlencode

    return "/v1/offers" + ("?" + urlencode(query, doseq=True) if query else "")


async def statements_of(url: str) -> list[list[str]]:
    """Return, per query, the statements that the service really sends."""

    @transactional
    async def one(actor: Actor, query: dict[str, object]) -> list[str]:
        async with recorded(connection()) as statements:
            await search.search_offers(actor, search.query_from(query))
        return statements

    await DB.open(url, size=2)
    try:
        return [await one(ANONYMOUS, query) for query in QUERIES]
    finally:
        await DB.close()


def main() -> None:
    """Measure, alternating, and print the ratio of medians."""
    with scratch() as folder, EmbeddedPostgres(folder / "pg") as postgres:
        with server(postgres, folder) as port:
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
