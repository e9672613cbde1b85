"""The vocabulary of electronic identity: who vouches for whom, and how surely."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec


class Level(StrEnum):
    """How surely a provider knows whom it vouches for (Regulation (EU) 2015/1502)."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"

    def reaches(self, demanded: "Level") -> bool:
        """Tell whether this level is the demanded one or a higher one."""
        order = list(Level)
        return order.index(self) >= order.index(demanded)


class Purpose(StrEnum):
    """What an identity is proved for."""

    SIGN_IN = "sign_in"
    LINK = "link"


class AboutProvider(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same of every provider; `least_level` is the lowest it is believed at."""

    key: str
    name: str
    country: str
    issuer: str
    least_level: Level


class Attempt(msgspec.Struct, frozen=True):
    """The secrets of one attempt, made again from its row and the browser's binder when needed."""

    state: str
    nonce: str
    verifier: str


class Tokens(msgspec.Struct, frozen=True):
    """What a provider gave for a code."""

    access_token: str
    id_token: str | None = None


class EidClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider vouches for; (issuer, subject) is the identity, and nothing else is.

    `seen_at` is when the provider last saw the person prove themself, where it says so.
    """

    issuer: str
    subject: str
    level: Level
    given: str | None = None
    family: str | None = None
    birth_date: str | None = None
    national_id: str | None = None
    seen_at: datetime | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """An identity that was proved just now, and for what; it is used once and never stored."""

    attempt_id: UUID
    purpose: Purpose
    account_id: UUID | None
    wanted: str | None
    provider: AboutProvider
    claims: EidClaims


class Linked(msgspec.Struct, frozen=True):
    """What a link keeps sealed of the claims."""

    issuer: str
    subject: str
    given: str | None
    family: str | None


class EidProviderView(msgspec.Struct, frozen=True):
    """A provider one can sign in with; `country` is the state that stands behind it."""

    key: str
    name: str
    country: str


class EidAuthorization(msgspec.Struct, frozen=True):
    """Where to send the person, and the `binding` that only this client has.

    The provider sends them back to this site's address with `code` and `state`. An app that
    catches that address finishes with both and the binding, before `expires_at`.
    """

    url: str
    binding: str
    expires_at: datetime


class FinishEid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the provider sent the person back with, and the binding of the start.

    `iss` is sent on where the provider has sent it (RFC 9207).
    """

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    state: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    binding: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    iss: Annotated[str, msgspec.Meta(max_length=300)] | None = None


class EidLinkView(msgspec.Struct, frozen=True, kw_only=True):
    """An identity proved by a provider, at which level and when, with the names it vouches for."""

    id: UUID
    provider: str
    name: str
    level: Level
    given: str | None
    family: str | None
    proved_at: datetime
    last_used_at: datetime | None


class IdentityProof(msgspec.Struct, frozen=True):
    """A link as its owner's copy of everything has it: with the provider's name for them."""

    link: EidLinkView
    issuer: str
    subject: str
