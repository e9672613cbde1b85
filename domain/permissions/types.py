"""The vocabulary of the permission table."""

from collections.abc import Container
from enum import StrEnum

import msgspec

from domain.actor import ClientScope, Role
from domain.patients.types import AccessScope


class Relation(StrEnum):
    """How an actor must stand to the thing acted upon."""

    ANYONE = "anyone"
    ACCOUNT = "account"
    ACCESS = "access"
    PRACTICE = "practice"
    FACILITY = "facility"
    CONSENT = "consent"
    JURISDICTION = "jurisdiction"
    ORGANISATION = "organisation"
    TEAM = "team"
    PLATFORM = "platform"


RELATION_TEXTS = {
    Relation.ANYONE: "whatever everybody may see",
    Relation.ACCOUNT: "one's own account",
    Relation.ACCESS: "a patient whom the account may act for, with the scope",
    Relation.PRACTICE: "a patient in the care of one's practice",
    Relation.FACILITY: "what belongs to one's facility",
    Relation.CONSENT: "a patient whose consent names one's organisation",
    Relation.JURISDICTION: "what lies in one's jurisdiction",
    Relation.ORGANISATION: "one's own organisation",
    Relation.TEAM: "the team of an organisation that one administers",
    Relation.PLATFORM: "the whole platform",
}


SCOPE_TEXTS = {
    ClientScope.OFFERS_WRITE: "make, change and withdraw the facility's offers",
    ClientScope.AVAILABILITY_READ: "read what the facility can be booked for",
    ClientScope.AVAILABILITY_WRITE: "change what the facility can be booked for, and its hours",
    ClientScope.BOOKINGS_READ: "read the facility's bookings",
    ClientScope.BOOKINGS_WRITE: "accept and decline bookings on request",
}


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """One row: these roles may do this to things they stand in this relation to.

    `scopes` are what an access must include where the relation is `access`; `states` are those in
    which the thing must be, empty where any will do; `step_up` asks for a strong factor at most
    five minutes old; `single_factor` admits a session that has not proved a second factor yet;
    `client_scope` is the OAuth scope with which a facility's system may do it too, and
    `any_client` admits such a system whatever its scopes.
    """

    action: str
    roles: frozenset[Role]
    relation: Relation
    scopes: frozenset[AccessScope] = frozenset()
    states: frozenset[str] = frozenset()
    step_up: bool = False
    single_factor: bool = False
    client_scope: ClientScope | None = None
    any_client: bool = False

    @property
    def public(self) -> bool:
        """Tell whether nobody needs to sign in for it."""
        return self.relation is Relation.ANYONE

    @property
    def for_clients(self) -> bool:
        """Tell whether a facility's system may ever do it."""
        return self.public or self.any_client or self.client_scope is not None

    def open_to(self, scopes: Container[ClientScope]) -> bool:
        """Tell whether a facility's system with these scopes may do it."""
        return self.public or self.any_client or self.client_scope in scopes


class PermissionView(msgspec.Struct, frozen=True):
    """What the caller may do: the action, to what, and whether a fresh strong factor is needed."""

    action: str
    relation: Relation
    scopes: list[AccessScope]
    states: list[str]
    needs_step_up: bool
