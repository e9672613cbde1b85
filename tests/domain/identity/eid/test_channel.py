"""Providers that are down, slow or talk nonsense: nobody waits long, and no fault is ours."""

import gzip
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.identity.eid import channel
from domain.identity.eid.errors import EidUnavailable
from domain.identity.eid.providers import NotProved
from tests.domain.identity.eid.conftest import TRIED, provider
from tests.factories.counterparts import Server, as_json


def slow(_: dict[str, str]) -> Any:
    time.sleep(2)
    return as_json({})


def in_drops() -> Iterator[bytes]:
    """Send something often enough for every pause to be short, and never come to an end."""
    for _ in range(40):
        yield b" "
        time.sleep(0.05)


BROKEN: dict[str, Callable[[dict[str, str]], Any]] = {
    "500": lambda _: (500, {}, b"oops"),
    "503 with a token": lambda _: as_json({"access_token": "x", "id_token": "y"}, 503),
    "our own fault": lambda _: as_json({"error": "invalid_client"}, 400),
    "401": lambda _: as_json({"error": "invalid_client"}, 401),
    "no JSON": lambda _: (200, {}, b"<html>welcome</html>"),
    "broken JSON": lambda _: (200, {}, b'{"access_token": "x", '),
    "no object": lambda _: as_json(["access_token", "id_token"]),
    "no token": lambda _: as_json({"token_type": "bearer"}),
    "no text": lambda _: as_json({"access_token": 1, "id_token": None}),
    "not UTF-8": lambda _: (200, {}, b'{"access_token": "\xff\xfe"}'),
    "huge": lambda _: as_json({"access_token": "x" * 400_000, "id_token": "y"}),
    "slow": slow,
    "in drops": lambda _: (200, {}, in_drops()),
    "packed": lambda _: (
        200,
        {"Content-Encoding": "gzip"},
        gzip.compress(b'{"access_token": "x"}'),
    ),
    "cut off": lambda _: (200, {"Content-Length": "9999"}, b"{"),
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_an_answer_that_is_none_says_that_the_provider_is_unavailable(
    server: Server, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(channel, "WHOLE_S", 0.5)
    server.answers["/token"] = BROKEN[fault]
    started = time.monotonic()
    with pytest.raises(EidUnavailable):
        await provider(server).exchange("code", TRIED)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"error": "invalid_grant"}', "invalid_grant"),
        (b'{"error": "<script>"}', "refused"),
        (b'{"error": 7}', "refused"),
        (b"no", "refused"),
        (b"", "refused"),
    ],
)
async def test_a_refusal_is_told_apart_from_a_fault(server: Server, body: bytes, word: str) -> None:
    server.answers["/token"] = lambda _: (400, {}, body)
    with pytest.raises(NotProved, match=f"^{word}$"):
        await provider(server).exchange("code", TRIED)


async def test_a_redirect_is_not_followed(server: Server) -> None:
    server.answers["/token"] = lambda _: (307, {"Location": f"{server.address}/elsewhere"}, b"")
    with pytest.raises(EidUnavailable):
        await provider(server).exchange("code", TRIED)
    assert [path for path, _ in server.asked] == ["/token"]


async def test_a_provider_that_is_down_is_left_alone_for_a_while(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = provider(server)
    server.answers["/token"] = BROKEN["cut off"]
    for _ in range(channel.FAILURES + 3):
        with pytest.raises(EidUnavailable):
            await who.exchange("code", TRIED)
    assert len(server.asked) == channel.FAILURES
    server.answers["/token"] = lambda _: as_json({"access_token": "a", "id_token": "b"})
    later = time.monotonic() + channel.REST_S + 1
    monkeypatch.setattr(channel.time, "monotonic", lambda: later)
    assert (await who.exchange("code", TRIED)).access_token == "a"


async def test_quick_bad_answers_close_the_way_for_nobody(server: Server) -> None:
    who = provider(server)
    server.answers["/token"] = BROKEN["500"]
    for _ in range(channel.FAILURES + 3):
        with pytest.raises(EidUnavailable):
            await who.exchange("strange", TRIED)
    server.answers["/token"] = lambda _: as_json({"access_token": "a", "id_token": "b"})
    assert (await who.exchange("code", TRIED)).id_token == "b"


async def test_nobody_answers(server: Server) -> None:
    with pytest.raises(EidUnavailable):
        await provider(server, token_endpoint="http://127.0.0.1:9/token").exchange("code", TRIED)
