"""A facility that may no longer treat: every coming booking is found, told, and free to go."""

from typing import Any
from uuid import UUID

import pytest

from domain.actor import SYSTEM, Role
from domain.bookings import attention
from domain.credentials import decisions
from domain.credentials import service as credentials
from domain.credentials.events import CredentialChanged
from domain.credentials.types import ReinstateCredential, SuspendCredential
from tests.factories.bookable import bookable
from tests.factories.desk import run, work
from tests.factories.directory import officer
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person)


async def suspend(stay: Stay, **scope: Any) -> Any:
    (licence,) = await credentials.list_credentials(SYSTEM, stay.offer.facility_id)
    return await decisions.suspend_credential(
        officer("KZ"), licence.id, SuspendCredential(reason="A test", **scope),
        version=licence.version,
    )  # fmt: skip


async def history(stay: Stay) -> list[str]:
    rows = await run(
        SYSTEM,
        "SELECT action FROM audit_event WHERE subject_id = $1"
        " AND action LIKE 'bookings.credential%' ORDER BY id",
        stay.id,
    )
    return [row["action"] for row in rows]


async def test_a_suspension_marks_asks_and_frees_and_reinstatement_takes_it_back(
    stay: Stay,
) -> None:
    view = await suspend(stay)
    await work()
    shown = await stay.shown()
    assert shown["needs_attention"] and shown["status"] == "confirmed"
    assert await stay.kinds() == ["resolve_credential"]
    preview = (await stay.patient.client.get(f"{stay.address}/refund-preview")).json()
    assert preview["percent"] == 100
    (licence,) = await credentials.list_credentials(SYSTEM, stay.offer.facility_id)
    await decisions.reinstate_credential(
        officer("KZ"), licence.id, ReinstateCredential(reason="Mended"), version=view.version
    )
    await work()
    assert not (await stay.shown())["needs_attention"]
    assert await stay.kinds() == []
    assert await history(stay) == ["bookings.credential_lost", "bookings.credential_restored"]


async def test_told_twice_or_late_the_database_decides(stay: Stay) -> None:
    event = CredentialChanged(UUID(stay.id), stay.offer.facility_id, "suspended")
    await attention.follow_credential(event)
    assert not (await stay.shown())["needs_attention"]
    await suspend(stay)
    for _ in range(3):
        await attention.follow_credential(event)
    assert await history(stay) == ["bookings.credential_lost"]
    assert await stay.kinds() == ["resolve_credential"]


async def test_cancelling_is_free_while_it_lasts(stay: Stay) -> None:
    await suspend(stay)
    await work()
    await stay.done(stay.patient, "cancel")
    assert await stay.deposit_left() == 0


async def test_who_has_come_is_finished_undisturbed(stay: Stay) -> None:
    await stay.started()
    await suspend(stay)
    await work()
    shown = await stay.shown()
    assert (shown["status"], shown["needs_attention"]) == ("in_treatment", False)
    await stay.done(stay.clinician, "discharge", {})


async def test_a_suspension_of_another_treatment_does_not_touch_it(stay: Stay) -> None:
    await suspend(stay, treatments=["knee-replacement"])
    await work()
    assert not (await stay.shown())["needs_attention"]


async def test_more_bookings_than_a_batch_are_all_found(
    person: Any, stay: Stay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "BATCH", 2)
    others = [
        await stay_of(person, stay.offer, number=n, coordinator=stay.coordinator) for n in (3, 6)
    ]
    await suspend(stay)
    await work()
    assert all([(await each.shown())["needs_attention"] for each in (stay, *others)])


async def test_equivalents_are_other_facilities_nearest_in_price_first(person: Any) -> None:
    stay = await stay_of(person, price=7_770_000)
    employer = (await person(Role.COORDINATOR, state="UZ")).organisation_id
    far = await bookable(employer, "UZ", price=7_900_000)
    near = await bookable(employer, "UZ", price=7_700_000)
    own = await bookable(stay.coordinator.organisation_id, price=7_770_001)
    answer = await stay.patient.client.get(f"{stay.address}/equivalents")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    # Another site of the same organisation is another facility, and its price is the nearest.
    wanted = [str(each.offer.id) for each in (own, near, far)]
    assert [each["offer"]["id"] for each in items][:3] == wanted
    assert str(stay.offer.offer.id) not in wanted and len(items) <= 5
    slots = await stay.patient.client.get(f"/v1/offers/{near.offer.id}/slots")
    assert items[1]["earliest_at"] == slots.json()["items"][0]["starts_at"]
    assert (await (await person()).client.get(f"{stay.address}/equivalents")).status_code == 404


async def test_time_that_no_longer_stands_asks_the_desk_and_the_desk_answers(
    stay: Stay,
) -> None:
    await attention.note_uncovered(SYSTEM, UUID(stay.id), "feed_clash")
    await attention.note_uncovered(SYSTEM, UUID(stay.id), "feed_clash")
    (task,) = await stay.tasks()
    assert (task["kind"], task["reason"]) == ("resolve_time", "feed_clash")
    done = await stay.coordinator.client.post(
        f"/v1/tasks/{task['id']}/finish",
        json={"note": "Another surgeon takes it"},
        headers={"If-Match": '"1"'},
    )
    assert (done.status_code, done.json()["status"]) == (200, "done")
    assert done.json()["note"] == "Another surgeon takes it"
