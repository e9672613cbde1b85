"""Who may plan, report, ask and answer after a stay."""

from typing import Any

from domain.actor import Actor, Role
from domain.aftercare.errors import NoSuchPlan
from domain.bookings.errors import NoSuchBooking
from domain.bookings.types import BookingRef
from domain.patients import service as patients
from domain.permissions import service as permissions
from domain.permissions.types import Relation


async def require_patients_side(actor: Actor, booking: BookingRef, action: str) -> None:
    """Refuse whoever does not act for the patient with the scopes the table asks for."""
    permissions.require(actor, action, relation=Relation.ACCESS, subject=("booking", booking.id))
    for row in permissions.rows_for(actor, action):
        for scope in sorted(row.scopes):
            await patients.require_scope(actor, booking.patient_id, scope)


def require_facility(actor: Actor, booking: BookingRef, action: str) -> None:
    """Refuse all but the people of the stay's facility; raises NoSuchBooking and WrongRole."""
    subject = ("booking", booking.id)
    if actor.organisation_id != booking.facility_organisation_id:
        raise NoSuchBooking(subject=subject)
    permissions.require(actor, action, relation=Relation.FACILITY, subject=subject)


async def require_reporter(actor: Actor, booking: BookingRef, *, looks_after: bool) -> None:
    """Refuse whoever is neither the patient's side, nor treated them, nor looks after them now."""
    action = "aftercare.report_visit"
    if actor.role is Role.PATIENT:
        await require_patients_side(actor, booking, action)
    elif not looks_after:
        require_facility(actor, booking, action)


def require_practice(actor: Actor, plan: Any, action: str) -> None:
    """Refuse all but the practice that was asked; raises NoSuchPlan and WrongRole."""
    subject = ("aftercare_plan", plan["id"])
    if actor.organisation_id is None or actor.organisation_id != plan["organisation_id"]:
        raise NoSuchPlan(subject=subject)
    permissions.require(actor, action, relation=Relation.ORGANISATION, subject=subject)
