"""Too many requests over HTTP, whose address counts, and a pool that is used up."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.types import Receive, Scope, Send

from api.app import create_app
from api.http.addresses import address_of
from api.http.middleware import Patience, RequestEnvelope
from domain import db
from domain.limits import service as limits
from domain.settings import Settings, SettingsError, read_settings

PROXIES = ("10.0.0.0/8", "2001:db8::1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # no proxy of ours: a spoof
        ("10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("10.1.2.3", "192.0.2.66, 203.0.113.9", "203.0.113.9"),  # the client's own header first
        ("10.1.2.3", "203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.1.2.3", "unknown", "10.1.2.3"),
        ("10.1.2.3", "203.0.113.9:4711", "10.1.2.3"),
        ("::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("2001:db8:77:1:aaaa::5", "", "2001:db8:77:1::/64"),
        ("2001:db8::1", "2001:db8:5:6:7::8", "2001:db8:5:6::/64"),
        ("no address", "203.0.113.9", "0.0.0.0"),
    ],
)
def test_the_address_is_the_one_a_trusted_proxy_vouches_for(
    peer: str, forwarded: str, expected: str
) -> None:
    assert address_of(peer, forwarded, PROXIES) == expected


@given(st.text(max_size=80), st.text(max_size=200))
def test_no_header_breaks_the_reading(peer: str, forwarded: str) -> None:
    assert address_of(peer, forwarded, PROXIES)


def test_proxies_that_are_no_networks_are_refused_at_the_start() -> None:
    with pytest.raises(SettingsError, match="SHIFAYOL_TRUSTED_PROXIES"):
        read_settings({"SHIFAYOL_TRUSTED_PROXIES": "10.0.0.0/8, nonsense"})


@pytest.fixture
async def limited(
    app: Litestar, settings: Settings, catalogue: None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with its limits on, behind one trusted proxy."""
    strict = msgspec.structs.replace(
        settings, rate_limits=True, trusted_proxies=("127.0.0.1/32", "10.0.0.0/8")
    )
    application = create_app(strict)
    application.state.runtime = app.state.runtime
    limits._leases.clear()
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
        yield client


async def test_searching_too_fast_is_answered_with_when_to_come_back(
    limited: httpx.AsyncClient,
) -> None:
    crawler, person = {"X-Forwarded-For": "203.0.113.50"}, {"X-Forwarded-For": "203.0.113.51"}
    answers = [await limited.get("/v1/offers?limit=1", headers=crawler) for _ in range(62)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["content-type"] == "application/problem+json"
    assert (await limited.get("/v1/offers?limit=1", headers=person)).status_code == 200
    # A forged first hop does not make a new client of the crawler.
    forged = {"X-Forwarded-For": "192.0.2.1, 203.0.113.50"}
    assert (await limited.get("/v1/offers?limit=1", headers=forged)).status_code == 429


async def test_who_watches_is_never_refused(limited: httpx.AsyncClient) -> None:
    for _ in range(400):
        assert (await limited.get("/health/live")).status_code == 200


async def test_a_used_up_pool_answers_with_when_to_come_back(
    client: httpx.AsyncClient, catalogue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "ACQUIRE_TIMEOUT_S", 0.2)
    assert db.DB.pool is not None
    held = [await db.DB.pool.acquire() for _ in range(db.DB.pool.get_max_size())]
    try:
        answer = await client.get("/v1/treatments")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
        assert int(answer.headers["retry-after"]) >= 1
        ready = await asyncio.wait_for(client.get("/health/ready"), 5)
        assert ready.status_code == 503
        assert (await client.get("/health/live")).status_code == 200
    finally:
        for connection in held:
            await db.DB.pool.release(connection)
    assert (await client.get("/v1/treatments")).status_code == 200


def test_production_does_not_start_without_limits() -> None:
    with pytest.raises(SettingsError, match="SHIFAYOL_RATE_LIMITS"):
        read_settings({"SHIFAYOL_MODE": "production", "SHIFAYOL_RATE_LIMITS": "false"})


async def test_a_request_that_takes_too_long_is_given_up_and_a_slow_download_is_not() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/begun":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.3)
        if scope["path"] != "/begun":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"late", "more_body": False})

    served = RequestEnvelope(Patience(slow, 0.05), secure=True)

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})
        await served(scope, receive, send)

    transport = httpx.ASGITransport(app=with_state)
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
        given_up = await client.get("/slow")
        assert (given_up.status_code, given_up.json()["code"]) == (503, "too_slow")
        assert given_up.headers["retry-after"] == "5" and given_up.headers["x-request-id"]
        assert (await client.get("/begun")).text == "late"
        assert (await client.patch("/v1/files/1", content=b"x")).text == "late"
