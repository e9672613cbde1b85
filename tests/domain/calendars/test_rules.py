"""Bookings as iCalendar: what other programs read from it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest
import recurring_ical_events

from domain.bookings.parties import BookingParties
from domain.bookings.types import BookingStatus
from domain.calendars import rules, writing
from domain.calendars.errors import CalendarIncomplete
from domain.calendars.types import CreateCalendar, Entry, FeedKind

UPDATED = datetime(2027, 3, 1, 10, tzinfo=UTC)


def booking(number: int = 7, **changes: Any) -> BookingParties:
    values: dict[str, Any] = {
        "id": UUID(int=number), "patient_id": UUID(int=1), "home_state": "KZ",
        "practice_id": None, "facility_id": UUID(int=2), "facility_organisation_id": UUID(int=3),
        "facility_name": "Duna Klinika", "status": BookingStatus.CONFIRMED,
        "starts_at": datetime(2027, 3, 28, 7, 30, tzinfo=UTC),
        "ends_at": datetime(2027, 3, 28, 9, tzinfo=UTC),
        "zone": "Europe/Budapest", "version": 4, "updated_at": UPDATED,
    }  # fmt: skip
    return BookingParties(**values | changes)


def entry(**changes: Any) -> Entry:
    made = booking(**changes)
    return Entry(made, "Rendelés: Óbuda; 2., szoba", f"https://shifayol.example/bookings/{made.id}",
                 "Duna Klinika, Szeged")  # fmt: skip


def events(body: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def test_an_event_says_when_where_and_how_certain() -> None:
    body = writing.written([entry()])
    (event,) = events(body)
    assert event["UID"] == f"{UUID(int=7)}@shifayol"
    assert (event["SEQUENCE"], event["STATUS"], event["CLASS"]) == (4, "CONFIRMED", "PRIVATE")
    assert event["DTSTAMP"].dt == UPDATED
    # The day on which Budapest's clocks go forward: 7:30 UTC is 9:30 there, not 8:30.
    assert event["DTSTART"].params["TZID"] == "Europe/Budapest"
    assert event["DTSTART"].dt.isoformat() == "2027-03-28T09:30:00+02:00"
    assert event["DTSTART"].dt.astimezone(UTC) == datetime(2027, 3, 28, 7, 30, tzinfo=UTC)
    assert event["SUMMARY"] == "Rendelés: Óbuda; 2., szoba"
    assert event["LOCATION"] == "Duna Klinika, Szeged"
    assert event["URL"] == f"https://shifayol.example/bookings/{UUID(int=7)}"
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert body.endswith(b"END:VCALENDAR\r\n") and b"\n" not in body.replace(b"\r\n", b"")


def test_every_zone_used_is_written_out_once_and_none_beside() -> None:
    almaty = {
        "zone": "Asia/Almaty", "starts_at": datetime(2024, 2, 29, 20, tzinfo=UTC),
        "ends_at": datetime(2024, 3, 1, 20, tzinfo=UTC),
    }  # fmt: skip
    body = writing.written([entry(), entry(number=8), entry(number=9, **almaty)])
    found = icalendar.Calendar.from_ical(body)
    assert [str(each["TZID"]) for each in found.walk("VTIMEZONE")] == [
        "Asia/Almaty", "Europe/Budapest",
    ]  # fmt: skip
    moved = events(body)[0]
    # Eight in the evening by UTC was two in the morning until the day before, and is one now.
    assert moved["DTSTART"].dt.isoformat() == "2024-03-01T01:00:00+05:00"
    assert moved["DTEND"].dt.isoformat() == "2024-03-02T01:00:00+05:00"
    at = datetime(2027, 3, 28, tzinfo=UTC)
    assert len(recurring_ical_events.of(found).between(at, at + timedelta(days=1))) == 2


def test_every_state_that_a_calendar_shows_has_its_status() -> None:
    hidden = {BookingStatus.HELD, BookingStatus.PENDING_PAYMENT, BookingStatus.EXPIRED}
    assert set(rules.STATUS) == set(BookingStatus) - hidden
    cancelled = entry(status=BookingStatus.CANCELLED_BY_FACILITY)
    (event,) = events(writing.written([cancelled]))
    assert (event["STATUS"], event["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    (event,) = events(writing.written([entry(status=BookingStatus.AWAITING_FACILITY)]))
    assert (event["STATUS"], event["TRANSP"]) == ("TENTATIVE", "OPAQUE")


def test_the_same_bookings_give_the_same_bytes_and_a_change_gives_others() -> None:
    one, two = entry(), entry(number=8)
    body = writing.written([one, two], "Bookings")
    assert writing.written([two, one], "Bookings") == body
    assert writing.etag_of(body) == writing.etag_of(writing.written([one, two], "Bookings"))
    assert writing.etag_of(writing.written([entry(version=5), two], "Bookings")) != writing.etag_of(
        body
    )


def test_a_feed_says_its_name_and_how_often_to_ask_also_when_it_is_empty() -> None:
    found = icalendar.Calendar.from_ical(writing.written([], "Менің жазылуларым"))
    assert found["NAME"] == found["X-WR-CALNAME"] == "Менің жазылуларым"
    assert found["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert found["METHOD"] == "PUBLISH" and not found.walk("VEVENT")


def test_text_cannot_break_out_of_its_line() -> None:
    nasty = Entry(booking(), "A\r\nATTACH:evil\nB,;\\", "https://x.example/", "C\nEND:VEVENT")
    (event,) = events(writing.written([nasty]))
    assert "ATTACH" not in event and event["SUMMARY"].endswith("B,;\\")


@pytest.mark.parametrize(
    ("kind", "facility", "practitioner"),
    [
        (FeedKind.PATIENT, True, False),
        (FeedKind.PATIENT, False, True),
        (FeedKind.FACILITY, False, False),
        (FeedKind.FACILITY, True, True),
        (FeedKind.PRACTITIONER, True, False),
        (FeedKind.PRACTITIONER, False, True),
    ],
)
def test_a_calendar_says_whose_it_is_and_no_more(
    kind: FeedKind, facility: bool, practitioner: bool
) -> None:
    command = CreateCalendar(
        kind=kind,
        facility_id=UUID(int=1) if facility else None,
        practitioner_id=UUID(int=2) if practitioner else None,
    )
    with pytest.raises(CalendarIncomplete):
        rules.require_complete(command)
