"""Where sealed objects lie: a folder of ours, or a bucket that speaks S3.

Objects are written once under a name that is never used again, and hold nothing but ciphertext.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec
import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store as _Bucket

from domain.files.errors import StoreUnavailable


class ObjectMissing(Exception):
    """The store has no object of this name."""


class ObjectTaken(Exception):
    """The store has an object of this name already, and nothing is ever overwritten."""


class StoredObject(msgspec.Struct, frozen=True):
    """One object of a store's listing."""

    key: str
    modified_at: datetime


class ObjectStore(Protocol):
    """Keeps objects under names; every method may raise StoreUnavailable."""

    async def create(self, key: str, data: bytes) -> None:
        """Store a new object so that it survives a crash; raises ObjectTaken."""
        ...

    async def read(self, key: str) -> bytes:
        """Return an object; raises ObjectMissing."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; one that is gone already is no error."""
        ...

    def pages(self, prefix: str = "") -> AsyncIterator[list[StoredObject]]:
        """Yield all objects under a folder (or all there are), some hundred at a time."""
        ...


class LocalStore:
    """A folder on this machine, readable by our user only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def create(self, key: str, data: bytes) -> None:
        """Write beside, make durable, then name: a reader never meets half an object."""
        try:
            with _translated():
                await asyncio.to_thread(self._create, self._path(key), data)
        except ObjectMissing as error:  # its folder was removed under our hands
            raise StoreUnavailable from error

    def _create(self, path: Path, data: bytes) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            _make_durable(self._folder)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # A link, not a rename: a rename would silently overwrite.
            os.link(beside, path)
        except FileExistsError:
            raise ObjectTaken(path.name) from None
        finally:
            Path(beside).unlink(missing_ok=True)
        _make_durable(path.parent)

    async def read(self, key: str) -> bytes:
        """Return the file's content."""
        with _translated():
            return await asyncio.to_thread(self._path(key).read_bytes)

    async def delete(self, key: str) -> None:
        """Remove the file, and its folder when that is empty."""
        with _translated():
            await asyncio.to_thread(self._delete, self._path(key))

    def _delete(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()

    async def pages(self, prefix: str = "") -> AsyncIterator[list[StoredObject]]:
        """Walk the folder; files that a crash left half written are listed too."""
        with _translated():
            folders = await asyncio.to_thread(self._folders, prefix)
        for folder in folders:
            with _translated():
                found = await asyncio.to_thread(self._objects, folder)
            if found:
                yield found

    def _folders(self, prefix: str) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [
            each
            for each in self._folder.iterdir()
            if each.is_dir() and prefix in ("", f"{each.name}/")
        ]

    def _objects(self, folder: Path) -> list[StoredObject]:
        found = []
        with contextlib.suppress(FileNotFoundError):  # removed while we look
            for path in folder.iterdir():
                modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                found.append(StoredObject(f"{folder.name}/{path.name}", modified))
        return found

    def _path(self, key: str) -> Path:
        return self._folder / key


def _make_durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class S3Store:
    """A bucket at any provider that speaks S3, with conditional creation (If-None-Match)."""

    def __init__(
        self, endpoint: str, bucket: str, region: str, access_key_id: str, secret_access_key: str
    ) -> None:
        self._bucket = _Bucket(
            bucket,
            endpoint=endpoint,
            region=region,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            virtual_hosted_style_request=False,
            conditional_put="etag",
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=30),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=30)},
        )

    async def create(self, key: str, data: bytes) -> None:
        """Put the object unless one of that name is there."""
        with _translated():
            await obstore.put_async(self._bucket, key, data, mode="create", use_multipart=False)

    async def read(self, key: str) -> bytes:
        """Get the object."""
        with _translated():
            found = await obstore.get_async(self._bucket, key)
            return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        """Delete the object."""
        with _translated(), contextlib.suppress(NotFoundError):
            await obstore.delete_async(self._bucket, key)

    async def pages(self, prefix: str = "") -> AsyncIterator[list[StoredObject]]:
        """List the bucket, a page of the provider's at a time."""
        with _translated():
            async for page in obstore.list(self._bucket, prefix.rstrip("/") or None):
                yield [StoredObject(each["path"], each["last_modified"]) for each in page]


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotFoundError) as error:
        raise ObjectMissing(str(error)[:200]) from None
    except AlreadyExistsError as error:
        raise ObjectTaken(str(error)[:200]) from None
    except (OSError, BaseError) as error:
        raise StoreUnavailable(f"The store of files does not answer: {error!s:.300}") from error


_store: ObjectStore | None = None


def use_store(store: ObjectStore) -> None:
    """Name the process's object store, once, at start."""
    global _store
    _store = store


def store() -> ObjectStore:
    """Return the process's object store."""
    if _store is None:
        raise RuntimeError("use_store() was not called at start")
    return _store
