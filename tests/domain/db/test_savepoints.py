"""Operations inside operations, against a model: whatever raises leaves nothing of its own."""

import random
from uuid import UUID

import pytest

from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.db import connection, transactional
from domain.errors import Conflict
from domain.ids import new_id
from tests.bench.harness import recorded

pytestmark = pytest.mark.usefixtures("database")

PERSON = Actor(kind=ActorKind.PERSON, role=Role.PATIENT, account_id=new_id())


class Stopped(Conflict):
    code = "stopped"
    title = "The test stopped here"


async def write(written: set[UUID]) -> None:
    row = new_id()
    await connection().execute(
        "INSERT INTO organisation (id, kind, name, jurisdiction, created_at)"
        " VALUES ($1, 'practice', 'p', 'KZ', now())",
        row,
    )
    written.add(row)


async def read(actor: Actor) -> None:
    """Read, and see that row-level security sees whoever is asking."""
    assert await connection().fetchval("SELECT actor_kind()") == actor.kind.value


@transactional
async def stored(actor: Actor, rows: list[UUID]) -> set[UUID]:
    found = await connection().fetch("SELECT id FROM organisation WHERE id = ANY($1)", rows)
    return {row["id"] for row in found}


@transactional
async def story(
    actor: Actor, dice: random.Random, depth: int, written: set[UUID], seen: list[UUID]
) -> None:
    """Read, write and call others at random, and sometimes raise; `written` is what must stay."""
    mine: set[UUID] = set()
    for _ in range(dice.randrange(5)):
        deed = dice.random()
        if deed < 0.3:
            await read(actor)
        elif deed < 0.6 and actor.kind is ActorKind.SYSTEM:
            await write(mine)
        elif depth < 4:
            inner: set[UUID] = set()
            as_whom = dice.choice([actor, SYSTEM, PERSON])
            try:
                await story(as_whom, dice, depth + 1, inner, seen)
            except Stopped:
                inner = set()
            await read(actor)
            mine |= inner
        seen.extend(mine)
    if dice.random() < 0.3:
        raise Stopped
    written |= mine


@pytest.mark.parametrize("seed", range(120))
async def test_what_raises_leaves_nothing_and_what_returns_leaves_all(seed: int) -> None:
    written, seen = set[UUID](), list[UUID]()
    try:
        await story(SYSTEM, random.Random(seed), 0, written, seen)
    except Stopped:
        written = set()
    assert await stored(SYSTEM, seen) == written


async def statements(*operations: object) -> list[str]:
    @transactional
    async def outer(actor: Actor) -> list[str]:
        async with recorded(connection()) as sent:
            for each in operations:
                await each(SYSTEM)
        return sent

    return await outer(SYSTEM)


@transactional
async def reading(actor: Actor) -> None:
    await read(actor)


@transactional
async def writing(actor: Actor) -> None:
    await write(set())


@transactional
async def writing_inside(actor: Actor) -> None:
    await writing(actor)


def marks(sent: list[str]) -> list[str]:
    return [each for each in sent if "SAVEPOINT" in each]


async def test_an_operation_that_only_reads_sends_nothing_but_what_it_reads() -> None:
    assert marks(await statements(reading, reading, reading)) == []


async def test_operations_that_begin_together_share_one_savepoint() -> None:
    assert marks(await statements(writing_inside)) == ["SAVEPOINT s1;"]


async def test_a_savepoint_is_released_with_the_next_one() -> None:
    sent = marks(await statements(writing, reading, writing))
    assert sent == ["SAVEPOINT s1;", "RELEASE SAVEPOINT s1;SAVEPOINT s2;"]
