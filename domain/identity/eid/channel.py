"""Asking a provider: configured addresses only, no redirects, bounded in time and size."""

import asyncio
import functools
import re
import ssl
import time
from collections.abc import Collection, Mapping
from typing import TypeVar

import httpx
import msgspec
import structlog

from domain.identity.eid.errors import EidUnavailable
from domain.identity.eid.providers import NotProved

CONNECT_S, WHOLE_S = 5.0, 10.0
LONGEST_ANSWER = 256 * 1024
FAILURES, REST_S = 5, 30.0
"""After so many waits in vain, one after the other, a provider is left alone for so long."""

_OUR_FAULT = ("invalid_client", "unauthorized_client")
_UNCODED = {"Accept": "application/json", "Accept-Encoding": "identity"}
_WORD = re.compile("[a-z_]{1,40}")

T = TypeVar("T")

log = structlog.get_logger()


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""


class _Failed(Exception):
    """A provider gave no usable answer; the text is for the log."""


class Channel:
    """The way to one provider."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._failures = 0
        self._rests_until = 0.0

    async def ask(
        self,
        kind: type[T],
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        refusals: Collection[int] = (),
    ) -> T:
        """Return the JSON that an address answers, as this type.

        Raises NotProved for a status among `refusals`, with which the provider refuses what was
        asked for; EidUnavailable for everything else that is no answer, and where it is us whom
        the provider does not accept.
        """
        if time.monotonic() < self._rests_until:
            raise EidUnavailable
        try:
            async with asyncio.timeout(WHOLE_S):
                status, body = await _exchanged(method, url, form, {**(headers or {})})
            if status in refusals and (reason := _refusal(body)) not in _OUR_FAULT:
                self._failures = 0
                raise NotProved(reason)
            if status != 200:
                raise _Failed(f"status {status}")
            found = msgspec.json.decode(body, type=kind)
        except (_Failed, httpx.HTTPError, TimeoutError, msgspec.MsgspecError, ValueError) as error:
            self._failed(url, error)
            raise EidUnavailable from error
        self._failures = 0
        return found

    def _failed(self, url: str, error: Exception) -> None:
        # A quick bad answer costs nothing, and a strange code of somebody's may be what caused it:
        # nobody closes the way for the others with that.
        if isinstance(error, httpx.HTTPError | TimeoutError):
            self._failures += 1
        if self._failures >= FAILURES:
            self._rests_until = time.monotonic() + REST_S
        # The address is ours, from the configuration; nothing of the answer is written down.
        log.warning(
            "eid_provider_failed", provider=self._key, url=url, failures=self._failures,
            reason=str(error) if isinstance(error, _Failed) else type(error).__name__,
        )  # fmt: skip


def _refusal(body: bytes) -> str:
    """Return the word with which a provider refuses (RFC 6749, section 5.2)."""
    try:
        word = msgspec.json.decode(body, type=_Refusal).error
    except (msgspec.MsgspecError, ValueError):
        return "refused"
    return word if _WORD.fullmatch(word) else "refused"


async def _exchanged(
    method: str, url: str, form: Mapping[str, str] | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    timeout = httpx.Timeout(WHOLE_S, connect=CONNECT_S)
    async with (
        httpx.AsyncClient(verify=_tls(), timeout=timeout, follow_redirects=False) as client,
        client.stream(method, url, data=form, headers=_UNCODED | headers) as answer,
    ):
        body = bytearray()
        # Raw: what would be unpacked here could be any size.
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > LONGEST_ANSWER:
                raise _Failed("the answer is too long")
        return answer.status_code, bytes(body)


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
