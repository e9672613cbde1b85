"""Buckets that processes share, and waits that grow and are forgotten."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actor import SYSTEM, Actor
from domain.db import connection, transactional
from domain.errors import TooMany
from domain.ids import new_id
from domain.limits import rules, service
from domain.limits.types import LONGEST_WAIT_S, Limit

pytestmark = pytest.mark.usefixtures("database")


@transactional
async def run(actor: Actor, sql: str, *values: object) -> list[object]:
    return list(await connection().fetch(sql, *values))


def another_process() -> None:
    """Forget what this process took in advance, as another one never had it."""
    service._leases.clear()


async def taken(limit: Limit, who: str) -> int:
    """Ask until refused, and return how often it was granted."""
    for count in range(1000):
        try:
            await service.spend(limit, who)
        except TooMany as error:
            assert error.retry_after_s >= 1
            return count
    raise AssertionError("never refused")


@pytest.mark.parametrize("lease", [1, 3, 10])
async def test_a_bucket_gives_what_it_holds_and_no_more(lease: int) -> None:
    assert await taken(Limit(f"t{lease}", 10, 3600, lease), str(new_id())) == 10


async def test_processes_share_a_bucket() -> None:
    limit, who = Limit("shared", 10, 3600, 4), str(new_id())
    for _ in range(4):
        await service.spend(limit, who)
    another_process()
    granted = await taken(limit, who)
    assert granted <= 6


async def test_a_bucket_fills_again_with_time() -> None:
    limit, who = Limit("refill", 10, 100), str(new_id())
    assert await taken(limit, who) == 10
    await run(SYSTEM, "UPDATE bucket SET filled_at = filled_at - interval '31 seconds'")
    another_process()
    assert await taken(limit, who) == 3


async def test_racers_never_get_more_than_there_is() -> None:
    limit, who = Limit("race", 25, 3600), str(new_id())

    async def one() -> bool:
        try:
            await service.spend(limit, who)
        except TooMany:
            return False
        return True

    assert sum(await asyncio.gather(*(one() for _ in range(60)))) == 25


async def test_who_is_refused_is_refused_without_a_row_until_there_is_a_token_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit, who, began, ahead = Limit("flood", 2, 60), str(new_id()), time.monotonic(), 0
    monkeypatch.setattr(time, "monotonic", lambda: began + ahead)
    assert await taken(limit, who) == 2
    asked: list[str] = []

    async def lease(*_: object) -> tuple[int, float]:
        asked.append("the bucket")
        return 1, 0.0

    monkeypatch.setattr(service, "_lease", lease)
    for ahead in (0, 5, 29):
        with pytest.raises(TooMany) as refused:
            await service.spend(limit, who)
        assert refused.value.retry_after_s <= 31 - ahead
    assert asked == []
    ahead = 31
    await service.spend(limit, who)
    assert asked == ["the bucket"]


async def test_nobody_spends_for_somebody_else() -> None:
    limit = Limit("own", 2, 3600)
    first, second = str(new_id()), str(new_id())
    assert await taken(limit, first) == 2
    assert await taken(limit, second) == 2


async def test_the_tables_name_nobody(database: None) -> None:
    await service.spend(Limit("anon", 5, 60), "198.51.100.77")
    for row in await run(SYSTEM, "SELECT bucket::text AS text FROM bucket"):
        assert "198.51.100" not in str(row)


async def test_failures_slow_the_next_attempt_and_are_forgotten() -> None:
    key = service.blind_index("sign-in-delay", str(new_id()))
    for _ in range(5):
        await service.note_failure(SYSTEM, [key])
    assert 2 < await service.wait_before(SYSTEM, {key: 3}) <= 4
    assert await service.wait_before(SYSTEM, {key: 30}) == 0
    await run(SYSTEM, "UPDATE failure SET last_at = last_at - interval '16 minutes'")
    assert await service.wait_before(SYSTEM, {key: 3}) == 0
    await service.note_failure(SYSTEM, [key])
    assert await service.wait_before(SYSTEM, {key: 3}) == 0
    await service.forget_failures(SYSTEM, key)


@given(st.integers(0, 10**6), st.floats(0, 10**6))
def test_no_wait_is_longer_than_half_a_minute(failures: int, since: float) -> None:
    wait = rules.wait_after(failures, since)
    assert 0 <= wait <= LONGEST_WAIT_S
    assert rules.wait_after(failures, since + LONGEST_WAIT_S) == 0
