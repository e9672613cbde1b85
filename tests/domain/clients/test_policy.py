"""Whose systems may be registered: those of organisations that run facilities."""

from uuid import UUID

import pytest

from domain.clients.errors import NotForThisOrganisation
from domain.clients.policy import require_facility
from domain.identity.types import OrganisationKind, OrganisationView
from tests.factories.actors import refused


@pytest.mark.parametrize("kind", OrganisationKind)
def test_only_facilities_have_systems(kind: OrganisationKind) -> None:
    organisation = OrganisationView(UUID(int=1), kind, "Şifa", "TR")
    if kind is OrganisationKind.FACILITY:
        require_facility(organisation)
        return
    with refused(NotForThisOrganisation, "clients_of_facilities_only"):
        require_facility(organisation)
