"""The vocabulary of accounts, organisations and sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.actor import Role

StateCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
Email = Annotated[
    str,
    msgspec.Meta(min_length=3, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$"),
]
Password = Annotated[str, msgspec.Meta(min_length=8, max_length=128)]
NamePart = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
LanguageTag = Annotated[str, msgspec.Meta(pattern="^[a-z]{2}(-[A-Z][a-z]{3})?$")]


class OrganisationKind(StrEnum):
    """What kind of body people act for."""

    PRACTICE = "practice"
    FACILITY = "facility"
    MINISTRY = "ministry"
    PLATFORM = "platform"
    PAYER = "payer"
    PHARMACY = "pharmacy"


class Carrier(StrEnum):
    """How a client carries its session token."""

    BEARER = "bearer"
    COOKIE = "cookie"


class SignInMethod(StrEnum):
    """How a session's bearer proved who they are."""

    PASSWORD = "password"  # noqa: S105  a method's name
    PASSWORD_TOTP = "password_totp"  # noqa: S105  a method's name
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery_code"
    EID = "eid"
    DEMO = "demo"

    @property
    def multi_factor(self) -> bool:
        """Tell whether the method proves two factors (NIST SP 800-63B, AAL2)."""
        return self is not SignInMethod.PASSWORD


class PersonName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A human name as its bearer writes it, and as the passport spells it where that differs."""

    given: NamePart
    family: NamePart
    passport: Annotated[str, msgspec.Meta(max_length=240)] | None = None

    @property
    def display(self) -> str:
        """Return the name for a page or a letter."""
        return f"{self.given} {self.family}"


class RegisterAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Open an account, with a patient file of one's own unless `as_patient` is false."""

    email: Email
    password: Password
    name: PersonName
    home_state: StateCode
    birth_date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    language: LanguageTag = "en"
    as_patient: bool = True


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sign in by password; `membership_id` chooses the hat where a person has several."""

    email: Annotated[str, msgspec.Meta(max_length=254)]
    password: Annotated[str, msgspec.Meta(max_length=128)]
    membership_id: UUID | None = None


class NewOrganisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Register a practice, a facility's operator, a ministry or a payer."""

    kind: OrganisationKind
    name: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    jurisdiction: StateCode


class NewMembership(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Give the holder of an account a role in an organisation."""

    email: Email
    role: Role
    display_name: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    licence_number: Annotated[str, msgspec.Meta(max_length=60)] | None = None


class OrganisationView(msgspec.Struct, frozen=True):
    id: UUID
    kind: OrganisationKind
    name: str
    jurisdiction: str


class MembershipView(msgspec.Struct, frozen=True):
    id: UUID
    role: Role
    display_name: str
    organisation: OrganisationView


class SessionToken(msgspec.Struct, frozen=True):
    """A new session: the token is shown once and stored only as its SHA-256."""

    token: str
    session_id: UUID
    expires_at: datetime
    role: Role


class SessionView(msgspec.Struct, frozen=True):
    id: UUID
    carrier: Carrier
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


class Me(msgspec.Struct, frozen=True):
    """The signed-in person, the hat they wear now and the others they may put on."""

    account_id: UUID
    name: PersonName
    email: str
    language: str
    role: Role
    membership: MembershipView | None
    memberships: list[MembershipView]


class DemoPerson(msgspec.Struct, frozen=True):
    """An invented person of the demo set, who signs in with one click in development mode."""

    key: str
    label: str
    role: Role
