"""Working days: the weekend and the public holidays of one state, by one place's calendar."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

_KEEPS_THE_CALENDAR_OF = {"XN": "TR"}
"""Jurisdictions without an ISO code of their own, by whose holidays are kept there."""


@lru_cache(maxsize=32)
def _calendar(state: str) -> holidays.HolidayBase:
    return holidays.country_holidays(_KEEPS_THE_CALENDAR_OF.get(state, state))


def is_working_day(day: date, state: str) -> bool:
    """Tell whether offices of a state work on a day, moved weekends included."""
    return bool(_calendar(state).is_working_day(day))


def add_working_days(start: datetime, days: int, where: ZoneInfo, state: str) -> datetime:
    """Return the instant so many working days later, at the same hour of the place's clock.

    On a day off the clock stands still: what begins then begins with the next working day.
    """
    local = start.astimezone(where)
    day, at = local.date(), local.time()
    if not is_working_day(day, state):
        day, at = _next(day, state), time()
    for _ in range(days):
        day = _next(day, state)
    return datetime.combine(day, at, tzinfo=where).astimezone(UTC)


def _next(day: date, state: str) -> date:
    day += timedelta(days=1)
    while not is_working_day(day, state):
        day += timedelta(days=1)
    return day
