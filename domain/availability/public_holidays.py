"""The public holidays of the states, and the working days between them."""

import functools
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

import holidays

from domain.availability.schedule_types import Holiday
from domain.jurisdictions import JURISDICTIONS

_NONE: Mapping[date, str] = MappingProxyType({})
_SUPPORTED = holidays.list_supported_countries(include_aliases=False)


@functools.lru_cache(maxsize=256)
def public_holidays(state: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a state in a year, with their names there.

    Nobody publishes those of Northern Cyprus (XN) in a form that could be used, so it has none
    here: a facility there closes on its own days by exceptions and closures.
    """
    if state not in _SUPPORTED or state not in JURISDICTIONS:
        return _NONE
    return MappingProxyType(dict(holidays.country_holidays(state, years=year).items()))


def holidays_between(state: str, first: date, last: date) -> list[Holiday]:
    """Return the public holidays of a state from one day to another, in order."""
    return [
        Holiday(day, name)
        for year in range(first.year, last.year + 1)
        for day, name in sorted(public_holidays(state, year).items())
        if first <= day <= last
    ]


def is_public_holiday(state: str, day: date) -> bool:
    """Tell whether a day is a public holiday of the state."""
    return day in public_holidays(state, day.year)


def is_working_day(state: str, day: date) -> bool:
    """Tell whether offices of the state work on a day: no weekend, no public holiday."""
    return day.weekday() < 5 and not is_public_holiday(state, day)


def after_working_days(state: str, day: date, number: int) -> date:
    """Return the day on which so many working days after `day` have passed."""
    while number:
        day += timedelta(days=1)
        number -= is_working_day(state, day)
    return day
