"""The supervisor against the real server: every promise of it is kept by a running PostgreSQL."""

import asyncio
import importlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped, unused-ignore]
import pytest

from api.postgres import AlreadyRunning, EmbeddedPostgres, PostgresUnavailable, attach
from api.postgres.binaries import installed

ROOT = Path(__file__).parents[3]
FAST = {"fsync": "off", "shared_buffers": "16MB"}
SHARED_MEMORY = Path("/dev/shm")
WORKING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT sum%'"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change its user")

SERVE = """
import sys, time
from pathlib import Path
from api.postgres import EmbeddedPostgres
settings = {"fsync": "off", "shared_buffers": "16MB"}
print(EmbeddedPostgres(Path(sys.argv[1]), settings=settings).start().app, flush=True)
time.sleep(600)
"""
# The interpreter may lie where only root can read: so all is imported before the user changes.
SERVE_AS_NOBODY = """
import asyncio, concurrent.futures.thread, encodings.idna, os, sys
from pathlib import Path
import asyncpg
from api.postgres import EmbeddedPostgres
os.setgroups([]), os.setgid(int(sys.argv[3])), os.setuid(int(sys.argv[2]))
with EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off"}) as database:
    async def ask():
        connection = await asyncpg.connect(database.urls.app)
        return await connection.fetchval("SELECT current_user")
    print("answer", asyncio.run(ask()), os.geteuid(), flush=True)
"""


def in_own_loop(work: Coroutine[Any, Any, Any]) -> Any:
    # In a thread: asyncio.run would leave the main thread without the loop of other tests.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


def ask(url: str, sql: str, *values: object) -> Any:
    async def fetch() -> Any:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return await connection.fetchval(sql, *values)
        finally:
            connection.terminate()

    return in_own_loop(fetch())


def answers(url: str) -> bool:
    try:
        return bool(ask(url, "SELECT 1") == 1)
    except (OSError, asyncpg.PostgresError):
        return False


def eventually(condition: Callable[[], object], *, seconds: float = 5, pause: float = 0.01) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not come true within {seconds} seconds"
        time.sleep(pause)


def postmaster(folder: Path) -> int:
    return int((folder / "postgres/cluster/postmaster.pid").read_text().splitlines()[0])


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@contextmanager
def another_process(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)  # a killed initdb may still be at work in it
    return not folder.exists()


def copy(template: Path, folder: Path) -> None:
    subprocess.run(["/bin/cp", "-a", template, folder], check=True)


def first_line(process: subprocess.Popen[str], start: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(start):
            return line.strip()
    raise AssertionError(f"the process ended without a line that starts with {start}")


def scratch() -> str | None:
    # In memory where there is room: ext4 is slow to make files where many were just deleted.
    if not SHARED_MEMORY.is_dir():
        return None
    room = os.statvfs(SHARED_MEMORY)
    fits = room.f_bavail * room.f_frsize > 2 * 1024**3 and not room.f_flag & os.ST_NOEXEC
    return str(SHARED_MEMORY) if fits else None


@contextmanager
def open_folder() -> Iterator[Path]:
    # Not tmp_path: that lies below a folder which the server's user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="shf-", dir=scratch()))
    folder.chmod(0o755)
    yield folder / "data"
    with suppress(FileNotFoundError):  # the server of a killed supervisor is still stopping
        last = postmaster(folder / "data")
        eventually(lambda: gone(last))
    eventually(lambda: removed(folder))


@pytest.fixture(name="folder")
def _folder() -> Iterator[Path]:
    """A folder that is still to be made."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(name="template", scope="module")
def _template() -> Iterator[Path]:
    with open_folder() as folder:
        with EmbeddedPostgres(folder, settings=FAST):
            pass
        yield folder


@pytest.fixture(name="used")
def _used(folder: Path, template: Path) -> Path:
    """A folder that had a server before: the first start takes most of a second."""
    copy(template, folder)
    return folder


@pytest.fixture(name="database", scope="module")
def _database(template: Path) -> Iterator[EmbeddedPostgres]:
    with open_folder() as folder:
        copy(template, folder)
        with EmbeddedPostgres(folder, settings=FAST) as database:
            yield database


@pytest.fixture(name="place")
def _place(database: EmbeddedPostgres) -> Path:
    return Path(ask(database.superuser_url, "SHOW data_directory")).parents[1]


@pytest.mark.parametrize("role", ["shifayol_app", "shifayol_owner"])
def test_roles_have_no_special_power(database: EmbeddedPostgres, role: str) -> None:
    powers = ask(
        database.superuser_url,
        "SELECT ARRAY[rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
        " rolreplication] FROM pg_roles WHERE rolname = $1",
        role,
    )
    assert powers == [True, False, False, False, False, False]


def test_application_owns_nothing_and_can_make_nothing(database: EmbeddedPostgres) -> None:
    owned = "SELECT count(*) FROM pg_shdepend WHERE refobjid = 'shifayol_app'::regrole"
    assert ask(database.superuser_url, f"{owned} AND deptype = 'o'") == 0
    member = "SELECT count(*) FROM pg_auth_members WHERE member = 'shifayol_app'::regrole"
    assert ask(database.superuser_url, member) == 0
    for wish in (
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "SET ROLE shifayol_owner",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(database.urls.app, wish)
    for other in ("postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(database.urls.app.replace("/shifayol?", f"/{other}?"), "SELECT 1")


def test_owner_owns_database_and_schema(database: EmbeddedPostgres) -> None:
    found = ask(
        database.superuser_url,
        "SELECT ARRAY[datdba::regrole::text, pg_encoding_to_char(encoding), datlocprovider::text,"
        " datlocale, (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public')]"
        " FROM pg_database WHERE datname = 'shifayol'",
    )
    assert found == ["shifayol_owner", "UTF8", "b", "C.UTF-8", "shifayol_owner"]
    assert ask(database.urls.owner, "CREATE TABLE owned (id int)") is None
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        ask(database.urls.app, "SELECT count(*) FROM owned")


def test_extensions_know_cyrillic_and_ranges(database: EmbeddedPostgres) -> None:
    assert ask(database.urls.app, "SELECT show_trgm('қазақ')")
    assert ask(database.urls.app, "SELECT similarity('Шымкент', 'шымкент')") == 1
    assert ask(database.urls.app, "SELECT lower('ӘҒҚҢӨҰҮҺІ')") == "әғқңөұүһі"
    exclusion = "CREATE TABLE held (room int, span int4range, EXCLUDE USING gist"
    ask(database.urls.owner, f"{exclusion} (room WITH =, span WITH &&))")


def test_wrong_password_is_refused(database: EmbeddedPostgres) -> None:
    user, _, rest = database.urls.app.removeprefix("postgresql://").partition(":")
    for name in (user, "shifayol_owner", "shifayol_superuser"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(f"postgresql://{name}:wrong@{rest.partition('@')[2]}", "SELECT 1")


def test_only_our_user_reaches_the_socket(database: EmbeddedPostgres, place: Path) -> None:
    socket = Path(ask(database.superuser_url, "SHOW unix_socket_directories")) / ".s.PGSQL.5432"
    assert stat.S_ISSOCK(socket.stat().st_mode)
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert ask(database.superuser_url, "SHOW listen_addresses") == ""
    server = Path(f"/proc/{postmaster(place)}").stat().st_uid
    assert server == socket.parent.stat().st_uid != 0
    secrets = place / "postgres-passwords.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert secrets.stat().st_uid == os.geteuid()
    assert stat.S_IMODE(place.stat().st_mode) & 0o007 == 0


def test_passwords_and_statements_stay_out_of_sight(
    database: EmbeddedPostgres, place: Path
) -> None:
    password = database.urls.app.split(":")[2].partition("@")[0]
    assert password not in repr(database.urls) + repr(database)
    with pytest.raises(asyncpg.DataError):
        ask(database.urls.app, "SELECT 'canary-7f3a'::int")
    log = (place / "postgres.log").read_text()
    assert "canary-7f3a" not in log
    assert password not in log
    command = Path(f"/proc/{postmaster(place)}/cmdline").read_text()
    assert password not in command


def test_second_start_is_refused_with_a_sentence(place: Path) -> None:
    with pytest.raises(AlreadyRunning) as refusal:
        EmbeddedPostgres(place, settings=FAST).start()
    assert str(refusal.value) == (
        f"Another Shifayol is already running on {place} (process {os.getpid()}). "
        "Stop it, or choose another folder with SHIFAYOL_DATA_DIR."
    )


def test_attach_finds_the_server_of_another_process(folder: Path) -> None:
    assert attach(folder) is None
    assert not folder.exists()
    with another_process(SERVE, folder) as process:
        url = first_line(process, "postgresql://")
        urls = attach(folder)
        assert urls is not None
        assert urls.app == url
        assert ask(urls.owner, "SELECT current_user") == "shifayol_owner"
        with pytest.raises(AlreadyRunning, match=f"process {process.pid}"):
            EmbeddedPostgres(folder, settings=FAST).start()
    eventually(lambda: attach(folder) is None)


def test_attach_waits_for_a_server_that_is_starting(used: Path) -> None:
    with another_process(SERVE, used) as process:
        eventually(lambda: (used / "postgres.lock").read_text(), pause=0.001)
        urls = attach(used)
        assert urls is not None
        assert urls.app == first_line(process, "postgresql://")


def test_start_and_attach_work_below_a_running_loop(
    database: EmbeddedPostgres, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("PGPORT", "1"), ("PGHOST", "nowhere"), ("PGSSLMODE", "require")):
        monkeypatch.setenv(name, value)

    async def within() -> None:
        assert database.start() == attach(place)

    in_own_loop(within())


def test_programs_reach_the_server(database: EmbeddedPostgres) -> None:
    dump = [str(database.bin("pg_dump")), "--schema-only", database.superuser_url]
    outcome = subprocess.run(dump, capture_output=True, text=True, check=True)
    assert "PostgreSQL database dump complete" in outcome.stdout
    with pytest.raises(PostgresUnavailable, match="no program named pg_nothing"):
        database.bin("pg_nothing")


def test_killed_server_answers_again_while_a_query_holds_its_memory(used: Path) -> None:
    with EmbeddedPostgres(used, settings={"shared_buffers": "16MB"}) as database:
        ask(database.urls.owner, "CREATE TABLE kept (id int)")
        ask(database.urls.owner, "INSERT INTO kept VALUES (1)")
        for _ in range(3):
            killed = postmaster(used)
            busy = threading.Thread(target=_work_hard, args=(database.urls.owner,))
            busy.start()
            eventually(lambda: ask(database.superuser_url, WORKING) == 1)
            os.kill(killed, signal.SIGKILL)
            eventually(lambda: answers(database.urls.app))
            assert postmaster(used) != killed
            busy.join(5)
            assert not busy.is_alive()
        assert ask(database.urls.owner, "SELECT count(*) FROM kept") == 1


def test_server_that_cannot_start_is_tried_until_it_can(used: Path) -> None:
    control = used / "postgres/cluster/global/pg_control"
    with EmbeddedPostgres(used, settings=FAST) as database:
        for _ in range(2):
            control.rename(control.with_suffix(".away"))
            os.kill(postmaster(used), signal.SIGKILL)
            time.sleep(0.3)
            assert not answers(database.urls.app)
            control.with_suffix(".away").rename(control)
            eventually(lambda: answers(database.urls.app))
        control.rename(control.with_suffix(".away"))
        os.kill(postmaster(used), signal.SIGKILL)
        time.sleep(0.1)
        database.stop()
        assert attach(used) is None
        control.with_suffix(".away").rename(control)
        assert answers(database.start().app)


def test_server_outlives_the_thread_that_asked_for_it(used: Path) -> None:
    database = EmbeddedPostgres(used, settings=FAST)
    asking = threading.Thread(target=database.start)
    asking.start()
    asking.join()
    server = postmaster(used)
    time.sleep(0.2)
    assert answers(database.urls.app)
    assert postmaster(used) == server
    database.stop()


def _work_hard(url: str) -> None:
    with suppress(OSError, asyncpg.PostgresError):
        ask(url, "SELECT sum(n) FROM generate_series(1, 10000000000) AS n")


def test_killed_parent_takes_the_server_along(used: Path) -> None:
    with another_process(SERVE, used) as process:
        first_line(process, "postgresql://")
        server = postmaster(used)
        process.kill()
        process.wait()
        eventually(lambda: gone(server))
    with EmbeddedPostgres(used, settings=FAST) as database:
        assert answers(database.urls.app)


def test_start_follows_on_the_heels_of_a_killed_parent(used: Path) -> None:
    with another_process(SERVE, used) as process:
        first_line(process, "postgresql://")
        process.kill()
        process.wait()
        with EmbeddedPostgres(used, settings=FAST) as database:
            assert answers(database.urls.app)


def test_first_start_survives_being_killed_anywhere(folder: Path) -> None:
    home = folder / "postgres"
    for reached in (
        (folder / "postgres-passwords.json").exists,
        lambda: list(home.glob("building-*/data/PG_VERSION")),
        (home / "cluster").exists,
        (home / "run/.s.PGSQL.5432").exists,
    ):
        with another_process(SERVE, folder) as process:
            eventually(reached, pause=0.001)
            process.kill()
    with EmbeddedPostgres(folder, settings=FAST) as database:
        assert ask(database.urls.app, "SELECT show_trgm('қазақ')")
        assert not list(home.glob("building-*"))


def test_orphaned_server_is_ended_first(used: Path) -> None:
    with EmbeddedPostgres(used, settings=FAST) as database:
        ask(database.urls.owner, "CREATE TABLE kept (id int)")
        account = pwd.getpwuid((used / "postgres").stat().st_uid)
        program = database.bin("postgres")
    other = os.geteuid() == 0
    run = used / "postgres/run"
    with subprocess.Popen(
        [str(program), "-D", used / "postgres/cluster", "-k", run, "-c", "listen_addresses="],
        cwd="/",
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        user=account.pw_uid if other else None,
        group=account.pw_gid if other else None,
        extra_groups=[] if other else None,
    ) as orphan:
        eventually((run / ".s.PGSQL.5432").exists)
        with EmbeddedPostgres(used, settings=FAST) as database:
            assert orphan.wait(5) == 0
            assert postmaster(used) != orphan.pid
            assert ask(database.urls.owner, "SELECT count(*) FROM kept") == 0


def test_number_of_a_dead_server_given_to_a_stranger_is_no_obstacle(used: Path) -> None:
    with EmbeddedPostgres(used, settings=FAST):
        note = (used / "postgres/cluster/postmaster.pid").read_text()
    lines = note.splitlines(keepends=True)
    with another_process("import time; time.sleep(600)") as stranger:
        stale = used / "postgres/cluster/postmaster.pid"
        stale.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))
        with EmbeddedPostgres(used, settings=FAST) as database:
            assert answers(database.urls.app)
        assert stranger.poll() is None


def test_restart_keeps_data_and_passwords(used: Path) -> None:
    database = EmbeddedPostgres(used, settings=FAST)
    before = database.start()
    assert database.start() == before
    ask(before.owner, "CREATE TABLE kept (id int)")
    server = postmaster(used)
    database.stop()
    database.stop()
    assert gone(server)
    with pytest.raises(PostgresUnavailable, match="start it first"):
        _ = database.urls
    assert database.start() == before
    assert ask(before.owner, "SELECT count(*) FROM kept") == 0
    database.stop()


@pytest.mark.parametrize("name", ["long" * 30, "папка, с запятой"])
def test_any_folder_name_works(folder: Path, template: Path, name: str) -> None:
    folder.mkdir(mode=0o755)
    copy(template, folder / name)
    with EmbeddedPostgres(folder / name, settings=FAST) as database:
        assert answers(database.urls.app)
        assert attach(folder / name) == database.urls
        socket = Path(ask(database.superuser_url, "SHOW unix_socket_directories"))
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        ready = [str(database.bin("pg_isready")), "-d", database.urls.app]
        assert subprocess.run(ready, capture_output=True, check=False).returncode == 0
    assert not socket.exists()


def test_failed_start_says_what_the_server_said(used: Path) -> None:
    database = EmbeddedPostgres(used, settings={**FAST, "shared_buffers": "much"})
    with pytest.raises(PostgresUnavailable, match='invalid value for parameter "shared_buffers"'):
        database.start()
    with EmbeddedPostgres(used, settings=FAST) as free_again:
        assert answers(free_again.urls.app)


def test_lost_passwords_are_not_drawn_anew(used: Path) -> None:
    with EmbeddedPostgres(used, settings=FAST):
        (used / "postgres-passwords.json").unlink()
    with pytest.raises(PostgresUnavailable, match=r"postgres-passwords\.json is missing"):
        EmbeddedPostgres(used, settings=FAST).start()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_forked_child_neither_keeps_the_folder_nor_stops_the_server(used: Path) -> None:
    database = EmbeddedPostgres(used, settings=FAST)
    database.start()
    child = os.fork()
    if child == 0:
        database.stop()
        time.sleep(600)
        os._exit(0)
    try:
        time.sleep(0.1)
        assert answers(database.urls.app)
        database.stop()
        assert answers(database.start().app)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        database.stop()


@as_root
def test_closed_parent_is_named(folder: Path) -> None:
    folder.parent.chmod(0o700)
    with pytest.raises(PostgresUnavailable, match=f"chmod o\\+x {folder.parent}`"):
        EmbeddedPostgres(folder, settings=FAST).start()


@as_root
def test_programs_in_a_closed_folder_are_copied(
    used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = installed().parent
    closed = used.parent / "closed"
    closed.mkdir(mode=0o700)
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        (closed / part.name).symlink_to(part)
    monkeypatch.syspath_prepend(str(closed))
    importlib.invalidate_caches()
    with EmbeddedPostgres(used, settings=FAST) as database:
        program = database.bin("psql")
        assert program.is_relative_to(used)
        assert program.stat().st_uid == 0
        said = subprocess.run(
            [program, database.urls.app, "-Atc", "SELECT current_user"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stdout.strip() == "shifayol_app"


@as_root
def test_ordinary_user_needs_no_preparation(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    folder.mkdir(mode=0o700)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    with another_process(SERVE_AS_NOBODY, folder, nobody.pw_uid, nobody.pw_gid) as process:
        assert first_line(process, "answer") == f"answer shifayol_app {nobody.pw_uid}"
    assert (folder / "postgres/cluster").stat().st_uid == nobody.pw_uid
    with pytest.raises(PostgresUnavailable, match="belongs to another user"):
        EmbeddedPostgres(folder, settings=FAST).start()
