"""The vocabulary of facility systems: clients, keys, token requests and tokens."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from domain.actor import ClientScope

MOST_CLIENTS = 20
MOST_KEYS = 5
"""Ours: what an organisation and a client have at a time."""

Name = Annotated[str, msgspec.Meta(min_length=2, max_length=120)]
Scopes = Annotated[list[ClientScope], msgspec.Meta(min_length=1, max_length=len(ClientScope))]

Jwk = dict[str, Any]
"""A public key as a JWK (RFC 7517): EC on P-256, OKP on Ed25519, or RSA of 2048 to 4096 bits."""


class RegisterClient(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Let a system of the organisation's facilities in, known by the keys it signs with."""

    name: Name
    scopes: Scopes
    keys: Annotated[list[Jwk], msgspec.Meta(min_length=1, max_length=MOST_KEYS)]


class ChangeClient(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a client is called and may do from now on; its tokens lose what it loses."""

    name: Name
    scopes: Scopes


class AddClientKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A further public key of a client."""

    key: Jwk


class PublicKey(msgspec.Struct, frozen=True):
    """A key that was found usable: its public members alone, in their one spelling."""

    kid: str
    thumbprint: str
    jwk: dict[str, str]


class ClientKeyView(msgspec.Struct, frozen=True):
    """A key that a client may sign with; `thumbprint` is its SHA-256 by RFC 7638."""

    id: UUID
    kid: str
    kind: str
    thumbprint: str
    added_at: datetime
    last_used_at: datetime | None


class ClientView(msgspec.Struct, frozen=True, kw_only=True):
    """A system of an organisation's facilities; `id` is its `client_id`."""

    id: UUID
    organisation_id: UUID
    name: str
    scopes: list[ClientScope]
    keys: list[ClientKeyView]
    registered_at: datetime
    last_used_at: datetime | None


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sends for a token (RFC 6749, section 4.4; RFC 7523, section 2.2)."""

    grant_type: str
    client_assertion_type: str = ""
    client_assertion: str = ""
    client_id: str | None = None
    scope: str | None = None


class Claims(msgspec.Struct, frozen=True):
    """What an assertion says (RFC 7523, section 3); instants are seconds since 1970."""

    iss: UUID
    sub: UUID
    aud: str | list[str]
    exp: float
    jti: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    iat: float | None = None
    nbf: float | None = None


class AccessToken(msgspec.Struct, frozen=True):
    """An access token (RFC 6749, section 5.1); the one time it is readable."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class ServerMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What an OAuth 2.0 client needs to know of the token endpoint (RFC 8414, section 2)."""

    issuer: str
    token_endpoint: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    scopes_supported: list[ClientScope]
    service_documentation: str
