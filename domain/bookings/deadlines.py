"""Deadlines in a facility's working days: its own clock, its state's weekends and holidays."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from domain.availability.public_holidays import after_working_days, is_working_day


def add_working_days(start: datetime, days: int, where: ZoneInfo, state: str) -> datetime:
    """Return the instant so many working days later, at the same hour of the place's clock.

    On a day off the clock stands still: what begins then begins with the next working day.
    """
    local = start.astimezone(where)
    day, at = local.date(), local.time()
    if not is_working_day(state, day):
        day, at = after_working_days(state, day, 1), time()
    return datetime.combine(after_working_days(state, day, days), at, tzinfo=where).astimezone(UTC)
