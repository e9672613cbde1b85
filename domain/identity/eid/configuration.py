"""The file that names the providers of a deployment, read and checked as a whole at start.

One JSON object `{"providers": {key: {...}}}`. It holds secrets, so nobody but its owner may read
it. The README shows an example.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from domain.identity.eid.keys import ALGORITHMS, KEY_KINDS, JwkSet
from domain.identity.eid.types import AboutProvider, Level
from domain.jurisdictions import JURISDICTIONS
from domain.settings import SettingsError

_KEY = re.compile(r"[a-z][a-z0-9-]{1,30}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SHORTEST_SECRET = 12

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Address = Annotated[str, msgspec.Meta(min_length=8, max_length=300)]


class _Common(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True,
              tag_field="kind"):  # fmt: skip
    """What every kind of provider is configured with.

    `levels` says what the provider's words (`acr`, `auth_method`) mean; any other word, or none,
    means `level_otherwise`. Below `least_level` nobody is believed.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    country: str
    issuer: Address
    client_id: Words
    client_secret: Words | None = None
    levels: dict[str, Level] = {}
    level_otherwise: Level = Level.LOW
    least_level: Level = Level.SUBSTANTIAL

    def about(self, key: str) -> AboutProvider:
        """Return what is the same of every provider."""
        return AboutProvider(
            key=key, name=self.name, country=self.country, issuer=self.issuer,
            least_level=self.least_level,
        )  # fmt: skip


class OidcSettings(_Common, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="oidc"):
    """An OpenID Connect provider; nothing is discovered, every address is written down.

    The client is proved by `client_secret` or by `private_key` (a JWK). The provider's keys come
    from `jwks` or from `jwks_uri`. `max_age` is how many seconds ago the person may have signed in
    there at most; `national_id_claim` names the claim with the number of their state's register.
    """

    authorization_endpoint: Address
    token_endpoint: Address
    userinfo_endpoint: Address | None = None
    jwks_uri: Address | None = None
    jwks: JwkSet | None = None
    private_key: dict[str, Any] | None = None
    scope: Words = "openid profile"
    algorithms: tuple[str, ...] = ALGORITHMS
    acr_values: Words | None = None
    max_age: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 300
    national_id_claim: Words | None = None


class OneIdSettings(_Common, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="oneid"):
    """OneID of Uzbekistan; `scope` is the name under which it knows this deployment."""

    scope: Words
    issuer: Address = "https://sso.egov.uz"
    endpoint: Address = "https://sso.egov.uz/sso/oauth/Authorization.do"
    country: str = "UZ"


EidSettings = OidcSettings | OneIdSettings


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    providers: dict[str, msgspec.Raw]


def read_eid_settings(path: Path, *, production: bool) -> dict[str, EidSettings]:
    """Return the providers of a file; raises SettingsError with every complaint at once."""
    found: dict[str, EidSettings] = {}
    complaints = []
    for key, raw in _raw(path).items():
        try:
            found[key] = msgspec.json.decode(raw, type=EidSettings)
        except msgspec.ValidationError as error:
            complaints.append(f"{key}: {error}")
            continue
        complaints += [f"{key}: {each}" for each in _faults(key, found[key], production=production)]
    if complaints:
        raise SettingsError(f"{path} cannot be used:\n  - " + "\n  - ".join(complaints))
    return found


def _raw(path: Path) -> dict[str, msgspec.Raw]:
    try:
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} holds secrets and is readable by others: chmod 0400 it")
        return msgspec.json.decode(path.read_bytes(), type=_File).providers
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError(f"SHIFAYOL_EID_PROVIDERS: {path} cannot be read: {error}") from error


def _faults(key: str, settings: EidSettings, *, production: bool) -> Iterator[str]:
    if not _KEY.fullmatch(key):
        yield "the key is part of addresses: small letters, digits and hyphens, at most 31"
    if settings.country not in JURISDICTIONS:
        yield f"country must be a state of the network: {', '.join(JURISDICTIONS)}"
    for name, url in _addresses(settings):
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK and not production
        if not (local or parts.scheme == "https") or not parts.hostname:
            yield f"{name} must be an https:// address"
        if parts.username or parts.fragment or (parts.query and name == "issuer"):
            yield f"{name} must be an address without user, fragment or (for the issuer) query"
    if settings.client_secret and production and len(settings.client_secret) < _SHORTEST_SECRET:
        yield "client_secret is too short for production"
    if isinstance(settings, OneIdSettings):
        if not settings.client_secret:
            yield "client_secret is missing"
        return
    yield from _faults_of_keys(settings)


def _faults_of_keys(settings: OidcSettings) -> Iterator[str]:
    if bool(settings.client_secret) == bool(settings.private_key):
        yield "the client is proved by either client_secret or private_key"
    if settings.private_key is not None and not _is_private(settings.private_key):
        yield "private_key must be a private JWK (RSA, EC P-256 or Ed25519)"
    if (settings.jwks is None) == (settings.jwks_uri is None):
        yield "the provider's keys come from either jwks or jwks_uri"
    if settings.jwks is not None and any("d" in each for each in settings.jwks.keys):
        yield "jwks must hold public keys only"
    if not settings.algorithms or set(settings.algorithms) - set(ALGORITHMS):
        yield f"algorithms may be {', '.join(ALGORITHMS)}"
    if "openid" not in settings.scope.split():
        yield "scope must include openid"


def _addresses(settings: EidSettings) -> Iterator[tuple[str, str]]:
    yield "issuer", settings.issuer
    if isinstance(settings, OneIdSettings):
        yield "endpoint", settings.endpoint
        return
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        if (url := getattr(settings, name)) is not None:
            yield name, url


def _is_private(jwk: dict[str, Any]) -> bool:
    try:
        key = import_key(jwk)
    except (JoseError, ValueError, TypeError):
        return False
    kind = (jwk.get("kty"), jwk.get("crv"))
    return kind in KEY_KINDS and jwk.get("alg") in (None, *ALGORITHMS) and bool(key.is_private)
