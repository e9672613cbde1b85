"""After a stay: who looks after the patient at home, the visits, and questions with a clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.aftercare import jobs, rules, service
from domain.aftercare.types import AftercareChoices
from domain.bookings.errors import NoSuchBooking
from domain.bookings.events import BookingChanged, BookingNews
from tests.factories.desk import one, run, work
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person)


async def plan(stay: Stay, who: Any = None, **body: Any) -> Any:
    return await (who or stay.patient).client.put(f"{stay.address}/aftercare", json=body)


async def answer(who: Any, plan_id: str, accepted: bool = True, version: int = 1) -> Any:
    return await who.client.post(
        f"/v1/aftercare/plans/{plan_id}/answer",
        json={"accepted": accepted, "note": "Bring the letter."},
        headers={"If-Match": f'"{version}"'},
    )


async def shown(stay: Stay, who: Any = None) -> dict[str, Any]:
    found = await (who or stay.patient).client.get(f"{stay.address}/aftercare")
    assert found.status_code == 200, found.text
    return dict(found.json())


async def test_a_practice_accepts_before_the_journey_and_sees_what_it_needs(
    person: Any, stay: Stay
) -> None:
    doctor, other = await person(Role.REFERRING_DOCTOR), await person(Role.REFERRING_DOCTOR)
    made = (await plan(stay, organisation_id=str(doctor.organisation_id))).json()
    assert made["status"] == "asked"
    (asked,) = (await doctor.client.get("/v1/aftercare/plans")).json()["items"]
    assert asked["facility_name"] and asked["treatment"] == stay.offer.offer.treatment.code
    assert (await doctor.client.get(f"{stay.address}/aftercare")).status_code == 404
    assert (await other.client.get("/v1/aftercare/plans")).json()["items"] == []
    assert (await answer(other, made["id"])).status_code == 404
    assert (await answer(stay.clinician, made["id"])).status_code == 403
    assert (await answer(doctor, made["id"], version=7)).status_code == 412
    done = (await answer(doctor, made["id"])).json()
    assert (done["status"], done["note"]) == ("accepted", "Bring the letter.")
    again = await answer(doctor, made["id"], False, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "aftercare_answered")
    assert (await shown(stay, doctor))["plans"][0]["status"] == "accepted"
    # The booking itself stays closed to them.
    assert (await doctor.client.get(stay.address)).status_code == 404


async def test_somebody_outside_the_network_is_named_and_sealed(person: Any, stay: Stay) -> None:
    provider = {"name": "Dr. Homewood", "address": "Abay 1, Taraz"}
    made = (await plan(stay, provider=provider)).json()
    assert (made["status"], made["provider"]) == ("stated", provider)
    assert await one("SELECT count(*) FROM aftercare_plan p WHERE p::text LIKE '%Homewood%'") == 0
    doctor = await person(Role.REFERRING_DOCTOR)
    await plan(stay, organisation_id=str(doctor.organisation_id))
    statuses = [each["status"] for each in (await shown(stay))["plans"]]
    assert statuses == ["replaced", "asked"]
    for wrong, code in (
        ({}, "aftercare_provider_unclear"),
        ({"provider": provider, "organisation_id": str(doctor.organisation_id)},
         "aftercare_provider_unclear"),
        ({"organisation_id": str(stay.coordinator.organisation_id)}, "aftercare_practice_unknown"),
        ({"organisation_id": stay.id}, "aftercare_practice_unknown"),
    ):  # fmt: skip
        refused = await plan(stay, **wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await plan(stay, await person(), provider=provider)).status_code == 404
    assert (await plan(stay, stay.coordinator, provider=provider)).status_code == 403


async def test_visits_follow_the_treatments_days_from_discharge_once(stay: Stay) -> None:
    await stay.discharged()
    await work()
    booking = await stay.shown()
    treatment = (await stay.patient.client.get(f"/v1/treatments/{booking['treatment']}")).json()
    today = datetime.now(ZoneInfo(booking["zone"])).date()
    visits = (await shown(stay))["visits"]
    assert [each["day"] for each in visits] == sorted(treatment["follow_up_days"])
    assert [date.fromisoformat(each["due_on"]) for each in visits] == [
        today + timedelta(days=each["day"]) for each in visits
    ]
    changed = BookingChanged(
        UUID(stay.id), UUID(stay.episode_id), stay.offer.facility_id, BookingNews.DISCHARGED, 9
    )
    await jobs.plan_visits(changed)
    assert len((await shown(stay))["visits"]) == len(visits)


async def test_a_visit_is_told_on_its_day_reported_once_and_late_by_the_clock(
    person: Any, stay: Stay
) -> None:
    doctor, stranger = await person(Role.REFERRING_DOCTOR), await person(Role.REFERRING_DOCTOR)
    made = (await plan(stay, organisation_id=str(doctor.organisation_id))).json()
    await answer(doctor, made["id"])
    await stay.completed()
    await work()
    assert await stay.kinds() == []
    await run(
        SYSTEM,
        "UPDATE aftercare_visit SET due_on = current_date - 9 WHERE booking_id = $1 AND day ="
        " (SELECT min(day) FROM aftercare_visit WHERE booking_id = $1)",
        UUID(stay.id),
    )
    await jobs.tell_due_visits()
    await jobs.tell_due_visits()
    assert await stay.news() == ["visit_due"]
    assert await stay.kinds() == ["follow_up"]
    visit = (await shown(stay))["visits"][0]
    assert visit["overdue"]
    today = datetime.now(ZoneInfo("Asia/Almaty")).date()

    async def report(who: Any, day: date, version: int = 1) -> Any:
        return await who.client.put(
            f"/v1/aftercare/visits/{visit['id']}/report",
            json={"visited_on": day.isoformat(), "report": "Walks well."},
            headers={"If-Match": f'"{version}"'},
        )

    assert (await report(stranger, today)).status_code == 404
    assert (await report(stay.coordinator, today, 5)).status_code == 412
    for wrong in (today + timedelta(days=2), today - timedelta(days=40), date(1, 1, 1)):
        refused = await report(doctor, wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "impossible_visit_day")
    done = await report(doctor, today)
    assert (done.status_code, done.json()["report"]) == (200, "Walks well.")
    again = await report(stay.patient, today, 2)
    assert (again.status_code, again.json()["code"]) == (409, "aftercare_answered")
    assert await stay.kinds() == []
    assert not (await shown(stay))["visits"][0]["overdue"]


async def test_a_question_has_a_day_and_its_answer_ends_the_task(person: Any, stay: Stay) -> None:
    async def ask(who: Any, text: str = "May I swim again?", **headers: str) -> Any:
        return await who.client.post(
            f"{stay.address}/questions", json={"text": text}, headers=headers
        )

    early = await ask(stay.patient)
    assert (early.status_code, early.json()["code"]) == (409, "wrong_moment_of_aftercare")
    await stay.completed()
    key = {"Idempotency-Key": "question-1"}
    made = [await ask(stay.patient, **key) for _ in range(2)]
    assert len({each.json()["id"] for each in made}) == 1
    question = made[0].json()
    due_at = datetime.fromisoformat(question["due_at"])
    assert abs(due_at - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=1)
    assert await stay.kinds() == ["answer_question"]
    assert await one("SELECT count(*) FROM aftercare_question q WHERE q::text LIKE '%swim%'") == 0
    assert (await ask(await person())).status_code == 404
    assert (await ask(stay.patient, "\u200b\u200b\u200b")).status_code == 422
    await run(
        SYSTEM, "UPDATE aftercare_question SET due_at = now() - interval '1 s' WHERE id = $1",
        UUID(question["id"]),
    )  # fmt: skip
    assert (await shown(stay, stay.coordinator))["questions"][0]["overdue"]

    async def reply(who: Any, version: int = 1) -> Any:
        return await who.client.post(
            f"/v1/aftercare/questions/{question['id']}/answer",
            json={"answer": "From the sixth week on."},
            headers={"If-Match": f'"{version}"'},
        )

    assert (await reply(stay.patient)).status_code == 403
    assert (await reply(await person(Role.CLINICIAN))).status_code == 404
    assert (await reply(stay.clinician, 3)).status_code == 412
    done = await reply(stay.clinician)
    assert (done.json()["answer"], done.json()["overdue"]) == ("From the sixth week on.", False)
    again = await reply(stay.clinician, 2)
    assert (again.status_code, again.json()["code"]) == (409, "aftercare_answered")
    assert await stay.kinds() == []
    assert [n for n in await stay.news() if n.startswith("question")] == [
        "question_asked", "question_answered",
    ]  # fmt: skip


def test_visits_are_counted_by_the_days_of_the_facilitys_calendar() -> None:
    late = datetime(2026, 12, 1, 20, tzinfo=UTC)
    assert rules.visits_due(late, [30, 7, 7], ZoneInfo("Asia/Almaty")) == [
        (7, date(2026, 12, 9)), (30, date(2027, 1, 1)),
    ]  # fmt: skip


async def test_choices_follow_the_stay_the_access_and_who_cares(person: Any, stay: Stay) -> None:
    doctor, helper = await person(Role.REFERRING_DOCTOR), await person()
    patient = stay.patient.patient_id
    code = (await stay.patient.client.post(f"/v1/patients/{patient}/care-codes")).json()["code"]
    await doctor.client.post("/v1/care-relations", json={"code": code})
    await run(
        SYSTEM,
        "INSERT INTO access (id, account_id, patient_id, kind, scopes, home_state, created_at,"
        " until) SELECT gen_random_uuid(), $1, $2, 'mandate', '{view}', home_state, now(),"
        " now() + interval '1 day' FROM patient WHERE id = $2",
        helper.account_id, patient,
    )  # fmt: skip

    async def choices(who: Any) -> AftercareChoices:
        reader = Actor(kind=ActorKind.PERSON, role=Role.PATIENT, account_id=who.account_id)
        return await service.show_choices(reader, UUID(stay.id))

    before = await choices(stay.patient)
    assert (before.may_plan, before.may_ask) == (True, False)
    assert [each.id for each in before.practices] == [doctor.organisation_id]
    viewer = await choices(helper)
    assert (viewer.may_plan, viewer.may_ask, viewer.practices) == (False, False, [])
    with pytest.raises(NoSuchBooking):
        await choices(await person())
    await run(SYSTEM, "UPDATE care_relation SET until = now() WHERE patient_id = $1", patient)
    assert (await choices(stay.patient)).practices == []
    await stay.completed()
    after = await choices(helper)
    assert (after.may_plan, after.may_ask) == (False, True)
