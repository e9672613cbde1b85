"""The keys a provider signs with: from its configuration or the configured address, nowhere else.

What a token's own header offers (jku, x5u, jwk, x5c) is never looked at: RFC 8725, section 3.10.
"""

import asyncio
import time
from typing import Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from domain.identity.eid.channel import Channel

KEPT_S = 3600.0
ASK_AGAIN_S = 60.0
SHORTEST_RSA = 2048

_KEYS_OF = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}

KEY_KINDS = frozenset(_KEYS_OF.values())
ALGORITHMS = tuple(_KEYS_OF)
"""What a signature may be made with: never `none`, and nothing with a shared secret."""


class JwkSet(msgspec.Struct, frozen=True):
    """A JSON Web Key Set (RFC 7517, section 5)."""

    keys: list[dict[str, Any]]


class KeySource:
    """The keys of one provider, pinned or fetched; fetched ones are kept for an hour.

    A key id that is not among them has them fetched anew, at most once a minute.
    """

    def __init__(self, pinned: JwkSet | None, channel: Channel, jwks_uri: str | None) -> None:
        self._pinned = pinned
        self._channel = channel
        self._uri = jwks_uri
        self._keys: list[dict[str, Any]] = pinned.keys if pinned else []
        self._fetched_at: float | None = None
        self._fetching = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Return the key that a signature names; None where there is none or no single one.

        Raises EidUnavailable where the keys cannot be fetched.
        """
        await self._refresh(KEPT_S)
        found = usable(self._keys, kid, algorithm)
        if found is None and self._pinned is None:
            await self._refresh(ASK_AGAIN_S)
            found = usable(self._keys, kid, algorithm)
        return found

    async def _refresh(self, after_s: float) -> None:
        if self._pinned is not None or self._uri is None:
            return
        async with self._fetching:
            age = None if self._fetched_at is None else time.monotonic() - self._fetched_at
            if age is None or age >= after_s:
                self._keys = (await self._channel.ask(JwkSet, "GET", self._uri)).keys
                self._fetched_at = time.monotonic()


def usable(keys: list[dict[str, Any]], kid: str | None, algorithm: str) -> Key | None:
    """Return the one key with which this algorithm's signatures of that id are verified."""
    kind, curve = _KEYS_OF[algorithm]
    found = [
        key
        for key in keys
        if key.get("kty") == kind
        and key.get("crv") == curve
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    if len(found) != 1:
        return None
    try:
        key = import_key(found[0])
    except (JoseError, ValueError, TypeError):
        return None
    if kind == "RSA" and key.public_key.key_size < SHORTEST_RSA:  # type: ignore[union-attr]
        return None
    return key
