"""What bookings and payments do to a referral: told late, twice, or about another booking."""

from typing import Any
from uuid import UUID

import pytest

from domain.actor import SYSTEM, Role
from domain.bookings import jobs as booking_jobs
from domain.bookings.events import BookingEnded
from domain.referrals import jobs
from tests.factories.bookable import bookable
from tests.factories.desk import end_hold, one, run, work
from tests.factories.story import Story, story_of


@pytest.fixture
async def story(catalogue: None, person: Any) -> Story:
    return await story_of(person)


async def opened(story: Story, booking: dict[str, Any]) -> str:
    answer = await story.patient.client.post(f"/v1/bookings/{booking['id']}/payments")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def pay(story: Story, payment_id: str) -> None:
    answer = await story.patient.client.post(f"/v1/demo/payments/{payment_id}/confirm")
    assert answer.status_code == 200, answer.text
    await work()


async def test_money_that_goes_back_does_not_fund_the_referral(story: Story, person: Any) -> None:
    booking = await story.choose(await story.quoted())
    payment_id = await opened(story, booking)
    await end_hold(UUID(booking["id"]))
    await booking_jobs.expire_holds()
    await work()
    rival = await person()
    body = story.offer.hold(rival.patient_id)
    assert (await rival.client.post("/v1/bookings", json=body)).status_code == 201
    await pay(story, payment_id)
    payment = (await story.patient.client.get(f"/v1/payments/{payment_id}")).json()
    assert payment["status"] == "refunded"
    assert await story.status() == "quoted"


async def test_a_booking_refused_while_its_money_came_gives_the_choice_back(
    story: Story, person: Any
) -> None:
    booking = await story.choose(await story.quoted())
    payment_id = await opened(story, booking)
    await run(
        SYSTEM, "UPDATE reservation SET hold_until = now() - interval '1 second'"
        " WHERE booking_id = $1", UUID(booking["id"]),
    )  # fmt: skip
    rival = await person()
    body = story.offer.hold(rival.patient_id)
    assert (await rival.client.post("/v1/bookings", json=body)).status_code == 201
    await pay(story, payment_id)
    assert await story.status() == "quoted"


async def test_an_ended_booking_told_of_again_leaves_the_next_choice_alone(story: Story) -> None:
    quote_id = await story.quoted()
    first = await story.choose(quote_id)
    await end_hold(UUID(first["id"]))
    await booking_jobs.expire_holds()
    await work()
    assert await story.status() == "quoted"
    await story.choose(quote_id)
    told = BookingEnded(UUID(first["id"]), UUID(first["episode_id"]), "expired")
    await jobs.follow_ended_booking(told)
    assert await story.status() == "chosen"
    assert await one("SELECT status FROM quote WHERE id = $1", UUID(quote_id)) == "accepted"


async def test_a_chosen_time_given_up_before_paying_leaves_the_quote_to_choose_again(
    story: Story,
) -> None:
    quote_id = await story.quoted()
    booking = await story.choose(quote_id)
    cancelled = await story.patient.client.post(f"/v1/bookings/{booking['id']}/cancel")
    assert cancelled.status_code == 200
    await work()
    assert await story.status() == "quoted"
    await story.choose(quote_id)


async def test_cancelling_the_paid_booking_ends_the_referral_and_its_consent(story: Story) -> None:
    booking = await story.choose(await story.quoted())
    await pay(story, await opened(story, booking))
    assert await story.status() == "scheduled"
    await story.patient.client.post(f"/v1/bookings/{booking['id']}/cancel")
    await work()
    assert await story.status() == "cancelled"
    consent = f"/v1/consents/{story.referral['consent_id']}"
    assert (await story.patient.client.get(consent)).json()["status"] == "revoked"


async def test_a_draft_that_was_cancelled_stays_unknown_to_the_facility(story: Story) -> None:
    assert (await story.act(story.doctor, "cancel")).status_code == 200
    for who in (story.clinician, story.coordinator):
        assert (await who.client.get(story.address)).status_code == 404
        listed = (await who.client.get("/v1/worklists/closed")).json()
        assert story.referral["id"] not in [item["id"] for item in listed["items"]]
    seen = await run(SYSTEM, "SELECT id FROM referral WHERE id = $1", UUID(story.referral["id"]))
    assert len(seen) == 1


async def declined(story: Story) -> None:
    await story.grant()
    await story.act(story.doctor, "submit")
    await story.clinician.client.get(story.address)
    answer = await story.act(
        story.clinician, "decline", {"reason": "no_capacity", "comment": "We are full"}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("end", ["declined", "cancelled", "not_selected"])
async def test_a_facility_that_is_out_no_longer_sees_the_person_or_the_letter(
    story: Story, person: Any, end: str
) -> None:
    if end == "declined":
        await declined(story)
    elif end == "cancelled":
        await story.accepted()
        assert (await story.act(story.doctor, "cancel")).status_code == 200
    else:
        await story.accepted()
        rival = await chosen_rival(story, person)
        assert rival
    assert await story.status() == end
    for who in (story.clinician, story.coordinator):
        shown = await who.client.get(story.address)
        assert (shown.status_code, shown.json()["code"]) == (403, "referral_over")
        patient = await who.client.get(f"/v1/patients/{story.patient.patient_id}")
        assert patient.status_code == 404
        items = (await who.client.get("/v1/worklists/closed")).json()["items"]
        (mine,) = [item for item in items if item["id"] == story.referral["id"]]
        assert mine["patient_name"] == ""
    assert (await story.doctor.client.get(story.address)).status_code == 200


async def chosen_rival(story: Story, person: Any) -> bool:
    """Refer the same case to a second facility and let the patient choose that one."""
    coordinator = await person(Role.COORDINATOR)
    clinician = await person(Role.CLINICIAN, organisation=coordinator.organisation_id)
    offer = await bookable(coordinator.organisation_id)
    referral = await story.doctor.client.post(
        "/v1/referrals",
        json={
            "case_id": story.referral["case_id"],
            "facility_id": str(offer.facility_id),
            "letter": "Please see this patient too, about the same molars.",
            "declares_no_interest": True,
        },
    )
    assert referral.status_code == 201, referral.text
    other = Story(story.patient, story.doctor, coordinator, clinician, offer, dict(referral.json()))
    await other.choose(await other.quoted())
    return True
