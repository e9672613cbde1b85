"""Which keys a system may sign with, and what an assertion must be to be worth a token."""

import hashlib
import re
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import import_key
from joserfc.jws import CompactSignature, JWSRegistry
from joserfc.util import base64_to_int

from domain.actor import ClientScope
from domain.clients.errors import (
    AssertionRefused,
    ClientNotProven,
    GrantUnsupported,
    KeyUnusable,
    PrivateKeySent,
    ScopeNotGranted,
    TooManyKeys,
)
from domain.clients.types import MOST_KEYS, Claims, PublicKey, TokenRequest

GRANT_TYPE = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_S = 300.0
LEEWAY_S = 30.0
"""How long an assertion may hold, and by how much two clocks may differ."""

_LONGEST_ASSERTION = 8192
_PRIVATE = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})
_KID = re.compile(r"[!-~]([ -~]{0,198}[!-~])?")


class _Kind(NamedTuple):
    """A kind of key: its members in a JWK, and the algorithms that belong to it (RFC 7518, 3.1)."""

    kty: str
    crv: str | None
    members: tuple[str, ...]
    algorithms: tuple[str, ...]


_KINDS = (
    _Kind("EC", "P-256", ("crv", "x", "y"), ("ES256",)),
    # RFC 9864 names the curve; EdDSA is what most libraries still write.
    _Kind("OKP", "Ed25519", ("crv", "x"), ("Ed25519", "EdDSA")),
    _Kind("RSA", None, ("n", "e"), ("PS256", "RS256")),
)
ALGORITHMS = tuple(name for kind in _KINDS for name in kind.algorithms)


def _kind_of(jwk: dict[str, Any]) -> _Kind:
    for kind in _KINDS:
        if jwk.get("kty") == kind.kty and kind.crv in (None, jwk.get("crv")):
            return kind
    raise _unusable("A key is EC on P-256, OKP on Ed25519, or RSA of 2048 to 4096 bits")


def public_key(jwk: dict[str, Any]) -> PublicKey:
    """Return the public key that a JWK holds; one without a `kid` is called by its thumbprint.

    Members that RFC 7517 does not define are ignored. Raises PrivateKeySent and KeyUnusable.
    """
    if _PRIVATE & jwk.keys():
        raise PrivateKeySent(fields={"key": PrivateKeySent.title})
    kind = _kind_of(jwk)
    alg, operations = jwk.get("alg"), jwk.get("key_ops", ["verify"])
    if alg not in (None, *kind.algorithms):
        raise _unusable(f"With this key systems sign by {' or '.join(kind.algorithms)}")
    if jwk.get("use", "sig") != "sig" or not (
        isinstance(operations, list) and "verify" in operations
    ):
        raise _unusable("The key is meant for something else than verifying signatures")
    given: dict[str, Any] = {name: jwk.get(name) for name in ("kty", *kind.members)}
    try:
        if kind.kty == "RSA":
            _require_sound_modulus(given)
        key: Any = import_key(given)
        # Once more from the bare numbers: equal keys are spelled equally.
        bare = type(key)(key.public_key, None)
        members = {name: str(value) for name, value in bare.as_dict().items()}
        thumbprint = bare.thumbprint()
    except (JoseError, ValueError, TypeError, OverflowError):
        raise _unusable("The members of the key do not make a public key") from None
    kid = jwk.get("kid", thumbprint)
    if not isinstance(kid, str) or _KID.fullmatch(kid) is None:
        raise _unusable("A kid has 1 to 200 printable ASCII characters")
    return PublicKey(kid, thumbprint, members | ({"alg": str(alg)} if alg else {}))


def _unusable(why: str) -> KeyUnusable:
    return KeyUnusable(why, fields={"key": why})


def _require_sound_modulus(jwk: dict[str, Any]) -> None:
    """Refuse moduli that are too small to be safe or too large to be checked often."""
    modulus, exponent = (base64_to_int(jwk[name]) for name in ("n", "e"))
    if not 2048 <= modulus.bit_length() <= 4096 or not modulus & 1 or exponent != 65537:
        raise ValueError


def kind_of_key(jwk: dict[str, str]) -> str:
    """Return what people call a stored key."""
    if jwk["kty"] == "RSA":
        return f"RSA {base64_to_int(jwk['n']).bit_length()}"
    return jwk["crv"]


def require_room(keys: int) -> None:
    """Refuse a further key beside so many."""
    if keys >= MOST_KEYS:
        raise TooManyKeys


class Assertion(NamedTuple):
    """An assertion as it was sent; nothing it says is proved before `proves` says so."""

    kid: str
    claims: Claims
    signed: CompactSignature


class _Header(msgspec.Struct):
    """What counts of a header. Keys that it carries or points at (jwk, jku, x5u) never do."""

    alg: str
    kid: str
    crit: list[str] | None = None


def require_client_credentials(request: TokenRequest) -> None:
    """Refuse another grant, or another proof; raises GrantUnsupported and ClientNotProven."""
    if request.grant_type != GRANT_TYPE:
        raise GrantUnsupported
    if request.client_assertion_type != ASSERTION_TYPE or not request.client_assertion:
        raise ClientNotProven(f"Send a client_assertion of the type {ASSERTION_TYPE}")


def read_assertion(request: TokenRequest) -> Assertion:
    """Return what a request's assertion says; raises ClientNotProven, whatever is wrong with it."""
    try:
        text = request.client_assertion.encode("ascii")
        if len(text) > _LONGEST_ASSERTION:
            raise ValueError
        signed = jws.extract_compact(text)
        header = msgspec.convert(signed.headers(), _Header)
        claims = msgspec.json.decode(signed.payload or b"", type=Claims)
    except (JoseError, msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        raise ClientNotProven from None
    if claims.iss != claims.sub or request.client_id not in (None, str(claims.iss)):
        raise ClientNotProven
    # No extension is understood here, so none may be critical (RFC 7515, section 4.1.11).
    if header.crit is not None:
        raise ClientNotProven
    return Assertion(header.kid, claims, signed)


class _Allowed(JWSRegistry):
    """The algorithms of one key and no others."""

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


def proves(assertion: Assertion, jwk: dict[str, str]) -> bool:
    """Tell whether the holder of a stored key signed the assertion, by an algorithm of that key."""
    allowed = (jwk["alg"],) if "alg" in jwk else _kind_of(dict(jwk)).algorithms
    key = import_key({name: value for name, value in jwk.items() if name != "alg"})
    try:
        return jws.validate_compact(assertion.signed, key, registry=_Allowed(algorithms=allowed))
    except (JoseError, ValueError, TypeError):
        return False


def require_valid(claims: Claims, now: datetime, audiences: frozenset[str]) -> None:
    """Refuse an assertion that is for another server, or not for now; raises AssertionRefused."""
    named, at = [claims.aud] if isinstance(claims.aud, str) else claims.aud, now.timestamp()
    if not named or not audiences.issuperset(named):
        raise AssertionRefused("The assertion's aud is not this server's token endpoint or issuer")
    if claims.exp <= at - LEEWAY_S:
        raise AssertionRefused("The assertion has expired")
    if claims.exp > at + LONGEST_S + LEEWAY_S:
        raise AssertionRefused("The assertion's exp is more than five minutes ahead")
    issued = at if claims.iat is None else claims.iat
    if max(issued, at if claims.nbf is None else claims.nbf) > at + LEEWAY_S:
        raise AssertionRefused("The assertion is from the future")
    if issued < at - LONGEST_S - LEEWAY_S:
        raise AssertionRefused("The assertion was issued more than five minutes ago")


def scopes_granted(asked: str | None, held: frozenset[ClientScope]) -> frozenset[ClientScope]:
    """Return the scopes a token is given: those asked for, all where none are (RFC 6749, 3.3)."""
    if not (asked or "").strip():
        return held
    wanted = frozenset((asked or "").split())
    if not wanted <= held:
        raise ScopeNotGranted
    return frozenset(scope for scope in held if scope in wanted)


def jti_hash(claims: Claims) -> bytes:
    """Return what is kept of an assertion's id."""
    return hashlib.sha256(claims.jti.encode()).digest()
