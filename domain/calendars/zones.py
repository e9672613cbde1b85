"""A time zone as calendars need it: each change of its clocks, written out (RFC 5545, 3.6.5)."""

import functools
from datetime import UTC, datetime, timedelta

import icalendar

from domain.clock import zone

_DAY = timedelta(days=1)


@functools.lru_cache(maxsize=256)
def timezone_component(name: str, first_year: int, last_year: int) -> icalendar.Timezone:
    """Return the VTIMEZONE of an IANA zone that is right from the first year to the last.

    Every onset is written by itself, in the wall clock that was in force before it, so that also
    a change without a rule (Almaty, 1 March 2024) is understood by whoever knows no zones.
    """
    component = icalendar.Timezone()
    component.add("tzid", name)
    start, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    component.add_component(_observance(name, start, before=start))
    at = start
    while at < end:
        if _clock(name, at) != _clock(name, at + _DAY):
            onset = _onset(name, at, at + _DAY)
            component.add_component(_observance(name, onset, before=onset - timedelta(seconds=1)))
        at += _DAY
    return component


def _clock(name: str, at: datetime) -> tuple[timedelta, str, bool]:
    local = at.astimezone(zone(name))
    return local.utcoffset() or timedelta(0), local.tzname() or name, bool(local.dst())


def _onset(name: str, low: datetime, high: datetime) -> datetime:
    """Return the second at which the clock of `high` comes into force."""
    before = _clock(name, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if _clock(name, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _observance(
    name: str, onset: datetime, *, before: datetime
) -> icalendar.TimezoneStandard | icalendar.TimezoneDaylight:
    former, _, _ = _clock(name, before)
    offset, shown, daylight = _clock(name, onset)
    part = icalendar.TimezoneDaylight() if daylight else icalendar.TimezoneStandard()
    part.add("dtstart", (onset + former).replace(tzinfo=None))
    part.add("tzoffsetfrom", former)
    part.add("tzoffsetto", offset)
    part.add("tzname", shown)
    return part
