"""Who acts for a facility: the staff and systems of the organisation that runs it."""

from uuid import UUID

import msgspec
import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, ClientScope, Role
from domain.errors import Unauthenticated
from domain.facilities.errors import NoSuchFacility
from domain.facilities.policy import require_staff
from domain.facilities.types import FacilityKind, FacilityRef
from domain.permissions.errors import ScopeMissing, WrongRole
from tests.factories.actors import (
    EVERYBODY,
    OURS,
    STAFF,
    THEIRS,
    person,
    refused,
    system_of,
)

FACILITY = FacilityRef(
    UUID(int=9), OURS, "KZ", FacilityKind.HOSPITAL, "Shipa", "Asia/Almaty", demo=False, version=1
)
SUBJECT = ("facility", UUID(int=9))
NOBODYS = msgspec.structs.replace(FACILITY, organisation_id=None)


@pytest.mark.parametrize(("who", "actor"), EVERYBODY.items(), ids=list(EVERYBODY))
def test_staff_and_systems_of_the_facility_set_its_hours(who: str, actor: Actor) -> None:
    if who in {"the marketplace", "a system", *STAFF}:
        require_staff(actor, FACILITY, "availability.change")
    elif who == "nobody":
        with refused(Unauthenticated, "unauthenticated"):
            require_staff(actor, FACILITY, "availability.change")
    else:
        with refused(WrongRole, "wrong_role", SUBJECT) as caught:
            require_staff(actor, FACILITY, "availability.change")
        assert caught.value.extensions == {"action": "availability.change"}


@pytest.mark.parametrize("role", STAFF)
def test_staff_of_another_facility_learn_nothing(role: Role) -> None:
    for actor in (person(role, organisation_id=THEIRS), person(role, organisation_id=None)):
        for facility in (FACILITY, NOBODYS):
            with refused(NoSuchFacility, "facility_not_found", SUBJECT):
                require_staff(actor, facility, "availability.change")


def test_what_belongs_to_no_organisation_is_for_the_marketplace_alone() -> None:
    require_staff(SYSTEM, NOBODYS, "credentials.submit")
    with refused(NoSuchFacility, "facility_not_found", SUBJECT):
        require_staff(person(Role.COORDINATOR), NOBODYS, "credentials.submit")
    with refused(Unauthenticated, "unauthenticated"):
        require_staff(ANONYMOUS, NOBODYS, "credentials.submit")


def test_a_system_needs_the_scope_of_the_action() -> None:
    reader = system_of(OURS, ClientScope.AVAILABILITY_READ)
    require_staff(reader, FACILITY, "availability.list")
    with refused(ScopeMissing, "scope_missing", SUBJECT):
        require_staff(reader, FACILITY, "availability.change")
    with refused(NoSuchFacility, "facility_not_found", SUBJECT):
        require_staff(system_of(THEIRS, *ClientScope), FACILITY, "availability.list")


def test_staff_who_may_do_it_to_a_patient_may_not_do_it_for_a_facility() -> None:
    # A clinician cancels bookings of a child of theirs, never those of the hospital.
    with refused(WrongRole, "wrong_role", SUBJECT):
        require_staff(person(Role.CLINICIAN), FACILITY, "bookings.cancel")
    require_staff(person(Role.SCHEDULER), FACILITY, "bookings.cancel")
