"""Bringing a database to the present schema: migrations, grants and the drift check."""

import asyncio
import contextlib
import io
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.commands.new import AutoMigrationManager, _create_new_migration

from domain.db import DB, QueryOutsideTransaction
from domain.errors import Unavailable
from domain.piccolo_app import APP_CONFIG

FOLDER = Path(APP_CONFIG.resolved_migrations_folder_path)
LOCK_KEY = 0x5348_4946_4159  # "SHIFAY": one deployer at a time
MINIMUM_VERSION = 150_000


class MigrationFailed(Unavailable):
    """The schema could not be brought up to date; nothing of the failed step remains."""

    code = "migration_failed"
    title = "The database could not be migrated"


async def run_invariants(name: str) -> None:
    """Run `migrations/<name>.sql` on the running migration's connection."""
    transaction = DB.current_transaction.get()
    if transaction is None:
        raise QueryOutsideTransaction("Invariants run inside a migration")
    await transaction.connection.execute(_sql(name))


class TablesThenInvariants(MigrationManager):
    """A migration that makes tables and, in the same transaction, then runs its .sql file.

    Piccolo's own `add_raw` comes before the tables.
    """

    async def run(self, backwards: bool = False) -> None:
        """Run the migration; whatever fails, nothing of it remains."""
        async with DB.transaction():
            await super().run(backwards=backwards)
            await run_invariants(self.migration_id)


async def migrate(owner_url: str, app_url: str) -> str:
    """Apply the missing migrations as the owner and renew the application's grants.

    One deployer at a time: others wait for the advisory lock. A table lock is waited for at most
    five seconds, so that a migration never queues the whole service behind itself. Returns
    Piccolo's report; raises MigrationFailed.
    """
    app_role = unquote(urlsplit(app_url).username or "")
    async with DB.as_owner(owner_url) as lock:
        await _require_server(lock, app_role)
        await lock.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        report = io.StringIO()
        with contextlib.redirect_stdout(report):
            DB.config["server_settings"] = {"lock_timeout": "5s", "timezone": "UTC"}
            try:
                result = await ForwardsMigrationManager(app_name="shifayol").run()
            except asyncpg.PostgresError as error:
                raise MigrationFailed(f"{error}\n{report.getvalue()}") from error
            if result is not None and not result.success:
                raise MigrationFailed(f"{result.message}\n{report.getvalue()}")
        quoted = '"' + app_role.replace('"', '""') + '"'
        literal = "'" + app_role.replace("'", "''") + "'"
        grants = _sql("grants").replace(":app", quoted).replace(":role", literal)
        async with lock.transaction():
            await lock.execute(grants)
    return report.getvalue()


def _sql(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text()


def _known() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("m[0-9]*.py"))


async def pending(app_url: str) -> list[str]:
    """Return the migrations that the database has not seen (read as the application's role)."""
    known = _known()
    connection = await asyncpg.connect(app_url)
    try:
        if not await connection.fetchval("SELECT to_regclass('migration') IS NOT NULL"):
            return known
        ran = {row["name"] for row in await connection.fetch("SELECT name FROM migration")}
    finally:
        await connection.close()
    return [name for name in known if name not in ran]


async def drift() -> str | None:
    """Return what `tables.py` says and the migrations do not, or None when they agree."""
    manager = AutoMigrationManager()
    statements = await manager.get_alter_statements(app_config=APP_CONFIG)
    changes = [line for group in statements for line in group.statements]
    return "\n".join(changes) or None


def new_migration(name: str, *, auto: bool) -> Path:
    """Write the next migration, `m<number>_<name>.py`, and return its path.

    With `auto` it holds the difference between `tables.py` and the earlier migrations; without,
    it runs a `.sql` file of the same name, which is made beside it.
    """
    number = int(_known()[-1][1:5]) + 1
    stem = f"m{number:04d}_{name}"
    target = FOLDER / f"{stem}.py"
    if auto:
        target.write_text(asyncio.run(_generated(stem)))
    else:
        (FOLDER / f"{stem}.sql").touch()
        target.write_text(_INVARIANTS.format(stem=stem))
    return target


async def _generated(stem: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()):
        made = await _create_new_migration(app_config=APP_CONFIG, auto=True)
    return _renamed(Path(made.migration_path), made.migration_id, stem)


def _renamed(path: Path, made_id: str, stem: str) -> str:
    text = path.read_text()
    path.unlink()
    return text.replace(f'ID = "{made_id}"', f'ID = "{stem}"')


_INVARIANTS = '''"""Runs {stem}.sql: what Piccolo's tables cannot say."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.schema import run_invariants

ID = "{stem}"
VERSION = "1.38.0"
DESCRIPTION = "invariants"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="shifayol", description=DESCRIPTION)

    async def run():
        await run_invariants(ID)

    manager.add_raw(run)
    return manager
'''


async def _require_server(connection: asyncpg.Connection, app_role: str) -> None:
    version = int(await connection.fetchval("SHOW server_version_num"))
    if version < MINIMUM_VERSION:
        raise MigrationFailed(f"PostgreSQL 15 or later is needed; this is {version // 10_000}")
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", app_role):
        raise MigrationFailed(f"The application's role {app_role!r} does not exist; create it")
    if await connection.fetchval("SELECT current_user = $1", app_role):
        raise MigrationFailed("The owner and the application must be two different roles")
