"""Pure computation of openings and free slots, in the facility's wall clock."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.availability.errors import UnusableRule
from domain.availability.types import (
    Need,
    OpeningException,
    OpeningRule,
    PoolKind,
    Span,
)
from domain.clock import from_wall_clock

SLOT_GRID = timedelta(minutes=30)
CHECK_OUT = time(12, 0)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RRULE = re.compile(r"FREQ=WEEKLY;BYDAY=((?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU))*)")


def weekdays_of(rrule: str) -> frozenset[int]:
    """Return the weekdays (Monday is 0) of a weekly RRULE; raises UnusableRule."""
    found = _RRULE.fullmatch(rrule.strip().upper())
    if found is None:
        raise UnusableRule(fields={"rrule": UnusableRule.title})
    return frozenset(_WEEKDAYS.index(day) for day in found[1].split(","))


def openings(
    rules: Iterable[OpeningRule],
    exceptions: Iterable[OpeningException],
    where: ZoneInfo,
    first: date,
    last: date,
) -> list[Span]:
    """Return the openings of a pool on the days from `first` to `last`, in order and in UTC.

    A day with exceptions has exactly their hours. Hours are wall-clock hours: they keep their
    local time across zone changes, and an opening inside a skipped hour starts when clocks resume.
    """
    changed: dict[date, list[OpeningException]] = {}
    for exception in exceptions:
        changed.setdefault(exception.day, []).append(exception)
    weekly = [(rule, weekdays_of(rule.rrule)) for rule in rules]
    found: list[Span] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day in changed:
            hours = [(e.opens, e.minutes) for e in changed[day] if e.opens is not None]
        else:
            hours = [
                (rule.opens, rule.minutes)
                for rule, days in weekly
                if day.weekday() in days
                and rule.valid_from <= day
                and (rule.valid_until is None or day <= rule.valid_until)
            ]
        found += [_wall_span(day, opens, minutes, where) for opens, minutes in hours]
    return sorted(span for span in found if span.start < span.end)


def _wall_span(day: date, opens: time, minutes: int, where: ZoneInfo) -> Span:
    starts = datetime.combine(day, opens)
    ends = starts + timedelta(minutes=minutes)
    return Span(_resumed(starts, where), _resumed(ends, where))


def _resumed(local: datetime, where: ZoneInfo) -> datetime:
    instant = from_wall_clock(local.date(), local.time(), where)
    while instant is None:
        local += timedelta(minutes=15)
        instant = from_wall_clock(local.date(), local.time(), where)
    return instant


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, with those that touch or overlap joined."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def needed(need: Need, start: datetime, duration: timedelta, where: ZoneInfo) -> Span:
    """Return the stretch that one booking starting at `start` takes of a pool.

    Nights run from the start to check-out at noon, local time, that many days later.
    """
    if need.nights:
        leaves = start.astimezone(where).date() + timedelta(days=need.nights)
        return Span(start, _resumed(datetime.combine(leaves, CHECK_OUT), where))
    return Span(
        start - timedelta(minutes=need.before_minutes),
        start + duration + timedelta(minutes=need.after_minutes),
    )


def free_lane(busy: Mapping[UUID, list[Span]], span: Span) -> UUID | None:
    """Return the first lane (in the order given) that nothing overlaps, or None."""
    for lane, taken in busy.items():
        if not any(span.overlaps(other) for other in taken):
            return lane
    return None


def fits(
    needs: Iterable[Need],
    open_spans: Mapping[UUID, list[Span]],
    start: datetime,
    duration: timedelta,
) -> bool:
    """Tell whether every pool with hours is open (`merged`) for what a booking at `start` takes."""
    care = Span(start, start + duration)
    return all(
        need.kind is PoolKind.BED or any(span.covers(care) for span in open_spans[need.pool_id])
        for need in needs
    )


def candidate_starts(
    needs: Iterable[Need],
    open_spans: Mapping[UUID, list[Span]],
    not_before: datetime,
) -> list[datetime]:
    """Return the starts on the half-hour grids of the openings of the first pool that has hours.

    Each opening has a grid of its own, so that a start does not depend on which days were asked.
    """
    timed = next((need for need in needs if need.kind is not PoolKind.BED), None)
    if timed is None:
        return []
    starts = set()
    for span in open_spans[timed.pool_id]:
        start = span.start
        while start < span.end:
            if start >= not_before:
                starts.add(start)
            start += SLOT_GRID
    return sorted(starts)


def free_starts(
    needs: list[Need],
    open_spans: Mapping[UUID, list[Span]],
    busy: Mapping[UUID, Mapping[UUID, list[Span]]],
    duration: timedelta,
    where: ZoneInfo,
    not_before: datetime,
) -> list[datetime]:
    """Return every start at which all needs are open and have a free lane, in order.

    `busy` maps pool to lane to the stretches taken. Without any need nothing is ever free.
    """
    whole = {pool: merged(spans) for pool, spans in open_spans.items()}
    return [
        start
        for start in candidate_starts(needs, open_spans, not_before)
        if fits(needs, whole, start, duration)
        and all(
            free_lane(
                {lane: list(spans) for lane, spans in busy[need.pool_id].items()},
                needed(need, start, duration, where),
            )
            for need in needs
        )
    ]


def booking_end(
    needs: Iterable[Need], start: datetime, duration: timedelta, where: ZoneInfo
) -> datetime:
    """Return when the last night, or without nights the treatment itself, ends."""
    ends = [needed(need, start, duration, where).end for need in needs if need.nights]
    return max([start + duration, *ends]).astimezone(UTC)
