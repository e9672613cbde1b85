"""The lock on a data folder: one supervisor at a time, and a note of where its server listens."""

import fcntl
import os
import time
from pathlib import Path

import msgspec

from api.postgres.errors import AlreadyRunning

# Whoever only looks takes the lock for microseconds; a start must not be refused for that.
_TRIES = 10
_PAUSE = 0.02


class Holder(msgspec.Struct, frozen=True):
    """The process that serves a data folder, and its socket folder once all is ready."""

    process: int
    socket_folder: str | None = None


class FolderLock:
    """A lock that ends with the process that holds it, however that process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> Holder | None:
        """Take the lock and return a last holder that was killed, or raise AlreadyRunning."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        for attempt in range(_TRIES):
            if _locked(descriptor, fcntl.LOCK_EX):
                break
            if attempt + 1 < _TRIES:
                time.sleep(_PAUSE)
        else:
            holder = _read(descriptor)
            os.close(descriptor)
            who = f" (process {holder.process})" if holder else ""
            raise AlreadyRunning(
                f"Another Shifayol is already running on {self._path.parent}{who}. "
                "Stop it, or choose another folder with SHIFAYOL_DATA_DIR."
            )
        last = _read(descriptor)
        self._descriptor = descriptor
        _held.add(descriptor)
        self.announce(None)
        return last

    def announce(self, socket_folder: Path | None) -> None:
        """Let others know that the server answers in `socket_folder`."""
        place = None if socket_folder is None else str(socket_folder)
        self._write(msgspec.json.encode(Holder(os.getpid(), place)))

    def release(self) -> None:
        """Give the folder free; nothing happens when the lock is not held."""
        if self._descriptor is None:
            return
        self._write(b"")
        _held.discard(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None

    def _write(self, note: bytes) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, note, 0)


def holder_of(path: Path) -> Holder | None:
    """Who holds the lock now; None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        return None if _locked(descriptor, fcntl.LOCK_SH) else _read(descriptor) or Holder(0)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> Holder | None:
    try:
        return msgspec.json.decode(os.pread(descriptor, 4096, 0), type=Holder)
    except msgspec.DecodeError:
        return None  # empty, or caught between the two steps of a write


_held: set[int] = set()


def _forget_in_child() -> None:
    # A forked child inherits the lock, and would hold it after we are gone.
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)
