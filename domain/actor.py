"""Who is asking: what every service, policy and row-level security policy knows of the caller."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Role(StrEnum):
    """The hats a person may wear; one session wears exactly one."""

    PATIENT = "patient"
    REFERRING_DOCTOR = "referring_doctor"
    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    SCHEDULER = "scheduler"
    BILLING = "billing"
    PHARMACIST = "pharmacist"
    PAYER = "payer"
    MINISTRY_OFFICER = "ministry_officer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    FACILITY_SYSTEM = "facility_system"


FACILITY_ROLES = frozenset({Role.COORDINATOR, Role.CLINICIAN, Role.SCHEDULER, Role.BILLING})
LICENSED_ROLES = frozenset({Role.REFERRING_DOCTOR, Role.CLINICIAN, Role.PHARMACIST})
"""Who has a licence number that an officer of their jurisdiction verifies before they may act."""


class ActorKind(StrEnum):
    """Whether nobody, a person, a facility's system, or the marketplace itself acts."""

    ANONYMOUS = "anonymous"
    PERSON = "person"
    CLIENT = "client"
    SYSTEM = "system"


class ClientScope(StrEnum):
    """What a facility's system may be let do: an OAuth 2.0 scope (RFC 6749, section 3.3).

    The permission table says which actions each of them opens.
    """

    OFFERS_WRITE = "offers:write"
    AVAILABILITY_READ = "availability:read"
    AVAILABILITY_WRITE = "availability:write"
    BOOKINGS_READ = "bookings:read"
    BOOKINGS_WRITE = "bookings:write"


class Assurance(StrEnum):
    """How a session proved who its bearer is (NIST SP 800-63B, section 4: AAL1 and AAL2)."""

    SINGLE_FACTOR = "single_factor"
    MULTI_FACTOR = "multi_factor"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The caller of one operation, as the session proved it.

    `organisation_id` and `jurisdiction` come from the membership the session acts under; a patient
    has no organisation and the jurisdiction of their home. `strong_at` is when the bearer last
    proved a strong factor. A facility's system has a `client_id` and `scopes`, no account.
    """

    kind: ActorKind
    role: Role | None = None
    account_id: UUID | None = None
    person_id: UUID | None = None
    membership_id: UUID | None = None
    organisation_id: UUID | None = None
    jurisdiction: str | None = None
    session_id: UUID | None = None
    assurance: Assurance = Assurance.MULTI_FACTOR
    strong_at: datetime | None = None
    client_id: UUID | None = None
    scopes: frozenset[ClientScope] = frozenset()
    language: str = "en"
    request_id: str | None = None

    @property
    def signed_in(self) -> bool:
        """Tell whether a known person or facility system stands behind the request."""
        return self.kind in (ActorKind.PERSON, ActorKind.CLIENT)

    @property
    def principal(self) -> UUID | None:
        """Return the account or client that answers for the request."""
        return self.account_id or self.client_id

    @property
    def of_facility(self) -> bool:
        """Tell whether the caller acts for a facility."""
        return self.role in FACILITY_ROLES


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)
SYSTEM = Actor(kind=ActorKind.SYSTEM)
