"""A booking's time moves, grows and shrinks in place, and never over somebody else's."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM
from domain.availability import resources
from domain.availability import service as availability
from domain.availability.errors import NoSuchSlot, NothingReserved, SlotTaken
from domain.availability.types import NewOfferNeed, NewPool, PoolKind
from domain.catalogue import service as catalogue
from domain.catalogue.types import BookableOffer
from domain.ids import new_id
from tests.factories import directory
from tests.factories.bookable import Bookable, bookable
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def open_offer(database: None) -> Bookable:
    """An offer of an hour with a night in one of three beds."""
    return await bookable(await directory.employer())


async def terms(open_offer: Bookable) -> BookableOffer:
    return await catalogue.bookable_offer(ANONYMOUS, open_offer.offer.id)


def soon(minutes: int = 15) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


async def taken(open_offer: Bookable, number: int) -> UUID:
    """Let a new booking take the slot of this number for good."""
    booking_id = new_id()
    await availability.take_slot(
        SYSTEM, await terms(open_offer), open_offer.starts[number], booking_id, soon()
    )
    await availability.keep_slot(SYSTEM, booking_id)
    return booking_id


async def rows_of(booking_id: UUID) -> list[Any]:
    return list(
        await run(
            "SELECT v.*, p.kind FROM reservation v JOIN resource_pool p ON p.id = v.pool_id"
            " WHERE booking_id = $1 ORDER BY v.id",
            booking_id,
        )
    )


async def test_a_booking_moves_in_its_own_rows_and_frees_its_old_time(open_offer: Bookable) -> None:
    offer = await terms(open_offer)
    booking_id = await taken(open_offer, 0)
    before = await rows_of(booking_id)
    ends_at = await availability.move_slot(SYSTEM, offer, booking_id, open_offer.starts[8])
    after = await rows_of(booking_id)
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert {row["starts_at"] for row in after} == {open_offer.starts[8]}
    assert {row["status"] for row in after} == {"confirmed"}
    assert max(row["ends_at"] for row in after) == ends_at
    await taken(open_offer, 0)
    with pytest.raises(SlotTaken):
        await taken(open_offer, 8)


async def test_half_an_hour_later_is_not_in_its_own_way(open_offer: Bookable) -> None:
    booking_id = await taken(open_offer, 0)
    await availability.move_slot(SYSTEM, await terms(open_offer), booking_id, open_offer.starts[1])
    assert {row["starts_at"] for row in await rows_of(booking_id)} == {open_offer.starts[1]}


@pytest.mark.parametrize("target", ["taken", "no slot"])
async def test_what_cannot_move_stays_whole(open_offer: Bookable, target: str) -> None:
    offer = await terms(open_offer)
    booking_id = await taken(open_offer, 0)
    await taken(open_offer, 6)
    before = await rows_of(booking_id)
    start, error = {
        "taken": (open_offer.starts[6], SlotTaken),
        "no slot": (open_offer.starts[6] + timedelta(minutes=7), NoSuchSlot),
    }[target]
    with pytest.raises(error):
        await availability.move_slot(SYSTEM, offer, booking_id, start)
    assert await rows_of(booking_id) == before


async def test_another_bed_is_taken_where_the_old_one_is_not_free(open_offer: Bookable) -> None:
    offer = await terms(open_offer)
    first, second = await taken(open_offer, 0), await taken(open_offer, 2)
    beds = {
        booking: next(row for row in await rows_of(booking) if row["kind"] == "bed")
        for booking in (first, second)
    }
    assert beds[first]["resource_id"] != beds[second]["resource_id"]
    # The first one's bed is kept for a third booking the day it moves to.
    later = next(s for s in open_offer.starts if s >= beds[second]["ends_at"])
    third = await taken(open_offer, open_offer.starts.index(later))
    (bed,) = [row for row in await rows_of(third) if row["kind"] == "bed"]
    assert bed["resource_id"] == beds[first]["resource_id"]
    target = later + timedelta(hours=2)
    await availability.move_slot(SYSTEM, offer, first, target)
    (moved,) = [row for row in await rows_of(first) if row["kind"] == "bed"]
    assert moved["id"] == beds[first]["id"]
    assert moved["resource_id"] != beds[first]["resource_id"]


async def test_an_ended_hold_of_others_does_not_stand_in_the_way(open_offer: Bookable) -> None:
    offer = await terms(open_offer)
    rival = new_id()
    await availability.take_slot(SYSTEM, offer, open_offer.starts[6], rival, soon(-1))
    booking_id = await taken(open_offer, 0)
    await availability.move_slot(SYSTEM, offer, booking_id, open_offer.starts[6])
    assert {row["status"] for row in await rows_of(rival)} == {"expired"}


async def test_an_ended_hold_has_nothing_to_move(open_offer: Bookable) -> None:
    offer = await terms(open_offer)
    booking_id = new_id()
    await availability.take_slot(SYSTEM, offer, open_offer.starts[0], booking_id, soon(-1))
    for moving in (
        availability.move_slot(SYSTEM, offer, booking_id, open_offer.starts[3]),
        availability.extend_stay(SYSTEM, booking_id, open_offer.starts[-1]),
    ):
        with pytest.raises(NothingReserved):
            await moving


async def test_a_move_takes_what_the_offer_needs_by_now(open_offer: Bookable) -> None:
    booking_id = await taken(open_offer, 0)
    device = await resources.create_pool(
        SYSTEM, open_offer.facility_id, NewPool(kind=PoolKind.BED, name="Chair")
    )
    need = NewOfferNeed(pool_id=device.id, nights=1)
    await resources.add_offer_need(SYSTEM, open_offer.offer.id, need)
    await run(
        "DELETE FROM offer_need n USING resource_pool p WHERE p.id = n.pool_id"
        " AND n.offer_id = $1 AND p.name = 'Beds'",
        open_offer.offer.id,
    )
    await availability.move_slot(SYSTEM, await terms(open_offer), booking_id, open_offer.starts[3])
    beds = [(r["status"], r["starts_at"]) for r in await rows_of(booking_id) if r["kind"] == "bed"]
    assert sorted(beds) == [
        ("confirmed", open_offer.starts[3]),
        ("released", open_offer.starts[0]),
    ]
    # What was given back does not come back with the rest.
    await availability.keep_slot(SYSTEM, booking_id)
    assert sorted(r["status"] for r in await rows_of(booking_id))[-1] == "released"


async def test_two_bookings_that_want_one_slot_never_both_get_it(open_offer: Bookable) -> None:
    offer = await terms(open_offer)
    bookings = [await taken(open_offer, number) for number in (0, 2, 4)]
    goal = open_offer.starts[10]
    tried = await asyncio.gather(
        *(availability.move_slot(SYSTEM, offer, each, goal) for each in bookings),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in tried) == ["SlotTaken", "SlotTaken", "datetime"]


async def test_a_stay_is_extended_while_the_bed_is_free(open_offer: Bookable) -> None:
    booking_id = await taken(open_offer, 0)
    (bed,) = [row for row in await rows_of(booking_id) if row["kind"] == "bed"]
    longer = bed["ends_at"] + timedelta(days=2)
    for until in (longer, longer, bed["ends_at"]):  # twice, and an earlier end, change nothing
        await availability.extend_stay(SYSTEM, booking_id, until)
    (extended,) = [row for row in await rows_of(booking_id) if row["kind"] == "bed"]
    assert (extended["id"], extended["ends_at"]) == (bed["id"], longer)


async def test_a_stay_is_not_extended_over_the_next_one(open_offer: Bookable) -> None:
    first = await taken(open_offer, 0)
    (bed,) = [row for row in await rows_of(first) if row["kind"] == "bed"]
    after = [s for s in open_offer.starts if s >= bed["ends_at"]]
    second = await taken(open_offer, open_offer.starts.index(after[0]))
    (next_bed,) = [row for row in await rows_of(second) if row["kind"] == "bed"]
    assert next_bed["resource_id"] == bed["resource_id"]
    with pytest.raises(SlotTaken):
        await availability.extend_stay(SYSTEM, first, bed["ends_at"] + timedelta(days=1))
    assert [row["ends_at"] for row in await rows_of(first) if row["kind"] == "bed"] == [
        bed["ends_at"]
    ]


async def test_whoever_leaves_earlier_gives_nights_back_and_the_room_its_cleaning_not(
    open_offer: Bookable,
) -> None:
    booking_id = await taken(open_offer, 0)
    before = {row["kind"]: row for row in await rows_of(booking_id)}
    leaves = open_offer.starts[0] + timedelta(minutes=30)
    await availability.shorten(SYSTEM, booking_id, leaves)
    after = {row["kind"]: row for row in await rows_of(booking_id)}
    assert after["bed"]["ends_at"] == leaves
    assert after["room"] == before["room"]
    await availability.shorten(SYSTEM, booking_id, open_offer.starts[0])
    assert {row["status"] for row in await rows_of(booking_id)} == {"released"}
