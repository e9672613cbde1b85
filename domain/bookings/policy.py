"""Who may act on a booking for a facility."""

from typing import Any

from domain.actor import Actor, Role
from domain.bookings.errors import NoSuchBooking
from domain.errors import Forbidden


def require_facility_of(actor: Actor, booking: Any, *roles: Role) -> None:
    """Refuse all but the people of the booking's facility, and of those all but these roles."""
    if not actor.of_facility or actor.organisation_id != booking["facility_organisation_id"]:
        raise NoSuchBooking(subject=("booking", booking["id"]))
    if actor.role not in roles:
        wanted = ", ".join(role.value for role in roles)
        raise Forbidden(
            f"At your facility this is for: {wanted}", subject=("booking", booking["id"])
        )
