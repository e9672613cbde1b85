"""The vocabulary of accounts, organisations and sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec

from domain.actor import Assurance, Role
from domain.identity.eid.types import EidLinkView

StateCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
Email = Annotated[
    str,
    msgspec.Meta(min_length=3, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$"),
]
Password = Annotated[str, msgspec.Meta(min_length=8, max_length=128)]
NamePart = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
LinkToken = Annotated[str, msgspec.Meta(min_length=20, max_length=80)]
LanguageTag = Annotated[str, msgspec.Meta(pattern="^[a-z]{2}(-[A-Z][a-z]{3})?$")]


class OrganisationKind(StrEnum):
    """What kind of body people act for."""

    PRACTICE = "practice"
    FACILITY = "facility"
    MINISTRY = "ministry"
    PLATFORM = "platform"
    PAYER = "payer"
    PHARMACY = "pharmacy"
    FACILITATOR = "facilitator"


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
    ENROLMENT = "enrolment"
    EID = "eid"
    DEMO = "demo"

    @property
    def multi_factor(self) -> bool:
        """Tell whether the method proves two factors (NIST SP 800-63B, AAL2)."""
        return self not in (SignInMethod.PASSWORD, SignInMethod.ENROLMENT)

    @property
    def opens_memberships(self) -> bool:
        """Tell whether professionals may act under this method: only with a passkey."""
        return self in (SignInMethod.PASSKEY, SignInMethod.DEMO)


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
    """Sign in by password, with the authenticator app's code or a recovery code where one is set.

    `membership_id` chooses the hat where a person has several.
    """

    email: Annotated[str, msgspec.Meta(max_length=254)]
    password: Annotated[str, msgspec.Meta(max_length=128)]
    code: Annotated[str, msgspec.Meta(max_length=40)] | None = None
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


class CheckMail(msgspec.Struct, frozen=True):
    """A mail with a link was sent, if it concerns anybody; the link holds until then."""

    expires_at: datetime


class FollowLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of a mailed link."""

    token: LinkToken


class AskReset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Email


class ResetPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new password, with the token of the mailed link."""

    token: LinkToken
    password: Password


class ChangePassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new password; `present` is the old one, where the account has one."""

    password: Password
    present: Annotated[str, msgspec.Meta(max_length=128)] | None = None


class ChangeEmail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Email


class Invite(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ask somebody by mail to join an organisation in a role."""

    email: Email
    role: Role
    display_name: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    licence_number: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    administers: bool = False
    language: LanguageTag = "en"


class InvitationView(msgspec.Struct, frozen=True):
    """An invitation that can still be accepted."""

    id: UUID
    email: str
    role: Role
    display_name: str
    administers: bool
    expires_at: datetime


class Colleague(msgspec.Struct, frozen=True):
    """Somebody who works for the same organisation now, as work is given to them."""

    account_id: UUID
    display_name: str


class MemberView(msgspec.Struct, frozen=True):
    """A present member of an organisation.

    `licence_waits` members may not act in their role before an officer has verified the number.
    """

    id: UUID
    role: Role
    display_name: str
    administers: bool
    licence_number: str | None
    licence_waits: bool
    since: datetime


class Administers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the member manages who belongs to the organisation."""

    administers: bool


class LicenceView(msgspec.Struct, frozen=True):
    """A licence number that waits for an officer of its jurisdiction."""

    membership_id: UUID
    role: Role
    display_name: str
    licence_number: str
    organisation: str
    jurisdiction: str
    since: datetime


class VerifyLicence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the number was found: the register's name or address, as the officer saw it."""

    register: Annotated[str, msgspec.Meta(min_length=3, max_length=300)]


class RefuseLicence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class OrganisationView(msgspec.Struct, frozen=True):
    id: UUID
    kind: OrganisationKind
    name: str
    jurisdiction: str


class OrganisationRef(msgspec.Struct, frozen=True):
    """What other capabilities decide by: what an organisation is, and where it has its seat."""

    id: UUID
    kind: OrganisationKind
    name: str
    jurisdiction: str
    demo: bool


class Reader(msgspec.Struct, frozen=True):
    """Somebody whom the marketplace writes to: where, and in which language."""

    account_id: UUID
    email: str
    language: str


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
    assurance: Assurance


class SessionView(msgspec.Struct, frozen=True):
    id: UUID
    carrier: Carrier
    method: SignInMethod
    device: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


class Me(msgspec.Struct, frozen=True):
    """The signed-in person, the hat they wear now and the others they may put on.

    `waiting` are roles that rest until an officer has verified the licence.
    """

    account_id: UUID
    name: PersonName
    assurance: Assurance
    email: str
    language: str
    role: Role
    membership: MembershipView | None
    memberships: list[MembershipView]
    waiting: list[MembershipView]


class DemoPerson(msgspec.Struct, frozen=True):
    """An invented person of the demo set, who signs in with one click in development mode."""

    key: str
    label: str
    role: Role


Ceremony = dict[str, Any]
"""A WebAuthn structure as browsers exchange it in JSON (Web Authentication Level 3, 5.1.8-10)."""


class RegisterPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `navigator.credentials.create` returned, and how its owner calls the passkey."""

    credential: Ceremony
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] = "Passkey"


class RenamePasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class PasskeyView(msgspec.Struct, frozen=True):
    id: UUID
    label: str
    created_at: datetime
    last_used_at: datetime | None
    suspended: bool


class PasskeySignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `navigator.credentials.get` returned; `membership_id` chooses the hat."""

    credential: Ceremony
    membership_id: UUID | None = None


class NewAuthenticator(msgspec.Struct, frozen=True):
    """An authenticator app's secret (RFC 6238), shown once, and its otpauth address for a QR."""

    secret: str
    uri: str


class ConfirmAuthenticator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first code of the app proves that it has the secret."""

    code: Annotated[str, msgspec.Meta(min_length=6, max_length=12)]


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Ten codes, each good once; they are shown now and never again."""

    codes: list[str]


class Factors(msgspec.Struct, frozen=True):
    """What opens the account beside its password; `eid_links` are proofs of identity as well."""

    passkeys: list[PasskeyView]
    authenticator: bool
    recovery_codes_left: int
    eid_links: list[EidLinkView]


class StepUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fresh strong factor: a passkey's answer, or a code of the authenticator app.

    `demo` confirms an invented person's session, in development mode only.
    """

    credential: Ceremony | None = None
    code: Annotated[str, msgspec.Meta(max_length=12)] | None = None
    demo: bool = False


class WearMembership(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hat to put on; null is one's own, the patient's."""

    membership_id: UUID | None


class IssueEnrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Let a person who lost every passkey register a new one."""

    email: Email
    identity_checked: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]


class EnrolmentIssued(msgspec.Struct, frozen=True):
    """A code to hand over in person; it opens the account once, for registering a passkey."""

    code: str
    expires_at: datetime


class RedeemEnrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(min_length=10, max_length=60)]
