"""Tasks: a facility's own, assigned, handed over at the end of a shift, and finished."""

from typing import Any
from uuid import UUID

import pytest

from domain.actor import SYSTEM, Role
from domain.bookings import attention
from tests.factories.desk import one, run
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def stay(person: Any) -> Stay:
    made = await stay_of(person)
    await attention.note_uncovered(SYSTEM, UUID(made.id), "closure")
    return made


async def moved(who: Any, task: dict[str, Any], verb: str, body: Any, version: int = 1) -> Any:
    return await who.client.post(
        f"/v1/tasks/{task['id']}/{verb}", json=body, headers={"If-Match": f'"{version}"'}
    )


async def worklist(stay: Stay, who: Any = None, **query: str) -> Any:
    return await (who or stay.coordinator).client.get(
        f"/v1/facilities/{stay.offer.facility_id}/tasks", params=query
    )


async def test_a_worklist_counts_and_the_clock_tells_what_is_late(stay: Stay) -> None:
    (task,) = await stay.tasks()
    assert not task["overdue"]
    assert (await worklist(stay)).json()["counts"] == {
        "open": 1, "overdue": 0, "unassigned": 1, "mine": 0,
    }  # fmt: skip
    await run(
        SYSTEM, "UPDATE task SET due_at = now() - interval '1 s' WHERE id = $1", UUID(task["id"])
    )
    listed = (await worklist(stay)).json()
    assert listed["items"][0]["overdue"] and listed["counts"]["overdue"] == 1
    assert (await worklist(stay, status="done")).json()["items"] == []


async def test_a_task_is_given_to_colleagues_and_to_nobody_else(person: Any, stay: Stay) -> None:
    (task,) = await stay.tasks()
    stranger = await person(Role.COORDINATOR)
    mine = {"assignee_account_id": str(stay.clinician.account_id)}
    for nobody in (stranger, stay.patient):
        body = {"assignee_account_id": str(nobody.account_id)}
        answer = await moved(stay.coordinator, task, "assign", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "no_such_member")
    assert (await moved(stranger, task, "assign", mine)).status_code == 404
    assert (await moved(stay.patient, task, "assign", mine)).status_code == 403
    done = await moved(stay.coordinator, task, "assign", mine)
    assert done.json()["assignee_account_id"] == mine["assignee_account_id"]
    assert (await moved(stay.coordinator, task, "assign", mine)).status_code == 412
    chosen = await worklist(stay, assignee=mine["assignee_account_id"])
    assert [each["id"] for each in chosen.json()["items"]] == [task["id"]]
    free = await moved(stay.clinician, task, "assign", {"assignee_account_id": None}, version=2)
    assert free.json()["assignee_account_id"] is None


async def test_a_shift_hands_all_its_tasks_over_with_a_sealed_note(person: Any, stay: Stay) -> None:
    night = await person(Role.SCHEDULER, organisation=stay.coordinator.organisation_id)
    (task,) = await stay.tasks()
    await moved(
        stay.coordinator, task, "assign",
        {"assignee_account_id": str(stay.coordinator.account_id)},
    )  # fmt: skip
    body = {
        "facility_id": str(stay.offer.facility_id),
        "from_account_id": str(stay.coordinator.account_id),
        "to_account_id": str(night.account_id),
        "note": "Mother of Zamira waits for a call",
    }
    handed = [
        await stay.coordinator.client.post("/v1/tasks/hand-over", json=body) for _ in range(2)
    ]
    assert [each.json()["count"] for each in handed] == [1, 0]
    (task,) = await stay.tasks(night)
    assert task["assignee_account_id"] == str(night.account_id)
    assert task["note"] == "Mother of Zamira waits for a call"
    assert await one("SELECT count(*) FROM task t WHERE t::text LIKE '%Zamira%'") == 0
    elsewhere = await person(Role.COORDINATOR)
    refused = await elsewhere.client.post("/v1/tasks/hand-over", json=body)
    assert refused.status_code == 404


async def test_a_finished_task_is_finished(stay: Stay) -> None:
    (task,) = await stay.tasks()
    assert (await moved(stay.clinician, task, "finish", {})).status_code == 200
    again = await moved(stay.clinician, task, "finish", {}, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "task_done")
    assert [each["id"] for each in (await worklist(stay, status="done")).json()["items"]] == [
        task["id"]
    ]


async def test_pages_go_on_where_they_ended(person: Any, stay: Stay) -> None:
    for number in (3, 6):
        other = await stay_of(person, stay.offer, number=number, coordinator=stay.coordinator)
        await attention.note_uncovered(SYSTEM, UUID(other.id), "closure")
    seen, cursor = [], None
    while True:
        page = (await worklist(stay, limit="2", **({"cursor": cursor} if cursor else {}))).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 3
    forged = await worklist(stay, cursor="AAAA")
    assert forged.status_code == 422
    assert (await worklist(stay, surprise="1")).status_code == 422


async def test_what_waits_for_a_patient_is_theirs_alone(person: Any, stay: Stay) -> None:
    later = {"starts_at": stay.offer.starts[-1].isoformat()}
    await stay.done(stay.coordinator, "reschedule", later)
    own = (await stay.patient.client.get("/v1/me/tasks")).json()["items"]
    assert [(each["kind"], each["side"]) for each in own] == [("decide_change", "patient")]
    assert await stay.kinds() == ["resolve_time"]
    assert (await (await person()).client.get("/v1/me/tasks")).json()["items"] == []
    (task,) = own
    assert (await moved(stay.coordinator, task, "finish", {})).status_code == 404


async def test_a_desk_asks_for_its_own_for_nobodys_and_for_those_of_one_booking(
    person: Any, stay: Stay
) -> None:
    another = await stay_of(person, offer=stay.offer, number=4, coordinator=stay.coordinator)
    await attention.note_uncovered(SYSTEM, UUID(another.id), "closure")
    mine, free = await stay.tasks(), await another.tasks()
    body = {"assignee_account_id": str(stay.coordinator.account_id)}
    assert (await moved(stay.coordinator, mine[0], "assign", body)).is_success

    async def listed(**query: str) -> list[str]:
        return [each["id"] for each in (await worklist(stay, **query)).json()["items"]]

    assert await listed(unassigned="true") == [free[0]["id"]]
    assert await listed(booking_id=stay.id) == [mine[0]["id"]]
    counts = (await worklist(stay)).json()["counts"]
    assert (counts["open"], counts["mine"], counts["unassigned"]) == (2, 1, 1)
    theirs = (await worklist(stay, who=stay.clinician)).json()["counts"]
    assert (theirs["open"], theirs["mine"]) == (2, 0)


async def test_of_what_is_done_the_last_due_comes_first(person: Any, stay: Stay) -> None:
    another = await stay_of(person, offer=stay.offer, number=4, coordinator=stay.coordinator)
    await attention.note_uncovered(SYSTEM, UUID(another.id), "closure")
    (early,), (late,) = await stay.tasks(), await another.tasks()
    await run(
        SYSTEM, "UPDATE task SET due_at = due_at + interval '1 h' WHERE id = $1", UUID(late["id"])
    )
    for task in (early, late):
        assert task["by_hand"]
        assert (await moved(stay.coordinator, task, "finish", {})).is_success
    first = (await worklist(stay, status="done", limit="1")).json()
    assert [each["id"] for each in first["items"]] == [late["id"]]
    second = (await worklist(stay, status="done", limit="1", cursor=first["next"])).json()
    assert [each["id"] for each in second["items"]] == [early["id"]]
    assert second["next"] is None
