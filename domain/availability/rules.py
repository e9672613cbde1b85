"""Pure computation of openings and free slots, in the facility's wall clock."""

import bisect
import functools
import itertools
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.availability.recurrence import parsed, recurs
from domain.availability.types import (
    Closure,
    Need,
    OpeningException,
    OpeningRule,
    PoolKind,
    Span,
)
from domain.clock import from_wall_clock

SLOT_GRID = timedelta(minutes=30)
CHECK_OUT = time(12, 0)
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
END_OF_TIME = datetime(9999, 12, 30, tzinfo=UTC)


def openings(
    rules: Iterable[OpeningRule],
    exceptions: Iterable[OpeningException],
    where: ZoneInfo,
    first: date,
    last: date,
    holidays: Container[date] = (),
) -> list[Span]:
    """Return the openings of a pool on the days from `first` to `last`, in order and in UTC.

    A day with exceptions has exactly their hours, on a holiday too. Hours are wall-clock hours:
    they keep their local time across zone changes, and an opening inside a skipped hour starts
    when clocks resume.
    """
    changed: dict[date, list[OpeningException]] = {}
    for exception in exceptions:
        changed.setdefault(exception.day, []).append(exception)
    recurring = [(rule, parsed(rule.rrule)) for rule in rules]
    found: list[Span] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day in changed:
            hours = [(e.opens, e.minutes) for e in changed[day] if e.opens is not None]
        else:
            hours = [
                (rule.opens, rule.minutes)
                for rule, recurrence in recurring
                if (rule.last_day is None or day <= rule.last_day)
                and recurs(recurrence, rule.valid_from, day)
                and not (rule.observes_holidays and day in holidays)
            ]
        found += [_wall_span(day, opens, minutes, where) for opens, minutes in hours]
    return sorted(span for span in found if span.start < span.end)


def closed(closures: Iterable[Closure], where: ZoneInfo) -> list[Span]:
    """Return the stretches in which whole days are closed, in order."""
    return merged(
        Span(
            resumed(datetime.combine(closure.first_day, time()), where),
            resumed(datetime.combine(closure.last_day + timedelta(days=1), time()), where),
        )
        for closure in closures
    )


def without(spans: Iterable[Span], gone: list[Span]) -> list[Span]:
    """Return what is left of each span when the merged stretches of `gone` are taken away."""
    left: list[Span] = []
    for span in spans:
        start = span.start
        for hole in gone[max(0, bisect.bisect_right(gone, Span(start, start)) - 1) :]:
            if hole.start >= span.end:
                break
            if hole.start > start:
                left.append(Span(start, hole.start))
            start = max(start, hole.end)
        if start < span.end:
            left.append(Span(start, span.end))
    return left


def _wall_span(day: date, opens: time, minutes: int, where: ZoneInfo) -> Span:
    starts = datetime.combine(day, opens)
    ends = starts + timedelta(minutes=minutes)
    return Span(resumed(starts, where), resumed(ends, where))


def resumed(local: datetime, where: ZoneInfo) -> datetime:
    """Return the instant of a wall-clock time, or when clocks resume after one that is skipped."""
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
        return Span(start, _check_out(leaves, where))
    return Span(
        start - timedelta(minutes=need.before_minutes),
        start + duration + timedelta(minutes=need.after_minutes),
    )


@functools.lru_cache(maxsize=4096)
def _check_out(day: date, where: ZoneInfo) -> datetime:
    # Every start of a day asks for the same few mornings.
    return resumed(datetime.combine(day, CHECK_OUT), where)


class Coverage:
    """Stretches of time, asked whether one of them covers another stretch, each in O(log n)."""

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self._starts = [span.start for span in ordered]
        self._reach = list(itertools.accumulate((span.end for span in ordered), max))

    def covers(self, span: Span) -> bool:
        """Tell whether a single stretch begins no later and ends no earlier."""
        before = bisect.bisect_right(self._starts, span.start)
        return before > 0 and self._reach[before - 1] >= span.end


def gaps(taken: Iterable[Span]) -> list[Span]:
    """Return the stretches between what is taken, to both ends of time."""
    return without([Span(_BEGINNING, END_OF_TIME)], merged(taken))


def free_lane(busy: Mapping[UUID, list[Span]], span: Span) -> UUID | None:
    """Return the first lane (in the order given) that nothing overlaps, or None."""
    for lane, taken in busy.items():
        if not any(span.overlaps(other) for other in taken):
            return lane
    return None


def opening_coverage(open_spans: Mapping[UUID, list[Span]]) -> dict[UUID, Coverage]:
    """Return by pool what its openings cover, those that touch taken together."""
    return {pool: Coverage(merged(spans)) for pool, spans in open_spans.items()}


def fits(
    needs: Iterable[Need],
    open_at: Mapping[UUID, Coverage],
    start: datetime,
    duration: timedelta,
    where: ZoneInfo,
) -> bool:
    """Tell whether every pool is open for what a booking at `start` needs of it.

    Preparation and cleaning may lie outside opening hours; nights may not.
    """
    care = Span(start, start + duration)
    return all(
        open_at[need.pool_id].covers(
            needed(need, start, duration, where) if need.kind is PoolKind.BED else care
        )
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
) -> Iterator[datetime]:
    """Yield every start at which all needs are open and have a free lane, in order.

    `busy` maps pool to lane to the stretches taken. Without any need nothing is ever free.
    """
    open_at = opening_coverage(open_spans)
    free = {
        pool: Coverage(itertools.chain.from_iterable(map(gaps, lanes.values())))
        for pool, lanes in busy.items()
    }
    for start in candidate_starts(needs, open_spans, not_before):
        if fits(needs, open_at, start, duration, where) and all(
            free[need.pool_id].covers(needed(need, start, duration, where)) for need in needs
        ):
            yield start


def booking_end(
    needs: Iterable[Need], start: datetime, duration: timedelta, where: ZoneInfo
) -> datetime:
    """Return when the last night, or without nights the treatment itself, ends."""
    ends = [needed(need, start, duration, where).end for need in needs if need.nights]
    return max([start + duration, *ends]).astimezone(UTC)
