"""Backing the database up and restoring it, with the erasures that happened in between.

The dump holds sealed fields only; the keys have a backup of their own (`keys backup`), and so has
the erasure log: a dump restored without it brings erased people back.
"""

import asyncio
import os
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from api.postgres.binaries import installed
from api.postgres.errors import PostgresUnavailable
from domain import schema
from domain.rights import jobs as rights


def dump(owner_url: str, target: Path) -> str:
    """Write the whole database to a new file of mode 0600 (pg_dump's custom format)."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        # The owner is under row-level security too; its policies let it read everything.
        _run("pg_dump", owner_url, "--format=custom", "--enable-row-security", f"--file={target}")
    except BaseException:
        target.unlink()
        raise
    return f"The database is in {target} ({target.stat().st_size} bytes)"


async def load(owner_url: str, app_url: str, source: Path) -> None:
    """Fill an empty database from a dump and bring it to the present schema.

    Raises PostgresUnavailable where there is anything in the database already.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        if await connection.fetchval("SELECT to_regclass('public.account') IS NOT NULL"):
            raise PostgresUnavailable(
                "The database is not empty. A backup is restored into a new one, so that nothing "
                "is overwritten: start from an empty data folder or an empty database."
            )
    finally:
        await connection.close()
    await asyncio.to_thread(_replay, owner_url, source)
    await schema.migrate(owner_url, app_url)


async def forget_again() -> str:
    """Erase once more what was erased since the dump, and say how much."""
    done = await rights.replay()
    return f"The backup is restored, and {done} erasures of the log were carried out again"


def _replay(url: str, source: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="shifayol-restore-") as folder:
        # The whole script before its first statement: a dump that breaks off changes nothing.
        script = Path(folder) / "script.sql"
        _run("pg_restore", None, "--no-owner", "--no-comments", f"--file={script}", str(source))
        # A function of ours sets an option of pg_trgm, which has to be loaded before it is known.
        _run(
            "psql", url, "--no-psqlrc", "--quiet", "--single-transaction", "--output=/dev/null",
            "--set=ON_ERROR_STOP=1", "--command=SELECT public.similarity('', '')",
            f"--file={script}",
        )  # fmt: skip


def _run(program: str, url: str | None, *arguments: str) -> None:
    environment, order = dict(os.environ), [str(installed() / "bin" / program), *arguments]
    if url is not None:
        parts = urlsplit(url)
        # Other users of the machine can read a program's arguments, but not its environment.
        environment["PGPASSWORD"] = unquote(parts.password or "")
        public = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@"))
        order.append(f"--dbname={public.geturl()}")
    done = subprocess.run(  # noqa: S603  PostgreSQL's own programs
        order, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = " / ".join(done.stderr.strip().splitlines()[:3])
        raise PostgresUnavailable(f"{program} failed: {said or 'no reason given'}")
