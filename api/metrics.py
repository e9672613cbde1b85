"""What a watcher counts: requests, refusals, waiting work; in Prometheus' text format."""

from functools import lru_cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from domain.actor import SYSTEM
from domain.audit import service as audit
from domain.db import DB
from domain.errors import DomainError
from domain.outbox import service as outbox
from domain.search import service as search

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter(
    "shifayol_requests_total", "Requests answered", ("method", "route", "status"),
    registry=REGISTRY,
)  # fmt: skip
LATENCY = Histogram(
    "shifayol_request_seconds", "Time to answer", ("route",), buckets=_SECONDS, registry=REGISTRY
)
REFUSALS = Counter(
    "shifayol_refusals_total", "Problem documents answered", ("code",), registry=REGISTRY
)
POOL_SIZE = Gauge("shifayol_db_connections", "Open database connections", registry=REGISTRY)
POOL_IDLE = Gauge("shifayol_db_connections_idle", "Connections nobody uses", registry=REGISTRY)
OUTBOX_LAG = Gauge("shifayol_outbox_lag_seconds", "Age of the oldest due event", registry=REGISTRY)
SEALING_LAG = Gauge(
    "shifayol_audit_sealing_lag_seconds", "Age of the oldest unsealed row", registry=REGISTRY
)

INDEX_AGE = Gauge(
    "shifayol_search_index_age_seconds", "Since the search index last read what changed",
    registry=REGISTRY,
)  # fmt: skip


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request under its route's template, never under its address."""
    requests, latency = _counted(method, route, status)
    requests.inc()
    latency.observe(seconds)


@lru_cache(maxsize=4_096)
def _counted(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    # Finding the labels anew costs more than counting.
    return REQUESTS.labels(method, route, str(status)), LATENCY.labels(route)


def count_refusal(code: str) -> None:
    """Count a problem document under its code."""
    REFUSALS.labels(code).inc()


async def measured() -> bytes:
    """Return every count, with the pool and the waiting work measured now."""
    if DB.pool is not None:
        POOL_SIZE.set(DB.pool.get_size())
        POOL_IDLE.set(DB.pool.get_idle_size())
    INDEX_AGE.set(search.index_age())
    try:
        OUTBOX_LAG.set(await outbox.lag_seconds(SYSTEM))
        SEALING_LAG.set(await audit.sealing_lag_seconds(SYSTEM))
    except DomainError:
        # What cannot be asked is not zero.
        OUTBOX_LAG.set(float("nan"))
        SEALING_LAG.set(float("nan"))
    return generate_latest(REGISTRY)
