"""Counting requests and wrong attempts in tables that every process shares.

The tables are unlogged: a crash forgets the counts, which only ever lets somebody in earlier.
"""

import time
from collections.abc import Iterable, Mapping

import msgspec

from domain.actor import SYSTEM, Actor
from domain.clock import utc_now
from domain.db import connection, transactional
from domain.errors import TooMany
from domain.keys.service import blind_index
from domain.limits.rules import wait_after
from domain.limits.types import FORGOTTEN_AFTER, Limit

MOST_LEASES = 50_000


@transactional
async def wait_before(actor: Actor, keys: Mapping[bytes, int]) -> float:
    """Return how many seconds an attempt still has to wait; each key has some wrong ones free."""
    rows = await connection().fetch(
        "SELECT key, failures, extract(epoch FROM clock_timestamp() - last_at)::float8 AS since"
        " FROM failure WHERE key = ANY($1)",
        list(keys),
    )
    waits = (wait_after(row["failures"], row["since"], keys[bytes(row["key"])]) for row in rows)
    return max(waits, default=0.0)


@transactional
async def note_failure(actor: Actor, keys: Iterable[bytes]) -> None:
    """Count a wrong attempt under each key; old counts start anew."""
    # In one order, so that two attempts never wait for each other.
    for key in sorted(keys):
        await connection().execute(
            "INSERT INTO failure AS f (key, failures, last_at) VALUES ($1, 1, clock_timestamp())"
            " ON CONFLICT (key) DO UPDATE SET last_at = clock_timestamp(), failures ="
            " CASE WHEN f.last_at < clock_timestamp() - $2::interval THEN 1"
            " ELSE f.failures + 1 END",
            key, FORGOTTEN_AFTER,
        )  # fmt: skip


@transactional
async def forget_failures(actor: Actor, key: bytes) -> None:
    """Forget the wrong attempts under a key after a right one."""
    await connection().execute("DELETE FROM failure WHERE key = $1", key)


class _Lease(msgspec.Struct):
    """What this process took of a bucket in advance, and until when there is nothing in it."""

    tokens: int = 0
    ends: float = 0.0
    refused_until: float = 0.0


_leases: dict[tuple[str, str], _Lease] = {}
"""By the limit's name and whose bucket it is."""


async def spend(limit: Limit, who: str) -> None:
    """Take one token of `who`'s bucket; raises TooMany with the seconds until there is one.

    Tokens are taken from the shared bucket in blocks, and a refusal is remembered, so that neither
    most requests nor a flood of them pay for a row.
    """
    bucket, now = (limit.name, who), time.monotonic()
    lease = _leases.get(bucket, _Lease())
    if lease.tokens and now < lease.ends:
        lease.tokens -= 1
        return
    if now < lease.refused_until:
        raise TooMany(lease.refused_until - now)
    granted, wait = await _lease(SYSTEM, blind_index("limit", f"{limit.name}|{who}"), limit)
    if len(_leases) >= MOST_LEASES:
        _leases.clear()
    lease, now = _leases.setdefault(bucket, _Lease()), time.monotonic()
    if not granted:
        lease.refused_until = now + wait
        raise TooMany(wait)
    lease.tokens = (lease.tokens if now < lease.ends else 0) + granted - 1
    lease.ends = now + limit.per_s


@transactional
async def _lease(actor: Actor, key: bytes, limit: Limit) -> tuple[int, float]:
    """Take up to a block of tokens; return how many, and how long to wait when there are none."""
    rate = limit.most / limit.per_s
    row = await connection().fetchrow(
        "INSERT INTO bucket AS b (key, tokens, granted, filled_at)"
        " VALUES ($1, $2::float8 - $3::float8, $3::float8, clock_timestamp())"
        " ON CONFLICT (key) DO UPDATE SET (tokens, granted, filled_at) ="
        " (SELECT has - given, given, clock_timestamp() FROM"
        " (SELECT has, CASE WHEN has >= 1 THEN least(floor(has), $3::float8) ELSE 0 END AS given"
        " FROM (SELECT least($2::float8, b.tokens + $4::float8 * greatest(0, extract(epoch FROM"
        " clock_timestamp() - b.filled_at)::float8)) AS has) AS filled) AS taken)"
        " RETURNING tokens, granted",
        key, float(limit.most), float(limit.lease), rate,
    )  # fmt: skip
    return int(row["granted"]), max(0.0, (1 - row["tokens"]) / rate)


@transactional
async def forget_old(actor: Actor) -> None:
    """Drop counts that say nothing any more (a periodic job)."""
    now = utc_now()
    await connection().execute("DELETE FROM failure WHERE last_at < $1", now - FORGOTTEN_AFTER)
    await connection().execute(
        "DELETE FROM bucket WHERE filled_at < $1::timestamptz - interval '1 day'", now
    )
