"""Who is asking: what every service, policy and row-level security policy knows of the caller."""

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
    MINISTRY_OFFICER = "ministry_officer"
    OPERATOR = "operator"
    AUDITOR = "auditor"


FACILITY_ROLES = frozenset({Role.COORDINATOR, Role.CLINICIAN, Role.SCHEDULER, Role.BILLING})


class ActorKind(StrEnum):
    """Whether nobody, a person, or the marketplace itself acts."""

    ANONYMOUS = "anonymous"
    PERSON = "person"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The caller of one operation, as the session proved it.

    `organisation_id` and `jurisdiction` come from the membership the session acts under; a patient
    has no organisation and the jurisdiction of their home.
    """

    kind: ActorKind
    role: Role | None = None
    account_id: UUID | None = None
    person_id: UUID | None = None
    membership_id: UUID | None = None
    organisation_id: UUID | None = None
    jurisdiction: str | None = None
    session_id: UUID | None = None
    language: str = "en"
    request_id: str | None = None

    @property
    def signed_in(self) -> bool:
        """Tell whether a person stands behind the request."""
        return self.kind is ActorKind.PERSON

    @property
    def of_facility(self) -> bool:
        """Tell whether the caller acts for a facility."""
        return self.role in FACILITY_ROLES


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)
SYSTEM = Actor(kind=ActorKind.SYSTEM)
