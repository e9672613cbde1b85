"""Recurrence rules of days agree with an independent library, and cost nothing when hostile."""

import random
import time
from datetime import date, timedelta

import icalendar
import pytest
import recurring_ical_events

from domain.availability.errors import UnusableRule
from domain.availability.recurrence import WEEKDAYS, last_day, parsed, recurs


def days(rrule: str, start: date, first: date, last: date) -> list[date]:
    """The days of a window on which the rule opens."""
    rule = parsed(rrule)
    end = last_day(rule, start, None)
    found = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in found if (end is None or day <= end) and recurs(rule, start, day)]


def by_the_library(rrule: str, start: date, first: date, last: date) -> list[date]:
    event = icalendar.Event()
    event.add("uid", "1")
    event.add("dtstart", start)
    event.add("rrule", icalendar.vRecur.from_ical(rrule))
    calendar = icalendar.Calendar()
    calendar.add_component(event)
    found = recurring_ical_events.of(calendar).between(first, last + timedelta(days=1))
    return sorted(each["DTSTART"].dt for each in found)


def random_rule(chance: random.Random) -> str:
    frequency = chance.choice(["DAILY", "WEEKLY", "MONTHLY"])
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.5:
        parts.append(f"INTERVAL={chance.randint(1, 5)}")
    if chance.random() < 0.3:
        months = sorted(chance.sample(range(1, 13), chance.randint(1, 6)))
        parts.append("BYMONTH=" + ",".join(map(str, months)))
    chosen = False
    if frequency != "WEEKLY" and chance.random() < 0.4:
        numbers = chance.sample([*range(1, 32), *range(-31, 0)], chance.randint(1, 12))
        parts.append("BYMONTHDAY=" + ",".join(map(str, numbers)))
        chosen = True
    if chance.random() < 0.6:
        named = chance.sample(WEEKDAYS, chance.randint(1, 5))
        if frequency == "MONTHLY" and chance.random() < 0.5:
            named = [f"{chance.choice([-5, -2, -1, 1, 2, 3, 4, 5])}{day}" for day in named]
        parts.append("BYDAY=" + ",".join(named))
        chosen = True
    if chosen and chance.random() < 0.3:
        parts.append(f"BYSETPOS={chance.choice(['1', '-1', '2', '1,-1', '-2'])}")
    ending = chance.random()
    if ending < 0.2:
        parts.append(f"COUNT={chance.randint(1, 60)}")
    elif ending < 0.4:
        parts.append(f"UNTIL=2027{chance.randint(1, 12):02}15")
    return ";".join(parts)


def test_a_thousand_random_rules_agree_with_an_independent_library() -> None:
    chance, agreed, refused = random.Random(20261128), 0, 0
    while agreed < 1000:
        rrule = random_rule(chance)
        rule = parsed(rrule)
        # The library counts the day on which a rule begins even where the rule does not name it.
        asked = date(2026, 1, 1) + timedelta(days=chance.randint(0, 400))
        start = next((d for n in range(400) if recurs(rule, d := asked + timedelta(n), d)), asked)
        try:
            last_day(rule, start, None)
        except UnusableRule:
            refused += 1
            continue
        first = start + timedelta(days=chance.randint(0, 200))
        window = (first, first + timedelta(days=chance.randint(0, 400)))
        if recurs(rule, start, start):
            expected = by_the_library(rrule, start, *window)
            assert days(rrule, start, *window) == expected, (rrule, start)
            agreed += 1
    assert refused < 300


@pytest.mark.parametrize(
    "rrule",
    [
        "", ";", "FREQ", "FREQ=", "x" * 200, "RRULE:FREQ=DAILY", "FREQ=SECONDLY", "FREQ=MINUTELY",
        "FREQ=HOURLY", "FREQ=YEARLY", "INTERVAL=2", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;",
        "FREQ=DAILY;BYHOUR=9", "FREQ=DAILY;BYMINUTE=0", "FREQ=DAILY;WKST=SU",
        "FREQ=DAILY;BYYEARDAY=1",
        "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;INTERVAL=1001",
        "FREQ=DAILY;INTERVAL=" + "9" * 100, "FREQ=DAILY;INTERVAL=١", "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=1001", "FREQ=DAILY;COUNT=2;UNTIL=20270101", "FREQ=DAILY;UNTIL=20270230",
        "FREQ=DAILY;UNTIL=20270101T000000Z", "FREQ=WEEKLY;BYDAY=", "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=MO,", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=DAILY;BYDAY=-1SU",
        "FREQ=MONTHLY;BYDAY=6MO", "FREQ=MONTHLY;BYDAY=0MO", "FREQ=MONTHLY;BYDAY=+-1MO",
        "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=DAILY;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "FREQ=DAILY\0",
    ],
)  # fmt: skip
def test_what_is_no_rule_of_days_is_refused(rrule: str) -> None:
    with pytest.raises(UnusableRule) as refusal:
        last_day(parsed(rrule), date(2026, 1, 1), None)
    assert "rrule" in refusal.value.fields


@pytest.mark.parametrize(
    "rrule",
    [
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",  # of a rule that begins in February
        "FREQ=DAILY;UNTIL=20251231",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;COUNT=1000",
    ],
)
def test_a_rule_that_never_opens_is_refused_at_once(rrule: str) -> None:
    began = time.perf_counter()
    with pytest.raises(UnusableRule):
        last_day(parsed(rrule), date(2026, 2, 1), None)
    assert time.perf_counter() - began < 0.5


def test_count_until_and_the_given_day_end_a_rule_whichever_comes_first() -> None:
    start = date(2026, 1, 5)
    weekly = "FREQ=WEEKLY;BYDAY=MO,WE"
    assert last_day(parsed(weekly), start, None) is None
    assert last_day(parsed(f"{weekly};COUNT=3"), start, None) == date(2026, 1, 12)
    assert last_day(parsed(f"{weekly};COUNT=3"), start, date(2026, 1, 8)) == date(2026, 1, 8)
    assert last_day(parsed(f"{weekly};UNTIL=20260301"), start, None) == date(2026, 3, 1)
    with pytest.raises(UnusableRule):
        last_day(parsed(weekly), start, start - timedelta(days=1))


@pytest.mark.parametrize("start", [date(1, 1, 1), date(1970, 1, 1), date(9999, 12, 1)])
def test_a_rule_may_begin_anywhere_and_a_window_costs_its_own_length(start: date) -> None:
    rule = parsed("FREQ=MONTHLY;INTERVAL=7;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")
    last_day(rule, start, None)
    first = date(2026, 11, 28)
    began = time.perf_counter()
    for n in range(180):
        recurs(rule, start, first + timedelta(days=n))
    assert time.perf_counter() - began < 0.1


def test_both_ends_of_the_calendar_are_days_like_others() -> None:
    for rrule in ("FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=-1;BYSETPOS=1"):
        for day in (date.min, date.max):
            recurs(parsed(rrule), date.min, day)
