"""Where the keys above the data keys lie: outside the database, behind one small Protocol."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class KeysMissing(Exception):
    """The key folder is absent, incomplete or readable by others; the text says what to do."""


class KeyProvider(Protocol):
    """Gives the key-encryption keys and the keys derived for one purpose each."""

    @property
    def current_version(self) -> int:
        """Return the version of the key-encryption key that wraps new data keys."""
        ...

    def key_encryption_key(self, version: int) -> bytes:
        """Return the 32 bytes of that version; raises KeysMissing."""
        ...

    def derived(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose (a blind index, the audit chain), stable over time."""
        ...

    def signing_key(self) -> Ed25519PrivateKey:
        """Return the key that signs audit checkpoints."""
        ...


class FileKeys:
    """Keys in files of mode 0400 in one folder: `kek-<n>`, `current`, `root`, `signing`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            int(self._read("current"))
        except ValueError:
            raise KeysMissing(f"{folder / 'current'} does not hold a version number") from None
        self._root = self._read("root")
        self._keks: dict[int, bytes] = {}
        self._signing = Ed25519PrivateKey.from_private_bytes(self._read("signing"))

    @classmethod
    def create(cls, folder: Path) -> "FileKeys":
        """Make the first set of keys in an empty or absent folder; raises KeysMissing if any."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise KeysMissing(f"{folder} is not empty; keys are made once and never overwritten")
        folder.chmod(0o700)
        for name in ("kek-1", "root", "signing"):
            write_private(folder / name, secrets.token_bytes(32))
        write_private(folder / "current", b"1")
        return cls(folder)

    @property
    def current_version(self) -> int:
        # Read each time: a rotation beside a running process counts at once.
        return int(self._read("current"))

    def rotate(self) -> int:
        """Make the next key-encryption key and return its version; the old ones stay readable.

        A key that a rotation left behind when it died is passed over: it may be half a key.
        """
        version = max(self.versions()) + 1
        write_private(self._folder / f"kek-{version}", secrets.token_bytes(32))
        fresh = self._folder / "current.new"
        fresh.unlink(missing_ok=True)
        write_private(fresh, str(version).encode())
        fresh.replace(self._folder / "current")
        return version

    def retire(self, version: int) -> None:
        """Destroy an old key-encryption key; whoever calls has seen that nothing is wrapped by it.

        Raises KeysMissing for the current one.
        """
        if version == self.current_version:
            raise KeysMissing(f"kek-{version} is the current key and stays")
        (self._folder / f"kek-{version}").unlink(missing_ok=True)
        self._keks.pop(version, None)

    def versions(self) -> list[int]:
        """Return the versions of the key-encryption keys in the folder."""
        return sorted(int(path.name[4:]) for path in self._folder.glob("kek-*"))

    def key_encryption_key(self, version: int) -> bytes:
        if version not in self._keks:
            self._keks[version] = self._read(f"kek-{version}")
        return self._keks[version]

    def derived(self, purpose: str) -> bytes:
        return hmac.digest(self._root, purpose.encode(), hashlib.sha256)

    def signing_key(self) -> Ed25519PrivateKey:
        return self._signing

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        try:
            if path.stat().st_mode & 0o077:
                raise KeysMissing(f"{path} is readable by others: chmod 0400 it")
            return path.read_bytes()
        except FileNotFoundError:
            raise KeysMissing(
                f"{path} is missing: make keys once with `python -m api keys create`, "
                "or put the backed-up folder back"
            ) from None


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner reads; raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
