"""Chunks of a file open where they were sealed, in their order, whole, and nowhere else."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.files import rules, stores
from domain.files.content import place_of, read_chunks
from domain.files.stores import LocalStore, use_store
from domain.files.types import CHUNK, Part
from domain.keys.service import KeyDestroyed, Keyring, Place, SealBroken, SubjectKind

EDGES = [0, 1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1]


class Sealed:
    """A file in a store of its own folder."""

    def __init__(self, folder: Path, keyring: Keyring, size: int) -> None:
        self.id, self.keyring, self.size = uuid4(), keyring, size
        self.plain = secrets.token_bytes(size)
        self.store = LocalStore(folder)
        self.parts: list[Part] = []

    async def store_all(self) -> "Sealed":
        for number in range(rules.chunks_of(self.size)):
            plain = self.plain[number * CHUNK : (number + 1) * CHUNK]
            part = Part(uuid4(), number, len(plain))
            end = rules.end_of(self.size, number, len(plain))
            sealed = self.keyring.seal_chunk(place_of(self.id), number, end, plain)
            await self.store.create(rules.key_of(self.id, part.id), sealed)
            self.parts.append(part)
        return self

    async def read(self, **more: object) -> bytes:
        use_store(self.store)
        seen = [chunk async for chunk in self.chunks(**more)]
        assert all(len(chunk) <= CHUNK for chunk in seen)
        return b"".join(seen)

    def chunks(
        self,
        *,
        size: int | None = None,
        parts: list[Part] | None = None,
        keyring: Keyring | None = None,
        file_id: UUID | None = None,
    ) -> AsyncIterator[bytes]:
        return read_chunks(
            file_id or self.id,
            self.size if size is None else size,
            self.parts if parts is None else parts,
            keyring or self.keyring,
        )


def keyring_of(subject: UUID, keys: dict[int, bytes] | None = None) -> Keyring:
    return Keyring(SubjectKind.PATIENT, subject, keys or {1: bytes(range(32))})


@pytest.fixture
async def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sealed:
    monkeypatch.setattr(stores, "_store", None)  # so that the process's own comes back
    return await Sealed(tmp_path / "files", keyring_of(uuid4()), 2 * CHUNK + 5).store_all()


@pytest.mark.parametrize("size", EDGES)
async def test_every_edge_of_a_chunk_survives(size: int, tmp_path: Path, sealed: Sealed) -> None:
    made = await Sealed(tmp_path / "edge", keyring_of(uuid4()), size).store_all()
    assert await made.read() == made.plain


@given(st.integers(0, 3 * CHUNK), st.integers(0, 2))
@settings(max_examples=60)
def test_a_chunk_opens_only_at_its_number_and_end(size: int, number: int) -> None:
    keyring, place = keyring_of(UUID(int=7)), place_of(UUID(int=9))
    length = max(0, min(CHUNK, size - number * CHUNK)) % 64
    end = rules.end_of(size, number, length)
    sealed = keyring.seal_chunk(place, number, end, b"x" * length)
    assert keyring.open_chunk(place, number, end, sealed) == b"x" * length
    for other_number, other_end in ((number + 1, end), (number, "other"), (number, end + "1")):
        with pytest.raises(SealBroken):
            keyring.open_chunk(place, other_number, other_end, sealed)
    with pytest.raises(SealBroken):
        keyring.open(place, sealed)


async def test_bit_flips_are_found_in_every_region(sealed: Sealed) -> None:
    key = rules.key_of(sealed.id, sealed.parts[1].id)
    whole = await sealed.store.read(key)
    for at in (0, 5, 20, len(whole) // 2, len(whole) - 1):
        changed = bytearray(whole)
        changed[at] ^= 1
        await sealed.store.delete(key)
        await sealed.store.create(key, bytes(changed))
        with pytest.raises(SealBroken):
            await sealed.read()
    changed = bytearray(whole)
    changed[4] ^= 1  # the version of the key: one that we do not have
    await sealed.store.delete(key)
    await sealed.store.create(key, bytes(changed))
    with pytest.raises(KeyDestroyed):
        await sealed.read()


async def test_truncation_is_found(sealed: Sealed) -> None:
    for shorter in (
        {"parts": sealed.parts[:-1]},
        {"parts": sealed.parts[:-1], "size": 2 * CHUNK},
        {"parts": sealed.parts[:1], "size": CHUNK},
        {"parts": []},
    ):
        with pytest.raises(SealBroken):
            await sealed.read(**shorter)
    key = rules.key_of(sealed.id, sealed.parts[-1].id)
    whole = await sealed.store.read(key)
    for cut in (whole[:-1], whole[:10], b""):
        await sealed.store.delete(key)
        await sealed.store.create(key, cut)
        with pytest.raises(SealBroken):
            await sealed.read()
    await sealed.store.delete(key)
    with pytest.raises(SealBroken):
        await sealed.read()


async def test_reordering_and_exchange_are_found(sealed: Sealed, tmp_path: Path) -> None:
    first, second, last = sealed.parts
    exchanged = [Part(second.id, 0, CHUNK), Part(first.id, 1, CHUNK), last]
    with pytest.raises(SealBroken):
        await sealed.read(parts=exchanged)
    with pytest.raises(SealBroken):
        await sealed.read(parts=[first, Part(first.id, 1, CHUNK), last])
    other = await Sealed(tmp_path / "files", sealed.keyring, sealed.size).store_all()
    (tmp_path / "files" / str(sealed.id) / str(first.id)).write_bytes(
        await other.store.read(rules.key_of(other.id, other.parts[0].id))
    )
    with pytest.raises(SealBroken):
        await sealed.read()


async def test_another_patients_key_and_another_place_open_nothing(sealed: Sealed) -> None:
    same_key_other_subject = keyring_of(uuid4())
    with pytest.raises(SealBroken):
        await sealed.read(keyring=same_key_other_subject)
    whole = await sealed.store.read(rules.key_of(sealed.id, sealed.parts[0].id))
    for place in (
        Place("stored_file", "name", sealed.id),
        Place("record_entry", "content", sealed.id),
    ):
        with pytest.raises(SealBroken):
            sealed.keyring.open_chunk(place, 0, "whole", whole)


async def test_older_chunks_open_after_the_key_was_renewed(sealed: Sealed) -> None:
    subject = uuid4()
    old = keyring_of(subject)
    new = keyring_of(subject, {1: bytes(range(32)), 2: secrets.token_bytes(32)})
    chunk = old.seal_chunk(place_of(sealed.id), 0, "last", b"before")
    assert new.open_chunk(place_of(sealed.id), 0, "last", chunk) == b"before"
    chunk = new.seal_chunk(place_of(sealed.id), 0, "last", b"after")
    with pytest.raises(KeyDestroyed):
        old.open_chunk(place_of(sealed.id), 0, "last", chunk)
