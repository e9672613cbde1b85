"""Waiting: in order, once a patient, and what is given back goes to the first whom it suits."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actor import SYSTEM
from domain.bookings import jobs as bookings
from domain.waitlist import jobs, rules
from domain.waitlist.errors import UnusableWindow
from domain.waitlist.types import WaitStatus
from tests.factories.desk import end_hold, run, sold_twice, work
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def full(person: Any) -> Stay:
    """A paid booking on a day on which nothing else is free: the treatment takes all of it."""
    return await stay_of(person, duration_minutes=480)


def day_of(full: Stay, number: int = 0) -> str:
    return full.offer.starts[number].date().isoformat()


async def join(full: Stay, who: Any, number: int = 0, **more: Any) -> Any:
    body = {
        "patient_id": str(who.patient_id),
        "offer_id": str(full.offer.offer.id),
        "first_day": day_of(full, number),
        "last_day": day_of(full, number),
    }
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    return await who.client.post("/v1/waitlist", json={**body, **more}, headers=headers)


async def place(who: Any, wait: dict[str, Any]) -> dict[str, Any]:
    return dict((await who.client.get(f"/v1/waitlist/{wait['id']}")).json())


async def test_what_is_given_back_goes_to_the_first_and_then_to_the_next(
    person: Any, full: Stay
) -> None:
    first, second = await person(), await person()
    waits = [(await join(full, each)).json() for each in (first, second)]
    assert [each["position"] for each in waits] == [1, 2]
    await full.done(full.patient, "cancel")
    await work()
    offered = await place(first, waits[0])
    assert offered["status"] == "offered"
    assert (await place(second, waits[1]))["position"] == 1
    hold = (await first.client.get(f"/v1/bookings/{offered['booking_id']}")).json()
    assert hold["status"] == "held" and hold["starts_at"].startswith(day_of(full))
    # Nobody else takes it meanwhile.
    rival = await person()
    taken = await rival.client.post("/v1/bookings", json=full.offer.hold(rival.patient_id))
    assert (taken.status_code, taken.json()["code"]) == (409, "slot_taken")
    await end_hold(UUID(offered["booking_id"]))
    await bookings.expire_holds()
    await work()
    missed = await place(first, waits[0])
    assert (missed["status"], missed["position"], missed["missed"]) == ("waiting", 1, 1)
    assert (await place(second, waits[1]))["status"] == "offered"
    assert await sold_twice() == []


async def test_paying_takes_it_and_ends_the_waiting(person: Any, full: Stay) -> None:
    waiting = await person()
    wait = (await join(full, waiting)).json()
    await full.done(full.patient, "cancel")
    await work()
    booking = (await place(waiting, wait))["booking_id"]
    opened = await waiting.client.post(f"/v1/bookings/{booking}/payments")
    assert opened.status_code == 201, opened.text
    await waiting.client.post(f"/v1/demo/payments/{opened.json()['id']}/confirm")
    await work()
    assert (await place(waiting, wait))["status"] == "taken"
    booked = (await waiting.client.get(f"/v1/bookings/{booking}")).json()
    assert booked["status"] == "confirmed"


async def test_who_lets_two_times_pass_no_longer_waits(person: Any, full: Stay) -> None:
    waiting = await person()
    wait = (await join(full, waiting)).json()
    await full.done(full.patient, "cancel")
    await work()
    for _ in range(2):
        await end_hold(UUID((await place(waiting, wait))["booking_id"]))
        await bookings.expire_holds()
        await work()
    assert (await place(waiting, wait))["status"] == "lapsed"


async def test_other_days_are_passed_over_and_not_the_order(person: Any, full: Stay) -> None:
    elsewhere, here = await person(), await person()
    await stay_of(person, full.offer, number=1, coordinator=full.coordinator)
    other = (await join(full, elsewhere, 1)).json()
    wait = (await join(full, here)).json()
    assert wait["position"] == 2
    await full.done(full.patient, "cancel")
    await work()
    assert (await place(elsewhere, other))["status"] == "waiting"
    assert (await place(here, wait))["status"] == "offered"


async def test_told_twice_or_at_once_one_time_is_offered_once(person: Any, full: Stay) -> None:
    people = [await person() for _ in range(3)]
    waits = [(await join(full, each)).json() for each in people]
    await full.done(full.patient, "cancel")
    await asyncio.gather(*(jobs.offer_freed() for _ in range(4)))
    await work()
    found = [(await place(who, wait))["status"] for who, wait in zip(people, waits, strict=True)]
    assert found == ["offered", "waiting", "waiting"]
    assert await sold_twice() == []


async def test_leaving_gives_an_offered_time_to_the_next(person: Any, full: Stay) -> None:
    first, second = await person(), await person()
    waits = [(await join(full, each)).json() for each in (first, second)]
    await full.done(full.patient, "cancel")
    await work()
    left = await first.client.post(f"/v1/waitlist/{waits[0]['id']}/leave")
    assert (left.status_code, left.json()["status"]) == (200, "left")
    again = await first.client.post(f"/v1/waitlist/{waits[0]['id']}/leave")
    assert (again.status_code, again.json()["code"]) == (409, "waiting_is_over")
    await work()
    assert (await place(second, waits[1]))["status"] == "offered"
    # Whoever left may come back, at the end.
    assert (await join(full, first)).status_code == 201


async def test_a_patient_waits_once_for_an_offer_and_not_for_what_is_free(
    person: Any, full: Stay
) -> None:
    waiting = await person()
    key = {"key": "waiting-0001"}
    made = [await join(full, waiting, **key) for _ in range(2)]
    assert len({each.json()["id"] for each in made}) == 1
    again = await join(full, waiting)
    assert (again.status_code, again.json()["code"]) == (409, "waiting_already")
    free = await join(full, await person(), 2)
    assert (free.status_code, free.json()["code"]) == (409, "time_is_free")


async def test_wrong_windows_and_other_peoples_places(person: Any, full: Stay) -> None:
    waiting, stranger = await person(), await person()
    for more in (
        {"first_day": "2020-01-01", "last_day": "2020-01-02"},
        {"first_day": day_of(full, 2), "last_day": day_of(full)},
        {"last_day": "2999-12-31"},
        {"last_day": "9999-12-31"},
        {"first_day": "yesterday"},
        {"surprise": 1},
    ):
        assert (await join(full, waiting, **more)).status_code == 422, more
    foreign = await join(full, stranger, patient_id=str(waiting.patient_id))
    assert foreign.status_code == 404
    nothing = await join(full, waiting, offer_id=str(waiting.patient_id))
    assert nothing.status_code == 404
    wait = (await join(full, waiting)).json()
    address = f"/v1/waitlist/{wait['id']}"
    assert (await stranger.client.get(address)).status_code == 404
    assert (await stranger.client.post(f"{address}/leave")).status_code == 404
    assert (await stranger.client.get("/v1/waitlist")).json() == []
    assert [each["id"] for each in (await waiting.client.get("/v1/waitlist")).json()] == [
        wait["id"]
    ]


async def test_waiting_ends_with_its_last_day(person: Any, full: Stay) -> None:
    waiting = await person()
    wait = (await join(full, waiting)).json()
    await run(
        SYSTEM,
        "UPDATE waitlist_entry SET first_day = current_date - 3, last_day = current_date - 2"
        " WHERE id = $1",
        UUID(wait["id"]),
    )
    await jobs.offer_freed()
    assert (await place(waiting, wait))["status"] == "lapsed"


@given(st.integers(-400, 800), st.integers(-400, 800))
def test_a_window_lies_within_the_coming_year_and_is_not_turned_round(
    first: int, last: int
) -> None:
    today = date(2026, 11, 28)
    begins, ends = today + timedelta(days=first), today + timedelta(days=last)
    usable = 0 <= first <= last <= 366 and last - first < 92
    if usable:
        rules.require_window(begins, ends, today)
    else:
        with pytest.raises(UnusableWindow):
            rules.require_window(begins, ends, today)


def test_the_second_missed_time_is_the_last() -> None:
    assert [rules.after_missing(missed) for missed in (1, 2, 3)] == [
        WaitStatus.WAITING, WaitStatus.LAPSED, WaitStatus.LAPSED,
    ]  # fmt: skip
