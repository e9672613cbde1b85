"""Our own supervisor of PostgreSQL, as the rest of the program sees it."""

import asyncio
import os
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from api.postgres import binaries, roles
from api.postgres.cluster import DataFolder
from api.postgres.errors import PostgresUnavailable
from api.postgres.lock import holder_of
from api.postgres.roles import APP, DATABASE, DatabaseUrls
from api.postgres.watch import Reached, Watch

_ATTACH_SECONDS = 10.0


class EmbeddedPostgres:
    """A PostgreSQL of our own on one data folder, reached through a socket nobody else can use."""

    def __init__(
        self, data_dir: Path, *, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Name the folder of the data, and server settings that go before our own."""
        self._folder = DataFolder(data_dir)
        self._settings = settings
        self._process = os.getpid()
        self._turn = threading.Lock()
        self._watch: Watch | None = None
        self._reached: Reached | None = None

    def start(self) -> DatabaseUrls:
        """Return when the database answers; raise AlreadyRunning or PostgresUnavailable."""
        with self._turn:
            if self._watch is None or not self._watch.alive:
                self._watch = Watch(self._folder, self._settings)
                try:
                    self._reached = self._watch.begin()
                except BaseException:  # Ctrl-C while waiting included
                    self._end()
                    raise
            return self.urls

    def stop(self) -> None:
        """Return when the server has ended and the folder is free; again does nothing."""
        if os.getpid() == self._process:  # a forked child has no server to stop
            with self._turn:
                self._end()

    def __enter__(self) -> Self:
        """Start the database."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the database."""
        self.stop()

    @property
    def urls(self) -> DatabaseUrls:
        """The addresses of the running database."""
        reached = self._running()
        return roles.urls(reached.socket_folder, reached.passwords)

    @property
    def superuser_url(self) -> str:
        """The address for backups, and for tests that make databases of their own."""
        reached = self._running()
        return roles.superuser_url(reached.socket_folder, reached.passwords)

    def bin(self, name: str) -> Path:
        """The path of a program of PostgreSQL, such as pg_dump or pgbench."""
        programs = self._reached.programs if self._reached else binaries.installed()
        path = programs / "bin" / name
        if not path.is_file():
            raise PostgresUnavailable(f"PostgreSQL brings no program named {name}.")
        return path

    def _running(self) -> Reached:
        if self._reached is None:
            raise PostgresUnavailable("The database is not running: start it first.")
        return self._reached

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.end()
        self._watch = self._reached = None


def attach(data_dir: Path) -> DatabaseUrls | None:
    """The addresses of the database that another process runs on this folder, or None.

    Waits up to ten seconds for one that is just starting; raises PostgresUnavailable when the
    folder is another user's.
    """
    folder = DataFolder(data_dir)
    deadline = time.monotonic() + _ATTACH_SECONDS
    try:
        while (holder := holder_of(folder.lock)) is not None and time.monotonic() < deadline:
            if holder.socket_folder is not None:
                place = Path(holder.socket_folder)
                passwords = folder.passwords()
                if _answers(place, passwords.app):
                    return roles.urls(place, passwords)
            time.sleep(0.05)
    except PermissionError as error:
        raise PostgresUnavailable(
            f"The folder {folder.path} belongs to another user. Run this command as the user "
            "that runs Shifayol there, or choose another folder with SHIFAYOL_DATA_DIR."
        ) from error
    return None


def _answers(place: Path, password: str) -> bool:
    # In a thread of its own, so that it works below a running event loop as well.
    with ThreadPoolExecutor(max_workers=1) as pool:
        question = roles.answers(place, APP, password, DATABASE)
        return pool.submit(asyncio.run, question).result()
