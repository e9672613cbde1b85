"""Who may act on a booking, for its facility or for its patient."""

from typing import Any

from domain.actor import Actor, ActorKind, Role
from domain.bookings import rules
from domain.bookings.errors import NoSuchBooking
from domain.bookings.types import BookingMove, BookingStatus
from domain.patients import service as patients
from domain.permissions import service as permissions
from domain.permissions.types import Permission, Relation


def require_facility_of(actor: Actor, booking: Any, action: str) -> None:
    """Refuse all but the booking's facility, and there all whom the table does not admit."""
    subject = ("booking", booking["id"])
    if actor.organisation_id != booking["facility_organisation_id"]:
        raise NoSuchBooking(subject=subject)
    permissions.require(actor, action, relation=Relation.FACILITY, subject=subject)


def acts_for_facility(actor: Actor, booking: Any) -> bool:
    """Tell whether the actor stands on the facility's side of a booking."""
    return bool(actor.organisation_id == booking["facility_organisation_id"])


async def require_side(actor: Actor, booking: Any, action: str) -> None:
    """Refuse whom the table does not admit from the facility's or the patient's side.

    Raises NoSuchBooking, NoSuchPatient, WrongRole, and Forbidden for too narrow an access.
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.of_facility or actor.kind is ActorKind.CLIENT:
        require_facility_of(actor, booking, action)
        return
    permissions.require(actor, action, relation=Relation.ACCESS, subject=("booking", booking["id"]))
    for row in permissions.rows_for(actor, action):
        for scope in sorted(row.scopes):
            await patients.require_scope(actor, booking["patient_id"], scope)


def _open(actor: Actor, row: Permission) -> bool:
    return actor.kind is not ActorKind.CLIENT or row.open_to(actor.scopes)


async def moves_of(actor: Actor, booking: Any, status: BookingStatus) -> list[BookingMove]:
    """Return what the table lets the actor do with a booking in this state."""
    ours = acts_for_facility(actor, booking)
    held = await patients.scopes_of(actor, booking["patient_id"])

    def admitted(move: BookingMove) -> bool:
        return any(
            status.value in row.states
            and (
                (row.relation is Relation.FACILITY and ours and _open(actor, row))
                or (row.relation is Relation.ACCESS and bool(held) and row.scopes <= held)
            )
            for row in permissions.rows_for(actor, rules.action_of(move))
        )

    return [move for move in BookingMove if admitted(move)]


def refers(actor: Actor, booking: Any) -> bool:
    """Tell whether the actor is a doctor of the practice that sent the patient."""
    return actor.role is Role.REFERRING_DOCTOR and (
        booking["practice_id"] is not None and actor.organisation_id == booking["practice_id"]
    )
