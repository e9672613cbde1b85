"""The commands around the keys: rotating, counting, and their backup apart from the data."""

import getpass
import os
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress

from domain.actor import SYSTEM
from domain.keys.archive import pack, unpack
from domain.keys.provider import FileKeys
from domain.keys.rotation import left, rewrap, wrapped


async def rotate(folder: Path, *, new: bool, retire: bool) -> str:
    """Make a new key-encryption key (or go on with the last), wrap every data key with it.

    With `retire` the old keys that wrap nothing any more are destroyed: backups from before need
    them, so keep their archive as long as those backups.
    """
    keys = FileKeys(folder)
    if new and not await left(SYSTEM):
        keys.rotate()
    with Progress(
        "[progress.description]{task.description}", BarColumn(), MofNCompleteColumn(),
        console=Console(stderr=True),
    ) as bar:  # fmt: skip
        task = bar.add_task("Wrapping data keys", total=None)
        done = await rewrap(lambda now, total: bar.update(task, completed=now, total=total))
    said = f"{done} data keys were wrapped anew with key {keys.current_version}"
    if retire:
        used = await wrapped(SYSTEM)
        gone = [each for each in keys.versions() if each not in (*used, keys.current_version)]
        for version in gone:
            keys.retire(version)
        said += f"; retired: {', '.join(map(str, gone)) or 'none'}"
    return said


async def status(folder: Path) -> str:
    """Return the versions of the key-encryption keys and how many data keys each wraps."""
    keys, used = FileKeys(folder), await wrapped(SYSTEM)
    lines = [
        f"key {version}: wraps {used.get(version, 0)} data keys"
        + (" (current)" if version == keys.current_version else "")
        for version in sorted({*keys.versions(), *used})
    ]
    missing = sorted(set(used) - set(keys.versions()))
    return "\n".join([*lines, *(f"key {version} is MISSING" for version in missing)])


def passphrase() -> str:
    """Return the archive's passphrase, from the environment or asked for."""
    return os.environ.get("SHIFAYOL_KEY_PASSPHRASE") or getpass.getpass("Passphrase: ")


def backup(folder: Path, archive: Path) -> str:
    """Write the key folder, sealed under a passphrase, to a new file of mode 0600."""
    sealed = pack(folder, passphrase())
    with os.fdopen(os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    return f"The keys are in {archive}; keep it and its passphrase apart from the database's backup"


def restore(folder: Path, archive: Path) -> str:
    """Put the keys of an archive into the key folder, which must be empty."""
    unpack(archive.read_bytes(), passphrase(), folder)
    return f"The keys are back in {folder}"
