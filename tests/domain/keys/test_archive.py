"""The key folder under a passphrase: it comes back whole, or nothing comes back."""

import json
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.keys.archive import pack, unpack
from domain.keys.provider import FileKeys, KeysMissing
from tests.factories.vectors import FILES, key_folder

PASSPHRASE = "nine hills and a long road"
MADE_BEFORE = b64decode(
    "U0hJRkFZT0wtS0VZUwHhYf9OjvoZMLktPzqzYQIhrtPZMkBdCPz1h/Mk/poSeAkJb8JXbc/GB7ZfTjKOJYYH9/GE"
    "59yD0aPZyUuhoVqkg8sEUoppFQTOrgzrmPwLGtkNgo7jX2/IaJIob9g2rVoS/DJGkpX5DyBmuhVS2RbJ22q0j4m+"
    "EJCFeZ1dHf9RbGK+CCeSaugkC6SwpG5rknzOfCK8cjRj0KE16Zj5v1Hsnx436NQaavr6G8lvTdBMxthO6B+DzMDx"
    "NH7u6AfmkpY="
)
"""An archive of the published keys, made by the first release that had archives."""


def by_hand(files: dict[str, bytes]) -> bytes:
    """Seal files as the format is described, by other means than the product's."""
    magic, salt, nonce = b"SHIFAYOL-KEYS\x01", b"s" * 16, b"n" * 12
    key = hash_secret_raw(
        PASSPHRASE.encode(), salt, time_cost=3, memory_cost=65536, parallelism=4, hash_len=32,
        type=Type.ID,
    )  # fmt: skip
    plain = json.dumps({name: b64encode(content).decode() for name, content in files.items()})
    return magic + salt + nonce + AESGCM(key).encrypt(nonce, plain.encode(), magic)


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_archive_of_an_earlier_release_gives_its_keys_back(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "machine"
    unpack(MADE_BEFORE, PASSPHRASE, folder)
    assert content_of(folder) == FILES
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o400}


def test_what_is_packed_comes_back_and_cannot_be_read_on_the_way(tmp_path: Path) -> None:
    folder, back = key_folder(tmp_path / "keys"), tmp_path / "back"
    FileKeys(folder).rotate()
    archive = pack(folder, PASSPHRASE)
    for name, content in content_of(folder).items():
        assert name == "current" or content not in archive
        assert name == "current" or b64encode(content) not in archive
    back.mkdir()  # an empty folder will do
    unpack(archive, PASSPHRASE, back)
    assert content_of(back) == content_of(folder)
    assert FileKeys(back).versions() == [1, 2]


def test_two_archives_of_one_folder_share_neither_salt_nor_nonce(tmp_path: Path) -> None:
    folder = key_folder(tmp_path / "keys")
    first, second = pack(folder, PASSPHRASE), pack(folder, PASSPHRASE)
    assert first[:14] == second[:14] == b"SHIFAYOL-KEYS\x01"
    assert first[14:30] != second[14:30]
    assert first[30:42] != second[30:42]


def test_a_passphrase_of_twelve_characters_is_the_shortest(tmp_path: Path) -> None:
    folder = key_folder(tmp_path / "keys")
    with pytest.raises(KeysMissing, match="at least 12 characters"):
        pack(folder, "e" * 11)
    unpack(pack(folder, "ğ" * 12), "ğ" * 12, tmp_path / "back")
    assert content_of(tmp_path / "back") == FILES


def test_an_incomplete_folder_is_not_packed(tmp_path: Path) -> None:
    (key_folder(tmp_path / "keys") / "root").unlink()
    with pytest.raises(KeysMissing, match="root is missing"):
        pack(tmp_path / "keys", PASSPHRASE)


@pytest.mark.parametrize("at", [14, 29, 30, 41, 42, len(MADE_BEFORE) - 1])
def test_one_changed_bit_anywhere_gives_nothing_back(at: int, tmp_path: Path) -> None:
    changed = bytearray(MADE_BEFORE)
    changed[at] ^= 1
    with pytest.raises(KeysMissing, match="passphrase is wrong, or the archive was changed"):
        unpack(bytes(changed), PASSPHRASE, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_wrong_passphrase_gives_nothing_back(tmp_path: Path) -> None:
    for wrong in ("", PASSPHRASE.upper(), PASSPHRASE + " "):
        with pytest.raises(KeysMissing, match="passphrase is wrong"):
            unpack(MADE_BEFORE, wrong, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("length", [0, 5, 13, 14, 20, 29, 30, 37, 41, 42, 57])
def test_what_was_cut_off_before_its_content_is_no_archive(length: int, tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="no archive of keys"):
        unpack(MADE_BEFORE[:length], PASSPHRASE, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("length", [58, 59, len(MADE_BEFORE) - 1])
def test_what_was_cut_off_within_its_content_gives_nothing_back(
    length: int, tmp_path: Path
) -> None:
    with pytest.raises(KeysMissing, match="the archive was changed"):
        unpack(MADE_BEFORE[:length], PASSPHRASE, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_another_format_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="no archive of keys"):
        unpack(b"SHIFAYOL-KEYS\x02" + MADE_BEFORE[14:], PASSPHRASE, tmp_path / "back")


def test_a_folder_that_holds_anything_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(b"mine")
    with pytest.raises(KeysMissing, match="is not empty; keys are never overwritten"):
        unpack(MADE_BEFORE, PASSPHRASE, tmp_path)
    assert content_of(tmp_path) == {"root": b"mine"}


def test_no_name_in_an_archive_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    unpack(by_hand({"../root": b"a", "/etc/passwd": b"b", "kek-1": b"c"}), PASSPHRASE, folder)
    assert content_of(folder) == {"root": b"a", "passwd": b"b", "kek-1": b"c"}
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
