"""What the platform signs for strangers, and the public keys with which they verify it.

A signature is a detached JWS (RFC 7515, appendix F) over the canonical JSON (RFC 8785) of an
object, and travels as the object's member `signature`: whoever takes that member out and writes
the rest canonically has what was signed. Such an object names its `type`, so that nothing signed
here is taken for something else.
"""

import base64

import msgspec
import rfc8785
from joserfc import jws
from joserfc.jwk import OKPKey

from domain.keys.service import provider

ALGORITHM = "Ed25519"


class PublicKey(msgspec.Struct, frozen=True):
    """A public key as JSON (RFC 7517, RFC 8037); `kid` is its thumbprint (RFC 7638)."""

    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class KeySet(msgspec.Struct, frozen=True):
    """The public keys under which the platform's signatures are verified."""

    keys: list[PublicKey]


def public_keys() -> KeySet:
    """Return the keys that verify what `signature_of` made."""
    key = _key()
    plain = key.as_dict(private=False)
    return KeySet(
        [PublicKey("OKP", ALGORITHM, str(plain["x"]), key.thumbprint(), "sig", ALGORITHM)]
    )


def signature_of(body: msgspec.Struct) -> str:
    """Return the signature of an object, to be sent beside it."""
    key = _key()
    whole = jws.serialize_compact(
        {"alg": ALGORITHM, "kid": key.thumbprint()},
        rfc8785.dumps(msgspec.to_builtins(body)),
        key,
        algorithms=[ALGORITHM],
    )
    return str(jws.detach_content(whole))


def _key() -> OKPKey:
    private = provider().signing_key()
    return OKPKey.import_key(
        {
            "kty": "OKP",
            "crv": ALGORITHM,
            "x": _base64url(private.public_key().public_bytes_raw()),
            "d": _base64url(private.private_bytes_raw()),
        }
    )


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
