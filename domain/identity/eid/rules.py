"""What an ID token has to say before anybody believes it (OpenID Connect Core 1.0, 3.1.3.7)."""

import base64
import hashlib
import hmac
from datetime import UTC, date, datetime

import msgspec

from domain.clock import EARLIEST
from domain.text import clean

LEEWAY_S = 30.0
LONGEST_NAME = 120
OLDEST_S = 600.0
"""An attempt lasts ten minutes, so no token of it was issued earlier."""


class IdToken(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of an ID token that are asked about; others are ignored."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str | None = None
    azp: str | None = None
    nbf: float | None = None
    auth_time: float | None = None
    acr: str | None = None
    at_hash: str | None = None


def fault_of(
    token: IdToken,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    max_age_s: float,
    now: datetime,
) -> str | None:
    """Return the word for what is wrong with a token whose signature holds; None for nothing."""
    at = now.timestamp()
    audience = [token.aud] if isinstance(token.aud, str) else token.aud
    if token.iss != issuer:
        return "wrong_issuer"
    if not 0 < len(token.sub) <= 255:
        return "wrong_subject"
    if client_id not in audience:
        return "wrong_audience"
    if token.azp != client_id and (token.azp is not None or len(audience) > 1):
        return "wrong_party"
    if not token.exp > at - LEEWAY_S:
        return "expired"
    if not at - OLDEST_S - LEEWAY_S <= token.iat <= at + LEEWAY_S:
        return "wrong_issue_time"
    if token.nbf is not None and not token.nbf <= at + LEEWAY_S:
        return "not_yet_valid"
    if not hmac.compare_digest((token.nonce or "").encode(), nonce.encode()):
        return "wrong_nonce"
    if token.auth_time is None:
        return "no_auth_time"
    if not at - max_age_s - LEEWAY_S <= token.auth_time <= at + LEEWAY_S:
        return "signed_in_long_ago"
    return None


def hash_of(access_token: str, algorithm: str) -> str:
    """Return the `at_hash` that binds an access token to an ID token of this algorithm."""
    # Ed25519 hashes by SHA-512 (RFC 8032), and so do its tokens.
    name = "sha512" if algorithm == "EdDSA" else "sha256"
    digest = hashlib.new(name, access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


def seen_at(token: IdToken, now: datetime) -> datetime | None:
    """Return when the provider last saw the person prove themself, never in the future."""
    if token.auth_time is None:
        return None
    return min(datetime.fromtimestamp(token.auth_time, UTC), now)


def name_of(value: object) -> str | None:
    """Return a name as we keep it, or None for what is none."""
    text = clean(value)[:LONGEST_NAME] if isinstance(value, str) else ""
    return text or None


def whole_date(text: str | None) -> str | None:
    """Return a whole date in ISO 8601; providers may know only a year, or nothing."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found.isoformat() if found >= EARLIEST else None
