"""The facility's time on its pages: days at a glance, hours, closed days, needs and calendars."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
from litestar import Litestar

from domain.actor import SYSTEM, Role
from domain.availability import blocks, resources
from domain.availability.calendar_fetching import HttpCalendars
from domain.availability.types import PoolKind
from domain.ids import new_id
from tests.api.web.conftest import Browser, Browsing, SignedIn
from tests.factories import directory
from tests.factories.bookable import Bookable, bookable
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")

ALMATY = ZoneInfo("Asia/Almaty")
SCHEDULE, TIME, NEEDS, CALENDARS = (
    "/facility/schedule", "/facility/time", "/facility/needs", "/facility/calendars",
)  # fmt: skip


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person)


@pytest.fixture
def desk(browsing: Browsing, stay: Stay) -> Browser:
    """The coordinator of the facility of the stay, before the pages."""
    return browsing(stay.coordinator)


async def pool(offer: Bookable, kind: PoolKind = PoolKind.ROOM) -> UUID:
    found = await resources.list_pools(SYSTEM, offer.facility_id)
    return next(each.id for each in found if each.kind is kind)


def day_of(stay: Stay) -> date:
    return stay.offer.starts[0].astimezone(ALMATY).date()


def attempt_on(page: httpx.Response) -> str:
    found = re.search(r'name="attempt" value="([^"]+)"', page.text)
    assert found
    return found[1]


# Days at a glance ----------------------------------------------------------------------------


async def test_a_day_is_a_table_by_hour_with_the_booking_in_it(desk: Browser, stay: Stay) -> None:
    shown = await desk.get(f"{SCHEDULE}?day={day_of(stay)}")
    assert shown.status_code == 200
    table = shown.text.split('<table class="grid-day">')[1].split("</table>")[0]
    assert "<caption>" in table and '<th scope="col">' in table
    hours = re.findall(r'<th scope="row" class="num">([0-9:]+)</th>', table)
    assert hours[0] == "09:00" and hours[-1] == "16:00"
    # Doctor and room are both taken by the one booking, which is linked from each.
    assert table.count(f'href="/facility/bookings/{stay.id}"') == 2
    assert "booked" in table and 'rowspan="' in table
    beds = shown.text.split('<table class="grid-week">')[1].split("</table>")[0]
    assert beds.count(f'href="/facility/bookings/{stay.id}"') == 1
    assert "All times are those of Almaty." in shown.text


async def test_a_week_leads_to_its_days_and_one_resource_stands_alone(
    desk: Browser, stay: Stay
) -> None:
    day = day_of(stay)
    week = await desk.get(f"{SCHEDULE}?day={day}&view=week")
    table = week.text.split('<table class="grid-week">')[1].split("</table>")[0]
    assert len(re.findall(r'<th scope="col"', table)) == 8
    assert f"day={day}" in table and "/facility/schedule/block" not in week.text
    monday = day - timedelta(days=day.weekday())
    for neighbour in (day - timedelta(days=7), day + timedelta(days=7)):
        assert f"day={neighbour}" in week.text
    room = await pool(stay.offer)
    alone = await desk.get(f"{SCHEDULE}?day={monday}&view=week&pool={room}")
    rows = alone.text.split('<table class="grid-week">')[1].split("</table>")[0]
    assert len(re.findall(r'<th scope="row"', rows)) == 1
    assert "/facility/schedule/block?" in rows


async def test_time_is_blocked_from_a_free_stretch_and_freed_again(
    desk: Browser, stay: Stay
) -> None:
    day, room = day_of(stay) + timedelta(days=1), await pool(stay.offer)
    shown = await desk.get(f"{SCHEDULE}?day={day}&pool={room}")
    link = re.search(r'href="(/facility/schedule/block\?[^"]+)"', shown.text)
    assert link
    form = await desk.get(link[1].replace("&amp;", "&"))
    assert f'value="{day}T09:00"' in form.text and f'value="{day}T17:00"' in form.text
    back = re.search(r'name="back" value="([^"]+)"', form.text)
    assert back
    typed = {
        "pool_id": str(room), "lane": "1", "starts_at": f"{day}T10:00", "ends_at": f"{day}T11:30",
        "reason": "Repair of the lamp", "attempt": attempt_on(form),
        "back": back[1].replace("&amp;", "&"),
    }  # fmt: skip
    path = link[1].replace("&amp;", "&")
    for _ in range(2):
        blocked = await desk.send(f"{SCHEDULE}/block", typed, form_on=path)
        assert blocked.status_code == 303, blocked.text[:500]
    (block,) = await blocks.list_blocks(SYSTEM, room)
    assert block.starts_at == datetime.combine(day, time(10), ALMATY).astimezone(UTC)
    seen = await desk.get(blocked.headers["location"])
    assert "The time is blocked." in seen.text and "Repair of the lamp" in seen.text
    assert "10:00–11:30" in seen.text
    freeing = {"pool_id": str(room), "block_id": str(block.id), "back": f"{SCHEDULE}?day={day}"}
    for _ in range(2):
        freed = await desk.send(f"{SCHEDULE}/free", freeing, form_on=path)
        assert freed.headers["location"] == f"{SCHEDULE}?day={day}&done=freed"
    assert await blocks.list_blocks(SYSTEM, room) == []


async def test_what_cannot_be_blocked_is_said_and_what_was_typed_stays(
    desk: Browser, stay: Stay
) -> None:
    room, start = await pool(stay.offer), stay.offer.starts[0].astimezone(ALMATY)
    on = f"{SCHEDULE}/block?pool={room}"
    well = {
        "pool_id": str(room), "lane": "1", "starts_at": f"{start:%Y-%m-%dT%H:%M}",
        "ends_at": f"{start + timedelta(minutes=30):%Y-%m-%dT%H:%M}", "reason": "Repair",
    }  # fmt: skip
    for changed, words in (
        ({}, "Something lies in this time already"),
        ({"starts_at": ""}, "Please fill this in"),
        ({"starts_at": "\x00"}, "Write a day and a time of day"),
        ({"starts_at": "99999-01-01T00:00"}, "Write a day and a time of day"),
        ({"starts_at": "0001-01-01T00:00"}, "Write a day and a time of day"),
        ({"ends_at": "2001-01-01T00:00"}, "These times do not fit together"),
        ({"reason": ""}, "Please fill this in"),
        ({"reason": "x" * 201}, "This does not have the form"),
        ({"lane": "9" * 40}, "This does not have the form"),
    ):
        refused = await desk.send(f"{SCHEDULE}/block", {**well, **changed}, form_on=on)
        assert refused.status_code == 422 and words in refused.text, changed
        assert 'value="Repair"' in refused.text or "reason" in changed
    assert await blocks.list_blocks(SYSTEM, room) == []


async def test_an_hour_that_clocks_skip_is_no_time_to_block(signed_in: SignedIn) -> None:
    browser, who = await signed_in(Role.COORDINATOR, state="HU")
    assert who.organisation_id
    offer = await bookable(who.organisation_id, "HU")
    room = await pool(offer)
    typed = {
        "pool_id": str(room), "starts_at": "2027-03-28T02:30", "ends_at": "2027-03-28T04:00",
        "reason": "Repair",
    }  # fmt: skip
    skipped = await browser.send(
        f"{SCHEDULE}/block", typed, form_on=f"{SCHEDULE}/block?pool={room}"
    )
    assert skipped.status_code == 422 and "Clocks skip this hour" in skipped.text


@pytest.mark.parametrize(
    "query",
    ["day=x", "day=9999-12-31", "day=0001-01-01", "view=%00", "pool=x", f"pool={UUID(int=7)}",
     "facility=x", "day=2999-12-31&view=week"],
)  # fmt: skip
async def test_odd_addresses_show_a_schedule_all_the_same(
    desk: Browser, stay: Stay, query: str
) -> None:
    assert (await desk.get(f"{SCHEDULE}?{query}")).status_code == 200


# Resources and hours -------------------------------------------------------------------------


async def test_a_room_is_added_and_opens_by_simple_fields(desk: Browser, stay: Stay) -> None:
    add = f"{TIME}/{stay.offer.facility_id}/resources"
    typed = {"do": "pool", "kind": "room", "name": "Room for ultrasound", "lanes": "2"}
    made = await desk.send(add, typed, form_on=TIME)
    path = httpx.URL(made.headers["location"]).path
    again = await desk.send(add, typed, form_on=TIME)
    assert again.status_code == 422 and "of this kind and name already" in again.text
    assert 'value="Room for ultrasound"' in again.text
    page = await desk.get(path)
    assert "No hours yet: it cannot be booked." in page.text
    rule = {
        "days": ["MO", "WE"], "every": "2", "opens": "09:00", "closes": "17:00",
        "valid_from": "2027-01-04", "observes_holidays": "yes", "attempt": attempt_on(page),
    }  # fmt: skip
    for _ in range(2):
        added = await desk.send(f"{path}/rules", rule, form_on=path)
        assert added.headers["location"] == f"{path}?done=rule-added", added.text[:500]
    shown = await desk.get(path)
    assert shown.text.count("every 2 weeks: Monday and Wednesday") == 2  # text and link
    assert "closed on public holidays" in shown.text
    assert "every 2 weeks: Monday and Wednesday" in (await desk.get(TIME)).text


async def test_somebody_is_added_by_their_licence_once(desk: Browser, stay: Stay) -> None:
    add = f"{TIME}/{stay.offer.facility_id}/resources"
    typed = {
        "do": "practitioner", "name": "Dr. Aru Demo", "specialty": "dentistry",
        "licence_number": f"N-{new_id()}", "licence_state": "KZ",
    }  # fmt: skip
    made = await desk.send(add, typed, form_on=TIME)
    assert made.status_code == 303
    twice = await desk.send(add, {**typed, "name": "Another name"}, form_on=TIME)
    assert twice.status_code == 422 and "licence works here already" in twice.text
    wrong = await desk.send(add, {**typed, "licence_state": "kz"}, form_on=TIME)
    assert wrong.status_code == 422 and 'id="licence_state-error"' in wrong.text


async def test_a_rule_is_changed_after_seeing_what_it_touches(desk: Browser, stay: Stay) -> None:
    room = await pool(stay.offer)
    path = f"{TIME}/resources/{room}"
    link = re.search(rf'href="({path}/rules/[0-9a-f-]+)"', (await desk.get(path)).text)
    assert link
    form = await desk.get(link[1])
    assert form.text.count(" checked") == 8  # seven weekdays and the holidays
    later = {
        "days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "every": "1", "opens": "13:00",
        "closes": "17:00", "valid_from": day_of(stay).isoformat(), "version": "1",
    }  # fmt: skip
    seen = await desk.send(link[1], {**later, "do": "look"})
    assert seen.status_code == 200 and "1 booking would lie outside" in seen.text
    assert f"/facility/bookings/{stay.id}" in seen.text and 'value="13:00"' in seen.text
    assert "would lie outside" not in (await desk.get(link[1])).text
    unreadable = await desk.send(link[1], {**later, "rrule": "FREQ=YEARLY", "do": "save"})
    assert unreadable.status_code == 422 and "FREQ cannot be" in unreadable.text
    saved = await desk.send(link[1], {**later, "do": "save"})
    assert saved.headers["location"] == f"{path}?done=rule-changed"
    after = await desk.get(path)
    assert "1 booking lies where no time is kept for it" in after.text
    assert "hours were changed" in after.text and "13:00–17:00" in after.text
    stale = await desk.send(link[1], {**later, "do": "save"})
    assert stale.status_code == 422 and "Somebody has changed this" in stale.text
    ending = {"last_day": (day_of(stay) - timedelta(days=1)).isoformat(), "version": "2"}
    looked = await desk.send(f"{link[1]}/end", {**ending, "do": "look"}, form_on=link[1])
    assert looked.status_code == 200 and "No booking would lie outside" in looked.text
    ended = await desk.send(f"{link[1]}/end", {**ending, "do": "save"}, form_on=link[1])
    assert ended.headers["location"] == f"{path}?done=rule-ended"
    assert (await desk.get(link[1])).status_code == 404  # it never opened, and is gone


async def test_one_day_has_other_hours_and_its_usual_ones_again(desk: Browser, stay: Stay) -> None:
    path = f"{TIME}/resources/{await pool(stay.offer)}"
    closed = {"day": day_of(stay).isoformat(), "opens": "", "closes": ""}
    seen = await desk.send(f"{path}/exceptions", {**closed, "do": "look"}, form_on=path)
    assert "1 booking would lie outside" in seen.text
    saved = await desk.send(f"{path}/exceptions", {**closed, "do": "save"}, form_on=path)
    assert saved.status_code == 303
    known = await desk.send(f"{path}/exceptions", {**closed, "do": "save"}, form_on=path)
    assert known.status_code == 422 and "has these other hours already" in known.text
    half = {**closed, "opens": "10:00", "do": "save"}
    refused = await desk.send(f"{path}/exceptions", half, form_on=path)
    assert refused.status_code == 422 and 'id="closes-x-error"' in refused.text
    page = await desk.get(path)
    remove = re.search(rf'action="({path}/exceptions/[0-9a-f-]+)"', page.text)
    assert remove and "1 booking lies where no time is kept" in page.text
    for _ in range(2):
        gone = await desk.send(remove[1], form_on=path)
        assert gone.headers["location"] == f"{path}?done=day-usual"
    assert "no time is kept" not in (await desk.get(path)).text


async def test_a_resource_leaves_on_a_day_after_seeing_what_that_touches(
    desk: Browser, stay: Stay
) -> None:
    path = f"{TIME}/resources/{await pool(stay.offer, PoolKind.PRACTITIONER)}"
    last = (day_of(stay) - timedelta(days=1)).isoformat()
    seen = await desk.send(f"{path}/end", {"last_day": last, "do": "look"}, form_on=path)
    assert seen.status_code == 200 and "1 booking would lie outside" in seen.text
    for typed in ("2001-01-01", "9999-12-31"):
        refused = await desk.send(f"{path}/end", {"last_day": typed, "do": "save"}, form_on=path)
        assert refused.status_code == 422, typed
    ended = await desk.send(f"{path}/end", {"last_day": last, "do": "save"}, form_on=path)
    assert ended.status_code == 303
    page = await desk.get(path)
    assert "out of service from" in page.text and "works here no longer" in page.text
    twice = await desk.send(f"{path}/end", {"last_day": last, "do": "save"}, form_on=path)
    assert twice.status_code == 422 and "is set already" in twice.text


async def test_the_house_is_closed_after_seeing_what_that_touches(
    desk: Browser, stay: Stay
) -> None:
    path = f"{TIME}/{stay.offer.facility_id}/closures"
    typed = {
        "first_day": day_of(stay).isoformat(), "last_day": day_of(stay).isoformat(),
        "reason": "Water pipes", "attempt": attempt_on(await desk.get(TIME)),
    }  # fmt: skip
    seen = await desk.send(path, {**typed, "do": "look"}, form_on=TIME)
    assert "1 booking would lie outside" in seen.text and 'value="Water pipes"' in seen.text
    assert "No day is closed." in seen.text
    backwards = {**typed, "last_day": "2001-01-01", "do": "save"}
    assert (await desk.send(path, backwards, form_on=TIME)).status_code == 422
    for _ in range(2):
        closed = await desk.send(path, {**typed, "do": "save"}, form_on=TIME)
        assert closed.status_code == 303, closed.text[:300]
    page = await desk.get(TIME)
    lift = re.findall(rf'action="({path}/[0-9a-f-]+)"', page.text)
    assert len(lift) == 1 and "1 booking lies where no time is kept" in page.text
    assert "Water pipes" in (await desk.get(f"{SCHEDULE}?day={day_of(stay)}")).text
    for _ in range(2):
        assert (await desk.send(lift[0], form_on=TIME)).status_code == 303
    assert "Water pipes" not in (await desk.get(TIME)).text


# Needs ---------------------------------------------------------------------------------------


async def test_an_offer_takes_a_resource_more_and_less(desk: Browser, stay: Stay) -> None:
    path = f"{NEEDS}/{stay.offer.facility_id}"
    page = await desk.get(NEEDS)
    assert "for 1 night" in page.text and "for the treatment itself" in page.text
    room, offer = str(await pool(stay.offer)), str(stay.offer.offer.id)
    need = {"do": "add", "offer_id": offer, "pool_id": room, "before_minutes": "15",
            "after_minutes": "30", "nights": "0"}  # fmt: skip
    known = await desk.send(path, need, form_on=NEEDS)
    assert known.status_code == 422 and "takes this resource already" in known.text
    for _ in range(2):
        gone = await desk.send(path, {**need, "do": "remove"}, form_on=NEEDS)
        assert gone.status_code == 303
    added = await desk.send(path, need, form_on=NEEDS)
    assert added.status_code == 303
    assert "with 15 min before and 30 min after" in (await desk.get(NEEDS)).text
    for wrong in ({"before_minutes": "-1"}, {"nights": "366"}, {"pool_id": "x"},
                  {"pool_id": str(new_id())}):  # fmt: skip
        refused = await desk.send(path, {**need, **wrong}, form_on=NEEDS)
        assert refused.status_code == 422, wrong


# Imported calendars --------------------------------------------------------------------------


async def test_a_calendar_is_added_fetched_and_removed(
    desk: Browser, stay: Stay, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, path = await pool(stay.offer), f"{CALENDARS}/{stay.offer.facility_id}"
    typed = {"pool_id": str(room), "lane": "1", "url": "https://calendar.example.org/x/basic.ics"}
    page = await desk.get(CALENDARS)
    assert "This marketplace fetches no calendars yet." in page.text
    off = await desk.send(path, typed, form_on=TIME)
    assert off.status_code == 422 and "fetches no calendars yet" in off.text
    hosts = ("calendar.example.org",)
    monkeypatch.setattr("domain.availability.feeds.calendars", lambda: HttpCalendars(hosts))
    settings = msgspec.structs.replace(app.state.settings, calendar_hosts=hosts)
    monkeypatch.setattr(app.state, "settings", settings)
    for url, words in (
        ("https://elsewhere.example.org/a.ics", "Calendars are not fetched from this address"),
        ("http://calendar.example.org/a.ics", "Calendars are not fetched from this address"),
        ("", "Please fill this in"),
        ("https://\x00/", "Calendars are not fetched from this address"),
    ):
        refused = await desk.send(path, {**typed, "url": url}, form_on=CALENDARS)
        assert refused.status_code == 422 and words in refused.text, url
        assert "from these hosts alone" in refused.text
    no_lane = await desk.send(path, {**typed, "lane": "7"}, form_on=CALENDARS)
    assert no_lane.status_code == 422 and 'id="lane-error"' in no_lane.text
    for _ in range(2):
        added = await desk.send(path, {**typed, "attempt": "one-page"}, form_on=CALENDARS)
        assert added.status_code == 303, added.text[:300]
    page = await desk.get(CALENDARS)
    move = re.findall(rf'action="({CALENDARS}/{room}/[0-9a-f-]+)"', page.text)
    assert len(move) == 1 and "not fetched yet" in page.text
    assert "basic.ics" not in page.text  # whoever knows the address can read the calendar
    asked = await desk.send(move[0], {"do": "sync"}, form_on=CALENDARS)
    assert asked.status_code == 303 and "calendar-asked" in asked.headers["location"]
    for _ in range(2):
        gone = await desk.send(move[0], {"do": "remove"}, form_on=CALENDARS)
        assert gone.status_code == 303
    assert "No calendar is imported." in (await desk.get(CALENDARS)).text
    assert (await desk.send(move[0], {"do": "sync"}, form_on=CALENDARS)).status_code == 404


# Strangers -----------------------------------------------------------------------------------


async def test_strangers_neither_see_nor_change_a_facilitys_time(
    signed_in: SignedIn, stay: Stay
) -> None:
    room, facility = await pool(stay.offer), stay.offer.facility_id
    other, who = await signed_in(Role.COORDINATOR)
    assert who.organisation_id
    mine = await directory.licensed("KZ", organisation=who.organisation_id)
    await bookable(who.organisation_id)
    for path in (f"{SCHEDULE}?facility={facility}", f"{TIME}?facility={facility}",
                 f"{NEEDS}?facility={facility}", f"{CALENDARS}?facility={facility}",
                 f"{TIME}/resources/{room}", f"{SCHEDULE}/block?pool={room}"):  # fmt: skip
        assert (await other.get(path)).status_code == 404, path
    day = day_of(stay).isoformat()
    for path, typed in (
        (f"{TIME}/{facility}/resources", {"do": "pool", "kind": "room", "name": "X", "lanes": "1"}),
        (f"{TIME}/{facility}/closures",
         {"first_day": day, "last_day": day, "reason": "No", "do": "save"}),
        (f"{TIME}/resources/{room}/end", {"do": "save"}),
        (f"{TIME}/resources/{room}/exceptions", {"day": day, "do": "save"}),
        (f"{SCHEDULE}/free", {"pool_id": str(room), "block_id": str(new_id())}),
        (f"{NEEDS}/{facility}", {"do": "remove", "offer_id": str(stay.offer.offer.id),
                                 "pool_id": str(room)}),
    ):  # fmt: skip
        sent = await other.send(path, typed, form_on=f"{TIME}?facility={mine.id}")
        assert sent.status_code == 404, (path, sent.status_code)
    patient, _ = await signed_in()
    for path in (SCHEDULE, TIME, NEEDS, CALENDARS, f"{TIME}/resources/{room}"):
        assert (await patient.get(path)).status_code == 403, path


async def test_an_organisation_without_a_facility_is_told_so(signed_in: SignedIn) -> None:
    browser, _ = await signed_in(Role.COORDINATOR)
    for path in (SCHEDULE, TIME, NEEDS, CALENDARS):
        assert "runs no facility here yet" in (await browser.get(path)).text


async def test_of_two_facilities_each_has_its_own_pages(signed_in: SignedIn) -> None:
    browser, who = await signed_in(Role.COORDINATOR)
    assert who.organisation_id
    first, second = [await bookable(who.organisation_id) for _ in range(2)]
    for offer in (first, second):
        shown = await browser.get(f"{TIME}?facility={offer.facility_id}")
        assert str(await pool(offer)) in shown.text
    assert (
        str(await pool(second))
        not in (await browser.get(f"{TIME}?facility={first.facility_id}")).text
    )
