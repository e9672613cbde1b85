"""Sending to a real receiver: what arrives, what counts as taken, and where nothing goes."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from domain.webhooks import sending
from domain.webhooks.sending import Sender
from domain.webhooks.types import Outcome
from tests.factories.receiver import Receiver, receiving
from tests.serving import free_port

HEADERS = {"webhook-id": "01a2"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


async def test_the_body_arrives_as_it_was_signed(receiver: Receiver) -> None:
    outcome = await Sender(loopback=True).send(f"{receiver.address}/in?a=1", HEADERS, b'{"x":1}')
    assert outcome == Outcome(200)
    (sent,) = receiver.posted
    assert (sent.path, sent.body) == ("/in?a=1", b'{"x":1}')
    assert sent.headers["webhook-id"] == "01a2"
    assert sent.headers["content-type"] == "application/json"


async def test_redirects_lead_nowhere(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"Location": f"{receiver.address}/elsewhere"}
    assert await Sender(loopback=True).send(receiver.address, HEADERS, b"{}") == Outcome(307)
    assert [each.path for each in receiver.posted] == ["/"]


async def test_a_long_answer_is_not_read(receiver: Receiver) -> None:
    receiver.body = b"x" * 200_000_000
    started = time.monotonic()
    assert await Sender(loopback=True).send(receiver.address, HEADERS, b"{}") == Outcome(200)
    assert time.monotonic() - started < 3


async def test_a_slow_receiver_and_a_silent_one_are_failures(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "WHOLE_S", 0.3)
    receiver.waits_s = 1.0
    slow = await Sender(loopback=True).send(receiver.address, HEADERS, b"{}")
    assert slow == Outcome(None, "timeout")
    silent = await Sender(loopback=True).send(f"http://127.0.0.1:{free_port()}", HEADERS, b"{}")
    assert silent == Outcome(None, "no_connection")
    plain = receiver.address.replace("http:", "https:")
    receiver.waits_s = 0.0
    assert (await Sender(loopback=True).send(plain, HEADERS, b"{}")).error in (
        "tls_failed", "no_connection", "no_answer", "timeout",
    )  # fmt: skip


async def test_production_never_reaches_our_own_machine(receiver: Receiver) -> None:
    for host in ("127.0.0.1", "localhost"):
        url = receiver.address.replace("127.0.0.1", host)
        assert await Sender(loopback=False).send(url, HEADERS, b"{}") == Outcome(
            None, "address_not_public"
        )
    assert receiver.posted == []


async def test_a_name_that_leads_inside_is_not_followed(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public name with one private address among its addresses is refused as a whole."""
    port = int(receiver.address.rpartition(":")[2])

    def resolved(host: str, *_: Any, **__: Any) -> list[Any]:
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*stream, ("93.184.216.34", port)), (*stream, ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    outcome = await Sender(loopback=False).send(f"http://rebound.example:{port}/", HEADERS, b"{}")
    assert outcome == Outcome(None, "address_not_public")
    assert receiver.posted == []


async def test_an_unknown_name_is_no_connection() -> None:
    outcome = await Sender(loopback=False).send("https://nobody.invalid/", HEADERS, b"{}")
    assert outcome == Outcome(None, "no_connection")
