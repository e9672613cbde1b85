"""Who may act on a booking for a facility."""

from typing import Any

from domain.actor import Actor
from domain.bookings.errors import NoSuchBooking
from domain.permissions import service as permissions
from domain.permissions.types import Relation


def require_facility_of(actor: Actor, booking: Any, action: str) -> None:
    """Refuse all but the booking's facility, and there all whom the table does not admit."""
    subject = ("booking", booking["id"])
    if actor.organisation_id != booking["facility_organisation_id"]:
        raise NoSuchBooking(subject=subject)
    permissions.require(actor, action, relation=Relation.FACILITY, subject=subject)


def acts_for_facility(actor: Actor, booking: Any) -> bool:
    """Tell whether the actor stands on the facility's side of a booking."""
    return bool(actor.organisation_id == booking["facility_organisation_id"])
