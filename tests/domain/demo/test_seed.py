"""The demo set: complete, marked everywhere, and made once."""

import pytest

from domain.actor import ANONYMOUS, SYSTEM
from domain.availability import resources
from domain.bookings import service as bookings
from domain.bookings.types import ChangesQuery
from domain.credentials import service as credentials
from domain.demo import service
from domain.facilities import service as facilities
from domain.facilities.types import ListingReason
from domain.identity import service as identity
from domain.jurisdictions import JURISDICTIONS
from domain.profiles import service as profiles
from domain.search import service as search
from domain.search.types import OfferQuery
from tests.factories.desk import run

pytestmark = pytest.mark.usefixtures("catalogue")


async def test_seeding_twice_makes_one_demo_set() -> None:
    first = await service.seed(password=None)
    again = await service.seed(password=None)
    assert not any(found.new for found in again.facilities)
    assert [f.facility_id for f in first.facilities] == [f.facility_id for f in again.facilities]
    assert [f.offers for f in first.facilities] == [f.offers for f in again.facilities]
    assert first.people == again.people
    assert {f.facility.jurisdiction for f in first.facilities} == set(JURISDICTIONS)
    roles = {person.key: person.role.value for person in await identity.demo_people(SYSTEM)}
    assert roles["demo-patient"] == "patient"
    assert roles["demo-doctor"] == "referring_doctor"
    assert roles["demo-coordinator"] == "coordinator"
    assert roles["demo-clinician"] == "clinician"
    assert roles["demo-operator"] == "operator"
    assert all(
        roles[f"demo-officer-{code.lower()}-{n}"] == "ministry_officer"
        for code in JURISDICTIONS
        for n in (1, 2)
    )


async def test_everything_of_it_says_that_it_is_a_demo() -> None:
    seeded = (await service.seed(password=None)).facilities
    for found in seeded:
        shown = await facilities.show_facility(ANONYMOUS, found.facility_id)
        assert shown.demo
        held = await credentials.list_credentials(ANONYMOUS, found.facility_id)
        assert all(c.demo and c.certificate_number.startswith("DEMO-") for c in held)
        assert held
        expected = (
            ListingReason.LICENSED_NOT_ACCREDITED
            if found.facility.accreditation == "none"
            else ListingReason.ACCREDITED
        )
        assert shown.listing.reason is expected
    ids = {found.facility_id for found in seeded}
    page = await search.search_offers(ANONYMOUS, OfferQuery(limit=100))
    assert all(item.demo and item.facility.demo for item in page.items if item.facility.id in ids)


async def test_the_desk_of_the_first_facility_is_filled_once_and_marked() -> None:
    seeded = (await service.seed(password=None)).facilities
    first = next(found for found in seeded if found.facility.jurisdiction == "TR")
    query = ChangesQuery()
    made = (await bookings.list_changes(SYSTEM, first.facility_id, query)).items
    assert made and all(each.demo for each in made)
    states = {each.status.value for each in made}
    assert {"awaiting_facility", "confirmed"} <= states
    assert {"pre_op_assessed", "in_treatment", "discharged"} <= states
    await service.seed(password=None)
    again = (await bookings.list_changes(SYSTEM, first.facility_id, query)).items
    assert [each.id for each in again] == [each.id for each in made]


async def test_the_practice_has_referred_once_and_each_state_has_something_to_verify() -> None:
    for _ in range(2):
        await service.seed(password=None)
    referred = await run(
        SYSTEM,
        "SELECT r.status FROM referral r JOIN organisation o ON o.id = r.practice_id"
        " WHERE o.demo_key = 'demo-practice' ORDER BY r.status",
    )
    assert [row["status"] for row in referred] == ["draft", "submitted"]
    waiting = await run(
        SYSTEM,
        "SELECT f.jurisdiction FROM credential c JOIN facility f ON f.id = c.facility_id"
        " WHERE c.demo AND c.status = 'pending' AND c.kind = 'programme_certification'",
    )
    assert sorted(row["jurisdiction"] for row in waiting) == sorted(JURISDICTIONS)


async def test_a_demo_facility_says_what_it_is_and_who_works_there() -> None:
    first = (await service.seed(password=None)).facilities[0]
    said = await profiles.show_profile(ANONYMOUS, first.facility_id)
    assert said.departments and said.accessibility and said.airports
    shown = await resources.list_practitioners(ANONYMOUS, first.facility_id)
    assert {each.name for each in shown} == {each.name for each in first.facility.practitioners}
    assert all(each.demo and each.languages for each in shown)
