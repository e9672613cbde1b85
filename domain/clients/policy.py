"""Whose systems may be registered at all."""

from domain.clients.errors import NotForThisOrganisation
from domain.identity.types import OrganisationKind, OrganisationView


def require_facility(organisation: OrganisationView) -> None:
    """Refuse an organisation that runs no facilities: every scope is about a facility's things."""
    if organisation.kind is not OrganisationKind.FACILITY:
        raise NotForThisOrganisation
