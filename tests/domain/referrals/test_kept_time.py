"""A quote that keeps its time keeps it from others, and for the patient who accepts."""

from typing import Any

import pytest

from tests.factories.story import Story, story_of
from tests.walls.world import run


@pytest.fixture
async def story(catalogue: None, person: Any) -> Story:
    """A referral that was accepted and may be quoted."""
    made = await story_of(person)
    await made.accepted()
    return made


async def kept(story: Story, number: int = 0) -> str:
    """Quote the slot of this number, with its time kept, and return the quote's id."""
    answer = await story.act(story.coordinator, "quotes", story.quote(number, keep_time=True))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["quotes"][0]["id"])


async def taken(story: Story, person: Any, number: int = 0) -> bool:
    """Tell whether somebody else finds the slot of this number taken."""
    rival = await person()
    answer = await rival.client.post(
        "/v1/bookings", json=story.offer.hold(rival.patient_id, number)
    )
    assert answer.status_code in (201, 409), answer.text
    return bool(answer.status_code == 409 and answer.json()["code"] == "slot_taken")


async def test_nobody_else_gets_it_and_the_patient_does(story: Story, person: Any) -> None:
    quote_id = await kept(story)
    assert await taken(story, person)
    booking = await story.choose(quote_id)
    held = await run(
        "SELECT DISTINCT status FROM reservation WHERE booking_id::text = $1", booking["id"]
    )
    assert [row["status"] for row in held] == ["held"]
    assert await taken(story, person)


async def test_refused_it_is_given_back(story: Story, person: Any) -> None:
    quote_id = await kept(story)
    version = await story.version(story.patient)
    refused = await story.patient.client.post(
        f"/v1/quotes/{quote_id}/refuse", headers={"If-Match": f'"{version}"'}
    )
    assert refused.status_code == 200, refused.text
    assert not await taken(story, person)


async def test_what_is_taken_already_cannot_be_kept_and_leaves_no_quote(
    story: Story, person: Any
) -> None:
    assert not await taken(story, person)
    answer = await story.act(story.coordinator, "quotes", story.quote(0, keep_time=True))
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    assert (await story.coordinator.client.get(story.address)).json()["quotes"] == []


async def test_a_quote_that_does_not_ask_for_it_keeps_nothing(story: Story, person: Any) -> None:
    answer = await story.act(story.coordinator, "quotes", story.quote(0))
    assert answer.status_code == 201, answer.text
    assert not await taken(story, person)
