"""Hours, closures and blocks change under the locks, keep every booking, and tell of each once."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Role
from domain.availability import blocks, closures, hours, resources, schedule, uncovered
from domain.availability import service as availability
from domain.availability.errors import (
    NoSuchBlock,
    NoSuchClosure,
    NoSuchException,
    NoSuchPool,
    NoSuchRule,
    NoSuchSlot,
    PractitionerKnown,
    ResourceEnded,
    SlotTaken,
    UnusableTime,
)
from domain.availability.events import Cause
from domain.availability.public_holidays import after_working_days, public_holidays
from domain.availability.types import (
    BlockTime,
    EndOpeningRule,
    EndResource,
    NewClosure,
    NewOpeningException,
    NewOpeningRule,
    NewPool,
    PoolKind,
)
from domain.catalogue import service as catalogue
from domain.errors import Forbidden, StaleVersion
from domain.facilities.errors import NoSuchFacility
from domain.idempotency.service import KeyReused, Once
from domain.ids import new_id
from tests.factories import directory
from tests.factories.bookable import EVERY_DAY, Bookable, bookable, practitioner
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def open_offer(database: None) -> Bookable:
    """An offer of an hour with a night in one of three beds."""
    return await bookable(await directory.employer())


async def pool(open_offer: Bookable, kind: PoolKind = PoolKind.ROOM) -> UUID:
    found = await resources.list_pools(SYSTEM, open_offer.facility_id)
    return next(each.id for each in found if each.kind is kind)


async def taken(open_offer: Bookable, number: int) -> UUID:
    """Let a new booking take the slot of this number for good."""
    booking_id, until = new_id(), datetime.now(UTC) + timedelta(minutes=15)
    terms = await catalogue.bookable_offer(ANONYMOUS, open_offer.offer.id)
    await availability.take_slot(SYSTEM, terms, open_offer.starts[number], booking_id, until)
    await availability.keep_slot(SYSTEM, booking_id)
    return booking_id


async def told(booking_id: UUID) -> list[str]:
    """The causes of which the outbox tells for a booking, each as often as it is told."""
    rows = await run(
        "SELECT payload::jsonb ->> 'cause' AS cause FROM outbox_event"
        " WHERE kind = 'BookingUncovered' AND payload::jsonb ->> 'booking_id' = $1",
        str(booking_id),
    )
    return sorted(row["cause"] for row in rows)


async def live(booking_id: UUID) -> int:
    rows = await run(
        "SELECT id FROM reservation WHERE booking_id = $1 AND status = 'confirmed'", booking_id
    )
    return len(rows)


def rule(**more: Any) -> NewOpeningRule:
    values: dict[str, Any] = {
        "rrule": EVERY_DAY, "opens": time(9), "minutes": 480, "valid_from": directory.today(),
    }  # fmt: skip
    return NewOpeningRule(**{**values, **more})


async def test_a_rule_changes_by_version_and_tells_of_what_lies_outside_once(
    open_offer: Bookable,
) -> None:
    room, early = await pool(open_offer), await taken(open_offer, 0)
    late = await taken(open_offer, 6)
    (found,) = await hours.list_opening_rules(SYSTEM, room)
    changed = await hours.change_opening_rule(SYSTEM, room, found.id, rule(opens=time(11)), 1)
    assert (changed.version, changed.opens) == (2, time(11))
    assert await told(early) == ["rule_changed"] and await told(late) == []
    assert await live(early) == 3
    with pytest.raises(StaleVersion):
        await hours.change_opening_rule(SYSTEM, room, found.id, rule(), 1)
    await hours.change_opening_rule(SYSTEM, room, found.id, rule(opens=time(11), minutes=300), 2)
    assert await told(early) == ["rule_changed"]
    # Covered again and then not any more, it is news again.
    await hours.change_opening_rule(SYSTEM, room, found.id, rule(), 3)
    await hours.change_opening_rule(SYSTEM, room, found.id, rule(opens=time(11)), 4)
    assert await told(early) == ["rule_changed", "rule_changed"]


async def test_a_moved_booking_is_told_of_anew(open_offer: Bookable) -> None:
    room, booking_id = await pool(open_offer), await taken(open_offer, 0)
    (found,) = await hours.list_opening_rules(SYSTEM, room)
    await hours.change_opening_rule(SYSTEM, room, found.id, rule(opens=time(11)), 1)
    terms = await catalogue.bookable_offer(ANONYMOUS, open_offer.offer.id)
    at_noon = open_offer.starts[0] + timedelta(hours=3)
    await availability.move_slot(SYSTEM, terms, booking_id, at_noon)
    await hours.change_opening_rule(SYSTEM, room, found.id, rule(opens=time(14)), 2)
    assert await told(booking_id) == ["rule_changed", "rule_changed"]


async def test_a_rule_ends_on_a_day_or_is_taken_away(open_offer: Bookable) -> None:
    room = await pool(open_offer)
    kept, lost = await taken(open_offer, 0), await taken(open_offer, len(open_offer.starts) - 1)
    (found,) = await hours.list_opening_rules(SYSTEM, room)
    last = open_offer.starts[0].date()
    await hours.end_opening_rule(SYSTEM, room, found.id, EndOpeningRule(last_day=last), 1)
    (ended,) = await hours.list_opening_rules(SYSTEM, room)
    assert (ended.last_day, ended.version) == (last, 2)
    assert (await told(kept), await told(lost)) == ([], ["rule_changed"])
    before = EndOpeningRule(last_day=directory.today() - timedelta(days=1))
    await hours.end_opening_rule(SYSTEM, room, found.id, before, 2)
    assert await hours.list_opening_rules(SYSTEM, room) == []
    assert await told(kept) == ["rule_changed"]
    with pytest.raises(NoSuchRule):
        await hours.end_opening_rule(SYSTEM, room, found.id, before, 2)


async def test_an_exception_closes_a_day_and_its_removal_opens_it(open_offer: Bookable) -> None:
    room, booking_id = await pool(open_offer), await taken(open_offer, 0)
    day = open_offer.starts[0].date()
    made = await hours.add_opening_exception(SYSTEM, room, NewOpeningException(day=day))
    assert await hours.list_opening_exceptions(SYSTEM, room) == [made]
    assert await told(booking_id) == ["rule_changed"]
    slots = await availability.list_slots(ANONYMOUS, open_offer.offer.id, day, day)
    assert slots.items == []
    await hours.remove_opening_exception(SYSTEM, room, made.id)
    slots = await availability.list_slots(ANONYMOUS, open_offer.offer.id, day, day)
    assert slots.items
    with pytest.raises(NoSuchException):
        await hours.remove_opening_exception(SYSTEM, room, made.id)


async def test_nothing_is_free_on_a_public_holiday_that_a_rule_observes(database: None) -> None:
    offer = await bookable(await directory.employer("TR"), "TR")
    year = directory.today().year + 1
    republic_day = date(year, 10, 29)
    assert republic_day in public_holidays("TR", year)
    asked = (ANONYMOUS, offer.offer.id, republic_day, republic_day)
    assert (await availability.list_slots(*asked)).items == []
    for kind in (PoolKind.ROOM, PoolKind.PRACTITIONER):
        room = await pool(offer, kind)
        (found,) = await hours.list_opening_rules(SYSTEM, room)
        await hours.change_opening_rule(SYSTEM, room, found.id, rule(observes_holidays=False), 1)
    assert (await availability.list_slots(*asked)).items


@pytest.mark.parametrize("state", ["AZ", "KZ", "KG", "TR", "UZ", "HU", "TM"])
def test_every_state_but_northern_cyprus_has_public_holidays(state: str) -> None:
    assert date(2027, 1, 1) in public_holidays(state, 2027)
    assert public_holidays("XN", 2027) == {}


def test_working_days_skip_weekends_and_holidays() -> None:
    # 1 January 2027 is a Friday and a holiday; in Kazakhstan 2 January is one too, moved on.
    assert after_working_days("XN", date(2026, 12, 31), 1) == date(2027, 1, 1)
    assert after_working_days("TR", date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert after_working_days("TR", date(2026, 12, 31), 5) == date(2027, 1, 8)
    assert after_working_days("KZ", date(2026, 12, 31), 1) > date(2027, 1, 4)


async def test_a_closure_shuts_everything_but_beds_and_is_lifted(open_offer: Bookable) -> None:
    today, later = await taken(open_offer, 0), await taken(open_offer, len(open_offer.starts) - 1)
    first = open_offer.starts[0].date()
    closing = NewClosure(first_day=first, last_day=first, reason="Mourning")
    made = await closures.close_facility(SYSTEM, open_offer.facility_id, closing)
    assert await closures.list_closures(SYSTEM, open_offer.facility_id) == [made]
    assert (await told(today), await told(later)) == (["closure"], [])
    assert await live(today) == 3
    asked = (ANONYMOUS, open_offer.offer.id, first, first)
    assert (await availability.list_slots(*asked)).items == []
    terms = await catalogue.bookable_offer(ANONYMOUS, open_offer.offer.id)
    with pytest.raises(NoSuchSlot):
        await availability.take_slot(
            SYSTEM, terms, open_offer.starts[4], new_id(), datetime.now(UTC) + timedelta(minutes=9)
        )
    await closures.reopen_facility(SYSTEM, open_offer.facility_id, made.id)
    assert (await availability.list_slots(*asked)).items
    with pytest.raises(NoSuchClosure):
        await closures.reopen_facility(SYSTEM, open_offer.facility_id, made.id)
    # Closed again, everybody is told again.
    await closures.close_facility(SYSTEM, open_offer.facility_id, closing)
    assert await told(today) == ["closure", "closure"]


async def test_what_a_closure_would_touch_is_said_before_and_listed_after(
    open_offer: Bookable,
) -> None:
    booking_id, facility = await taken(open_offer, 0), open_offer.facility_id
    day = open_offer.starts[0].date()
    staff = directory.staff(open_offer.organisation_id)
    closing = NewClosure(first_day=day, last_day=day, reason="Stocktaking")

    async def close() -> object:
        return await closures.close_facility(staff, facility, closing)

    (seen,) = await uncovered.preview_uncovered(staff, facility, close)
    assert (seen.booking_id, seen.cause) == (booking_id, Cause.CLOSURE)
    assert seen.starts_at == open_offer.starts[0]
    assert await uncovered.list_uncovered(staff, facility) == []
    assert await closures.list_closures(staff, facility) == [] and await told(booking_id) == []
    await close()
    assert await uncovered.list_uncovered(staff, facility) == [seen]
    # What is said already is not said to follow from the next change.
    assert await uncovered.preview_uncovered(staff, facility, close) == []
    await availability.release_slot(SYSTEM, booking_id)
    assert await uncovered.list_uncovered(staff, facility) == []


async def test_a_preview_is_refused_what_the_change_is(open_offer: Bookable) -> None:
    stranger = directory.staff(new_id())
    staff = directory.staff(open_offer.organisation_id)
    day = open_offer.starts[0].date()
    backwards = NewClosure(first_day=day, last_day=day - timedelta(days=1), reason="Stocktaking")

    async def close() -> object:
        return await closures.close_facility(staff, open_offer.facility_id, backwards)

    with pytest.raises(UnusableTime):
        await uncovered.preview_uncovered(staff, open_offer.facility_id, close)
    with pytest.raises(NoSuchFacility):
        await uncovered.preview_uncovered(stranger, open_offer.facility_id, close)
    with pytest.raises((NoSuchFacility, Forbidden)):
        await uncovered.list_uncovered(stranger, open_offer.facility_id)


async def test_what_an_offer_takes_is_listed_for_its_own_facility(open_offer: Bookable) -> None:
    staff = directory.staff(open_offer.organisation_id)
    needs = await schedule.list_offer_needs(staff, open_offer.facility_id)
    assert {each.offer_id for each in needs} == {open_offer.offer.id}
    assert [(each.kind, each.nights) for each in needs] == [
        (PoolKind.BED, 1),
        (PoolKind.PRACTITIONER, 0),
        (PoolKind.ROOM, 0),
    ]
    with pytest.raises(NoSuchFacility):
        await schedule.list_offer_needs(directory.staff(new_id()), open_offer.facility_id)


async def test_what_is_sent_twice_is_made_once(open_offer: Bookable) -> None:
    staff, room = directory.staff(open_offer.organisation_id), await pool(open_offer)
    day = directory.today() + timedelta(days=40)
    begins = datetime.combine(day, time(9), UTC)
    rule = NewOpeningRule(rrule=EVERY_DAY, opens=time(18), minutes=60, valid_from=day)
    closing = NewClosure(first_day=day, last_day=day, reason="Stocktaking")
    block = BlockTime(
        starts_at=begins, ends_at=begins + timedelta(hours=1), reason="Repair", lane=1
    )
    rules = [
        await hours.add_opening_rule(staff, room, rule, Once.of("twice-rule", rule))
        for _ in range(2)
    ]
    closed = [
        await closures.close_facility(
            staff, open_offer.facility_id, closing, Once.of("twice-closure", closing)
        )
        for _ in range(2)
    ]
    blocked = [
        await blocks.block_time(staff, room, block, Once.of("twice-block", block)) for _ in range(2)
    ]
    assert rules[0] == rules[1] and closed[0] == closed[1] and blocked[0] == blocked[1]
    assert len(await hours.list_opening_rules(staff, room)) == 2
    assert len(await closures.list_closures(staff, open_offer.facility_id)) == 1
    assert len(await blocks.list_blocks(staff, room)) == 1
    with pytest.raises(KeyReused):
        await hours.add_opening_rule(staff, room, rule, Once.of("twice-rule", closing))


async def test_nobody_sleeps_in_a_ward_that_is_closed(open_offer: Bookable) -> None:
    first = open_offer.starts[0].date()
    night = NewClosure(
        first_day=first + timedelta(days=1), last_day=first + timedelta(days=1), reason="Painting",
        beds_too=True,
    )  # fmt: skip
    booking_id = await taken(open_offer, 0)
    await closures.close_facility(SYSTEM, open_offer.facility_id, night)
    assert await told(booking_id) == ["closure"]
    slots = await availability.list_slots(ANONYMOUS, open_offer.offer.id, first, first)
    assert slots.items == []


@pytest.mark.parametrize("days", [-1, 1096, 2000])
async def test_a_closure_has_days_in_order_and_is_no_abolition(
    open_offer: Bookable, days: int
) -> None:
    first = directory.today()
    asked = NewClosure(first_day=first, last_day=first + timedelta(days=days), reason="For ever")
    with pytest.raises(UnusableTime):
        await closures.close_facility(SYSTEM, open_offer.facility_id, asked)


async def test_staff_take_and_free_time_but_never_a_bookings(open_offer: Bookable) -> None:
    room, booking_id = await pool(open_offer), await taken(open_offer, 0)
    start = open_offer.starts[0]

    def block(hours_later: int, **more: Any) -> BlockTime:
        begins = start + timedelta(hours=hours_later)
        return BlockTime(
            starts_at=begins, ends_at=begins + timedelta(hours=2), reason="Repair", **more
        )

    with pytest.raises(SlotTaken):
        await blocks.block_time(SYSTEM, room, block(0))
    made = await blocks.block_time(SYSTEM, room, block(3))
    assert await blocks.list_blocks(SYSTEM, room) == [made]
    with pytest.raises(SlotTaken):
        await blocks.block_time(SYSTEM, room, block(4))
    number = open_offer.starts.index(start + timedelta(hours=3))
    day = start.date()
    free = await availability.list_slots(ANONYMOUS, open_offer.offer.id, day, day)
    assert open_offer.starts[number] not in [slot.starts_at for slot in free.items]
    with pytest.raises(SlotTaken):
        await taken(open_offer, number)
    await blocks.free_time(SYSTEM, room, made.id)
    with pytest.raises(NoSuchBlock):
        await blocks.free_time(SYSTEM, room, made.id)
    await taken(open_offer, number)
    assert await live(booking_id) == 3


async def test_a_block_takes_the_lane_it_names_or_the_first_free_one(open_offer: Bookable) -> None:
    beds = await pool(open_offer, PoolKind.BED)
    start = open_offer.starts[0]
    asked = {"starts_at": start, "ends_at": start + timedelta(days=9), "reason": "Isolation"}
    lanes = [
        (await blocks.block_time(SYSTEM, beds, BlockTime(**asked, lane=lane))).lane  # type: ignore[arg-type]
        for lane in (2, None, None)
    ]
    assert lanes == [2, 1, 3]
    for lane in (None, 1, 4, 200):
        with pytest.raises(SlotTaken):
            await blocks.block_time(SYSTEM, beds, BlockTime(**asked, lane=lane))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "length"),
    [(1, 0), (1, -1), (1, 24 * 367), (-5, 4), (24 * 365 * 7000, 1)],
)
async def test_a_block_is_a_stretch_of_at_most_a_year_that_is_not_over(
    open_offer: Bookable, start: int, length: int
) -> None:
    begins = datetime.now(UTC) + timedelta(hours=start)
    asked = BlockTime(
        starts_at=begins, ends_at=begins + timedelta(hours=length), reason="Impossible"
    )
    with pytest.raises(UnusableTime):
        await blocks.block_time(SYSTEM, await pool(open_offer), asked)


async def test_an_affiliation_ends_and_its_later_bookings_are_told_of(
    open_offer: Bookable,
) -> None:
    doctor = await pool(open_offer, PoolKind.PRACTITIONER)
    kept, lost = await taken(open_offer, 0), await taken(open_offer, len(open_offer.starts) - 1)
    ends_at = open_offer.starts[0] + timedelta(hours=9)
    view = await resources.end_resource(SYSTEM, doctor, EndResource(ends_at=ends_at))
    assert view.ends_at == ends_at
    assert (await told(kept), await told(lost)) == ([], ["affiliation_ended"])
    last = open_offer.starts[-1].date()
    asked = (ANONYMOUS, open_offer.offer.id, last, last)
    assert (await availability.list_slots(*asked)).items == []
    with pytest.raises(ResourceEnded):
        await resources.end_resource(SYSTEM, doctor, EndResource())


async def test_who_left_may_come_back_under_the_same_name(database: None) -> None:
    facility, who = await directory.licensed("KZ"), practitioner()
    again = NewPool(kind=PoolKind.PRACTITIONER, name="Surgeon", practitioner=who)
    first = await resources.create_pool(SYSTEM, facility.id, again)
    with pytest.raises(PractitionerKnown):
        await resources.create_pool(SYSTEM, facility.id, again)
    await resources.end_resource(SYSTEM, first.id, EndResource())
    with pytest.raises(UnusableTime):
        await resources.end_resource(
            SYSTEM, first.id, EndResource(ends_at=datetime(1999, 1, 1, tzinfo=UTC))
        )
    second = await resources.create_pool(SYSTEM, facility.id, again)
    shared = await run(
        "SELECT DISTINCT resource_id FROM pool_lane WHERE pool_id = ANY($1)", [first.id, second.id]
    )
    assert len(shared) == 1


async def test_over_http_staff_change_their_own_hours_and_nobody_elses(
    person: Any, database: None
) -> None:
    coordinator = await person(Role.COORDINATOR)
    offer = await bookable(coordinator.organisation_id)
    room, mine = await pool(offer), coordinator.client
    address = f"/v1/resources/{room}/rules"
    body = {
        "rrule": "freq=monthly;byday=2tu,-1fr", "opens": "20:00:00", "minutes": 600,
        "valid_from": "2026-01-01", "observes_holidays": False,
    }  # fmt: skip
    made = await mine.post(address, json=body)
    assert made.status_code == 201, made.text
    view, tag = made.json(), made.headers["etag"]
    assert (view["rrule"], tag) == ("FREQ=MONTHLY;BYDAY=2TU,-1FR", '"1"')
    one = f"{address}/{view['id']}"
    missing = await mine.put(one, json=body)
    assert (missing.status_code, missing.json()["code"]) == (422, "if_match_needed")
    changed = await mine.put(one, json=body | {"minutes": 60}, headers={"If-Match": tag})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    stale = await mine.put(one, json=body, headers={"If-Match": tag})
    assert stale.status_code == 412
    for wrong in (
        {"rrule": "FREQ=SECONDLY"}, {"rrule": "FREQ=DAILY\0"}, {"minutes": 10**400},
        {"more": 1}, {"opens": "25:00:00"}, {"valid_from": "9999-12-31"},
        {"valid_until": "2025-12-31"},
    ):  # fmt: skip
        refused = await mine.post(address, json=body | wrong)
        assert refused.status_code in (400, 422), (wrong, refused.text)
    stranger = await person(Role.COORDINATOR)
    for answer in (
        await stranger.client.get(address),
        await stranger.client.put(one, json=body, headers={"If-Match": '"2"'}),
        await mine.put(f"{address}/{new_id()}", json=body, headers={"If-Match": '"1"'}),
        await mine.get(f"/v1/resources/{new_id()}/rules"),
    ):
        assert answer.status_code == 404, answer.text
    ended = await mine.post(
        f"{one}/end", json={"last_day": "2020-01-01"}, headers={"If-Match": '"2"'}
    )
    assert ended.status_code == 204
    assert [each["rrule"] for each in (await mine.get(address)).json()] == [EVERY_DAY]


async def test_over_http_blocks_and_closures_come_and_go(person: Any, database: None) -> None:
    coordinator = await person(Role.COORDINATOR)
    offer = await bookable(coordinator.organisation_id)
    room, mine = await pool(offer), coordinator.client
    start = offer.starts[0]
    block = {
        "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat(),
        "reason": "Repair",
    }  # fmt: skip
    made = await mine.post(f"/v1/resources/{room}/blocks", json=block)
    assert made.status_code == 201, made.text
    taken_twice = await mine.post(f"/v1/resources/{room}/blocks", json=block)
    assert taken_twice.json()["code"] == "slot_taken"
    naive = await mine.post(
        f"/v1/resources/{room}/blocks", json=block | {"starts_at": "2027-01-01T09:00:00"}
    )
    assert naive.status_code in (400, 422)
    listed = await mine.get(f"/v1/resources/{room}/blocks")
    assert listed.json() == [made.json()]
    one = f"/v1/resources/{room}/blocks/{made.json()['id']}"
    assert [(await mine.delete(one)).status_code for _ in range(2)] == [204, 404]
    closing = {"first_day": "2031-07-01", "last_day": "2031-07-02", "reason": "Renovation"}
    address = f"/v1/facilities/{offer.facility_id}/closures"
    made = await mine.post(address, json=closing)
    assert made.status_code == 201, made.text
    assert (await mine.get(address)).json() == [made.json()]
    assert (await mine.delete(f"{address}/{made.json()['id']}")).status_code == 204
    backwards = await mine.post(address, json=closing | {"last_day": "2031-06-01"})
    assert (backwards.status_code, backwards.json()["code"]) == (422, "time_unusable")


async def test_only_the_facilitys_own_staff_see_or_change_its_time(
    open_offer: Bookable,
) -> None:
    stranger, room = directory.staff(new_id()), await pool(open_offer)
    first = directory.today()
    for refused in (
        hours.list_opening_rules(stranger, room),
        hours.list_opening_exceptions(stranger, room),
        blocks.list_blocks(stranger, room),
        closures.list_closures(stranger, open_offer.facility_id),
        closures.close_facility(
            stranger,
            open_offer.facility_id,
            NewClosure(first_day=first, last_day=first, reason="Mischief"),
        ),
        resources.end_resource(stranger, room, EndResource()),
    ):
        with pytest.raises((NoSuchFacility, NoSuchPool)):
            await refused


async def test_an_offer_does_without_who_has_left(person: Any, database: None) -> None:
    coordinator = await person(Role.COORDINATOR)
    offer = await bookable(coordinator.organisation_id)
    doctor = await pool(offer, PoolKind.PRACTITIONER)
    await resources.end_resource(SYSTEM, doctor, EndResource())
    asked = (ANONYMOUS, offer.offer.id, None, None)
    assert (await availability.list_slots(*asked)).items == []
    address = f"/v1/offers/{offer.offer.id}/needs/{doctor}"
    stranger = await person(Role.COORDINATOR)
    assert (await stranger.client.delete(address)).status_code == 404
    answers = [(await coordinator.client.delete(address)).status_code for _ in range(2)]
    assert answers == [204, 404]
    assert (await availability.list_slots(*asked)).items


async def test_whoever_books_while_the_house_is_closed_is_refused_or_told_of(
    open_offer: Bookable,
) -> None:
    first = open_offer.starts[0].date()
    day = [s for s in open_offer.starts if s.date() == first][::4]
    outcomes = set()
    for start in day * 2:
        closing = NewClosure(first_day=first, last_day=first, reason="Flood")
        terms = await catalogue.bookable_offer(ANONYMOUS, open_offer.offer.id)
        booking_id, until = new_id(), datetime.now(UTC) + timedelta(minutes=15)
        closure, booked = await asyncio.gather(
            closures.close_facility(SYSTEM, open_offer.facility_id, closing),
            availability.take_slot(SYSTEM, terms, start, booking_id, until),
            return_exceptions=True,
        )
        assert not isinstance(closure, BaseException)
        if isinstance(booked, BaseException):
            assert isinstance(booked, NoSuchSlot)
            assert await told(booking_id) == []
        else:
            assert await told(booking_id) == ["closure"]
            await availability.release_slot(SYSTEM, booking_id)
        outcomes.add(type(booked).__name__)
        await closures.reopen_facility(SYSTEM, open_offer.facility_id, closure.id)
    assert outcomes <= {"datetime", "NoSuchSlot"}
