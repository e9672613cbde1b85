"""The command line: serve, worker, migrate, seed, import-register, audit, keys and the rest.

Every command answers `--help`. Those that need the database use DATABASE_URL, or the embedded
PostgreSQL of the data folder: the one that runs already, or one started for the command.
"""

import os

os.environ.setdefault("PICCOLO_CONF", "domain.piccolo_conf")

import argparse
import asyncio
import contextlib
import secrets
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import uvicorn

from api import backup_commands, key_commands
from api.app import create_app
from api.logs import configure_logs
from api.openapi import document
from api.postgres import AlreadyRunning, EmbeddedPostgres, PostgresUnavailable, attach
from api.register_import import import_with_progress
from api.runtime import Runtime
from api.worker import run_worker
from domain import schema
from domain.actor import SYSTEM, Role
from domain.audit.verification import verify
from domain.catalogue import service as catalogue
from domain.demo import service as demo
from domain.errors import DomainError
from domain.identity import service as identity
from domain.identity.types import EnrolmentIssued, PersonName, RegisterAccount
from domain.keys.provider import FileKeys, KeysMissing
from domain.outbox import service as outbox
from domain.settings import Settings, SettingsError, read_settings

SNAPSHOT = Path(__file__).resolve().parent.parent / "tests" / "openapi.json"


@contextlib.contextmanager
def database(settings: Settings, *, exclusive: bool = False) -> Iterator[Settings]:
    """Yield the settings with the URLs of a running database.

    `exclusive` is for the server: it runs the embedded PostgreSQL itself and refuses to share
    the data folder; other commands join the one that runs.
    """
    if not settings.embedded_database:
        yield settings
        return
    running = None if exclusive else attach(settings.data_dir)
    with contextlib.ExitStack() as stack:
        urls = running or stack.enter_context(EmbeddedPostgres(settings.data_dir)).urls
        yield msgspec.structs.replace(
            settings, database_url=urls.app, migration_database_url=urls.owner
        )


def _urls(settings: Settings) -> tuple[str, str]:
    if settings.database_url is None or settings.migration_database_url is None:
        raise SettingsError("no database is configured")
    return settings.migration_database_url, settings.database_url


async def _prepare(settings: Settings) -> None:
    """Migrate, load the reference data, and fill an empty development database with the demo."""
    await schema.migrate(*_urls(settings))
    async with Runtime(settings, worker=False, size=4):
        if settings.production:
            await catalogue.load_reference(SYSTEM)
        else:
            await demo.seed(password=None)


async def _announce(settings: Settings) -> None:
    async with Runtime(settings, worker=False, size=2):
        people = await identity.demo_people(SYSTEM)
    print(f"\n  Shifayol is ready: {settings.public_url}")
    print(f"  API description:   {settings.public_url}/openapi.json and {settings.public_url}/docs")
    if people and not settings.production:
        print(f"\n  Demo people sign in with one click at {settings.public_url}/sign-in:")
        officers = [person for person in people if person.role is Role.MINISTRY_OFFICER]
        for person in people:
            if person not in officers:
                print(f"    {person.key:<22} {person.label}")
        print(f"    and {len(officers)} ministry officers, {officers[0].key} to {officers[-1].key}")
    print("\n  Stop with Ctrl+C.\n", flush=True)


def serve(settings: Settings, _: argparse.Namespace) -> int:
    """Start everything and serve until told to stop."""
    with database(settings, exclusive=True) as ready:
        asyncio.run(_prepare(ready))
        asyncio.run(_announce(ready))
        config = uvicorn.Config(
            create_app(ready),
            host=ready.host,
            port=ready.port,
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=15,
            backlog=2048,
        )
        server = uvicorn.Server(config)
        server.run()
        return 0 if server.started else 1


def worker(settings: Settings, _: argparse.Namespace) -> int:
    """Deliver events and run the periodic jobs, without serving requests."""

    async def run(ready: Settings) -> None:
        async with Runtime(ready, worker=False):
            await run_worker(ready, asyncio.Event())

    with database(settings) as ready, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(ready))
    return 0


def migrate(settings: Settings, _: argparse.Namespace) -> int:
    """Bring the database to the present schema."""
    with database(settings) as ready:
        print(asyncio.run(schema.migrate(*_urls(ready))))
    return 0


def seed(settings: Settings, _: argparse.Namespace) -> int:
    """Load the reference data and, in development, the demo set."""
    with database(settings) as ready:
        asyncio.run(_prepare(ready))
    print("The reference data is loaded" + ("" if settings.production else ", and the demo set"))
    return 0


def import_register(settings: Settings, arguments: argparse.Namespace) -> int:
    """Import a public register of facilities; print what was taken, skipped and why."""

    async def run(ready: Settings) -> int:
        await schema.migrate(*_urls(ready))
        async with Runtime(ready, worker=False, size=4):
            return await import_with_progress(arguments.format, arguments.file)

    with database(settings) as ready:
        return asyncio.run(run(ready))


def create_operator(settings: Settings, arguments: argparse.Namespace) -> int:
    """Open the account of a platform operator; print the code that registers their passkey."""
    command = RegisterAccount(
        email=arguments.email,
        password=secrets.token_urlsafe(32),
        name=PersonName(given=arguments.given, family=arguments.family),
        home_state=arguments.state,
        as_patient=False,
    )

    async def run(ready: Settings) -> EnrolmentIssued:
        await schema.migrate(*_urls(ready))
        async with Runtime(ready, worker=False, size=2):
            return await identity.create_operator(SYSTEM, command, command.name.display)

    with database(settings) as ready:
        issued = asyncio.run(run(ready))
    print(f"{arguments.email} is an operator now. With this code they register a passkey, once,")
    print(f"until {issued.expires_at:%Y-%m-%d %H:%M} UTC, at {settings.public_url}/enrol:")
    print(f"\n    {issued.code}\n")
    return 0


def create_keys(settings: Settings, _: argparse.Namespace) -> int:
    """Make the deployment's first keys."""
    FileKeys.create(settings.key_dir)
    print(f"Keys were made in {settings.key_dir}. Back that folder up apart from the database.")
    return 0


def _with_database(settings: Settings, run: Callable[[Settings], Coroutine[Any, Any, str]]) -> int:
    async def opened(ready: Settings) -> str:
        async with Runtime(ready, worker=False, size=2):
            return await run(ready)

    with database(settings) as ready:
        print(asyncio.run(opened(ready)))
    return 0


def rotate_keys(settings: Settings, arguments: argparse.Namespace) -> int:
    """Make a new key-encryption key and wrap every data key with it; may be repeated."""
    new, retire = not arguments.resume, arguments.retire
    return _with_database(
        settings, lambda ready: key_commands.rotate(ready.key_dir, new=new, retire=retire)
    )


def key_status(settings: Settings, _: argparse.Namespace) -> int:
    """Tell which key-encryption keys there are and what each wraps."""
    return _with_database(settings, lambda ready: key_commands.status(ready.key_dir))


def backup_keys(settings: Settings, arguments: argparse.Namespace) -> int:
    """Seal the key folder under a passphrase into a file, apart from the database's backup."""
    print(key_commands.backup(settings.key_dir, arguments.file))
    return 0


def restore_keys(settings: Settings, arguments: argparse.Namespace) -> int:
    """Put backed-up keys into an empty key folder."""
    print(key_commands.restore(settings.key_dir, arguments.file))
    return 0


def backup(settings: Settings, arguments: argparse.Namespace) -> int:
    """Write the database to a new file; the keys and the erasure log are backed up apart."""
    with database(settings) as ready:
        print(backup_commands.dump(_urls(ready)[0], arguments.file))
    return 0


def restore(settings: Settings, arguments: argparse.Namespace) -> int:
    """Fill an empty database from a backup, and erase again what was erased since."""

    async def run(ready: Settings) -> str:
        await backup_commands.load(*_urls(ready), arguments.file)
        async with Runtime(ready, worker=False, size=2):
            return await backup_commands.forget_again()

    with database(settings) as ready:
        print(asyncio.run(run(ready)))
    return 0


def events(settings: Settings, _: argparse.Namespace) -> int:
    """List the parked events, one JSON line each."""

    async def run(ready: Settings) -> None:
        async with Runtime(ready, worker=False, size=2):
            for event in await outbox.parked_events(SYSTEM):
                print(msgspec.json.encode(event).decode())

    with database(settings) as ready:
        asyncio.run(run(ready))
    return 0


def replay_events(settings: Settings, arguments: argparse.Namespace) -> int:
    """Make parked events due again."""

    async def run(ready: Settings) -> int:
        async with Runtime(ready, worker=False, size=2):
            return await outbox.replay_parked(SYSTEM, arguments.ids or None)

    with database(settings) as ready:
        print(f"{asyncio.run(run(ready))} events are due again")
    return 0


def audit_verify(settings: Settings, _: argparse.Namespace) -> int:
    """Prove the audit chains and their signed checkpoints; exit 1 on any finding."""

    async def run(ready: Settings) -> int:
        async with Runtime(ready, worker=False, size=2):
            started = time.monotonic()
            read, findings = await verify(ready.data_dir / "checkpoints")
        for finding in findings:
            print(f"{finding.chain} at {finding.position}: {finding.problem}")
        print(f"{read} sealed rows, {len(findings)} findings, {time.monotonic() - started:.1f} s")
        return 1 if findings else 0

    with database(settings) as ready:
        return asyncio.run(run(ready))


def openapi(settings: Settings, _: argparse.Namespace) -> int:
    """Print the OpenAPI document as it is committed."""
    sys.stdout.buffer.write(document(create_app(settings)))
    return 0


def check(settings: Settings, _: argparse.Namespace) -> int:
    """Compare tables.py with the migrations, and the OpenAPI document with its snapshot."""
    failed = False
    if changes := asyncio.run(schema.drift()):
        print(f"tables.py says what no migration does:\n{changes}", file=sys.stderr)
        failed = True
    if document(create_app(settings)) != SNAPSHOT.read_bytes():
        print("The OpenAPI document differs from its snapshot: make openapi", file=sys.stderr)
        failed = True
    return 1 if failed else 0


Command = Callable[[Settings, argparse.Namespace], int]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Command, group: Any = commands) -> argparse.ArgumentParser:
        described = {"help": run.__doc__, "description": run.__doc__}
        one: argparse.ArgumentParser = group.add_parser(name, **described)
        one.set_defaults(run=run)
        return one

    for name, run in (
        ("serve", serve),
        ("worker", worker),
        ("migrate", migrate),
        ("seed", seed),
        ("events", events),
        ("openapi", openapi),
        ("check", check),
    ):
        add(name, run)
    audits = commands.add_parser("audit", help="prove the audit trail").add_subparsers(
        required=True, metavar="COMMAND"
    )
    add("verify", audit_verify, audits)
    keys = commands.add_parser("keys", help="the keys above the data keys").add_subparsers(
        required=True, metavar="COMMAND"
    )
    add("create", create_keys, keys)
    add("status", key_status, keys)
    rotation = add("rotate", rotate_keys, keys)
    rotation.add_argument("--resume", action="store_true", help="make no new key, only go on")
    rotation.add_argument("--retire", action="store_true", help="destroy keys that wrap nothing")
    for name, command in (("backup", backup_keys), ("restore", restore_keys)):
        add(name, command, keys).add_argument("file", type=Path, metavar="FILE")
    register = add("import-register", import_register)
    register.add_argument("--format", required=True, choices=("tr-moh", "hu-neak", "ror"))
    register.add_argument("file", type=Path, metavar="FILE")
    operator = add("create-operator", create_operator)
    for option in ("--email", "--given", "--family", "--state"):
        operator.add_argument(option, required=True)
    for name, command in (("backup", backup), ("restore", restore)):
        add(name, command).add_argument("file", type=Path, metavar="FILE")
    add("replay-events", replay_events).add_argument("ids", nargs="*", type=UUID, metavar="ID")
    return parser


def main() -> int:
    """Run one command; refusals are one clear sentence on standard error and exit code 2."""
    arguments = _parser().parse_args()
    run: Command = arguments.run
    try:
        settings = read_settings(before_keys=run in (create_keys, restore_keys))
        configure_logs(settings.log_level)
        return run(settings, arguments)
    except (
        SettingsError, KeysMissing, AlreadyRunning, PostgresUnavailable, DomainError, OSError,
    ) as error:  # fmt: skip
        print(f"shifayol: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
