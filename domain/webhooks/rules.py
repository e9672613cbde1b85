"""Where may be sent, how it is signed, and when it is tried again."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from domain.outward import may_reach
from domain.webhooks.errors import UnusableUrl
from domain.webhooks.types import DisabledReason, Outcome

SECRET_PREFIX = "whsec_"  # noqa: S105  of a secret, not one
SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)
"""For so long both secrets sign after a rotation."""

KEPT_FOR = timedelta(days=30)
GIVEN_UP_AFTER = timedelta(days=3)
"""An address that has taken nothing for so long is disabled."""

DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 7200, 14400, 25200, 36000)
)
"""How long after each failed attempt the next one comes; the last a day after the first."""

_GONE = 410
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PLAIN = re.compile("[!-~]+")


def require_usable_url(url: str, *, loopback: bool) -> None:
    """Refuse an address that is not on the public network; `loopback` admits one's own machine.

    What a name resolves to is asked at each delivery, by `reachable_address`.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or not _PLAIN.fullmatch(url) or "\\" in url:
        raise UnusableUrl(fields={"url": UnusableUrl.title})
    own = loopback and host in _LOOPBACK
    literal = _literal(host)
    if (
        (parts.scheme != "https" and not own)
        or "@" in parts.netloc
        or parts.fragment
        or (literal is not None and not own and not may_reach(literal, loopback=False))
        or (literal is None and not own and "." not in host.strip("."))
    ):
        raise UnusableUrl(fields={"url": UnusableUrl.title})


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def shown_secret(secret: bytes) -> str:
    """Return a secret as its receiver keeps it (Standard Webhooks 1.0, signature scheme)."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def signature(secrets: Iterable[bytes], message_id: str, at: datetime, body: bytes) -> str:
    """Return the value of `webhook-signature`: one mark a secret, parted by spaces."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
        for secret in secrets
    )


def next_attempt(attempts: int, now: datetime, jitter: float) -> datetime | None:
    """Return when to try again after so many attempts in vain; None when a day has passed."""
    if attempts > len(DELAYS):
        return None
    return now + DELAYS[attempts - 1] * jitter


def reason_to_disable(
    outcome: Outcome, failing_since: datetime | None, now: datetime
) -> DisabledReason | None:
    """Tell whether an attempt in vain was one too many, and why."""
    if outcome.status == _GONE:
        return DisabledReason.GONE
    if failing_since is not None and now - failing_since >= GIVEN_UP_AFTER:
        return DisabledReason.FAILING
    return None
