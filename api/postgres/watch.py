"""The thread that starts every server of a data folder, revives it, and outlives it."""

import asyncio
import logging
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
import structlog

from api.postgres import binaries, roles
from api.postgres.account import Account, server_account
from api.postgres.cluster import PORT, SUPERUSER, DataFolder, Passwords
from api.postgres.errors import PostgresUnavailable
from api.postgres.lock import FolderLock

_START_SECONDS = 300.0  # after a crash the server first reads its log back, max_wal_size at most
_FIRST_DELAY, _LONGEST_DELAY, _STEADY_SECONDS = 0.05, 10.0, 1.0
_STOP_STEPS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))

_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cluster_name": "shifayol",
        "max_connections": "100",
        "shared_buffers": "256MB",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        # An error quotes the row or the statement that caused it, and this log must hold nothing
        # about a person. The application sees every error and decides what may be said of it.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
)

_log = structlog.get_logger()


class Reached(msgspec.Struct, frozen=True):
    """What it takes to use a server that answers."""

    account: Account
    programs: Path
    socket_folder: Path
    passwords: Passwords


class Watch:
    """One thread, and the server that lives while the thread does."""

    def __init__(self, folder: DataFolder, settings: Mapping[str, str]) -> None:
        self._folder = folder
        self._settings = {**_DEFAULTS, **settings}
        self._stopping = threading.Event()
        self._spawning = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._started: Future[Reached] = Future()
        # Daemon: the interpreter does not wait for it at exit, and when it goes, the death
        # signal of its server is sent: the kernel watches the starting thread, not the process.
        self._thread = threading.Thread(target=self._live, name="postgres-watch", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the folder is ours and the server is running or being revived."""
        return self._thread.is_alive()

    def begin(self) -> Reached:
        """Return when the server answers; raise what prevented it."""
        self._thread.start()
        return self._started.result()

    def end(self) -> None:
        """Return when the server has ended and the folder is free."""
        for order, seconds in _STOP_STEPS:
            with self._spawning:
                self._stopping.set()
                if self._server is not None:
                    self._server.send_signal(order)
            self._thread.join(seconds)
            if not self._thread.is_alive():
                return
        raise PostgresUnavailable(f"The database on {self._folder.path} does not end.")

    def _live(self) -> None:
        lock = FolderLock(self._folder.lock)
        socket_folder: Path | None = None
        try:
            reached = self._prepare(lock)
            socket_folder = reached.socket_folder
            self._start_first(reached, lock)
            self._started.set_result(reached)
            self._keep_up(reached)
        except BaseException as error:  # noqa: BLE001
            self._report(error)  # raises it again in the thread that waits in start()
        finally:
            if socket_folder is not None:
                self._folder.drop_socket(socket_folder)
            lock.release()

    def _report(self, error: BaseException) -> None:
        if isinstance(error, roles.UNREACHABLE):
            problem: BaseException = PostgresUnavailable(
                f"The database on {self._folder.path} cannot be started: {error}."
            )
            problem.__cause__ = error
        else:
            problem = error
        if self._started.done():
            _tell("postgres.watch_failed", logging.ERROR, error=repr(problem))
        else:
            self._started.set_exception(problem)

    def _prepare(self, lock: FolderLock) -> Reached:
        account = server_account()
        folder = self._folder
        folder.create(account)
        last = lock.acquire()
        folder.admit(account)
        programs = binaries.readable_by(account, folder.path)
        passwords = folder.passwords()
        begun = time.monotonic()
        sync = self._settings.get("fsync") != "off"
        if folder.ensure_cluster(account, programs, passwords, sync=sync):
            _tell("postgres.created", folder=str(folder.cluster), seconds=_since(begun))
        folder.clear_leftovers(account)
        folder.drop_socket_of(last)
        return Reached(account, programs, folder.socket_folder(account), passwords)

    def _start_first(self, reached: Reached, lock: FolderLock) -> None:
        begun = time.monotonic()
        self._bring_up(reached)
        try:
            asyncio.run(roles.provision(reached.socket_folder, reached.passwords))
        except BaseException:
            self._kill()
            raise
        lock.announce(reached.socket_folder)
        _tell("postgres.ready", folder=str(self._folder.path), seconds=_since(begun))

    def _keep_up(self, reached: Reached) -> None:
        """Revive the server whenever it dies, until it is told to end."""
        delay, born = _FIRST_DELAY, time.monotonic()
        while self._server is not None:
            code = self._server.wait()
            if self._stopping.is_set():
                _tell("postgres.stopped", code=code)
                return
            if time.monotonic() - born > _STEADY_SECONDS:
                delay = _FIRST_DELAY
            begun = time.monotonic()
            _tell("postgres.died", logging.WARNING, code=code, retry_in=delay)
            if self._stopping.wait(delay):
                return
            delay = min(delay * 2, _LONGEST_DELAY)
            try:
                self._folder.clear_leftovers(reached.account)
                self._bring_up(reached)
            except Exception as error:  # noqa: BLE001
                # Whatever it was, to give up would leave the program without a database for good.
                _tell("postgres.not_revived", logging.ERROR, error=str(error))
                continue
            born = time.monotonic()
            _tell("postgres.revived", seconds=_since(begun))

    def _bring_up(self, reached: Reached) -> None:
        """Start the server and wait for its answer; on any failure nothing of it is left."""
        for stale in self._folder.sockets(reached.socket_folder):
            stale.unlink(missing_ok=True)
        with self._folder.open_log() as log:
            offset = log.tell()
            with self._spawning:
                if self._stopping.is_set():
                    raise PostgresUnavailable("The database was stopped while it was starting.")
                self._server = reached.account.launch(
                    self._command(reached), output=log, at_our_death=signal.SIGINT
                )
        try:
            asyncio.run(self._answered(reached, self._server, offset))
        except BaseException:
            self._kill()
            raise

    async def _answered(
        self, reached: Reached, server: subprocess.Popen[bytes], offset: int
    ) -> None:
        deadline = time.monotonic() + _START_SECONDS
        place, password = reached.socket_folder, reached.passwords.superuser
        while time.monotonic() < deadline:
            if (code := server.poll()) is not None:
                raise PostgresUnavailable(
                    f"The database server ended at its start (code {code}). It says in "
                    f"{self._folder.log}:\n{self._folder.log_since(offset)}"
                )
            # Only our own child counts: a server that someone left behind answers as well.
            if self._folder.postmaster() == server.pid and await roles.answers(
                place, SUPERUSER, password, "postgres"
            ):
                return
            await asyncio.sleep(0.01)
        raise PostgresUnavailable(
            f"The database server did not answer within {_START_SECONDS:.0f} seconds. It says in "
            f"{self._folder.log}:\n{self._folder.log_since(offset)}"
        )

    def _kill(self) -> None:
        with self._spawning:
            server = self._server
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()

    def _command(self, reached: Reached) -> list[str | Path]:
        settings = {
            **self._settings,
            # Never for the caller to change: the walls around the server hang on these.
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(reached.socket_folder),
            "unix_socket_permissions": "0700",
        }
        command: list[str | Path] = [
            reached.programs / "bin" / "postgres",
            "-D",
            self._folder.cluster,
        ]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return command


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 3)


def _tell(event: str, level: int = logging.INFO, **facts: object) -> None:
    try:
        _log.log(level, event, **facts)
    except (OSError, ValueError):
        # A full or closed output must not end the thread that the server's life hangs on.
        return
