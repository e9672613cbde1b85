"""A browser without a screen: it keeps cookies and sends forms with their tokens."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from api.http.authentication import COOKIE
from domain.actor import Role
from tests.conftest import Person, Register, client_of
from tests.factories.bookable import Bookable, bookable

HTML = {"Accept": "text/html", "Origin": "https://localhost"}
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


class Browser:
    """A client that keeps cookies, asks for pages and sends forms as our pages do."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={**HTML, **headers})

    async def send(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        form_on: str | None = None,
        files: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """Send a form that was found on the page `form_on` (or on the same address)."""
        shown = await self.get(form_on or path)
        token = _TOKEN.search(shown.text)
        assert token, f"no form on {form_on or path}: {shown.status_code}"
        return await self.client.post(
            path, data={"form_token": token[1], **(data or {})}, files=files, headers=HTML
        )


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Browser]:
    """A browser in which nobody is signed in."""
    async with client_of(app) as client:
        yield Browser(client)


SignedIn = Callable[..., Awaitable[tuple[Browser, Person]]]


Browsing = Callable[[Person], Browser]


@pytest.fixture
async def browsing(app: Litestar) -> AsyncIterator[Browsing]:
    """Open a browser in which somebody is signed in."""
    opened: list[httpx.AsyncClient] = []

    def make(who: Person) -> Browser:
        client = client_of(app)
        client.cookies.set(COOKIE, who.token, domain="localhost.local")
        opened.append(client)
        return Browser(client)

    yield make
    for each in opened:
        await each.aclose()


@pytest.fixture
def signed_in(browsing: Browsing, person: Register) -> SignedIn:
    """Make people with a browser in which they are signed in."""

    async def make(role: Role = Role.PATIENT, **more: Any) -> tuple[Browser, Person]:
        who = await person(role, **more)
        return browsing(who), who

    return make


@pytest.fixture
async def offered(catalogue: None, person: Register) -> Bookable:
    """An offer that can be booked."""
    staff = await person(Role.COORDINATOR)
    assert staff.organisation_id is not None
    return await bookable(staff.organisation_id)
