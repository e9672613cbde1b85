"""Another time for the same booking: in place, by version, and never sold twice."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.actor import SYSTEM
from domain.credentials import decisions
from domain.credentials import service as credentials
from domain.credentials.types import RevokeCredential
from tests.factories.desk import sold_twice
from tests.factories.directory import officer
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person)


def to(stay: Stay, number: int) -> dict[str, str]:
    return {"starts_at": stay.offer.starts[number].isoformat()}


async def test_a_patient_moves_it_and_its_number_and_money_stay(stay: Stay) -> None:
    before = await stay.shown()
    shown = await stay.done(stay.patient, "reschedule", to(stay, 5))
    assert datetime.fromisoformat(shown["starts_at"]) == stay.offer.starts[5]
    for name in ("id", "episode_id", "price", "deposit", "cancellation_tiers", "status"):
        assert shown[name] == before[name]
    assert shown["version"] == before["version"] + 1
    assert await stay.news() == ["rescheduled"]
    assert (await stay.told("BookingChanged"))[0]["version"] == shown["version"]
    assert await stay.deposit_left() == stay.offer.offer.deposit.amount


async def test_two_for_one_time_get_it_once(person: Any, stay: Stay) -> None:
    other = await stay_of(person, stay.offer, number=3, coordinator=stay.coordinator)
    answers = await asyncio.gather(
        *(each.act(each.patient, "reschedule", to(stay, 7)) for each in (stay, other))
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"slot_taken"}
    assert await sold_twice() == []


async def test_what_is_no_time_or_not_covered_is_refused(stay: Stay) -> None:
    odd = {"starts_at": (stay.offer.starts[0] + timedelta(minutes=7)).isoformat()}
    for body, code in (
        (odd, "no_such_slot"),
        ({"starts_at": "0001-01-01T00:00:00Z"}, "no_such_slot"),
        ({"starts_at": "9999-12-31T23:59:59-23:59"}, "no_such_slot"),
    ):
        answer = await stay.act(stay.patient, "reschedule", body)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    stale = await stay.act(stay.patient, "reschedule", to(stay, 5), version=1)
    assert stale.status_code == 412
    (licence,) = await credentials.list_credentials(SYSTEM, stay.offer.facility_id)
    await decisions.revoke_credential(
        officer("KZ"), licence.id, RevokeCredential(reason="A test"), version=licence.version
    )
    answer = await stay.act(stay.patient, "reschedule", to(stay, 5))
    assert (answer.status_code, answer.json()["code"]) == (409, "credential_not_valid")


async def test_shortly_before_the_patient_asks_the_facility(stay: Stay) -> None:
    await stay.begins(timedelta(hours=23))
    answer = await stay.act(stay.patient, "reschedule", to(stay, 5))
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late_to_reschedule")


async def test_a_facility_moves_within_the_day_and_proposes_another_one(stay: Stay) -> None:
    same_day = await stay.done(stay.coordinator, "reschedule", to(stay, 3))
    assert datetime.fromisoformat(same_day["starts_at"]) == stay.offer.starts[3]
    last = len(stay.offer.starts) - 1
    asked = await stay.done(stay.coordinator, "reschedule", to(stay, last))
    assert datetime.fromisoformat(asked["starts_at"]) == stay.offer.starts[3]
    assert asked["change_order_id"]
    again = await stay.done(stay.coordinator, "reschedule", to(stay, last - 1))
    old = f"changes/{asked['change_order_id']}/accept"
    answer = await stay.act(stay.patient, old)
    assert (answer.status_code, answer.json()["code"]) == (409, "change_order_decided")
    moved = await stay.done(stay.patient, f"changes/{again['change_order_id']}/accept")
    assert datetime.fromisoformat(moved["starts_at"]) == stay.offer.starts[last - 1]
    assert await stay.news() == [
        "rescheduled", "reschedule_proposed", "reschedule_proposed", "rescheduled",
    ]  # fmt: skip


async def test_nobody_else_moves_it(person: Any, stay: Stay) -> None:
    assert (await stay.act(await person(), "reschedule", to(stay, 5))).status_code == 404
    assert (await stay.act(stay.clinician, "reschedule", to(stay, 5))).status_code == 403
    await stay.checked_in()
    answer = await stay.act(stay.patient, "reschedule", to(stay, 5))
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


async def test_what_it_has_now_does_not_stand_in_its_own_way(person: Any, stay: Stay) -> None:
    day = stay.offer.starts[0].date().isoformat()
    query = {"from": day, "to": day, "zone": "Asia/Tokyo"}
    to_all = await stay.patient.client.get(f"/v1/offers/{stay.offer.offer.id}/slots", params=query)
    to_it = await stay.patient.client.get(f"{stay.address}/slots", params=query)
    starts = [
        [datetime.fromisoformat(slot["starts_at"]) for slot in answer.json()["items"]]
        for answer in (to_all, to_it)
    ]
    half_an_hour_later = stay.offer.starts[1]
    assert half_an_hour_later not in starts[0] and half_an_hour_later in starts[1]
    assert stay.offer.starts[0] not in starts[1]  # where it is already, it cannot move to
    assert to_it.json()["items"][0]["yours"].endswith("+09:00")
    moved = await stay.done(stay.patient, "reschedule", to(stay, 1))
    assert datetime.fromisoformat(moved["starts_at"]) == half_an_hour_later
    stranger = await person()
    assert (await stranger.client.get(f"{stay.address}/slots")).status_code == 404
