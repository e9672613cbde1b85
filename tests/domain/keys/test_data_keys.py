"""The data keys of subjects: wrapped by the current key, unwrapped by the one that wrapped them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.keys import service
from domain.keys.provider import FileKeys
from domain.keys.service import KeyDestroyed, Keyring, Place, SealBroken, SubjectKind
from tests.factories.actors import refused
from tests.factories.vectors import DATA_KEY, WRAPPED, key_folder

ONE, TWO = UUID(int=1), UUID(int=2)
PERSON, PATIENT = SubjectKind.PERSON, SubjectKind.PATIENT
PLACE = Place("person", "names", UUID(int=9))


class Rows:
    """The table of data keys, in memory."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    async def insert_data_key(
        self, kind: str, subject_id: UUID, wrapped: bytes, kek_version: int
    ) -> None:
        self.add(kind, subject_id, wrapped, kek_version)

    def add(
        self, kind: str, subject_id: UUID, wrapped: bytes, kek_version: int = 1, version: int = 1
    ) -> None:
        self.rows.append(
            {
                "kind": kind, "subject_id": subject_id, "version": version,
                "wrapped": wrapped, "kek_version": kek_version,
            }
        )  # fmt: skip

    async def data_keys(self, kind: str, subject_ids: list[UUID]) -> list[Any]:
        return [r for r in self.rows if r["kind"] == kind and r["subject_id"] in subject_ids]

    async def delete_data_keys(self, kind: str, subject_id: UUID) -> int:
        gone = await self.data_keys(kind, [subject_id])
        self.rows = [row for row in self.rows if row not in gone]
        return len(gone)


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileKeys:
    """The published keys as the process's own."""
    found = FileKeys(key_folder(tmp_path / "keys"))
    monkeypatch.setattr(service, "_provider", None)  # so that the process's own comes back
    service.use_provider(found)
    return found


@pytest.fixture
def rows(keys: FileKeys, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rows]:
    table = Rows()
    for name in ("insert_data_key", "data_keys", "delete_data_keys"):
        monkeypatch.setattr(service.queries, name, getattr(table, name))
    return table


async def test_a_published_wrapped_key_unwraps_to_the_published_key(rows: Rows) -> None:
    rows.add("patient", ONE, WRAPPED)
    ring = await service.data_key(PATIENT, ONE)
    by_hand = Keyring(PATIENT, ONE, {1: DATA_KEY})
    assert by_hand.open(PLACE, ring.seal(PLACE, b"x")) == b"x"


async def test_a_new_key_is_wrapped_by_the_current_key_and_never_stored_plain(
    rows: Rows, keys: FileKeys
) -> None:
    version = keys.rotate()
    ring = await service.create_data_key(PERSON, ONE)
    (row,) = rows.rows
    assert (row["kind"], row["subject_id"], row["kek_version"]) == ("person", ONE, version)
    assert len(row["wrapped"]) == 40  # RFC 3394: eight bytes more than the key
    sealed = ring.seal(PLACE, b"secret")
    assert (await service.data_key(PERSON, ONE)).open(PLACE, sealed) == b"secret"
    row["kek_version"] = 1
    with pytest.raises(SealBroken):
        await service.data_key(PERSON, ONE)


async def test_no_two_subjects_share_a_key(rows: Rows) -> None:
    for subject in (ONE, TWO):
        await service.create_data_key(PERSON, subject)
    found = await service.data_keys(PERSON, [ONE, TWO])
    assert found[ONE].blind_index("x") != found[TWO].blind_index("x")


async def test_a_subject_of_another_kind_has_other_keys(rows: Rows) -> None:
    await service.create_data_key(PERSON, ONE)
    with refused(KeyDestroyed, "erased", ("patient", ONE)):
        await service.data_key(PATIENT, ONE)


async def test_every_version_of_a_subjects_key_is_on_its_ring(rows: Rows) -> None:
    made = await service.create_data_key(PERSON, ONE)
    rows.add("person", ONE, WRAPPED, version=2)
    ring = await service.data_key(PERSON, ONE)
    assert ring.open(PLACE, made.seal(PLACE, b"old")) == b"old"
    assert Keyring(PERSON, ONE, {2: DATA_KEY}).open(PLACE, ring.seal(PLACE, b"new")) == b"new"


async def test_of_several_subjects_the_erased_ones_are_left_out(rows: Rows) -> None:
    assert await service.data_keys(PERSON, [ONE, TWO]) == {}
    for subject in (ONE, TWO):
        await service.create_data_key(PERSON, subject)
    assert set(await service.data_keys(PERSON, [ONE, TWO])) == {ONE, TWO}
    assert await service.forget_data_key(PERSON, ONE) == 1
    assert set(await service.data_keys(PERSON, [ONE, TWO])) == {TWO}


async def test_forgetting_destroys_every_version_of_exactly_one_subject(rows: Rows) -> None:
    await service.create_data_key(PERSON, ONE)
    rows.add("person", ONE, WRAPPED, version=2)
    rows.add("patient", ONE, WRAPPED)
    assert await service.forget_data_key(PERSON, ONE) == 2
    assert await service.forget_data_key(PERSON, ONE) == 0
    with refused(KeyDestroyed, "erased", ("person", ONE)):
        await service.data_key(PERSON, ONE)
    assert await service.data_key(PATIENT, ONE)


async def test_a_subject_that_is_never_erased_gets_its_first_key_once(rows: Rows) -> None:
    first = await service.data_key_or_new(SubjectKind.ORGANISATION, ONE)
    again = await service.data_key_or_new(SubjectKind.ORGANISATION, ONE)
    assert len(rows.rows) == 1
    assert rows.rows[0]["kind"] == "organisation"
    assert again.open(PLACE, first.seal(PLACE, b"x")) == b"x"


def test_a_blind_index_of_the_platform_is_found_again_after_an_update(keys: FileKeys) -> None:
    made = "dce5b830f328303d5350205b807b0bba9a597665022f9d7286fc9beca2739e35"
    assert service.blind_index("sign-in", "aygul@example.org").hex() == made


def test_purposes_and_values_have_their_own_indexes(keys: FileKeys) -> None:
    found = {
        service.blind_index(purpose, value)
        for purpose in ("sign-in", "national-id/KZ", "national-id/TR")
        for value in ("x", "y")
    }
    assert len(found) == 6


def test_without_a_provider_nothing_is_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_provider", None)
    with pytest.raises(RuntimeError, match="use_provider"):
        service.provider()
