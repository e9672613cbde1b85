"""On which days a rule opens: RFC 5545 recurrence rules of whole days (section 3.3.10).

Each day is asked by itself, so that a window costs its own length whenever the rule began, and a
rule that never opens ends like any other. Libraries that walk from occurrence to occurrence do
neither; the tests hold this against one of them.
"""

import calendar
import functools
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from domain.availability.errors import UnusableRule

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MAX_COUNT = 1000
_LONGEST_GAP = timedelta(days=12 * 366)  # from 29 February 1896 it was eight years to the next
_LONGEST_COUNT = timedelta(days=50 * 366)


class Frequency(StrEnum):
    """The periods that may repeat; hours and less are no days."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class Recurrence(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a rule. `weekdays` pairs an ordinal within the month, or 0, with a weekday."""

    frequency: Frequency
    interval: int = 1
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()
    positions: frozenset[int] = frozenset()
    count: int | None = None
    until: date | None = None


def _refused(why: str) -> UnusableRule:
    return UnusableRule(fields={"rrule": why})


def _numbers(low: int, high: int, *, negative: bool) -> Callable[[str], frozenset[int]]:
    wanted = re.compile(r"[+-]?[0-9]{1,4}" if negative else r"[0-9]{1,4}")

    def read(text: str) -> frozenset[int]:
        found = set()
        for part in text.split(","):
            if not wanted.fullmatch(part) or not low <= abs(int(part)) <= high:
                raise ValueError
            found.add(int(part))
        return frozenset(found)

    return read


def _number(low: int, high: int) -> Callable[[str], int]:
    several = _numbers(low, high, negative=False)

    def read(text: str) -> int:
        (found,) = several(text)
        return found

    return read


def _weekdays(text: str) -> frozenset[tuple[int, int]]:
    ordinals = _numbers(1, 5, negative=True)
    found = set()
    for part in text.split(","):
        (number,) = ordinals(part[:-2]) if part[:-2] else (0,)
        found.add((number, WEEKDAYS.index(part[-2:])))
    return frozenset(found)


def _day(text: str) -> date:
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        raise ValueError
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


_PARTS: dict[str, tuple[str, Callable[[str], object]]] = {
    "FREQ": ("frequency", Frequency),
    "INTERVAL": ("interval", _number(1, 1000)),
    "BYMONTH": ("months", _numbers(1, 12, negative=False)),
    "BYMONTHDAY": ("month_days", _numbers(1, 31, negative=True)),
    "BYDAY": ("weekdays", _weekdays),
    "BYSETPOS": ("positions", _numbers(1, 31, negative=True)),
    "COUNT": ("count", _number(1, MAX_COUNT)),
    "UNTIL": ("until", _day),
}


@functools.lru_cache(maxsize=4096)
def parsed(rrule: str) -> Recurrence:
    """Return the parts of a rule; raises UnusableRule, which says which part it is."""
    values: dict[str, object] = {}
    for part in rrule.strip().upper().split(";"):
        name, _, text = part.partition("=")
        if name not in _PARTS:
            raise _refused(f"{name[:20]!r} has no meaning for opening days")
        field, read = _PARTS[name]
        if field in values:
            raise _refused(f"{name} stands twice")
        try:
            values[field] = read(text)
        except ValueError:
            raise _refused(f"{name} cannot be {text[:40]!r}") from None
    if "frequency" not in values:
        raise _refused("FREQ is missing")
    found: Recurrence = msgspec.convert(values, Recurrence)
    if found.frequency is not Frequency.MONTHLY and any(n for n, _ in found.weekdays):
        raise _refused("only months have a first or last weekday")
    if found.frequency is Frequency.WEEKLY and found.month_days:
        raise _refused("BYMONTHDAY does not go with weeks")
    if found.positions and not (found.months or found.month_days or found.weekdays):
        raise _refused("BYSETPOS chooses among what another BY part names")
    if found.count is not None and found.until is not None:
        raise _refused("COUNT and UNTIL exclude each other")
    return found


def last_day(rule: Recurrence, start: date, given: date | None) -> date | None:
    """Return the last day on which a rule from `start` on can open, None where nothing ends it.

    Raises UnusableRule for a rule that opens on no day.
    """
    ends = [day for day in (given, rule.until) if day is not None]
    if rule.count is not None:
        ends.append(_counted(rule, start, rule.count))
    end = min(ends, default=None)
    if end is not None and end < start:
        raise _refused("The rule ends before it begins")
    horizon = _later(start, _LONGEST_GAP)
    if next(_days(rule, start, min(end or horizon, horizon)), None) is None:
        raise _refused("The rule opens on no day")
    return end


def _counted(rule: Recurrence, start: date, count: int) -> date:
    for number, day in enumerate(_days(rule, start, _later(start, _LONGEST_COUNT)), 1):
        if number == count:
            return day
    raise _refused("COUNT is not reached within 50 years")


def _later(start: date, span: timedelta) -> date:
    return start + min(span, date.max - start)


def _days(rule: Recurrence, start: date, last: date) -> Iterator[date]:
    for offset in range((last - start).days + 1):
        day = start + timedelta(days=offset)
        if recurs(rule, start, day):
            yield day


def recurs(rule: Recurrence, start: date, day: date) -> bool:
    """Tell whether a rule from `start` on falls on `day`; COUNT and UNTIL are `last_day`'s."""
    if day < start or not _in_turn(rule, start, day) or not _named(rule, start, day):
        return False
    if not rule.positions:
        return True
    chosen = [other for other in _period(rule.frequency, day) if _named(rule, start, other)]
    place = chosen.index(day)
    return place + 1 in rule.positions or place - len(chosen) in rule.positions


def _in_turn(rule: Recurrence, start: date, day: date) -> bool:
    match rule.frequency:
        case Frequency.DAILY:
            passed = day.toordinal() - start.toordinal()
        case Frequency.WEEKLY:  # weeks begin on Monday, the RFC's own choice
            passed = (day.toordinal() - 1) // 7 - (start.toordinal() - 1) // 7
        case Frequency.MONTHLY:
            passed = (day.year - start.year) * 12 + day.month - start.month
    return passed % rule.interval == 0


def _named(rule: Recurrence, start: date, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    length = calendar.monthrange(day.year, day.month)[1]
    if rule.month_days and not {day.day, day.day - length - 1} & rule.month_days:
        return False
    if rule.weekdays:
        ordinals = (0, (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1))
        return any((ordinal, day.weekday()) in rule.weekdays for ordinal in ordinals)
    if rule.month_days or rule.frequency is Frequency.DAILY:
        return True
    # Without a BY part that names days, a rule repeats the day on which it began.
    if rule.frequency is Frequency.WEEKLY:
        return day.weekday() == start.weekday()
    return day.day == start.day


def _period(frequency: Frequency, day: date) -> list[date]:
    match frequency:
        case Frequency.DAILY:
            return [day]
        case Frequency.WEEKLY:
            first, length = day.toordinal() - day.weekday(), 7
        case Frequency.MONTHLY:
            first = day.toordinal() - day.day + 1
            length = calendar.monthrange(day.year, day.month)[1]
    beyond = min(first + length, date.max.toordinal() + 1)
    return [date.fromordinal(number) for number in range(first, beyond)]
