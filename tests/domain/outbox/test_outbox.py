"""Events are delivered with their transaction, at least once, and parked rather than dropped."""

import asyncio
import importlib
from collections import Counter
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

import domain
from api.worker import HANDLERS
from domain.actor import SYSTEM, Actor
from domain.db import connection, transactional
from domain.ids import new_id
from domain.outbox import service as outbox

pytestmark = pytest.mark.usefixtures("database")


class Happened(msgspec.Struct, frozen=True):
    id: UUID


@transactional
async def publish(actor: Actor, *ids: UUID, fail: bool = False) -> None:
    for each in ids:
        await outbox.publish(Happened(each))
    if fail:
        raise LookupError


@transactional
async def make_due(actor: Actor) -> None:
    await connection().execute(
        "UPDATE outbox_event SET due_at = now() WHERE kind = 'Happened' AND parked_at IS NULL"
    )


async def test_an_event_is_delivered_once_it_committed_and_only_then() -> None:
    seen: list[UUID] = []

    async def handle(event: Happened) -> None:
        seen.append(event.id)

    lost, kept = new_id(), new_id()
    with pytest.raises(LookupError):
        await publish(SYSTEM, lost, fail=True)
    await publish(SYSTEM, kept)
    await outbox.deliver_due({Happened: handle})
    await outbox.deliver_due({Happened: handle})
    assert seen == [kept]


async def test_two_workers_share_the_events_without_delivering_one_twice() -> None:
    seen: Counter[UUID] = Counter()

    async def handle(event: Happened) -> None:
        await asyncio.sleep(0)
        seen[event.id] += 1

    ids = [new_id() for _ in range(100)]
    await publish(SYSTEM, *ids)

    async def work() -> None:
        while await outbox.deliver_due({Happened: handle}):
            pass

    await asyncio.gather(work(), work(), work())
    assert seen == Counter(ids)


async def test_a_failing_handler_is_tried_again_then_parked_and_can_be_replayed() -> None:
    tries = 0

    async def handle(event: Happened) -> None:
        nonlocal tries
        tries += 1
        if tries <= outbox.MAX_ATTEMPTS:
            raise ValueError("the other side is down\0")

    await publish(SYSTEM, new_id())
    for _ in range(outbox.MAX_ATTEMPTS):
        await make_due(SYSTEM)
        await outbox.deliver_due({Happened: handle})
    parked = [event for event in await outbox.parked_events(SYSTEM) if event.kind == "Happened"]
    assert len(parked) == 1
    assert "the other side is down" in parked[0].error
    assert await outbox.replay_parked(SYSTEM, [parked[0].id]) == 1
    await outbox.deliver_due({Happened: handle})
    assert tries == outbox.MAX_ATTEMPTS + 1
    assert not [e for e in await outbox.parked_events(SYSTEM) if e.kind == "Happened"]


async def test_an_event_whose_worker_died_is_delivered_again() -> None:
    seen: list[UUID] = []

    async def dies(event: Happened) -> None:
        raise asyncio.CancelledError

    async def handle(event: Happened) -> None:
        seen.append(event.id)

    each = new_id()
    await publish(SYSTEM, each)
    with pytest.raises(asyncio.CancelledError):
        await outbox.deliver_due({Happened: dies})
    assert await outbox.deliver_due({Happened: handle}) == 0
    await make_due(SYSTEM)
    await outbox.deliver_due({Happened: handle})
    assert seen == [each]


async def test_an_event_of_an_unknown_kind_waits_for_who_knows_it() -> None:
    await publish(SYSTEM, new_id())
    assert await outbox.deliver_due({}) == 0

    async def handle(event: Happened) -> None: ...

    assert await outbox.deliver_due({Happened: handle}) == 1


def test_every_event_of_ours_has_somebody_who_takes_it() -> None:
    ours = {
        kind
        for path in Path(domain.__path__[0]).glob("*/events.py")
        for kind in vars(importlib.import_module(f"domain.{path.parent.name}.events")).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    }
    assert ours == set(HANDLERS)
