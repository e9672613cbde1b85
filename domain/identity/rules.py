"""Pure decisions about passwords, sessions and roles."""

from datetime import timedelta

from domain.actor import FACILITY_ROLES, LICENSED_ROLES, Role
from domain.identity.errors import LicenceNumberNeeded, WeakPassword, WrongRoleForOrganisation
from domain.identity.types import OrganisationKind

ROLES_OF: dict[OrganisationKind, frozenset[Role]] = {
    OrganisationKind.PRACTICE: frozenset({Role.REFERRING_DOCTOR}),
    OrganisationKind.FACILITY: FACILITY_ROLES,
    OrganisationKind.MINISTRY: frozenset({Role.MINISTRY_OFFICER}),
    OrganisationKind.PLATFORM: frozenset({Role.OPERATOR, Role.AUDITOR}),
    OrganisationKind.PAYER: frozenset({Role.PAYER}),
    OrganisationKind.PHARMACY: frozenset({Role.PHARMACIST}),
    # Nobody acts for an agency here yet: the operator who registers it hands in its papers.
    OrganisationKind.FACILITATOR: frozenset(),
}

_COMMON = frozenset(
    {
        "password", "passw0rd", "password1", "password12", "password123", "12345678", "123456789",
        "1234567890", "87654321", "qwertyui", "qwertyuiop", "qwerty123", "11111111", "00000000",
        "iloveyou", "sunshine", "princess", "football", "baseball", "welcome1", "letmein1",
        "trustno1", "superman", "internet", "computer", "shifayol", "shifayol1", "istanbul",
        "galatasaray", "fenerbahce", "besiktas", "almaty123", "tashkent", "azerbaijan", "kazakhstan"
    }
)  # fmt: skip


def require_strong_password(password: str, email: str) -> None:
    """Refuse common passwords and the person's own address (NIST SP 800-63B, 3.1.1.2)."""
    lowered = password.lower()
    if lowered in _COMMON or lowered in (email.lower(), email.lower().split("@")[0]):
        raise WeakPassword(fields={"password": WeakPassword.title})
    if len(set(lowered)) < 4:
        raise WeakPassword(fields={"password": WeakPassword.title})


def require_role_fits(kind: OrganisationKind, role: Role) -> None:
    """Refuse a role that has no meaning in an organisation of this kind."""
    if role not in ROLES_OF[kind]:
        raise WrongRoleForOrganisation(
            kind=kind.value, roles=sorted(role.value for role in ROLES_OF[kind])
        )


def require_licence_number(role: Role, licence_number: str | None) -> None:
    """Refuse a role that needs a licence without the number an officer could verify."""
    if role in LICENSED_ROLES and not (licence_number or "").strip():
        raise LicenceNumberNeeded(fields={"licence_number": LicenceNumberNeeded.title})


def session_limits(role: Role) -> tuple[timedelta, timedelta]:
    """Return how long a session of this role may idle, and how long it lives at most."""
    if role is Role.PATIENT:
        return timedelta(minutes=30), timedelta(hours=12)
    if role in (Role.MINISTRY_OFFICER, Role.AUDITOR, Role.OPERATOR):
        return timedelta(minutes=15), timedelta(hours=4)
    return timedelta(minutes=15), timedelta(hours=8)


def normal_email(email: str) -> str:
    """Return the spelling under which an address is looked up."""
    return email.strip().lower()
