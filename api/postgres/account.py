"""The system user that PostgreSQL runs as, and running a program as that user."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import msgspec

from api.postgres.errors import PostgresUnavailable

SYSTEM_USER = "shifayol"
_PR_SET_PDEATHSIG = 1
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Loaded here and not in the child: after a fork of a threaded process nothing may be loaded.
_LIBC = ctypes.CDLL(None)


class Account(msgspec.Struct, frozen=True):
    """A user of this machine who owns the cluster and runs its programs."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether this process must change its user to run a program as this account."""
        return self.uid != os.geteuid()

    def launch(
        self,
        arguments: Sequence[str | Path],
        *,
        output: int | IO[bytes],
        at_our_death: signal.Signals,
    ) -> subprocess.Popen[bytes]:
        """Start a program that gets the signal `at_our_death` when the calling thread ends."""
        return subprocess.Popen(  # noqa: S603
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_environment(),
            # A session of its own, so that Ctrl-C in a terminal reaches only us.
            start_new_session=True,
            # Runs after the change of user, which would clear the death signal.
            preexec_fn=_bound_to_parent(os.getpid(), at_our_death),
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
        )

    def run(self, arguments: Sequence[str | Path], *, timeout: float = 60) -> tuple[int, str]:
        """Run a program to its end and return its exit code and all it said."""
        with self.launch(arguments, output=subprocess.PIPE, at_our_death=signal.SIGKILL) as process:
            try:
                output, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise PostgresUnavailable(
                    f"{Path(arguments[0]).name} did not end within {timeout:.0f} seconds."
                ) from None
        return process.returncode, output.decode(errors="replace")

    def passes(self, test: str, *paths: Path) -> bool:
        """Whether a line of shell, with the paths as $1, $2, ..., succeeds for this account."""
        return self.run(["/bin/sh", "-c", test, "sh", *paths])[0] == 0

    def closed_folder(self, path: Path) -> Path | None:
        """The outermost folder on the way to `path` that this account cannot enter."""
        # The kernel is asked, not the mode bits: access lists and mounts count as well.
        if self.passes('cd "$1"', path):
            return None
        way = (*reversed(path.parents), path)
        return next((folder for folder in way if not self.passes('cd "$1"', folder)), path)


def server_account() -> Account:
    """The account for the server: the current user, or for root a system user made on demand."""
    if sys.platform != "linux":
        raise PostgresUnavailable(
            "The database that Shifayol brings along runs on Linux only. "
            "Give the address of a PostgreSQL of your own in DATABASE_URL."
        )
    if os.geteuid() == 0:
        try:
            return _account(pwd.getpwnam(SYSTEM_USER))
        except KeyError:
            return _create_system_user()
    try:
        return _account(pwd.getpwuid(os.geteuid()))
    except KeyError:
        raise PostgresUnavailable(
            f"The user id {os.geteuid()} has no name on this machine, and PostgreSQL refuses to "
            "run without one. Add it to /etc/passwd, or start Shifayol as another user."
        ) from None


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _create_system_user() -> Account:
    useradd = shutil.which("useradd", path=_SYSTEM_PATH)
    said = "the program useradd is missing"
    if useradd is not None:
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        outcome = subprocess.run(  # noqa: S603
            [useradd, *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = outcome.stderr.strip()
    try:  # whatever useradd said: a process beside us may have been faster
        return _account(pwd.getpwnam(SYSTEM_USER))
    except KeyError:
        raise PostgresUnavailable(
            "PostgreSQL refuses to run as root, and the system user "
            f"{SYSTEM_USER} could not be made ({said}). Make it yourself, "
            "or start Shifayol as an ordinary user."
        ) from None


def _environment() -> dict[str, str]:
    """A small environment, so that no PG* or locale variable of the operator leaks in."""
    environment = {"PATH": _SYSTEM_PATH, "LC_ALL": "C"}
    if libraries := os.environ.get("LD_LIBRARY_PATH"):
        environment["LD_LIBRARY_PATH"] = libraries
    return environment


def _bound_to_parent(parent: int, at_its_death: signal.Signals) -> Callable[[], None]:
    def bind() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(at_its_death), 0, 0, 0)
        # The parent may have died before the line above: then no signal will ever come.
        if os.getppid() != parent:
            os._exit(1)

    return bind
