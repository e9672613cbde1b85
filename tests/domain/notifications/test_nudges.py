"""Nudges through a real gateway on the loopback: what it is sent, and what its answers mean."""

from collections.abc import Iterator

import msgspec
import pytest

from domain.notifications.nudges import GatewayNudger, Nudge, NudgeUnavailable
from tests.factories.receiver import Receiver, receiving
from tests.serving import free_port

NUDGE = Nudge("01a2", "+77011234567", "You have news at Shifayol: https://localhost/notices")


@pytest.fixture
def gateway() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


async def test_the_gateway_learns_the_number_and_that_there_is_news(gateway: Receiver) -> None:
    gateway.status = 202
    await GatewayNudger(f"{gateway.address}/send", "gateway token").nudge(NUDGE)
    (sent,) = gateway.posted
    assert sent.path == "/send"
    assert sent.headers["authorization"] == "Bearer gateway token"
    assert sent.headers["idempotency-key"] == "01a2"
    assert msgspec.json.decode(sent.body) == {"to": NUDGE.to, "text": NUDGE.text}


@pytest.mark.parametrize("status", [302, 401, 429, 500, 503])
async def test_what_may_change_is_tried_again(gateway: Receiver, status: int) -> None:
    gateway.status, gateway.headers = status, {"Location": f"{gateway.address}/elsewhere"}
    with pytest.raises(NudgeUnavailable):
        await GatewayNudger(gateway.address, "t").nudge(NUDGE)
    assert len(gateway.posted) == 1, "a redirect is not followed"


@pytest.mark.parametrize("status", [400, 404, 410, 422])
async def test_a_number_refused_for_ever_is_not_tried_again(gateway: Receiver, status: int) -> None:
    gateway.status = status
    await GatewayNudger(gateway.address, "t").nudge(NUDGE)


async def test_a_silent_gateway_is_unavailable() -> None:
    with pytest.raises(NudgeUnavailable):
        await GatewayNudger(f"http://127.0.0.1:{free_port()}", "t").nudge(NUDGE)
