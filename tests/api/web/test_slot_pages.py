"""Choosing a time by week and in both zones, moving a booking, waiting where nothing is free."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.web.pages import slot_picker
from domain.actor import SYSTEM, Role
from domain.availability import closures
from domain.availability import service as availability
from domain.availability.types import NewClosure
from domain.db import DatabaseBusy
from tests.api.web.conftest import Browser, Browsing, SignedIn
from tests.factories.bookable import Bookable
from tests.factories.desk import end_hold, one, run, work
from tests.factories.stays import Stay, stay_of

ALMATY = ZoneInfo("Asia/Almaty")

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def full(person: Any) -> Stay:
    """A paid booking in Budapest on a day on which nothing else is free."""
    return await stay_of(person, state="HU", duration_minutes=480)


def today_in_almaty() -> date:
    return datetime.now(ALMATY).date()


def slots_on(page: httpx.Response) -> list[str]:
    return re.findall(r'name="starts_at" value="([^"]+)"', page.text)


def version_on(page: httpx.Response) -> str:
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found, page.text[:300]
    return found[1]


def day_of(stay: Stay, number: int = 0) -> str:
    return stay.offer.starts[number].date().isoformat()


# The picker ----------------------------------------------------------------------------------


async def test_a_week_shows_both_clocks_and_the_zone_chosen_is_kept(
    browser: Browser, offered: Bookable
) -> None:
    path = f"/offers/{offered.offer.id}"
    start = offered.starts[0]
    week = f"{path}?week={start.date()}&day={start.date()}"
    plain = await browser.get(week)
    assert "data-own-clock" in plain.text and "The time is yours as soon as" in plain.text
    chosen = await browser.get(f"{week}&zone=Europe/Istanbul")
    assert "your clock in Istanbul" in chosen.text and "data-own-clock" not in chosen.text
    # Almaty's 09:00 is Istanbul's 07:00; the choice holds on the next page.
    assert re.search(r">09:00</time> <small>07:00", chosen.text)
    assert "your clock in Istanbul" in (await browser.get(week)).text
    nonsense = await browser.get(f"{week}&zone=Mars/Olympus")
    assert nonsense.status_code == 200 and "your clock in Istanbul" in nonsense.text


async def test_a_patient_far_west_is_told_that_it_is_another_day(
    signed_in: SignedIn, offered: Bookable
) -> None:
    browser, _ = await signed_in()
    start = offered.starts[0]
    week = f"/offers/{offered.offer.id}?week={start.date()}&day={start.date()}"
    shown = await browser.get(f"{week}&zone=America/New_York")
    small = re.search(r">09:00</time> <small>2[23]:00, (\w+)", shown.text)
    assert small and small[1] == f"{start - timedelta(days=1):%a}"


async def test_an_empty_week_leads_to_the_next_free_day(
    browser: Browser, offered: Bookable
) -> None:
    path, today = f"/offers/{offered.offer.id}", today_in_almaty()
    reopens = today + timedelta(days=28)
    await closures.close_facility(
        SYSTEM,
        offered.facility_id,
        NewClosure(first_day=today, last_day=reopens - timedelta(days=1), reason="Renovation"),
    )
    empty = await browser.get(f"{path}?week={today}")
    assert "There is no free time in this week." in empty.text and slots_on(empty) == []
    assert '<details id="wait" open>' in empty.text
    link = re.search(r'href="([^"]+)#times">Next free day:', empty.text)
    assert link
    following = slots_on(await browser.get(link[1].replace("&amp;", "&")))
    assert datetime.fromisoformat(following[0]).astimezone(ALMATY).date() == reopens
    # Without asking for a week, the first one with a free time is shown at once.
    assert slots_on(await browser.get(path)) == following
    later = await browser.get(f"{path}?week={reopens + timedelta(days=7)}")
    assert "Earliest:" in later.text and slots_on(later) != following


async def test_where_nothing_is_free_for_months_one_can_wait(
    browser: Browser, offered: Bookable
) -> None:
    today = today_in_almaty()
    await closures.close_facility(
        SYSTEM,
        offered.facility_id,
        NewClosure(first_day=today, last_day=today + timedelta(days=400), reason="Renovation"),
    )
    shown = await browser.get(f"/offers/{offered.offer.id}")
    assert "no free time in the next three months" in shown.text
    assert '<details id="wait" open>' in shown.text and "Sign in to wait" in shown.text


async def test_how_fresh_an_imported_calendar_is_stands_beside_the_times(
    browser: Browser, offered: Bookable
) -> None:
    path = f"/offers/{offered.offer.id}"
    assert "Read at " in (await browser.get(path)).text
    pool = await one(
        "SELECT pool_id FROM offer_need n JOIN resource_pool p ON p.id = n.pool_id"
        " WHERE n.offer_id = $1 AND p.kind = 'room'",
        offered.offer.id,
    )
    await run(
        SYSTEM,
        "INSERT INTO calendar_feed (id, pool_id, resource_id, organisation_id, host, url,"
        " next_sync_at, created_at, failures) SELECT gen_random_uuid(), l.pool_id, l.resource_id,"
        " $2, 'calendar.example.org', 'sealed'::bytea, now() + interval '1 day', now(), 0"
        " FROM pool_lane l WHERE l.pool_id = $1",
        pool, offered.organisation_id,
    )  # fmt: skip
    assert "has not been fetched yet" in (await browser.get(path)).text
    await run(
        SYSTEM,
        "UPDATE calendar_feed SET last_synced_at = now(), failures = 3,"
        " last_error = 'unreachable' WHERE pool_id = $1",
        pool,
    )
    failing = await browser.get(path)
    assert "may turn out to be taken" in failing.text and "were fetched on" in failing.text


async def test_where_the_database_is_too_busy_nobody_reads_that_nothing_is_free(
    browser: Browser, offered: Bookable, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: Any, **__: Any) -> Any:
        raise DatabaseBusy

    monkeypatch.setattr(availability, "list_slots", busy)
    shown = await browser.get(f"/offers/{offered.offer.id}")
    assert shown.status_code == 200
    assert "could not be read just now" in shown.text and "Try again" in shown.text
    assert "no free time" not in shown.text


@pytest.mark.parametrize(
    "query",
    ["week=x", "week=9999-12-31", "week=0001-01-01", "day=2027-02-30", "week=%00", "zone=.."],
)
async def test_odd_addresses_show_the_offer_all_the_same(
    browser: Browser, offered: Bookable, query: str
) -> None:
    shown = await browser.get(f"/offers/{offered.offer.id}?{query}")
    assert shown.status_code == 200 and 'id="times"' in shown.text


# Another time --------------------------------------------------------------------------------


async def test_a_patient_moves_a_booking_once_however_often_the_form_is_sent(
    browsing: Browsing, person: Any
) -> None:
    stay = await stay_of(person)
    browser, path = browsing(stay.patient), f"/bookings/{stay.id}/reschedule"
    start = stay.offer.starts[0]
    shown = await browser.get(f"{path}?week={start.date()}&day={start.date()}")
    choices, version = slots_on(shown), version_on(shown)
    half_an_hour_later = next(
        each for each in choices if datetime.fromisoformat(each) == stay.offer.starts[1]
    )
    assert all(datetime.fromisoformat(each) != start for each in choices)
    sent = {"starts_at": half_an_hour_later, "version": version}
    for _ in range(2):
        moved = await browser.send(path, sent)
        assert moved.headers["location"] == f"/bookings/{stay.id}?done=moved", moved.text[:300]
    assert (await stay.shown())["version"] == int(version) + 1
    assert "The booking has its new time." in (await browser.get(moved.headers["location"])).text


async def test_what_cannot_be_moved_so_is_said_in_words(browsing: Browsing, person: Any) -> None:
    stay = await stay_of(person)
    browser, path = browsing(stay.patient), f"/bookings/{stay.id}/reschedule"
    version = str((await stay.shown())["version"])
    later = stay.offer.starts[4].isoformat()
    nothing = await browser.send(path, {"version": version})
    assert nothing.status_code == 422 and "Please correct what is marked" in nothing.text
    odd = (stay.offer.starts[4] + timedelta(minutes=7)).isoformat()
    for typed, status, words in (
        ({"starts_at": odd, "version": version}, 409, "can no longer be booked"),
        ({"starts_at": later, "version": "1"}, 409, "Somebody has changed this"),
        ({"starts_at": later, "version": "x" * 40}, 409, "Somebody has changed this"),
        ({"starts_at": "9999-12-31T23:59:59-23:59", "version": version}, 409, "no longer be"),
    ):
        refused = await browser.send(path, typed)
        assert refused.status_code == status and words in refused.text, typed
    other = await stay_of(person, stay.offer, number=4, coordinator=stay.coordinator)
    taken = await browser.send(path, {"starts_at": later, "version": version})
    assert taken.status_code == 409 and "Somebody else has just taken this time" in taken.text
    assert (await other.shown())["status"] == "confirmed"


async def test_only_ones_own_booking_that_still_moves_is_moved(
    browsing: Browsing, person: Any
) -> None:
    stay = await stay_of(person)
    path = f"/bookings/{stay.id}/reschedule"
    stranger = browsing(await person())
    assert (await stranger.get(path)).status_code == 404
    sent = {"starts_at": stay.offer.starts[5].isoformat(), "version": "3"}
    assert (await stranger.send(path, sent, form_on="/me")).status_code == 404
    desk = await browsing(stay.coordinator).get(path)
    assert desk.headers["location"] == f"/facility/bookings/{stay.id}"
    await stay.done(stay.patient, "cancel")
    gone = await browsing(stay.patient).get(path)
    assert gone.status_code == 200 and "can no longer be moved here" in gone.text
    assert slots_on(gone) == []


# Waiting -------------------------------------------------------------------------------------


async def test_waiting_from_the_form_to_the_time_that_came_free(
    browsing: Browsing, person: Any, full: Stay
) -> None:
    who = await person()
    browser, path = browsing(who), f"/offers/{full.offer.offer.id}/wait"
    typed = {
        "patient_id": str(who.patient_id), "first_day": day_of(full), "last_day": day_of(full),
        "attempt": "one-page-loaded-once",
    }  # fmt: skip
    for _ in range(2):
        joined = await browser.send(path, typed, form_on="/me")
        assert joined.headers["location"] == "/me/waitlist?done=waiting", joined.text[:300]
    page = await browser.get("/me/waitlist")
    assert "You are first in line" in page.text and "days of Budapest" in page.text
    # The days begin at Budapest's midnight, which clocks in Almaty show in the morning.
    assert re.search(r"On your clock in Almaty: [^<]+, 0[345]:00 to", page.text)
    second = await person()
    behind = {**typed, "patient_id": str(second.patient_id)}
    await browsing(second).send(path, behind, form_on="/me")
    assert "1 person waits before you" in (await browsing(second).get("/me/waitlist")).text
    assert "You are on 1 waitlist" in (await browser.get("/me")).text
    await full.done(full.patient, "cancel")
    await work()
    offered = await browser.get("/me/waitlist")
    assert "A time came free for you" in offered.text
    assert "data-hold-until=" in offered.text and "data-server-time=" in offered.text
    booking = re.search(r'href="/bookings/([0-9a-f-]{36})"', offered.text)
    assert booking
    assert "Held for you until" in (await browser.get(f"/bookings/{booking[1]}")).text
    await end_hold(UUID(booking[1]))
    leave = re.search(r'action="(/me/waitlist/[0-9a-f-]{36}/leave)"', offered.text)
    assert leave
    left = await browser.send(leave[1], form_on="/me/waitlist")
    assert left.headers["location"] == "/me/waitlist?done=left-waitlist"
    again = await browser.send(leave[1], form_on="/me")
    assert again.status_code == 409 and "This waiting is over already." in again.text
    over = await browser.get("/me/waitlist")
    assert "You wait for nothing at present." in over.text and ">Left<" in over.text


async def test_what_stands_against_waiting_is_said_and_what_was_typed_stays(
    browsing: Browsing, person: Any, full: Stay
) -> None:
    who = await person()
    browser, offer = browsing(who), f"/offers/{full.offer.offer.id}"
    mine = {"patient_id": str(who.patient_id)}
    free = (full.offer.starts[0] + timedelta(days=1)).date().isoformat()
    for days, words in (
        ((free, free), "There are free times on these days."),
        (("2001-01-01", "2001-01-02"), "One cannot wait for these days."),
        ((day_of(full), "9999-12-31"), "One cannot wait for these days."),
        (("x", day_of(full)), "This does not have the form"),
    ):
        typed = {**mine, "first_day": days[0], "last_day": days[1]}
        refused = await browser.send(f"{offer}/wait", typed, form_on="/me")
        assert refused.status_code == 422 and words in refused.text, days
        assert f'value="{days[1]}"' in refused.text and '<details id="wait" open>' in refused.text
    others = {"patient_id": str(full.patient.patient_id), "first_day": free, "last_day": free}
    assert (await browser.send(f"{offer}/wait", others, form_on="/me")).status_code == 404


async def test_only_patients_wait_and_strangers_see_no_place_of_theirs(
    browsing: Browsing, browser: Browser, signed_in: SignedIn, person: Any, full: Stay
) -> None:
    path = f"/offers/{full.offer.offer.id}/wait"
    days = {"first_day": day_of(full), "last_day": day_of(full)}
    asked = await browser.send(path, days, form_on="/sign-in")
    assert asked.headers["location"].startswith("/sign-in?next=")
    desk, _ = await signed_in(Role.COORDINATOR)
    assert (await desk.send(path, days, form_on="/facility/offers")).status_code in (403, 404, 422)
    who = await person()
    body = {"patient_id": str(who.patient_id), "offer_id": str(full.offer.offer.id), **days}
    entry = (await who.client.post("/v1/waitlist", json=body)).json()["id"]
    stranger = browsing(await person())
    assert "You wait for nothing" in (await stranger.get("/me/waitlist")).text
    leave = await stranger.send(f"/me/waitlist/{entry}/leave", form_on="/me")
    assert leave.status_code == 404


def test_days_instants_and_numbers_are_read_or_nothing() -> None:
    assert slot_picker.day_of("2027-02-28") and slot_picker.day_of("2027-02-30") is None
    assert slot_picker.instant_of("2027-02-28T09:00:00+06:00")
    assert slot_picker.instant_of("2027-02-28T09:00:00") is None
    assert slot_picker.number_of("x") is None
