"""Rotating the key above the data keys: nothing is lost, wherever it stops."""

from collections.abc import Iterator

import pytest

from domain.actor import SYSTEM, Actor
from domain.db import connection, transactional
from domain.ids import new_id
from domain.keys import rotation, service
from domain.keys.provider import FileKeys
from domain.keys.service import Keyring, Place, SubjectKind, create_data_key, data_key
from domain.settings import Settings


@pytest.fixture
def keys(database: None, settings: Settings) -> Iterator[FileKeys]:
    """The deployment's own keys: other data of the test database hangs on them."""
    yield FileKeys(settings.key_dir)


@transactional
async def made(actor: Actor) -> Keyring:
    return await create_data_key(SubjectKind.PAYEE, new_id())


async def test_what_was_sealed_before_opens_after_a_rotation_and_versions_say_so(
    keys: FileKeys,
) -> None:
    subject, place = new_id(), Place("person", "names", new_id())

    @transactional
    async def sealed(actor: Actor) -> bytes:
        ring = await create_data_key(SubjectKind.PAYEE, subject)
        return ring.seal_text(place, "Айгүл")

    @transactional
    async def opened(actor: Actor, value: bytes) -> str:
        return (await data_key(SubjectKind.PAYEE, subject)).open_text(place, value)

    value, before = await sealed(SYSTEM), keys.current_version
    assert keys.rotate() == before + 1
    # Until it is wrapped anew, and for a process that started before: the old key still opens it.
    assert await opened(SYSTEM, value) == "Айгүл"
    seen: list[tuple[int, int]] = []
    done = await rotation.rewrap(lambda now, total: seen.append((now, total)))
    assert done >= 1 and seen[-1] == (done, done)
    assert await rotation.wrapped(SYSTEM) == {
        before + 1: sum((await rotation.wrapped(SYSTEM)).values())
    }
    assert await opened(SYSTEM, value) == "Айгүл"
    assert await rotation.rewrap() == 0


async def test_a_rotation_that_was_cut_off_goes_on(
    keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(12):
        await made(SYSTEM)
    keys.rotate()
    monkeypatch.setattr(rotation, "BATCH", 5)

    class Killed(Exception):
        """The process dies between two batches."""

    def die(_: int, __: int) -> None:
        raise Killed

    total = await rotation.left(SYSTEM)
    with pytest.raises(Killed):
        await rotation.rewrap(die)
    assert await rotation.left(SYSTEM) == total - 5
    monkeypatch.setattr(rotation, "BATCH", 500)
    assert await rotation.rewrap() == total - 5
    assert await rotation.left(SYSTEM) == 0


async def test_a_running_service_uses_the_new_key_at_once(keys: FileKeys) -> None:
    running = service.provider()
    version = keys.rotate()
    assert running.current_version == version

    @transactional
    async def newest(actor: Actor) -> int:
        await create_data_key(SubjectKind.PAYEE, new_id())
        return int(
            await connection().fetchval("SELECT kek_version FROM data_key ORDER BY id DESC LIMIT 1")
        )

    assert await newest(SYSTEM) == version
    await rotation.rewrap()
