"""The earliest time of an offer follows every change, touches no other offer, and ages."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM
from domain.availability import blocks, closures, earliest, hours, quotes, resources
from domain.availability import service as availability
from domain.availability.errors import NothingReserved, SlotTaken
from domain.availability.types import (
    BlockTime,
    NewClosure,
    NewOfferNeed,
    NewOpeningException,
    NewPool,
    PoolKind,
)
from domain.catalogue import service as catalogue
from domain.catalogue.types import BookableOffer
from domain.db import DB
from domain.ids import new_id
from tests.factories import directory
from tests.factories.bookable import Bookable, bookable
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def open_offer(database: None) -> Bookable:
    """An offer whose earliest time is known."""
    offer = await bookable(await directory.employer())
    await earliest.keep_earliest()
    return offer


async def stored(offer: Bookable) -> datetime | None:
    (row,) = await run("SELECT earliest_at FROM offer WHERE id = $1", offer.offer.id)
    found: datetime | None = row["earliest_at"]
    return found


async def kept(offer: Bookable) -> datetime | None:
    """The earliest time after the worker's next turn."""
    await earliest.keep_earliest()
    return await stored(offer)


async def shown(offer: Bookable) -> datetime:
    """The first slot that is listed."""
    found = await availability.list_slots(ANONYMOUS, offer.offer.id, None, None)
    return found.items[0].starts_at


async def pool(offer: Bookable, kind: PoolKind = PoolKind.ROOM) -> UUID:
    found = await resources.list_pools(SYSTEM, offer.facility_id)
    return next(each.id for each in found if each.kind is kind)


async def terms(offer: Bookable) -> BookableOffer:
    return await catalogue.bookable_offer(ANONYMOUS, offer.offer.id)


async def hold(offer: Bookable, start: datetime) -> UUID:
    booking_id, until = new_id(), datetime.now(UTC) + timedelta(minutes=15)
    await availability.take_slot(SYSTEM, await terms(offer), start, booking_id, until)
    return booking_id


async def test_it_is_the_first_slot_and_follows_bookings(open_offer: Bookable) -> None:
    first = await stored(open_offer)
    assert first == await shown(open_offer)
    booking_id = await hold(open_offer, first)
    second = await kept(open_offer)
    assert second == await shown(open_offer) > first
    await availability.release_slot(SYSTEM, booking_id)
    assert await kept(open_offer) == first


async def test_it_follows_hours_closures_blocks_and_needs(open_offer: Bookable) -> None:
    first = await stored(open_offer)
    assert first is not None
    room, day = await pool(open_offer), first.date()
    exception = await hours.add_opening_exception(SYSTEM, room, NewOpeningException(day=day))
    after = await kept(open_offer)
    assert after == await shown(open_offer) and after > first
    await hours.remove_opening_exception(SYSTEM, room, exception.id)
    assert await kept(open_offer) == first
    closing = NewClosure(first_day=day, last_day=day + timedelta(days=200), reason="Renovation")
    closure = await closures.close_facility(SYSTEM, open_offer.facility_id, closing)
    assert await kept(open_offer) is None
    await closures.reopen_facility(SYSTEM, open_offer.facility_id, closure.id)
    assert await kept(open_offer) == first
    block = BlockTime(starts_at=first, ends_at=first + timedelta(hours=2), reason="Repair")
    await blocks.block_time(SYSTEM, room, block)
    # Late in the day the next opening is tomorrow's.
    after = await kept(open_offer)
    assert after == await shown(open_offer) and after >= first + timedelta(hours=2)
    never_open = NewPool(kind=PoolKind.DEVICE, name="Scanner without hours")
    scanner = await resources.create_pool(SYSTEM, open_offer.facility_id, never_open)
    await resources.add_offer_need(SYSTEM, open_offer.offer.id, NewOfferNeed(pool_id=scanner.id))
    assert await kept(open_offer) is None


async def test_an_offer_beyond_two_weeks_is_still_found(open_offer: Bookable) -> None:
    first = directory.today()
    for days, expected in ((30, True), (250, False)):
        closing = NewClosure(
            first_day=first, last_day=first + timedelta(days=days), reason="Renovation"
        )
        closure = await closures.close_facility(SYSTEM, open_offer.facility_id, closing)
        found = await kept(open_offer)
        assert (found is not None) is expected
        assert not expected or found.date() == first + timedelta(days=days + 1)  # type: ignore[union-attr]
        await closures.reopen_facility(SYSTEM, open_offer.facility_id, closure.id)


async def test_other_offers_are_not_touched_and_equal_values_not_written(
    open_offer: Bookable,
) -> None:
    other = await bookable(await directory.employer())
    await earliest.keep_earliest()
    due = "SELECT due_at FROM offer_earliest WHERE offer_id = $1"
    (before,) = await run(due, other.offer.id)
    changes = "SELECT count(*) FROM search_change WHERE target = $1"
    (written,) = await run(changes, str(open_offer.offer.id))
    # A late slot is taken: ours is due, but its earliest time stays.
    await hold(open_offer, open_offer.starts[-1])
    assert await earliest.keep_earliest() == 1
    assert await run(due, other.offer.id) == [before]
    assert await run(changes, str(open_offer.offer.id)) == [written]
    first = await stored(open_offer)
    assert first is not None
    await hold(open_offer, first)
    assert await earliest.keep_earliest() == 1
    (now_written,) = await run(changes, str(open_offer.offer.id))
    assert now_written["count"] == written["count"] + 1
    assert await earliest.keep_earliest() == 0


async def test_it_ages_when_the_clock_overtakes_it(open_offer: Bookable) -> None:
    (due,) = await run(
        "SELECT e.due_at, o.earliest_at, o.lead_time_hours FROM offer_earliest e"
        " JOIN offer o ON o.id = e.offer_id WHERE o.id = $1",
        open_offer.offer.id,
    )
    lead = timedelta(hours=due["lead_time_hours"])
    assert timedelta(0) < due["due_at"] - (due["earliest_at"] - lead) < timedelta(minutes=1)
    await run(
        "UPDATE offer SET earliest_at = now() - interval '1 day' WHERE id = $1", open_offer.offer.id
    )
    await run("UPDATE offer_earliest SET due_at = now() WHERE offer_id = $1", open_offer.offer.id)
    assert await kept(open_offer) == await shown(open_offer)


async def test_two_workers_compute_each_offer_once(open_offer: Bookable) -> None:
    offers = [await bookable(await directory.employer()) for _ in range(3)]
    done = await asyncio.gather(*(earliest.keep_earliest() for _ in range(4)))
    assert sum(done) == len(offers)
    for offer in offers:
        assert await stored(offer) == await shown(offer)


async def test_what_changes_while_it_is_computed_is_computed_again(
    open_offer: Bookable, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, table = await stored(open_offer), earliest.timetable
    assert first is not None
    raced = []

    async def racing(*args: Any, **more: Any) -> Any:
        found = await table(*args, **more)
        if not raced:
            raced.append(True)
            # In a transaction of its own, after the openings were read.
            await asyncio.create_task(_apart(open_offer, first))
        return found

    monkeypatch.setattr(earliest, "timetable", racing)
    await run("UPDATE offer_earliest SET due_at = now() WHERE offer_id = $1", open_offer.offer.id)
    await earliest.keep_earliest()
    assert await kept(open_offer) == await shown(open_offer) > first


async def _apart(offer: Bookable, start: datetime) -> None:
    DB.current_transaction.set(None)
    await hold(offer, start)


# Quotes --------------------------------------------------------------------------------------


async def test_a_quote_keeps_its_time_until_it_becomes_a_booking(open_offer: Bookable) -> None:
    start, quote_id, booking_id = open_offer.starts[0], new_id(), new_id()
    offer = await terms(open_offer)
    until = quotes.kept_until(offer, datetime.now(UTC))
    ends_at = await quotes.reserve_for_quote(SYSTEM, offer, start, quote_id, until)
    for rival in (
        hold(open_offer, start),
        quotes.reserve_for_quote(SYSTEM, offer, start, new_id(), until),
    ):
        with pytest.raises(SlotTaken):
            await rival
    hold_until = datetime.now(UTC) + timedelta(minutes=15)
    adopted = await quotes.adopt_quote_reservation(SYSTEM, booking_id, quote_id, hold_until)
    assert adopted == ends_at
    await quotes.release_quote(SYSTEM, quote_id)  # it has nothing left to give back
    await availability.keep_slot(SYSTEM, booking_id)
    with pytest.raises(NothingReserved):
        await quotes.adopt_quote_reservation(SYSTEM, new_id(), quote_id, hold_until)
    with pytest.raises(SlotTaken):
        await hold(open_offer, start)


@pytest.mark.parametrize("how", ["released", "overdue", "swept"])
async def test_a_quotes_time_comes_back(open_offer: Bookable, how: str) -> None:
    start, quote_id, offer = open_offer.starts[0], new_id(), await terms(open_offer)
    ahead = timedelta(days=1) if how == "released" else timedelta(seconds=-1)
    await quotes.reserve_for_quote(SYSTEM, offer, start, quote_id, datetime.now(UTC) + ahead)
    if how == "released":
        await quotes.release_quote(SYSTEM, quote_id)
    if how == "swept":
        await quotes.expire_quotes()
    with pytest.raises(NothingReserved):
        await quotes.adopt_quote_reservation(SYSTEM, new_id(), quote_id, datetime.now(UTC))
    await hold(open_offer, start)


async def test_five_working_days_end_at_the_facilitys_midnight(open_offer: Bookable) -> None:
    offer = await terms(open_offer)
    # Thursday evening in Almaty; the fifth working day after it is the Thursday a week later.
    until = quotes.kept_until(offer, datetime(2027, 12, 16, 17, tzinfo=UTC))
    assert until == datetime(2027, 12, 23, 19, tzinfo=UTC)
