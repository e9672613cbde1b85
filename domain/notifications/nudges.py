"""Nudges by messenger or SMS: one Protocol, and one gateway that operators choose.

A nudge says that there is news and where to read it, and nothing else: neither the gateway nor
whoever holds the telephone learns of whom or of what.
"""

from typing import Protocol
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog

from domain.errors import Unavailable

CONNECT_S, WHOLE_S = 5.0, 10.0
_FOR_EVER = frozenset({400, 404, 410, 422})
"""With these a gateway says that this number will never be reached."""

log = structlog.get_logger()


class NudgeUnavailable(Unavailable):
    """The gateway does not take our nudges now; the outbox tries again."""

    code = "nudge_unavailable"
    title = "Nudges cannot be sent right now"


class Nudge(msgspec.Struct, frozen=True):
    """One nudge to one telephone; `id` stays the same when it is sent again."""

    id: str
    to: str
    text: str


class Nudger(Protocol):
    """Takes nudges to telephones; raises NudgeUnavailable where that has to wait."""

    async def nudge(self, nudge: Nudge) -> None:
        """Hand one nudge over."""
        ...


class NoNudger:
    """Stands where no gateway is configured: nobody is nudged."""

    async def nudge(self, nudge: Nudge) -> None:
        """Do nothing."""


class GatewayNudger:
    """Posts `{"to", "text"}` as JSON to one address, with a bearer token and an Idempotency-Key."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    async def nudge(self, nudge: Nudge) -> None:
        """Hand one nudge to the gateway; a number it refuses for ever is not tried again."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": nudge.id}
        timeout = httpx.Timeout(WHOLE_S, connect=CONNECT_S)
        try:
            async with (
                httpx.AsyncClient(timeout=timeout, follow_redirects=False) as client,
                # What it answers beside its status nobody reads.
                client.stream(
                    "POST", self._url, json={"to": nudge.to, "text": nudge.text}, headers=headers
                ) as answer,
            ):
                status = answer.status_code
        except httpx.HTTPError as error:
            raise NudgeUnavailable(f"The gateway failed: {type(error).__name__}") from error
        if status in _FOR_EVER:
            log.warning("nudge_refused", host=urlsplit(self._url).hostname, status=status)
        elif not 200 <= status < 300:
            raise NudgeUnavailable(f"The gateway answered {status}")


_nudger: Nudger = NoNudger()


def use_nudger(nudger: Nudger) -> None:
    """Name the process's gateway, once, at start."""
    global _nudger
    _nudger = nudger


def nudger() -> Nudger:
    """Return the process's gateway."""
    return _nudger
