"""The data folder of the server: what lies where in it, who may read it, how it is first made."""

import os
import re
import secrets
import shutil
import signal
import stat
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

import msgspec

from api.postgres.account import Account
from api.postgres.binaries import major_version
from api.postgres.errors import PostgresUnavailable
from api.postgres.lock import Holder

SUPERUSER = "shifayol_superuser"
PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
_SOCKET_PATH_BYTES = 107  # sun_path of unix(7), less the closing NUL
_SHORT = "shifayol-"
_TEMPORARY = "/tmp"  # noqa: S108
# A comma ends a folder in libpq and in the server's own list, and blanks are dropped there.
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")
_LOG_LIMIT = 8 * 1024 * 1024
_IN_FOLDER = 'for p in /proc/[0-9]*; do [ "$p/cwd" -ef "$1" ] && echo "${p#/proc/}"; done; true'


class Passwords(msgspec.Struct, frozen=True):
    """The passwords of the three login roles."""

    superuser: str
    owner: str
    app: str


class DataFolder:
    """The files of one server under one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.lock = self.path / "postgres.lock"
        self.log = self.path / "postgres.log"
        self._passwords = self.path / "postgres-passwords.json"
        # The server's user owns this folder only: it must not be able to replace our own files.
        self._home = self.path / "postgres"
        self.cluster = self._home / "cluster"

    def create(self, account: Account) -> None:
        """Make the folder, closed to others, or see that the one there is ours to use."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError:
            raise PostgresUnavailable(f"{self.path} is not a folder.") from None
        except OSError as error:
            raise PostgresUnavailable(
                f"The data folder {self.path} cannot be made: {error.strerror}. "
                "Choose another folder with SHIFAYOL_DATA_DIR."
            ) from error
        if (owner := self.path.stat().st_uid) not in {os.geteuid(), account.uid}:
            raise PostgresUnavailable(
                f"The folder {self.path} belongs to another user (id {owner}). Start "
                "Shifayol as that user, or choose another folder with SHIFAYOL_DATA_DIR."
            )

    def admit(self, account: Account) -> None:
        """Give `account` its part of the folder and the way to it, and nothing else."""
        if account.is_other:
            os.chown(self.path, os.geteuid(), -1)
            mode = stat.S_IMODE(self.path.stat().st_mode)
            # Only where no other group holds a right that this would take from it.
            if not mode & stat.S_IXOTH and not mode & (stat.S_IRGRP | stat.S_IWGRP):
                os.chown(self.path, -1, account.gid)
                self.path.chmod(mode | stat.S_IXGRP)
        self._home.mkdir(mode=0o700, exist_ok=True)
        if self._home.lstat().st_uid != account.uid:
            self._give_home_to(account)
        if (closed := account.closed_folder(self._home)) is not None:
            raise PostgresUnavailable(
                f"The folder {closed} is closed to the user {account.name}, which runs the "
                f"database in {self._home}. Open it with `chmod o+x {closed}`, or choose another "
                "folder with SHIFAYOL_DATA_DIR."
            )

    def passwords(self) -> Passwords:
        """The passwords of this cluster, drawn and kept when there is no cluster yet."""
        try:
            return msgspec.json.decode(self._passwords.read_bytes(), type=Passwords)
        except FileNotFoundError:
            if self.cluster.exists():
                raise PostgresUnavailable(
                    f"{self._passwords} is missing, and without it nobody can sign in to the "
                    f"database in {self.cluster}. Restore that file from a backup."
                ) from None
        except msgspec.DecodeError as error:
            raise PostgresUnavailable(
                f"{self._passwords} cannot be read ({error}). Restore it from a backup."
            ) from error
        drawn = Passwords(*(secrets.token_urlsafe(32) for _ in Passwords.__struct_fields__))
        # On disk before the cluster is, so that no crash can leave a cluster nobody can enter.
        partial = self._passwords.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        _write_private(partial, msgspec.json.encode(drawn))
        partial.rename(self._passwords)
        _sync(self.path)
        return drawn

    def ensure_cluster(
        self, account: Account, programs: Path, passwords: Passwords, *, sync: bool
    ) -> bool:
        """Make the cluster unless it is there; True when it was made now."""
        for leftover in self._home.glob("building-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if self.cluster.exists():
            self._check_version()
            return False
        building = Path(tempfile.mkdtemp(prefix="building-", dir=self._home))
        try:
            os.chown(building, account.uid, account.gid, follow_symlinks=False)
            password = building / "password"
            _write_private(password, passwords.superuser.encode(), account)
            code, said = account.run(
                [
                    programs / "bin" / "initdb",
                    f"--pgdata={building / 'data'}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password}",
                    "--auth-local=scram-sha-256",
                    "--auth-host=reject",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    # Without the C library's locale too, pg_trgm sees no letters beyond ASCII.
                    "--locale=C.UTF-8",
                    "--no-instructions",
                    *([] if sync else ["--no-sync"]),
                ],
                timeout=300,
            )
            if code != 0:
                raise PostgresUnavailable(
                    f"The database could not be made in {self._home}:\n{_last_lines(said)}"
                )
            (building / "data").rename(self.cluster)
            _sync(self._home)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        return True

    def socket_folder(self, account: Account) -> Path:
        """A folder for the server's socket, entered by `account` only, with a path short enough."""
        inside = self._home / "run"
        if _fits(inside):
            inside.mkdir(mode=0o700, exist_ok=True)
            os.chown(inside, account.uid, account.gid, follow_symlinks=False)
            inside.chmod(0o700)
            return inside
        own = "/run" if os.geteuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", _TEMPORARY)
        for parent in map(Path, (own, tempfile.gettempdir(), _TEMPORARY)):
            if not _fits(parent / f"{_SHORT}12345678") or not os.access(parent, os.W_OK):
                continue
            if account.is_other and account.closed_folder(parent) is not None:
                continue
            # A name that nobody can foresee, so nobody can have made it before us.
            short = Path(tempfile.mkdtemp(prefix=_SHORT, dir=parent))
            os.chown(short, account.uid, account.gid, follow_symlinks=False)
            return short
        raise PostgresUnavailable(
            f"{inside} is too long a path for a socket, and neither {own} nor "
            f"{_TEMPORARY} can be written. Choose a shorter path with SHIFAYOL_DATA_DIR."
        )

    def sockets(self, folder: Path) -> tuple[Path, Path]:
        """The files that a server keeps in its socket folder."""
        return folder / SOCKET, folder / f"{SOCKET}.lock"

    def drop_socket(self, folder: Path) -> None:
        """Remove a dead server's socket, and its folder when it lies outside the data folder."""
        try:
            for file in self.sockets(folder):
                file.unlink(missing_ok=True)
            if folder.name.startswith(_SHORT):
                folder.rmdir()
        except OSError:
            return  # a stray folder harms nobody: no reason to fail a start or a stop

    def drop_socket_of(self, last: Holder | None) -> None:
        """Tidy up after a supervisor that was killed."""
        if last is not None and last.socket_folder is not None:
            self.drop_socket(Path(last.socket_folder))

    def postmaster(self) -> int | None:
        """The process id that the running or killed server wrote down."""
        try:
            with (self.cluster / "postmaster.pid").open("rb") as lines:
                return int(lines.readline())
        except (FileNotFoundError, ValueError):
            return None

    def clear_leftovers(self, account: Account) -> None:
        """End every server process still at work in this cluster; needs the lock."""
        patience = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
        found = self._processes(account)
        for order, seconds in patience if found else ():
            # Asked to end, a postmaster sees to its own processes; without one all must be told.
            heads = found & {self.postmaster()} if order is signal.SIGINT else found
            for process in heads:
                _signal(process, order)
            deadline = time.monotonic() + (seconds if heads else 0)
            while (found := self._processes(account)) and time.monotonic() < deadline:
                time.sleep(0.02)
        if found:
            raise PostgresUnavailable(
                f"Old server processes in {self.cluster} do not end: "
                f"{', '.join(map(str, sorted(found)))}."
            )
        # Nothing of ours lives, so the number may by now be a stranger's; PostgreSQL would
        # take that stranger for a server and refuse to start.
        if (number := self.postmaster()) is not None and Path(f"/proc/{number}").exists():
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def open_log(self) -> BinaryIO:
        """The log, open to append to, after an old one that grew large was set aside."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        return os.fdopen(os.open(self.log, flags, 0o600), "ab")

    def log_since(self, offset: int) -> str:
        """The last lines that the server wrote after `offset`."""
        with self.log.open("rb") as log:
            log.seek(max(offset, log.seek(0, os.SEEK_END) - 4096))
            return _last_lines(log.read().decode(errors="replace"))

    def _give_home_to(self, account: Account) -> None:
        # A container made anew may give the system user another number than the last one.
        os.chown(self._home, account.uid, account.gid, follow_symlinks=False)
        for folder, folders, files in os.walk(self._home):
            for name in (*folders, *files):
                path = Path(folder, name)
                os.chown(path, account.uid, account.gid, follow_symlinks=False)

    def _check_version(self) -> None:
        written = (self.cluster / "PG_VERSION").read_text().strip()
        if written != major_version():
            raise PostgresUnavailable(
                f"The data in {self.cluster} was written by PostgreSQL {written}, and this is "
                f"PostgreSQL {major_version()}. Make a dump with the release of Shifayol that "
                "wrote it, and restore it into a new folder."
            )

    def _processes(self, account: Account) -> set[int]:
        # Root without the right to trace, as in most containers, may not ask where another
        # user's process stands: so that user asks.
        _, said = account.run(["/bin/sh", "-c", _IN_FOLDER, "sh", self.cluster])
        return {int(number) for number in said.split() if _is_server(int(number))}


def _is_server(process: int) -> bool:
    try:  # not every process that stands here is a server: it may be the operator's shell
        return Path(f"/proc/{process}/comm").read_text() == "postgres\n"
    except OSError:
        return False


def _signal(process: int, order: signal.Signals) -> None:
    try:
        os.kill(process, order)
    except ProcessLookupError:
        return


def _fits(folder: Path) -> bool:
    path = str(folder / SOCKET)
    return _PLAIN.fullmatch(path) is not None and len(path) <= _SOCKET_PATH_BYTES


def _write_private(path: Path, content: bytes, account: Account | None = None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        if account is not None:
            os.fchown(file.fileno(), account.uid, account.gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-10:])
