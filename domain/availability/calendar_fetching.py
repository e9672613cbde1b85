"""Fetching calendars from the hosts that a deployment names, and from nowhere else."""

import asyncio
import re
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import httpx
import msgspec

from domain.availability.calendar_reading import FeedFailed
from domain.availability.errors import CalendarHostRefused, FeedsOff
from domain.availability.types import FeedTrouble
from domain.outward import NotPublic, reachable_address

TIMEOUT_S = 10.0
MAX_BYTES = 5 << 20


class Fetched(msgspec.Struct, frozen=True):
    """What a host answered; no content means that nothing has changed since `etag`."""

    content: bytes | None
    etag: str | None


class Calendars(Protocol):
    """Fetches calendars by their address."""

    def host_of(self, url: str) -> str:
        """Return the host of an address that may be fetched; raises FeedsOff and its kin."""
        ...

    async def fetch(self, url: str, etag: str | None) -> Fetched:
        """Fetch a calendar unless it still is what `etag` names; raises FeedFailed."""
        ...


class HttpCalendars:
    """Calendars over HTTPS, of the hosts named (`host`, or `host:port`) alone.

    No redirect is followed, no proxy asked, and the address that a name resolves to is looked at
    and then used: a name that leads into a private network is refused. In development a host
    named with its port may lie on the loopback and speak plain HTTP.
    """

    def __init__(self, hosts: tuple[str, ...] = (), *, production: bool = True) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._production = production

    def host_of(self, url: str) -> str:
        """Return the host of an address that may be fetched.

        Raises FeedsOff where no host is named at all, and CalendarHostRefused.
        """
        if not self._hosts:
            raise FeedsOff
        parts = _parts(url)
        if parts is None or not self._named(parts):
            raise CalendarHostRefused(fields={"url": CalendarHostRefused.title})
        if parts.scheme != "https" and (self._production or not self._with_port(parts)):
            raise CalendarHostRefused(fields={"url": "must be an https:// address"})
        return str(parts.hostname)

    def _named(self, parts: SplitResult) -> bool:
        return self._with_port(parts) or (
            str(parts.hostname) in self._hosts and parts.port in (None, 443)
        )

    def _with_port(self, parts: SplitResult) -> bool:
        return f"{parts.hostname}:{_port(parts)}" in self._hosts

    async def fetch(self, url: str, etag: str | None) -> Fetched:
        """Fetch at most 5 MiB within ten seconds; raises FeedFailed."""
        try:
            self.host_of(url)
        except (FeedsOff, CalendarHostRefused):
            raise FeedFailed(FeedTrouble.HOST_REFUSED) from None
        parts = urlsplit(url)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._fetched(parts, await self._address(parts), etag)
        except TimeoutError:
            raise FeedFailed(FeedTrouble.TOO_SLOW) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise FeedFailed(FeedTrouble.UNREACHABLE) from None

    async def _address(self, parts: SplitResult) -> str:
        local = not self._production and self._with_port(parts)
        try:
            return await reachable_address(str(parts.hostname), _port(parts), loopback=local)
        except NotPublic:
            raise FeedFailed(FeedTrouble.HOST_REFUSED) from None

    async def _fetched(self, parts: SplitResult, address: str, etag: str | None) -> Fetched:
        literal = f"[{address}]" if ":" in address else address
        headers = {"Host": parts.netloc, "Accept": "text/calendar", "Accept-Encoding": "identity"}
        if etag is not None:
            headers["If-None-Match"] = etag
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client,
            client.stream(
                "GET",
                parts._replace(netloc=f"{literal}:{_port(parts)}").geturl(),
                headers=headers,
                # The certificate must be the named host's, whatever address it has.
                extensions={"sni_hostname": parts.hostname},
            ) as answer,
        ):
            if answer.status_code == 304 and etag is not None:
                return Fetched(None, etag)
            if answer.has_redirect_location:
                raise FeedFailed(FeedTrouble.REDIRECTED)
            if answer.status_code != 200:
                raise FeedFailed(FeedTrouble.REFUSED)
            content = bytearray()
            async for chunk in answer.aiter_raw():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise FeedFailed(FeedTrouble.TOO_LARGE)
            return Fetched(bytes(content), _etag(answer.headers.get("etag")))


def _etag(sent: str | None) -> str | None:
    return sent if sent and len(sent) <= 200 and sent.isascii() and sent.isprintable() else None


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _parts(url: str) -> SplitResult | None:
    """Return the parts of a plain http(s) address, None for anything that could be misread."""
    if not re.fullmatch(r"[!-~]+", url) or re.search(r"[\\\"<>^`{|}]", url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    plain = host if port is None else f"{host}:{port}"
    if parts.scheme not in ("http", "https") or parts.netloc.lower() != plain:
        return None
    return parts if re.fullmatch(r"[a-z0-9.-]+", host) else None


_calendars: Calendars = HttpCalendars()


def use_calendars(calendars: Calendars) -> None:
    """Name who fetches the process's calendars, once, at start."""
    global _calendars
    _calendars = calendars


def calendars() -> Calendars:
    """Return who fetches calendars; nobody named fetches from nowhere."""
    return _calendars
