"""What every test shares: one real, migrated PostgreSQL, the application over it, and people."""

import os

os.environ["PICCOLO_CONF"] = "domain.piccolo_conf"

import itertools
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from api.app import create_app
from api.postgres import DatabaseUrls, EmbeddedPostgres
from api.runtime import Runtime
from domain.actor import LICENSED_ROLES, SYSTEM, Role
from domain.catalogue.reference import load_reference
from domain.identity import service as identity
from domain.identity import sessions
from domain.identity.types import (
    Carrier,
    NewMembership,
    NewOrganisation,
    OrganisationKind,
    PersonName,
    RegisterAccount,
    SignInMethod,
)
from domain.payments import gateways
from domain.schema import migrate
from domain.settings import Settings, read_settings
from tests.factories import eid
from tests.factories.gateway import ScriptedGateway
from tests.serving import free_port, scratch_folder, skip, wait_until


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the database."""
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker("database")


PASSWORD = "a long enough phrase 7"
_numbers = itertools.count(1)


class Person(msgspec.Struct):
    """A signed-in person of a test: their client and the ids a test asks for."""

    client: httpx.AsyncClient
    email: str
    token: str
    account_id: UUID
    patient_id: UUID | None = None
    organisation_id: UUID | None = None


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A scratch folder that the server and the tests share."""
    path = scratch_folder()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL, without the safety of fsync."""
    settings = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    with EmbeddedPostgres(folder, settings=settings) as server:
        yield server


@pytest.fixture(scope="session")
def urls(postgres: EmbeddedPostgres) -> DatabaseUrls:
    """The URLs of the application's role and of the owner."""
    return postgres.urls


@pytest.fixture(scope="session")
def settings(folder: Path, urls: DatabaseUrls) -> Settings:
    """The settings of the application under test."""
    return read_settings(
        {
            "SHIFAYOL_DATA_DIR": str(folder / "data"),
            "SHIFAYOL_PUBLIC_URL": "https://localhost",
            "SHIFAYOL_LOG_LEVEL": "error",
            "SHIFAYOL_WORKER_INSIDE": "false",
            "SHIFAYOL_RATE_LIMITS": "false",
            # Tests ask what they have written a moment ago; the index has tests of its own.
            "SHIFAYOL_SEARCH_INDEX": "false",
            "DATABASE_URL": urls.app,
            "MIGRATION_DATABASE_URL": urls.owner,
        }
    )


@pytest.fixture(scope="session")
async def app(settings: Settings, urls: DatabaseUrls) -> AsyncIterator[Litestar]:
    """The application over the migrated database, with the runtime its lifespan would open."""
    await migrate(urls.owner, urls.app)
    application = create_app(settings)
    async with Runtime(settings) as runtime:
        application.state.runtime = runtime
        yield application


@pytest.fixture
async def database(app: Litestar) -> None:
    """An open, migrated database for tests that call services directly."""


@pytest.fixture
async def catalogue(app: Litestar) -> None:
    """The reference data: treatments, listing rules and rates."""
    await load_reference(SYSTEM)


def client_of(app: Litestar, token: str | None = None) -> httpx.AsyncClient:
    """Return a client of the application, signed in when a token is given."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="https://localhost", headers=headers)


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """An anonymous client."""
    async with client_of(app) as anonymous:
        yield anonymous


@pytest.fixture
async def scripted(app: Litestar) -> AsyncIterator[ScriptedGateway]:
    """A payment provider that does what the test says."""
    before, provider = gateways.gateway(), ScriptedGateway()
    gateways.use_gateway(provider)
    yield provider
    gateways.use_gateway(before)


Register = Callable[..., Awaitable[Person]]


@pytest.fixture
async def person(app: Litestar) -> AsyncIterator[Register]:
    """Make signed-in people: `await person()` is a patient, `await person(Role...)` a member.

    `organisation` reuses an organisation; otherwise a new one of the role's kind is made in
    `state`.
    """
    opened: list[httpx.AsyncClient] = []

    async def make(
        role: Role = Role.PATIENT, *, state: str = "KZ", organisation: UUID | None = None
    ) -> Person:
        email = f"person{next(_numbers)}@example.org"
        # As if by the mailed link and by passkey: both have tests of their own.
        account_id = await identity.register_account(
            RegisterAccount(
                email=email,
                password=PASSWORD,
                name=PersonName(given="Aybek", family=f"Number {email.split('@')[0]}"),
                birth_date="1980-02-29",
                home_state=state,
                as_patient=role is Role.PATIENT,
            )
        )
        if role is not Role.PATIENT:
            organisation = organisation or await organisation_of(role, state)
            await identity.add_member(SYSTEM, organisation, member(email, role))
        session = await sessions.start_session(
            SYSTEM, account_id, None, Carrier.BEARER, SignInMethod.PASSKEY
        )
        token = session.token
        mine = client_of(app, token)
        opened.append(mine)
        patient_id = None
        if role is Role.PATIENT:
            patient_id = UUID((await mine.get("/v1/patients")).json()[0]["id"])
        return Person(
            mine,
            email,
            token,
            account_id,
            patient_id,
            organisation,
        )

    yield make
    for each in opened:
        await each.aclose()


def member(email: str, role: Role) -> NewMembership:
    """Return a membership for tests, with a licence where the role needs one."""
    return NewMembership(
        email=email,
        role=role,
        display_name=f"{role.value} {email}",
        licence_number=f"L-{email}" if role in LICENSED_ROLES else None,
    )


async def organisation_of(role: Role, state: str) -> UUID:
    """Make an organisation in which the role has a meaning and return its id."""
    kind = {
        Role.REFERRING_DOCTOR: OrganisationKind.PRACTICE,
        Role.MINISTRY_OFFICER: OrganisationKind.MINISTRY,
        Role.OPERATOR: OrganisationKind.PLATFORM,
        Role.AUDITOR: OrganisationKind.PLATFORM,
        Role.PAYER: OrganisationKind.PAYER,
        Role.PHARMACIST: OrganisationKind.PHARMACY,
    }.get(role, OrganisationKind.FACILITY)
    made = await identity.create_organisation(
        SYSTEM,
        NewOrganisation(kind=kind, name=f"{kind.value} {next(_numbers)}", jurisdiction=state),
    )
    return made.id


@pytest.fixture(scope="session")
def register_data() -> Path:
    """The folder with the real registers and patients; absent on a user's machine."""
    found = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not found.is_dir():
        skip("the registers of ../shared/data are not on this machine")
    return found


@pytest.fixture(scope="session")
def oidc_modules() -> Iterator[Path]:
    """The folder with the independent OpenID provider; skipped where npm is missing."""
    with eid.oidc_modules() as folder:
        yield folder


@pytest.fixture(scope="session")
def oidc_provider(oidc_modules: Path) -> Iterator[eid.Running]:
    """The independent OpenID provider, which knows the site under test as `kg`."""
    with eid.running(oidc_modules, free_port(), "https://localhost/eid/kg/return") as provider:
        yield provider


LOCALSTRIPE = (
    "from aiohttp import web; from localstripe import resources as r; "
    "r.Store.dump_to_disk = lambda s: None; from localstripe.server import app; "
    "web.run_app(app, host='127.0.0.1', port={port})"
)


@pytest.fixture(scope="session")
def localstripe() -> Iterator[str]:
    """The stateful Stripe counterpart in a process of its own; yields its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", LOCALSTRIPE.format(port=port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(
            lambda: httpx.get(f"{address}/v1/customers", auth=("sk_test_local", "")).is_success,
            "localstripe",
        )
        yield address
    finally:
        process.kill()
        process.wait()
