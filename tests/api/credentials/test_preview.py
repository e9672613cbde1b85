"""Before a suspension an officer sees how many it would touch, and nobody's data."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.actor import Role
from tests.conftest import Register
from tests.factories.desk import work
from tests.factories.story import Story, story_of

pytestmark = pytest.mark.usefixtures("catalogue")


def monday(at: datetime) -> str:
    day = at.astimezone(ZoneInfo("Asia/Almaty")).date()
    return str(day - timedelta(days=day.weekday()))


async def scheduled(person: Register) -> tuple[Story, str]:
    """A paid booking of a referral, and the address of the licence it rests on."""
    story = await story_of(person)
    booking = (await story.choose(await story.quoted()))["id"]
    payment = await story.patient.client.post(f"/v1/bookings/{booking}/payments")
    await story.patient.client.post(f"/v1/demo/payments/{payment.json()['id']}/confirm")
    await work()
    assert await story.status() == "scheduled"
    held = await story.patient.client.get(f"/v1/facilities/{story.offer.facility_id}/credentials")
    return story, f"/v1/credentials/{held.json()['items'][0]['id']}"


async def test_bookings_referrals_and_people_in_treatment_are_counted(person: Register) -> None:
    story, licence = await scheduled(person)
    officer = await person(Role.MINISTRY_OFFICER)

    async def preview(**query: Any) -> dict[str, Any]:
        answer = await officer.client.get(f"{licence}/suspension-preview", params=query)
        assert answer.status_code == 200, answer.text
        for private in (str(story.patient.patient_id), "Aybek", story.referral["id"]):
            assert private not in answer.text
        return dict(answer.json())

    told = await preview()
    starts = story.offer.starts[0]
    week = monday(starts)
    offer = story.offer.offer
    assert told["offers"] == {
        "total": 1,
        "items": [
            {"id": str(offer.id), "treatment": offer.treatment.code,
             "specialty": offer.specialty.code}
        ],
    }  # fmt: skip
    assert told["bookings"] == {
        "total": 1, "by_state": [{"state": "KZ", "count": 1}],
        "by_week": [{"week": week, "count": 1}],
    }  # fmt: skip
    assert (told["referrals"]["total"], told["in_treatment"]) == (1, 0)
    assert date.fromisoformat(told["referrals"]["by_week"][0]["week"]).weekday() == 0
    same = await preview(specialties=offer.specialty.code)
    assert same["bookings"] == told["bookings"]
    spared = await preview(treatments=["ivf", "cataract-surgery"])
    assert (spared["offers"]["total"], spared["bookings"]["total"]) == (0, 0)
    assert spared["referrals"] == {"total": 0, "by_state": [], "by_week": []}
    assert spared["facility_stays_listed"] is True
    # Who will have been treated by then is not touched.
    later = await preview(effective_at=(starts + timedelta(minutes=1)).isoformat())
    assert later["bookings"]["total"] == 0 and later["referrals"]["total"] == 1

    assert (await story.act(story.coordinator, "start")).status_code == 200
    begun = await preview()
    assert (begun["referrals"]["total"], begun["in_treatment"]) == (0, 1)


async def test_bad_questions_are_refused_in_words(person: Register) -> None:
    _, licence = await scheduled(person)
    officer = await person(Role.MINISTRY_OFFICER)
    for query, status, code in (
        ({"specialties": "no-such"}, 422, "unknown_scope"),
        ({"treatments": "\x00"}, 422, "unstorable_value"),
        ({"effective_at": "2020-01-01T00:00:00Z"}, 422, "impossible_dates"),
        ({"effective_at": "2030-01-01T00:00:00"}, 422, "impossible_dates"),
        ({"effective_at": "soon"}, 422, "invalid_request"),
    ):
        answer = await officer.client.get(f"{licence}/suspension-preview", params=query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), query
    for who, status in (
        (await person(Role.MINISTRY_OFFICER, state="TR"), 404),
        (await person(Role.COORDINATOR), 403),
        (await person(), 403),
    ):
        assert (await who.client.get(f"{licence}/suspension-preview")).status_code == status
