"""Who acts on a booking for its facility: that facility's desk and systems, and nobody else."""

from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, ClientScope, Role
from domain.bookings.errors import NoSuchBooking
from domain.bookings.policy import acts_for_facility, require_facility_of
from domain.permissions.errors import ScopeMissing, WrongRole
from tests.factories.actors import OURS, PEOPLE, STAFF, THEIRS, person, refused, system_of

BOOKING = {"id": UUID(int=7), "facility_organisation_id": OURS}
SUBJECT = ("booking", UUID(int=7))
DESK = {Role.COORDINATOR, Role.SCHEDULER}


@pytest.mark.parametrize("action", ["bookings.accept", "bookings.decline", "bookings.cancel"])
@pytest.mark.parametrize("role", STAFF)
def test_only_the_desk_answers_and_colleagues_are_told_so(role: Role, action: str) -> None:
    if role in DESK:
        require_facility_of(person(role), BOOKING, action)
        return
    with refused(WrongRole, "wrong_role", SUBJECT) as caught:
        require_facility_of(person(role), BOOKING, action)
    assert caught.value.extensions == {"action": action}


@pytest.mark.parametrize("role", PEOPLE)
def test_who_belongs_elsewhere_learns_nothing(role: Role) -> None:
    stranger = person(role, organisation_id=None if role is Role.PATIENT else THEIRS)
    with refused(NoSuchBooking, "booking_not_found", SUBJECT):
        require_facility_of(stranger, BOOKING, "bookings.cancel")
    assert not acts_for_facility(stranger, BOOKING)


@pytest.mark.parametrize("actor", [ANONYMOUS, SYSTEM], ids=["nobody", "the marketplace"])
def test_the_facilitys_side_is_a_facilitys(actor: Actor) -> None:
    with refused(NoSuchBooking, "booking_not_found", SUBJECT):
        require_facility_of(actor, BOOKING, "bookings.accept")
    assert not acts_for_facility(actor, BOOKING)


def test_a_system_of_the_facility_needs_the_scope() -> None:
    require_facility_of(system_of(OURS, ClientScope.BOOKINGS_WRITE), BOOKING, "bookings.accept")
    with refused(ScopeMissing, "scope_missing", SUBJECT) as caught:
        require_facility_of(system_of(OURS, ClientScope.BOOKINGS_READ), BOOKING, "bookings.accept")
    assert caught.value.extensions["scopes"] == ["bookings:write"]
    with refused(NoSuchBooking, "booking_not_found", SUBJECT):
        require_facility_of(system_of(THEIRS, *ClientScope), BOOKING, "bookings.accept")


@pytest.mark.parametrize("role", STAFF)
def test_everybody_of_the_facility_sees_what_it_would_pay_back(role: Role) -> None:
    assert acts_for_facility(person(role), BOOKING) is True
