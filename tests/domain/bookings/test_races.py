"""Many at once for little time: whatever the order, each stretch is sold once and nothing hangs."""

import asyncio
import random
from collections import Counter
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from domain.actor import SYSTEM, Actor, Role
from domain.availability import resources
from domain.availability.errors import SlotTaken
from domain.availability.types import NewOfferNeed, NewPool, PoolKind
from domain.bookings import holding, jobs, rescheduling
from domain.bookings.errors import TooManyHolds
from domain.bookings.types import HoldSlot, Reschedule
from domain.db import DatabaseBusy
from tests.factories import directory
from tests.factories.bookable import Bookable, bookable, practitioner
from tests.factories.care import actor_of
from tests.factories.desk import end_hold, one, run, sold_twice, work

pytestmark = pytest.mark.usefixtures("catalogue")

Racer = tuple[Actor, UUID]


_everybody: list[Racer] = []


@pytest.fixture
async def racers(person: Any) -> list[Racer]:
    """Fifty people who hold nothing, each of whom may hold three times."""
    if not _everybody:
        people = [await person() for _ in range(50)]
        _everybody.extend([(await actor_of(each), each.patient_id) for each in people])
    held = await run(
        SYSTEM, "SELECT id FROM booking WHERE status = 'held' AND patient_id = ANY($1)",
        [patient_id for _, patient_id in _everybody],
    )  # fmt: skip
    for booking in held:
        await end_hold(booking["id"])
    return _everybody


def daily(offer: Bookable) -> list[int]:
    """Return the numbers of the first start of each day."""
    days: dict[Any, int] = {}
    for number, start in enumerate(offer.starts):
        days.setdefault(start.date(), number)
    return list(days.values())


def hold_of(who: Racer, offer: Bookable, number: int) -> HoldSlot:
    return HoldSlot(
        patient_id=who[1], offer_id=offer.offer.id, offer_version=offer.offer.version,
        starts_at=offer.starts[number],
    )  # fmt: skip


async def race(who: Racer, offer: Bookable, number: int) -> str:
    """Ask for a start until the answer is definite; return `held` or why not."""
    while True:
        try:
            await holding.hold_slot(who[0], hold_of(who, offer, number))
        except (SlotTaken, TooManyHolds) as refused:
            return refused.code
        except DatabaseBusy:
            await asyncio.sleep(0.01)
        else:
            return "held"


async def live(offer: Bookable) -> int:
    """Return how many holds of the offer stand."""
    return int(
        await one("SELECT count(*) FROM booking WHERE offer_id = $1 AND status = 'held'",
                  offer.offer.id)
    )  # fmt: skip


async def test_of_four_hundred_racers_for_one_start_one_holds_it(
    person: Any, racers: list[Racer]
) -> None:
    offer = await bookable((await person(Role.COORDINATOR)).organisation_id)
    answers = await asyncio.gather(*(race(racers[n % 50], offer, 0) for n in range(400)))
    assert Counter(answers) == {"held": 1, "slot_taken": 399}
    assert await sold_twice() == []


async def test_two_hundred_racers_for_fifty_starts_of_shared_surgeons_never_sell_one_twice(
    person: Any, racers: list[Racer]
) -> None:
    surgeons = [practitioner(), practitioner()]
    offers = [
        await bookable((await person(Role.COORDINATOR)).organisation_id, licence=surgeons[n % 2])
        for n in range(4)
    ]
    # Thirteen starts of each of four offers; two facilities share each surgeon.
    wanted = [(offers[n % 4], n // 4 % 13) for n in range(200)]
    random.Random(7).shuffle(wanted)
    answers = await asyncio.gather(
        *(race(racers[n % 50], offer, number) for n, (offer, number) in enumerate(wanted))
    )
    assert set(answers) <= {"held", "slot_taken", "too_many_holds"}
    assert await sold_twice() == []
    for surgeon in surgeons:
        rows = await run(
            SYSTEM,
            "SELECT v.starts_at, v.ends_at FROM reservation v JOIN resource r"
            " ON r.id = v.resource_id JOIN practitioner d ON d.id = r.practitioner_id"
            " WHERE d.licence_number = $1 AND v.status = 'held' ORDER BY v.starts_at",
            surgeon.licence_number,
        )
        assert rows
        assert all(a["ends_at"] <= b["starts_at"] for a, b in pairwise(rows))


async def test_as_many_hold_a_night_as_there_are_beds(person: Any, racers: list[Racer]) -> None:
    organisation = (await person(Role.COORDINATOR)).organisation_id
    facility = await directory.licensed("KZ", organisation=organisation)
    beds = await resources.create_pool(
        SYSTEM, facility.id, NewPool(kind=PoolKind.BED, name="Ward", lanes=5)
    )
    offers = []
    for _ in range(4):
        # Rooms and doctors of their own, the ward is everybody's.
        offer = await bookable(organisation)
        await run(
            SYSTEM, "DELETE FROM offer_need n USING resource_pool p WHERE p.id = n.pool_id"
            " AND n.offer_id = $1 AND p.kind = 'bed'", offer.offer.id,
        )  # fmt: skip
        await run(
            SYSTEM, "UPDATE resource_pool SET facility_id = $2 WHERE id = $1", beds.id,
            offer.facility_id,
        )  # fmt: skip
        await resources.add_offer_need(
            SYSTEM, offer.offer.id, NewOfferNeed(pool_id=beds.id, nights=1)
        )
        offers.append(offer)
    answers = await asyncio.gather(
        *(race(racers[n % 50], offers[n % 4], n // 4 % 4) for n in range(64))
    )
    # Sixteen starts of one day, and five beds in which to spend the night after it.
    first_day = offers[0].starts[0].date()
    assert {offers[0].starts[n].date() for n in range(4)} == {first_day}
    assert Counter(answers)["held"] == 5
    assert await sold_twice() == []


async def test_a_hold_that_ends_while_others_wait_for_it_is_sold_to_one_of_them(
    person: Any, racers: list[Racer]
) -> None:
    offer = await bookable((await person(Role.COORDINATOR)).organisation_id)
    first = await holding.hold_slot(racers[0][0], hold_of(racers[0], offer, 0))
    await end_hold(first.id)
    answers = await asyncio.gather(
        *(race(racers[1 + n % 40], offer, 0) for n in range(80)), jobs.expire_holds()
    )
    assert Counter(answers)["held"] == 1
    assert await live(offer) == 1
    assert await sold_twice() == []


async def test_of_a_late_payment_and_new_holds_one_gets_the_time_and_money_goes_back_otherwise(
    person: Any, racers: list[Racer]
) -> None:
    patient = await person()
    offer = await bookable((await person(Role.COORDINATOR)).organisation_id)
    for round_, number in enumerate(daily(offer)):
        wanted = offer.hold(patient.patient_id, number)
        held = await patient.client.post("/v1/bookings", json=wanted)
        opened = await patient.client.post(f"/v1/bookings/{held.json()['id']}/payments")
        assert opened.status_code == 201, opened.text
        await end_hold(UUID(held.json()["id"]))
        confirm = patient.client.post(f"/v1/demo/payments/{opened.json()['id']}/confirm")
        rivals = [race(racers[round_ * 8 + n], offer, number) for n in range(8)]
        await asyncio.gather(confirm, *rivals)
        await work()
        shown = (await patient.client.get(f"/v1/bookings/{held.json()['id']}")).json()["status"]
        payment = (await patient.client.get(f"/v1/payments/{opened.json()['id']}")).json()
        taken = await one(
            "SELECT count(*) FROM booking WHERE offer_id = $1 AND starts_at = $2"
            " AND status = 'held'", offer.offer.id, offer.starts[number],
        )  # fmt: skip
        if shown == "confirmed":
            assert (taken, payment["refunded"]["amount"]) == (0, 0)
        else:
            assert (shown, taken) == ("cancelled_by_facility", 1)
            assert payment["refunded"] == payment["amount"]
        await patient.client.post(f"/v1/bookings/{held.json()['id']}/cancel", json={})
    assert await sold_twice() == []


async def test_reschedules_that_cross_others_holds_leave_every_stretch_sold_once(
    person: Any, racers: list[Racer]
) -> None:
    offer = await bookable((await person(Role.COORDINATOR)).organisation_id)
    patients, days = [await person() for _ in range(4)], daily(offer)
    booked = []
    for number, each in enumerate(patients):
        held = await each.client.post(
            "/v1/bookings", json=offer.hold(each.patient_id, days[number])
        )
        opened = await each.client.post(f"/v1/bookings/{held.json()['id']}/payments")
        await each.client.post(f"/v1/demo/payments/{opened.json()['id']}/confirm")
        booked.append(UUID(held.json()["id"]))
    await work()

    async def cross(number: int, target: int) -> str:
        actor = await actor_of(patients[number])
        version = await one("SELECT version FROM booking WHERE id = $1", booked[number])
        try:
            await rescheduling.reschedule_booking(
                actor, booked[number], Reschedule(starts_at=offer.starts[target]), version
            )
        except SlotTaken as refused:
            return refused.code
        return "moved"

    # Each wants the next one's time, the last a free one, while racers hold what they leave.
    moves = [cross(number, days[(number + 1) % 5]) for number in range(4)]
    rivals = [race(racers[n], offer, days[n % 5]) for n in range(40)]
    answers = await asyncio.gather(*moves, *rivals)
    assert set(answers) <= {"moved", "slot_taken", "held"}
    assert await sold_twice() == []
    for booking_id in booked:
        rows = await run(
            SYSTEM, "SELECT count(*) AS lanes, bool_and(v.status = 'confirmed') AS mine,"
            " bool_or(v.starts_at = b.starts_at) AS there FROM reservation v"
            " JOIN booking b ON b.id = v.booking_id WHERE v.booking_id = $1 GROUP BY b.id",
            booking_id,
        )  # fmt: skip
        assert dict(rows[0]) == {"lanes": 3, "mine": True, "there": True}


async def test_time_that_nobody_pays_for_is_free_again_without_any_job(
    person: Any, racers: list[Racer]
) -> None:
    offer = await bookable((await person(Role.COORDINATOR)).organisation_id)
    days = daily(offer)
    answers = await asyncio.gather(*(race(racers[n], offer, days[n % 5]) for n in range(40)))
    assert Counter(answers)["held"] == 5
    for row in await run(SYSTEM, "SELECT id FROM booking WHERE offer_id = $1", offer.offer.id):
        await end_hold(row["id"])
    assert [await race(racers[40 + n], offer, days[n]) for n in range(5)] == ["held"] * 5
