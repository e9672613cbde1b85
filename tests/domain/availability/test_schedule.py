"""The day view shows staff their own facility's time, and of other places that it is busy."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, ActorKind, ClientScope, Role
from domain.availability import blocks, closures, quotes, resources, schedule
from domain.availability import service as availability
from domain.availability.errors import UnusableRange
from domain.availability.schedule_types import BusyKind, ScheduledResource, ScheduleView
from domain.availability.types import (
    BlockTime,
    NewClosure,
    NewPool,
    PoolKind,
)
from domain.catalogue import service as catalogue
from domain.facilities.errors import NoSuchFacility
from domain.ids import new_id
from tests.factories import directory
from tests.factories.bookable import Bookable, bookable, practitioner

pytestmark = pytest.mark.usefixtures("catalogue")


def of(view: ScheduleView, kind: PoolKind, lane: int = 1) -> ScheduledResource:
    return next(each for each in view.resources if (each.kind, each.lane) == (kind, lane))


async def hold(offer: Bookable, number: int) -> UUID:
    booking_id, until = new_id(), datetime.now(UTC) + timedelta(minutes=15)
    terms = await catalogue.bookable_offer(ANONYMOUS, offer.offer.id)
    await availability.take_slot(SYSTEM, terms, offer.starts[number], booking_id, until)
    return booking_id


async def test_it_names_what_takes_time_at_home_and_hides_what_does_elsewhere(
    database: None,
) -> None:
    surgeon = practitioner("HU")
    ours = await bookable(await directory.employer("HU"), "HU", licence=surgeon)
    theirs = await bookable(await directory.employer("AZ"), "AZ", licence=surgeon)
    day = ours.starts[0].date()
    mine = await hold(ours, 0)
    common = next(s for s in theirs.starts if s >= ours.starts[0] + timedelta(hours=1))
    await hold(theirs, theirs.starts.index(common))
    offer = await catalogue.bookable_offer(ANONYMOUS, ours.offer.id)
    until = datetime.now(UTC) + timedelta(days=1)
    late = ours.starts[0] + timedelta(hours=6)
    await quotes.reserve_for_quote(SYSTEM, offer, late, new_id(), until)
    room = next(
        each.id
        for each in await resources.list_pools(SYSTEM, ours.facility_id)
        if each.kind is PoolKind.ROOM
    )
    block = BlockTime(
        starts_at=late - timedelta(hours=2), ends_at=late - timedelta(hours=1), reason="Repair"
    )
    made = await blocks.block_time(SYSTEM, room, block)
    staff = directory.staff(ours.organisation_id)
    view = await schedule.show_schedule(staff, ours.facility_id, day, day)
    doctor = of(view, PoolKind.PRACTITIONER)
    assert [(span.kind, span.booking_id) for span in doctor.busy] == [
        (BusyKind.BOOKING, mine),
        (BusyKind.ELSEWHERE, None),
        (BusyKind.QUOTE, None),
    ]
    room_busy = of(view, PoolKind.ROOM).busy
    assert [span.reason for span in room_busy] == [None, "Repair", None]
    assert [span.block_id for span in room_busy] == [None, made.id, None]
    (opening,) = doctor.openings
    assert opening.ends_at - opening.starts_at == timedelta(hours=8)
    beds = [of(view, PoolKind.BED, lane) for lane in (1, 2, 3)]
    assert [len(bed.busy) for bed in beds] == [1, 1, 0]
    assert beds[0].openings[0].ends_at - beds[0].openings[0].starts_at == timedelta(days=1)


async def test_a_system_that_reads_hours_alone_learns_no_booking(database: None) -> None:
    offer = await bookable(await directory.employer())
    booking_id, day = await hold(offer, 0), offer.starts[0].date()

    def system(*scopes: ClientScope) -> Actor:
        return Actor(
            kind=ActorKind.CLIENT, role=Role.FACILITY_SYSTEM, client_id=new_id(),
            organisation_id=offer.organisation_id, scopes=frozenset(scopes),
        )  # fmt: skip

    for scopes, seen in (
        ((ClientScope.AVAILABILITY_READ,), None),
        ((ClientScope.AVAILABILITY_READ, ClientScope.BOOKINGS_READ), booking_id),
    ):
        view = await schedule.show_schedule(system(*scopes), offer.facility_id, day, day)
        assert [span.booking_id for span in of(view, PoolKind.ROOM).busy] == [seen]


async def test_closed_days_and_holidays_are_named(database: None) -> None:
    facility = await directory.licensed("TR", organisation=await directory.employer("TR"))
    await resources.create_pool(SYSTEM, facility.id, NewPool(kind=PoolKind.BED, name="Beds"))
    first = date(2027, 10, 28)
    closing = NewClosure(first_day=first, last_day=first, reason="Stocktaking", beds_too=True)
    closure = await closures.close_facility(SYSTEM, facility.id, closing)
    view = await schedule.show_schedule(SYSTEM, facility.id, first, first + timedelta(days=1))
    assert view.closures == [closure]
    assert [holiday.day for holiday in view.holidays] == [date(2027, 10, 29)]
    (bed,) = view.resources
    assert [(s.starts_at.isoformat(), s.ends_at.isoformat()) for s in bed.openings] == [
        ("2027-10-28T21:00:00+00:00", "2027-10-29T21:00:00+00:00")
    ]


@pytest.mark.parametrize(("days", "allowed"), [(0, True), (30, True), (31, False), (-1, False)])
async def test_it_shows_a_month_at_most(database: None, days: int, allowed: bool) -> None:
    facility = await directory.licensed("KZ")
    first = directory.today()
    asked: Any = schedule.show_schedule(SYSTEM, facility.id, first, first + timedelta(days=days))
    if allowed:
        assert (await asked).resources == []
    else:
        with pytest.raises(UnusableRange):
            await asked


async def test_strangers_do_not_learn_that_the_facility_exists(database: None) -> None:
    facility = await directory.licensed("KZ")
    with pytest.raises(NoSuchFacility):
        await schedule.show_schedule(directory.staff(new_id()), facility.id, None, None)
