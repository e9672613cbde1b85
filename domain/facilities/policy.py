"""Who may act for a facility, and who sees what of it."""

import msgspec

from domain.actor import Actor, ActorKind, Role
from domain.facilities.errors import NoSuchFacility
from domain.facilities.types import FacilityRef, FacilityView
from domain.permissions import service as permissions
from domain.permissions.types import Relation


def require_staff(actor: Actor, facility: FacilityRef, action: str) -> None:
    """Refuse whoever does not act for the organisation that runs the facility.

    Another role is told so (WrongRole); another facility's learns nothing (NoSuchFacility).
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    subject = ("facility", facility.id)
    permissions.require(actor, action, relation=Relation.FACILITY, subject=subject)
    if actor.organisation_id is None or actor.organisation_id != facility.organisation_id:
        raise NoSuchFacility(subject=subject)


def as_seen(actor: Actor, facility: FacilityView) -> FacilityView:
    """Return the facility without what only its state's officers and operators learn."""
    official = actor.kind is ActorKind.SYSTEM or actor.role is Role.OPERATOR
    if official or (
        actor.role is Role.MINISTRY_OFFICER and actor.jurisdiction == facility.jurisdiction
    ):
        return facility
    return msgspec.structs.replace(facility, register_gone_at=None)
