"""A facility's deadline for its answer, in its own working days, and what follows its silence."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.actor import SYSTEM, Role
from domain.bookings import jobs
from domain.catalogue.types import OfferMode
from domain.working_days import add_working_days
from tests.factories.desk import run
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person, mode=OfferMode.ON_REQUEST)


async def test_a_paid_request_has_a_task_with_the_facilitys_deadline(stay: Stay) -> None:
    shown = await stay.shown()
    due_at = datetime.fromisoformat(shown["answer_due_at"])
    wanted = add_working_days(datetime.now(UTC), 2, ZoneInfo(shown["zone"]), "KZ")
    assert abs(due_at - wanted) < timedelta(minutes=2)
    (task,) = await stay.tasks()
    assert (task["kind"], datetime.fromisoformat(task["due_at"])) == ("answer_request", due_at)
    finished = await stay.coordinator.client.post(
        f"/v1/tasks/{task['id']}/finish", json={}, headers={"If-Match": '"1"'}
    )
    assert (finished.status_code, finished.json()["code"]) == (409, "task_ends_by_its_matter")
    accepted = await stay.done(stay.coordinator, "accept")
    assert (accepted["status"], accepted["answer_due_at"]) == ("confirmed", None)
    assert await stay.kinds() == []


async def test_silence_gives_all_money_back_and_says_why(stay: Stay) -> None:
    await jobs.cancel_unanswered()
    assert await stay.status() == "awaiting_facility"
    await run(
        SYSTEM, "UPDATE booking SET answer_due_at = now() - interval '1 s' WHERE id = $1",
        UUID(stay.id),
    )  # fmt: skip
    for _ in range(2):
        await jobs.cancel_unanswered()
    shown = await stay.shown()
    assert (shown["status"], shown["reason"]) == ("cancelled_by_facility", "not_answered")
    assert await stay.deposit_left() == 0
    assert await stay.kinds() == []
    assert (await stay.news()).count("cancelled_by_facility") == 1
    late = await stay.act(stay.coordinator, "accept")
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


async def test_a_decline_is_told_as_one(stay: Stay) -> None:
    await stay.done(stay.coordinator, "decline", {"reason": "No surgeon that day"})
    assert await stay.news() == ["declined"]
    assert (await stay.shown())["reason"] == "No surgeon that day"


async def test_a_facility_sets_its_own_days_by_version(person: Any, stay: Stay) -> None:
    address = f"/v1/facilities/{stay.offer.facility_id}/booking-terms"
    usual = await stay.patient.client.get(address)
    assert (usual.json()["answer_working_days"], usual.headers["etag"]) == (2, '"0"')
    desk = stay.coordinator.client

    async def put(days: Any, version: int, client: Any = desk) -> Any:
        return await client.put(
            address, json={"answer_working_days": days}, headers={"If-Match": f'"{version}"'}
        )

    assert (await put(1, 3)).status_code == 412
    assert (await put(4, 0)).json()["version"] == 1
    assert (await put(5, 0)).status_code == 412
    assert (await put(5, 1)).json() == {
        "facility_id": str(stay.offer.facility_id), "answer_working_days": 5, "version": 2,
    }  # fmt: skip
    for days in (0, 11, "two", 10**400):
        assert (await put(days, 2)).status_code in (400, 422)
    stranger = await person(Role.COORDINATOR)
    assert (await put(1, 2, stranger.client)).status_code == 404
    assert (await put(1, 2, stay.clinician.client)).status_code == 403
    next_one = await stay_of(person, stay.offer, number=4, coordinator=stay.coordinator)
    shown = await next_one.shown()
    wanted = add_working_days(datetime.now(UTC), 5, ZoneInfo(shown["zone"]), "KZ")
    assert abs(datetime.fromisoformat(shown["answer_due_at"]) - wanted) < timedelta(minutes=2)
