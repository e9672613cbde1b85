"""Sealed fields open only where they were sealed, for whom, and unchanged."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actor import SYSTEM, Actor
from domain.db import connection, transactional
from domain.ids import new_id
from domain.keys import service
from domain.keys.provider import FileKeys, KeysMissing
from domain.keys.rotation import require_own_database
from domain.keys.service import (
    KeyDestroyed,
    Keyring,
    Place,
    SealBroken,
    SubjectKind,
    create_data_key,
    data_key,
)

SUBJECT, ROW = new_id(), new_id()
RING = Keyring(SubjectKind.PATIENT, SUBJECT, {1: b"k" * 32})
PLACE = Place("record_entry", "body", ROW)


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens_again(value: bytes) -> None:
    assert RING.open(PLACE, RING.seal(PLACE, value)) == value


@given(st.binary(min_size=1, max_size=200), st.data())
def test_one_changed_bit_is_noticed(value: bytes, data: st.DataObject) -> None:
    sealed = bytearray(RING.seal(PLACE, value))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((SealBroken, KeyDestroyed)):
        RING.open(PLACE, bytes(sealed))


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("record_entry", "body", new_id()),
        Place("record_entry", "title", ROW),
        Place("person", "body", ROW),
    ],
)
def test_a_value_moved_to_another_place_does_not_open(elsewhere: Place) -> None:
    with pytest.raises(SealBroken):
        RING.open(elsewhere, RING.seal(PLACE, b"x"))


def test_a_value_of_another_subject_does_not_open_even_under_the_same_key() -> None:
    other = Keyring(SubjectKind.PATIENT, new_id(), {1: b"k" * 32})
    with pytest.raises(SealBroken):
        other.open(PLACE, RING.seal(PLACE, b"x"))


@given(st.binary(max_size=40))
def test_rubbish_is_refused(rubbish: bytes) -> None:
    with pytest.raises((SealBroken, KeyDestroyed)):
        RING.open(PLACE, rubbish)


@transactional
async def _keys_of(actor: Actor, subject: object) -> Keyring:
    return await data_key(SubjectKind.PATIENT, subject)  # type: ignore[arg-type]


@pytest.mark.usefixtures("database")
async def test_a_destroyed_key_makes_its_subject_unreadable() -> None:
    subject = new_id()

    @transactional
    async def create(actor: Actor) -> bytes:
        ring = await create_data_key(SubjectKind.PATIENT, subject)
        return ring.seal(PLACE, b"secret")

    @transactional
    async def destroy(actor: Actor) -> None:
        await connection().execute("DELETE FROM data_key WHERE subject_id = $1", subject)

    sealed = await create(SYSTEM)
    assert (await _keys_of(SYSTEM, subject)).open(PLACE, sealed) == b"secret"
    await destroy(SYSTEM)
    with pytest.raises(KeyDestroyed):
        await _keys_of(SYSTEM, subject)


@pytest.mark.usefixtures("database")
async def test_the_database_holds_only_wrapped_keys() -> None:
    subject = new_id()

    @transactional
    async def create(actor: Actor) -> tuple[Keyring, bytes]:
        ring = await create_data_key(SubjectKind.PATIENT, subject)
        wrapped = await connection().fetchval(
            "SELECT wrapped FROM data_key WHERE subject_id = $1", subject
        )
        return ring, wrapped

    ring, wrapped = await create(SYSTEM)
    assert ring._keys[1] not in wrapped
    assert len(wrapped) == 40


@pytest.mark.usefixtures("database")
async def test_a_process_with_other_keys_than_the_database_is_sealed_under_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @transactional
    async def create(actor: Actor) -> None:
        await create_data_key(SubjectKind.PATIENT, new_id())

    await create(SYSTEM)
    await require_own_database(SYSTEM)
    monkeypatch.setattr(service, "_provider", FileKeys.create(tmp_path / "others"))
    with pytest.raises(KeysMissing, match="not those of this database"):
        await require_own_database(SYSTEM)
