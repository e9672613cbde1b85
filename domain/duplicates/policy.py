"""Who decides whether two facilities are the same."""

from uuid import UUID

from domain.actor import Actor
from domain.duplicates.errors import FacilityElsewhere, SecondOfficerNeeded
from domain.facilities.types import FacilityRef
from domain.permissions import service as permissions


def require_officer(actor: Actor, action: str, facility: FacilityRef) -> UUID:
    """Refuse whoever is no officer of the facility's state; return the officer's account.

    Raises WrongRole and FacilityElsewhere: facilities are public, so an officer of another state
    is told why.
    """
    permissions.require(actor, action)
    if actor.account_id is None or actor.jurisdiction != facility.jurisdiction:
        raise FacilityElsewhere(subject=("facility", facility.id))
    return actor.account_id


def require_second(account_id: UUID, proposed_by: UUID, merge_id: UUID) -> None:
    """Refuse the officer who proposed the merge: four eyes."""
    if account_id == proposed_by:
        raise SecondOfficerNeeded(subject=("facility_merge", merge_id))
