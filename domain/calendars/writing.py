"""Writing bookings as iCalendar (RFC 5545)."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta

import icalendar

from domain.calendars.rules import STATUS
from domain.calendars.types import Entry
from domain.calendars.zones import timezone_component
from domain.clock import zone

PRODUCT = "-//Shifayol//Bookings//EN"
REFRESH = timedelta(hours=1)


def written(entries: Iterable[Entry], name: str | None = None) -> bytes:
    """Return bookings as one iCalendar object; the same bookings always give the same bytes.

    `name` makes it a feed, which says how it is called and how often to ask for it.
    """
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("method", "PUBLISH")
    if name is not None:
        calendar.add("name", name)  # RFC 7986, section 5.1
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    found = sorted(entries, key=lambda entry: (entry.booking.starts_at, entry.booking.id))
    years: dict[str, list[int]] = {}
    for entry in found:
        at = entry.booking
        years.setdefault(at.zone, []).extend((at.starts_at.year, at.ends_at.year))
    for used in sorted(years):
        # A year more on both sides: what is local there may be another year here.
        part = timezone_component(used, min(years[used]) - 1, max(years[used]) + 1)
        calendar.add_component(part)
    for entry in found:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> icalendar.Event:
    booking, event = entry.booking, icalendar.Event()
    where, status = zone(booking.zone), STATUS[booking.status]
    event.add("uid", f"{booking.id}@shifayol")
    event.add("sequence", booking.version)
    event.add("dtstamp", booking.updated_at)
    event.add("last-modified", booking.updated_at)
    event.add("dtstart", booking.starts_at.astimezone(where))
    event.add("dtend", booking.ends_at.astimezone(where))
    event.add("summary", entry.summary)
    event.add("status", status)
    event.add("transp", "TRANSPARENT" if status == "CANCELLED" else "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("url", entry.url)
    if entry.location is not None:
        event.add("location", entry.location)
    return event


def etag_of(body: bytes) -> str:
    """Return a strong validator of a calendar's bytes (RFC 9110, section 8.8.3)."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
