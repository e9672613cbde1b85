"""The key folder: complete, its owner's alone, rotated without a gap, and never overwritten."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.keys.provider import FileKeys, KeysMissing, write_private
from tests.factories.vectors import DERIVED, FILES, KEK, PURPOSE, VERIFYING, key_folder


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_folder_of_published_keys_gives_the_published_answers(tmp_path: Path) -> None:
    keys = FileKeys(key_folder(tmp_path / "keys"))
    assert keys.key_encryption_key(1) == KEK
    assert keys.derived(PURPOSE) == DERIVED
    public = keys.signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert public == VERIFYING
    assert (keys.current_version, keys.versions()) == (1, [1])


@pytest.mark.parametrize("name", ["current", "root", "signing"])
def test_an_incomplete_folder_says_what_is_missing_and_what_to_do(
    name: str, tmp_path: Path
) -> None:
    (key_folder(tmp_path / "keys") / name).unlink()
    with pytest.raises(KeysMissing, match=f"keys/{name} is missing: .*`python -m api keys create`"):
        FileKeys(tmp_path / "keys")


def test_a_missing_key_encryption_key_is_named_when_it_is_wanted(tmp_path: Path) -> None:
    keys = FileKeys(key_folder(tmp_path / "keys"))
    with pytest.raises(KeysMissing, match="keys/kek-2 is missing"):
        keys.key_encryption_key(2)


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o420, 0o402, 0o410, 0o401, 0o600 | 0o004])
@pytest.mark.parametrize("name", ["current", "root", "signing"])
def test_a_file_that_others_may_touch_is_refused(name: str, mode: int, tmp_path: Path) -> None:
    (key_folder(tmp_path / "keys") / name).chmod(mode)
    with pytest.raises(KeysMissing, match=f"keys/{name} is readable by others: chmod 0400"):
        FileKeys(tmp_path / "keys")


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_what_its_owner_may_do_with_a_file_is_the_owners_matter(mode: int, tmp_path: Path) -> None:
    (key_folder(tmp_path / "keys") / "root").chmod(mode)
    assert FileKeys(tmp_path / "keys").derived(PURPOSE) == DERIVED


def test_a_current_version_that_is_no_number_is_refused(tmp_path: Path) -> None:
    key_folder(tmp_path / "keys", current=b"one")
    with pytest.raises(KeysMissing, match="keys/current does not hold a version number"):
        FileKeys(tmp_path / "keys")


def test_keys_are_made_where_nothing_was_and_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down" / "keys"
    made = FileKeys.create(folder)
    assert {path.name for path in folder.iterdir()} == set(FILES)
    assert {mode_of(path) for path in folder.iterdir()} == {0o400}
    assert mode_of(folder) == 0o700
    assert (made.current_version, made.versions()) == (1, [1])
    secrets = [(folder / name).read_bytes() for name in ("kek-1", "root", "signing")]
    assert {len(secret) for secret in secrets} == {32}
    assert len(set(secrets)) == 3


def test_an_empty_folder_is_closed_to_others_before_keys_lie_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o755)
    FileKeys.create(folder)
    assert mode_of(folder) == 0o700


def test_a_folder_that_holds_anything_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    with pytest.raises(KeysMissing, match=r"is not empty; .* never overwritten"):
        FileKeys.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


def test_a_rotation_counts_on_and_keeps_what_was(tmp_path: Path) -> None:
    keys = FileKeys(key_folder(tmp_path / "keys"))
    assert [keys.rotate() for _ in range(10)] == list(range(2, 12))
    assert (keys.current_version, keys.versions()) == (11, list(range(1, 12)))
    assert keys.key_encryption_key(1) == KEK
    assert len({keys.key_encryption_key(version) for version in keys.versions()}) == 11
    assert {len(keys.key_encryption_key(version)) for version in keys.versions()} == {32}
    assert {mode_of(path) for path in (tmp_path / "keys").iterdir()} == {0o400}
    assert not (tmp_path / "keys" / "current.new").exists()


def test_a_rotation_that_died_half_way_does_not_stand_in_the_way(tmp_path: Path) -> None:
    folder = key_folder(tmp_path / "keys")
    write_private(folder / "kek-2", b"cut off")
    write_private(folder / "current.new", b"2")
    keys = FileKeys(folder)
    assert keys.current_version == 1
    assert keys.rotate() == 3  # what may be half a key is never used
    assert (keys.current_version, len(keys.key_encryption_key(3))) == (3, 32)


def test_a_retired_key_is_gone_also_for_who_had_read_it(tmp_path: Path) -> None:
    keys = FileKeys(key_folder(tmp_path / "keys"))
    keys.rotate()
    assert keys.key_encryption_key(1) == KEK
    keys.retire(1)
    assert keys.versions() == [2]
    with pytest.raises(KeysMissing, match="kek-1 is missing"):
        keys.key_encryption_key(1)
    keys.retire(1)  # once more changes nothing


def test_the_current_key_stays(tmp_path: Path) -> None:
    keys = FileKeys(key_folder(tmp_path / "keys"))
    with pytest.raises(KeysMissing, match="kek-1 is the current key and stays"):
        keys.retire(1)
    assert keys.key_encryption_key(1) == KEK


def test_a_private_file_is_written_once_whole_and_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, b"\x00\xff\r\n")
    assert (path.read_bytes(), mode_of(path)) == (b"\x00\xff\r\n", 0o400)
    with pytest.raises(FileExistsError):
        write_private(path, b"other")
    assert path.read_bytes() == b"\x00\xff\r\n"
