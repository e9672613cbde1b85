"""Both stores keep the same promises: the folder, and a bucket of a real S3 server."""

import os
import stat
from pathlib import Path
from uuid import uuid4

import pytest

from domain.files.errors import StoreUnavailable
from domain.files.stores import LocalStore, ObjectMissing, ObjectStore, ObjectTaken, S3Store
from tests.domain.files.conftest import Bucket

REGION = "eu-central-1"


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return LocalStore(tmp_path / "files")
    b: Bucket = request.getfixturevalue("bucket")
    return S3Store(b.endpoint, b.name, REGION, b.access_key_id, b.secret_access_key)


async def keys(store: ObjectStore, prefix: str = "") -> set[str]:
    return {each.key async for page in store.pages(prefix) for each in page}


async def test_an_object_comes_back_and_is_never_overwritten(store: ObjectStore) -> None:
    key, content = f"{uuid4()}/{uuid4()}", os.urandom(1024 * 1024 + 29)
    await store.create(key, content)
    assert await store.read(key) == content
    with pytest.raises(ObjectTaken):
        await store.create(key, b"another")
    assert await store.read(key) == content


async def test_listing_deleting_and_missing(store: ObjectStore) -> None:
    folder, other = uuid4(), uuid4()
    mine = {f"{folder}/{uuid4()}" for _ in range(3)}
    foreign = f"{other}/{uuid4()}"
    for key in (*mine, foreign):
        await store.create(key, b"x")
    assert await keys(store, f"{folder}/") == mine
    assert await keys(store) >= mine | {foreign}
    for key in mine:
        await store.delete(key)
        await store.delete(key)
        with pytest.raises(ObjectMissing):
            await store.read(key)
    assert await keys(store, f"{folder}/") == set()
    assert await keys(store, f"{other}/") == {foreign}


async def test_the_folder_is_ours_alone(tmp_path: Path) -> None:
    os.umask(before := os.umask(0o000))
    os.umask(0o000)
    try:
        store = LocalStore(tmp_path / "files")
        await store.create(f"{uuid4()}/{uuid4()}", b"x")
    finally:
        os.umask(before)
    for path in [tmp_path / "files", *(tmp_path / "files").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("not a folder")
    with pytest.raises(StoreUnavailable):
        await LocalStore(tmp_path / "files").create(f"{uuid4()}/{uuid4()}", b"x")


async def test_a_wrong_secret_is_refused(bucket: Bucket) -> None:
    wrong = S3Store(bucket.endpoint, bucket.name, REGION, bucket.access_key_id, "w" * 40)
    key = f"{uuid4()}/{uuid4()}"
    with pytest.raises(StoreUnavailable):
        await wrong.create(key, b"x")
    with pytest.raises(StoreUnavailable):
        await wrong.read(key)
    right = S3Store(
        bucket.endpoint, bucket.name, REGION, bucket.access_key_id, bucket.secret_access_key
    )
    with pytest.raises(ObjectMissing):
        await right.read(key)


async def test_a_server_that_is_away_is_unavailable(unused_port: int) -> None:
    away = S3Store(f"http://127.0.0.1:{unused_port}", "files", REGION, "k" * 20, "s" * 40)
    with pytest.raises(StoreUnavailable):
        await away.read("a/b")


@pytest.fixture
def unused_port() -> int:
    from tests.serving import free_port

    return free_port()
