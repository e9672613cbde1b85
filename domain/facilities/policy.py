"""Who may change facilities and act for them."""

from domain.actor import Actor, ActorKind, Role
from domain.errors import Forbidden, Unauthenticated
from domain.facilities.errors import NoSuchFacility
from domain.facilities.types import FacilityRef


def require_operator(actor: Actor) -> None:
    """Refuse everybody but operators of the platform and the marketplace itself."""
    if actor.kind is ActorKind.SYSTEM:
        return
    if not actor.signed_in:
        raise Unauthenticated
    if actor.role is not Role.OPERATOR:
        raise Forbidden("Only an operator of the platform may do this")


def require_staff(actor: Actor, facility: FacilityRef) -> None:
    """Refuse whoever does not work for the organisation that runs the facility.

    Another role is told so (Forbidden); staff of another facility learn nothing (NoSuchFacility).
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    if not actor.of_facility:
        raise Forbidden("Only staff of the facility may do this", subject=("facility", facility.id))
    if actor.organisation_id is None or actor.organisation_id != facility.organisation_id:
        raise NoSuchFacility(subject=("facility", facility.id))
