"""Imported calendars take time, never give it, and are fetched from nowhere but where one may."""

import asyncio
import time as clock_time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Role
from domain.availability import calendar_fetching, feeds, resources
from domain.availability import service as availability
from domain.availability.calendar_fetching import HttpCalendars, use_calendars
from domain.availability.calendar_reading import BusyTime, FeedFailed, busy_times
from domain.availability.errors import (
    CalendarHostRefused,
    FeedsOff,
    NoSuchFeed,
    NoSuchPool,
    SlotTaken,
    TooManyFeeds,
)
from domain.availability.types import FeedTrouble, FeedView, NewFeed, PoolKind, Span
from domain.catalogue import service as catalogue
from domain.errors import DomainError
from domain.ids import new_id
from domain.settings import SettingsError, read_settings
from tests.factories import calendars, directory
from tests.factories.bookable import Bookable, bookable
from tests.factories.calendars import Host, calendar, zone
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("catalogue")

YEAR = Span(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))


async def read(content: str, where: str = "Asia/Almaty", within: Span = YEAR) -> list[str]:
    """The stretches that a calendar takes, written short."""
    found = await busy_times(content.encode(), where, within)
    return [f"{b.span.start:%m-%d %H:%M}-{b.span.end:%m-%d %H:%M}" for b in found]


# Reading -------------------------------------------------------------------------------------


async def test_times_of_every_kind_become_instants() -> None:
    found = await read(
        calendar(
            "DTSTART:20270301T040000Z\r\nDTEND:20270301T050000Z",
            "DTSTART;TZID=Europe/Budapest:20270701T090000\r\nDURATION:PT1H",
            "DTSTART:20270302T090000\r\nDTEND:20270302T100000",  # floating: the facility's clock
            "DTSTART;VALUE=DATE:20270303",  # a whole day of the facility's calendar
        )
    )
    assert sorted(found) == [
        "03-01 04:00-03-01 05:00",
        "03-02 04:00-03-02 05:00",
        "03-02 19:00-03-03 19:00",
        "07-01 07:00-07-01 08:00",
    ]


@pytest.mark.parametrize("name", ["Asia/Almaty", "Central Asia Standard Time", "My own zone"])
@pytest.mark.parametrize("quoted", [True, False])
async def test_a_zone_is_what_the_calendar_defines_whatever_its_name(
    name: str, quoted: bool
) -> None:
    used = f'"{name}"' if quoted else name
    entry = f"DTSTART;TZID={used}:20270301T090000\r\nDTEND;TZID={used}:20270301T100000"
    found = await read(calendar(entry, zones=zone(name, "+0730")), "Europe/Budapest")
    assert found == ["03-01 01:30-03-01 02:30"]


async def test_what_takes_no_time_is_left_out() -> None:
    one = "DTSTART:20270301T040000Z\r\nDTEND:20270301T050000Z"
    free = calendar(
        f"{one}\r\nTRANSP:TRANSPARENT", f"{one}\r\nSTATUS:CANCELLED", "DTSTART:20270301T040000Z"
    )
    assert await read(free) == []
    assert len(await read(calendar(f"{one}\r\nTRANSP:OPAQUE\r\nSTATUS:CONFIRMED"))) == 1


async def test_a_series_keeps_its_exceptions_and_its_wall_clock() -> None:
    series = (
        "DTSTART;TZID=Europe/Budapest:20270326T090000\r\n"
        "DTEND;TZID=Europe/Budapest:20270326T100000\r\n"
        "RRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;TZID=Europe/Budapest:20270327T090000"
    )
    assert await read(calendar(series)) == [
        "03-26 08:00-03-26 09:00",
        "03-28 07:00-03-28 08:00",
        "03-29 07:00-03-29 08:00",
    ]


async def test_a_series_without_end_is_read_as_far_as_asked() -> None:
    daily = "DTSTART:19700101T040000Z\r\nDTEND:19700101T050000Z\r\nRRULE:FREQ=DAILY"
    assert len(await read(calendar(daily))) == 365


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))
             + ";BYMINUTE=" + ",".join(map(str, range(60)))],
)  # fmt: skip
async def test_a_series_that_is_too_much_is_refused_at_once(rule: str) -> None:
    began = clock_time.monotonic()
    with pytest.raises(FeedFailed) as failure:
        await read(calendar(f"DTSTART:20270101T000000Z\r\nDURATION:PT1S\r\nRRULE:{rule}"))
    assert failure.value.trouble is FeedTrouble.TOO_MUCH
    assert clock_time.monotonic() - began < 10


async def test_a_series_that_never_falls_on_any_day_ends() -> None:
    never = "RRULE:FREQ=DAILY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=30"
    content = calendar(f"DTSTART:20270101T000000Z\r\nDURATION:PT1H\r\n{never}")
    began = clock_time.monotonic()
    try:
        # The day on which a series begins always belongs to it.
        assert await read(content) == ["01-01 00:00-01-01 01:00"]
    except FeedFailed as failure:
        assert failure.trouble is FeedTrouble.TOO_MUCH
    assert clock_time.monotonic() - began < 45


@pytest.mark.parametrize("content", ["", "<html>", "BEGIN:VCALENDAR", "\0", "BEGIN:VEVENT\r\n" * 9])
async def test_what_is_no_calendar_is_refused(content: str) -> None:
    with pytest.raises(FeedFailed) as failure:
        await read(content)
    assert failure.value.trouble is FeedTrouble.UNREADABLE


# Fetching ------------------------------------------------------------------------------------


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    """A host of calendars that this marketplace may ask."""
    async with calendars.host() as running:
        use_calendars(HttpCalendars((running.name,), production=False))
        yield running
    use_calendars(HttpCalendars())


async def fetch(host: Host, etag: str | None = None) -> calendar_fetching.Fetched:
    return await calendar_fetching.calendars().fetch(host.url, etag)


async def trouble(host: Host) -> FeedTrouble:
    with pytest.raises(FeedFailed) as failure:
        await fetch(host)
    return failure.value.trouble


async def test_a_calendar_is_fetched_once_and_then_only_when_it_changed(host: Host) -> None:
    host.body, host.headers = calendar().encode(), {"ETag": '"v1"'}
    first = await fetch(host)
    assert (first.content, first.etag) == (host.body, '"v1"')
    again = await fetch(host, first.etag)
    assert (again.content, again.etag) == (None, '"v1"')
    assert f"host: {host.name}" in host.asked[0].lower()


async def test_redirects_refusals_and_silence_are_named(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.status, host.headers = "302 Found", {"Location": "http://169.254.169.254/latest"}
    assert await trouble(host) is FeedTrouble.REDIRECTED
    assert len(host.asked) == 1
    host.status, host.headers = "403 Forbidden", {}
    assert await trouble(host) is FeedTrouble.REFUSED
    host.status = "304 Not Modified"  # to a question that was not asked
    assert await trouble(host) is FeedTrouble.REFUSED
    monkeypatch.setattr(calendar_fetching, "TIMEOUT_S", 0.3)
    host.status, host.waits_s = "200 OK", 2.0
    assert await trouble(host) is FeedTrouble.TOO_SLOW


async def test_twenty_megabytes_are_not_taken_in(host: Host) -> None:
    host.megabytes = 20
    assert await trouble(host) is FeedTrouble.TOO_LARGE


async def test_nobody_listening_is_unreachable(host: Host) -> None:
    gone = Host(port=9)
    use_calendars(HttpCalendars((gone.name,), production=False))
    assert await trouble(gone) is FeedTrouble.UNREACHABLE


def test_without_hosts_nothing_is_fetched() -> None:
    with pytest.raises(FeedsOff):
        HttpCalendars().host_of("https://calendar.example.org/basic.ics")


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.org/a.ics", "http://calendar.example.org/a.ics",
        "https://calendar.example.org:8443/a.ics", "https://user@calendar.example.org/a.ics",
        "https://calendar.example.org@elsewhere.example/a.ics", "https://calendar.example.org./a",
        "https://elsewhere.example\\@calendar.example.org/", "ftp://calendar.example.org/a.ics",
        "https://calendar.example.org\t/a.ics", "file:///etc/passwd", "https://", "https://[::1]/",
        "https://calendar.example.org:99999/", "https://calendar.example.org\0/", "calendar",
    ],
)  # fmt: skip
def test_an_address_that_is_not_plainly_of_a_named_host_is_refused(url: str) -> None:
    with pytest.raises(CalendarHostRefused):
        HttpCalendars(("calendar.example.org",)).host_of(url)


def test_a_named_host_is_recognised_in_any_case() -> None:
    fetching = HttpCalendars(("calendar.example.org", "other.example:8443"))
    assert fetching.host_of("https://Calendar.Example.org/a.ics?x=1") == "calendar.example.org"
    assert fetching.host_of("https://other.example:8443/a.ics") == "other.example"


@pytest.mark.parametrize("production", [True, False])
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "fd00::1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
async def test_a_name_that_leads_into_a_private_network_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, address: str, production: bool
) -> None:
    async def resolved(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
    fetching = HttpCalendars(("calendar.example.org",), production=production)
    with pytest.raises(FeedFailed) as failure:
        await fetching.fetch("https://calendar.example.org/a.ics", None)
    assert failure.value.trouble is FeedTrouble.HOST_REFUSED


async def test_in_production_the_loopback_is_never_asked(host: Host) -> None:
    use_calendars(HttpCalendars((host.name,), production=True))
    assert await trouble(host) is FeedTrouble.HOST_REFUSED
    assert host.asked == []


def test_the_setting_names_hosts_and_nothing_else() -> None:
    read = read_settings({"SHIFAYOL_CALENDAR_HOSTS": " Calendar.Example.org, localhost:8081 ,"})
    assert read.calendar_hosts == ("calendar.example.org", "localhost:8081")
    for wrong in ("https://x.example", "x.example/y", "a b"):
        with pytest.raises(SettingsError, match="SHIFAYOL_CALENDAR_HOSTS"):
            read_settings({"SHIFAYOL_CALENDAR_HOSTS": wrong})


# Importing -----------------------------------------------------------------------------------


@pytest.fixture
async def open_offer(database: None) -> Bookable:
    """An offer of an hour in a room, by a doctor, with a night."""
    await run("DELETE FROM calendar_feed")
    return await bookable(await directory.employer())


async def doctor(offer: Bookable) -> UUID:
    found = await resources.list_pools(SYSTEM, offer.facility_id)
    return next(each.id for each in found if each.kind is PoolKind.PRACTITIONER)


def entry(start: datetime, uid: str = "", hours: int = 1) -> str:
    named = f"\r\nUID:{uid}" if uid else ""
    return (
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDTEND:{start + timedelta(hours=hours):%Y%m%dT%H%M%SZ}"
        + named
    )


async def imported(offer: Bookable, host: Host, *entries: str) -> FeedView:
    """Have the host's calendar imported for the doctor, and return how it went."""
    pool = await doctor(offer)
    host.body = calendar(*entries).encode()
    known = await feeds.list_feeds(SYSTEM, pool)
    if known:
        await feeds.sync_feed(SYSTEM, pool, known[0].id)
    else:
        await feeds.add_feed(SYSTEM, pool, NewFeed(url=host.url))
    assert await feeds.sync_due() == 1
    return (await feeds.list_feeds(SYSTEM, pool))[0]


async def hold(offer: Bookable, start: datetime) -> UUID:
    booking_id, until = new_id(), datetime.now(UTC) + timedelta(minutes=15)
    terms = await catalogue.bookable_offer(ANONYMOUS, offer.offer.id)
    await availability.take_slot(SYSTEM, terms, start, booking_id, until)
    return booking_id


async def starts(offer: Bookable, day: date) -> list[datetime]:
    found = await availability.list_slots(ANONYMOUS, offer.offer.id, day, day)
    return [slot.starts_at for slot in found.items]


async def told(booking_id: UUID) -> list[str]:
    rows = await run(
        "SELECT payload::jsonb ->> 'cause' AS cause FROM outbox_event"
        " WHERE kind = 'BookingUncovered' AND payload::jsonb ->> 'booking_id' = $1",
        str(booking_id),
    )
    return [row["cause"] for row in rows]


async def test_what_a_calendar_takes_is_neither_shown_nor_sold(
    open_offer: Bookable, host: Host
) -> None:
    busy = open_offer.starts[4]
    view = await imported(open_offer, host, entry(busy))
    assert (view.last_error, view.busy_spans, view.failures) == (None, 1, 0)
    assert view.last_synced_at is not None
    assert view.host == "localhost"
    free = await starts(open_offer, busy.date())
    assert free and not {busy, busy + timedelta(minutes=30), busy - timedelta(minutes=30)} & {*free}
    with pytest.raises(SlotTaken):
        await hold(open_offer, busy)
    booking_id = await hold(open_offer, open_offer.starts[0])
    terms = await catalogue.bookable_offer(ANONYMOUS, open_offer.offer.id)
    with pytest.raises(SlotTaken):
        await availability.move_slot(SYSTEM, terms, booking_id, busy)
    # The calendar no longer says so: the time is free again.
    await imported(open_offer, host)
    await availability.move_slot(SYSTEM, terms, booking_id, busy)


async def test_a_calendar_that_fails_gives_nothing_back(
    open_offer: Bookable, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = open_offer.starts[4]
    await imported(open_offer, host, entry(busy))
    for change, expected in (
        ({"status": "500 Oops"}, FeedTrouble.REFUSED),
        ({"status": "302 Found", "headers": {"Location": "/x"}}, FeedTrouble.REDIRECTED),
        ({"megabytes": 20}, FeedTrouble.TOO_LARGE),
    ):
        for name, value in change.items():
            setattr(host, name, value)
        view = await imported(open_offer, host)
        assert view.last_error is expected
        assert busy not in await starts(open_offer, busy.date())
        host.status, host.headers, host.megabytes = "200 OK", {}, 0
    assert view.failures == 3
    assert view.next_sync_at > datetime.now(UTC) + timedelta(minutes=55)
    host.body = b"<html>sign in</html>"
    pool = await doctor(open_offer)
    await feeds.sync_feed(SYSTEM, pool, view.id)
    await feeds.sync_due()
    (view,) = await feeds.list_feeds(SYSTEM, pool)
    assert view.last_error is FeedTrouble.UNREADABLE
    assert busy not in await starts(open_offer, busy.date())
    view = await imported(open_offer, host)
    assert (view.last_error, view.failures) == (None, 0)
    assert busy in await starts(open_offer, busy.date())


async def test_an_unchanged_calendar_is_not_read_again_but_for_the_days_ahead(
    open_offer: Bookable, host: Host
) -> None:
    host.headers = {"ETag": '"v1"'}
    busy = open_offer.starts[4]
    await imported(open_offer, host, entry(busy))
    view = await imported(open_offer, host)  # the host says 304 and sends nothing
    assert (view.last_error, view.busy_spans) == (None, 1)
    await run("UPDATE calendar_feed SET imported_at = imported_at - interval '8 days'")
    await imported(open_offer, host, entry(busy))
    assert ["if-none-match" in asked.lower() for asked in host.asked] == [False, True, False]


async def test_a_clash_found_later_is_told_once_and_keeps_a_booking_from_its_confirmation(
    open_offer: Bookable, host: Host
) -> None:
    booking_id, paid = (
        await hold(open_offer, open_offer.starts[4]),
        await hold(open_offer, open_offer.starts[8]),
    )
    await availability.keep_slot(SYSTEM, paid)
    other = await hold(open_offer, open_offer.starts[0])
    clashing = [entry(open_offer.starts[4]), entry(open_offer.starts[8])]
    await imported(open_offer, host, *clashing)
    await imported(open_offer, host, *clashing, entry(open_offer.starts[-1]))
    assert await told(booking_id) == await told(paid) == ["feed_clash"]
    assert await told(other) == []
    with pytest.raises(SlotTaken):
        await availability.keep_slot(SYSTEM, booking_id)
    await availability.keep_slot(SYSTEM, other)


async def test_our_own_booking_that_comes_back_in_a_calendar_is_no_clash(
    open_offer: Bookable, host: Host
) -> None:
    booking_id = await hold(open_offer, open_offer.starts[4])
    mirrored = entry(open_offer.starts[4]).replace("DTSTART", "X-A:b\r\nDTSTART")
    host_calendar = calendar(mirrored).replace("UID:entry-0", f"UID:{booking_id}@shifayol.example")
    pool = await doctor(open_offer)
    host.body = host_calendar.encode()
    await feeds.add_feed(SYSTEM, pool, NewFeed(url=host.url))
    await feeds.sync_due()
    (view,) = await feeds.list_feeds(SYSTEM, pool)
    assert (view.busy_spans, await told(booking_id)) == (0, [])
    await availability.keep_slot(SYSTEM, booking_id)


async def test_a_removed_calendar_takes_nothing_any_more(open_offer: Bookable, host: Host) -> None:
    busy, pool = open_offer.starts[4], await doctor(open_offer)
    view = await imported(open_offer, host, entry(busy))
    await feeds.remove_feed(SYSTEM, pool, view.id)
    assert busy in await starts(open_offer, busy.date())
    for gone in (
        feeds.remove_feed(SYSTEM, pool, view.id),
        feeds.sync_feed(SYSTEM, pool, view.id),
    ):
        with pytest.raises(NoSuchFeed):
            await gone


async def test_a_calendar_that_was_removed_while_it_was_fetched_changes_nothing(
    open_offer: Bookable, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = await doctor(open_offer)
    view = await feeds.add_feed(SYSTEM, pool, NewFeed(url=host.url))

    async def removing(*_: Any) -> list[BusyTime]:
        await feeds.remove_feed(SYSTEM, pool, view.id)
        start = open_offer.starts[4]
        return [BusyTime(Span(start, start + timedelta(hours=1)), [])]

    monkeypatch.setattr(feeds, "busy_times", removing)
    assert await feeds.sync_due() == 1
    assert open_offer.starts[4] in await starts(open_offer, open_offer.starts[4].date())


async def test_the_address_is_stored_sealed_and_never_shown(
    person: Any, open_offer: Bookable, host: Host
) -> None:
    coordinator = await person(Role.COORDINATOR)
    offer = await bookable(coordinator.organisation_id)
    address = f"/v1/resources/{await doctor(offer)}/feeds"
    made = await coordinator.client.post(address, json={"url": host.url})
    assert made.status_code == 201, made.text
    assert "basic.ics" not in made.text
    assert "basic.ics" not in (await coordinator.client.get(address)).text
    (row,) = await run("SELECT url FROM calendar_feed WHERE id = $1", UUID(made.json()["id"]))
    assert b"basic.ics" not in row["url"]
    synced = await coordinator.client.post(f"{address}/{made.json()['id']}/sync")
    assert synced.status_code == 202
    for body, code in (
        ({"url": "http://169.254.169.254/latest"}, "calendar_host_refused"),
        ({"url": host.url, "lane": 2}, "resource_not_found"),
        ({"url": host.url, "more": 1}, "invalid_request"),
    ):
        refused = await coordinator.client.post(address, json=body)
        assert refused.json()["code"] == code, refused.text
    use_calendars(HttpCalendars())
    off = await coordinator.client.post(address, json={"url": host.url})
    assert (off.status_code, off.json()["code"]) == (409, "calendar_feeds_off")


async def test_a_resource_has_a_bounded_number_of_calendars(
    open_offer: Bookable, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MAX_FEEDS", 2)
    pool = await doctor(open_offer)
    for _ in range(2):
        await feeds.add_feed(SYSTEM, pool, NewFeed(url=host.url))
    with pytest.raises(TooManyFeeds):
        await feeds.add_feed(SYSTEM, pool, NewFeed(url=host.url))
    with pytest.raises((NoSuchPool, DomainError)):
        await feeds.add_feed(SYSTEM, new_id(), NewFeed(url=host.url))


async def test_one_lost_address_does_not_stand_in_the_way_of_the_others(
    open_offer: Bookable, host: Host
) -> None:
    pool = await doctor(open_offer)
    lost = await feeds.add_feed(SYSTEM, pool, NewFeed(url=host.url))
    await run("UPDATE calendar_feed SET url = 'broken' WHERE id = $1", lost.id)
    host.body = calendar().encode()
    await feeds.add_feed(SYSTEM, pool, NewFeed(url=host.url))
    assert await feeds.sync_due() == 2
    broken, whole = await feeds.list_feeds(SYSTEM, pool)
    assert (broken.last_error, whole.last_error) == (FeedTrouble.ADDRESS_LOST, None)
