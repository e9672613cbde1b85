"""Laying out a facility's days: each lane's time cut into what is open, taken and closed."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from domain.availability.schedule_types import BusySpan, ScheduledResource, ScheduleView
from domain.availability.types import PoolKind

_HOUR = timedelta(hours=1)
_USUAL = (time(8), time(18))


class Use(StrEnum):
    """What a stretch of a lane is."""

    FREE = "free"
    TAKEN = "taken"
    CLOSED = "closed"


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of a lane; what takes it may reach beyond."""

    starts_at: datetime
    ends_at: datetime
    use: Use
    taken: list[BusySpan] = []


class Cell(msgspec.Struct, frozen=True):
    """A stretch as a cell of a table whose rows are times."""

    lane: ScheduledResource
    stretch: Stretch
    rows: int


class Row(msgspec.Struct, frozen=True):
    """A moment at which something begins, with the cells that begin then."""

    at: datetime
    cells: list[Cell]


def stretches(lane: ScheduledResource, begins: datetime, ends: datetime) -> list[Stretch]:
    """Cut a lane's time between two moments into stretches, in order and without a gap."""
    found: list[Stretch] = []
    now = begins
    for start, end, taken in _taken(lane.busy, begins, ends):
        found += _open(lane, now, start)
        found.append(Stretch(start, end, Use.TAKEN, taken))
        now = end
    return found + _open(lane, now, ends)


def _taken(
    busy: Iterable[BusySpan], begins: datetime, ends: datetime
) -> list[tuple[datetime, datetime, list[BusySpan]]]:
    """Return what is taken, clipped; spans that overlap, as imported ones may, are one stretch."""
    found: list[tuple[datetime, datetime, list[BusySpan]]] = []
    for span in sorted(busy, key=lambda each: each.starts_at):
        start, end = max(span.starts_at, begins), min(span.ends_at, ends)
        if start >= end:
            continue
        if found and start < found[-1][1]:
            before = found[-1]
            found[-1] = (before[0], max(before[1], end), [*before[2], span])
        else:
            found.append((start, end, [span]))
    return found


def _open(lane: ScheduledResource, begins: datetime, ends: datetime) -> list[Stretch]:
    """Cut a stretch that nothing takes into what is open and what is closed."""
    found: list[Stretch] = []
    now = begins
    for opening in lane.openings:
        start, end = max(opening.starts_at, now), min(opening.ends_at, ends)
        if start >= end:
            continue
        if start > now:
            found.append(Stretch(now, start, Use.CLOSED))
        found.append(Stretch(start, end, Use.FREE))
        now = end
    if now < ends:
        found.append(Stretch(now, ends, Use.CLOSED))
    return found


def bounds(day: date, where: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first moment of a day of the facility's calendar, and that of the next."""
    return (
        datetime.combine(day, time(), where).astimezone(UTC),
        datetime.combine(day + timedelta(days=1), time(), where).astimezone(UTC),
    )


def timed(view: ScheduleView) -> list[ScheduledResource]:
    """Return the lanes that are used by the hour: all but beds."""
    return [lane for lane in view.resources if lane.kind is not PoolKind.BED]


def beds(view: ScheduleView) -> list[ScheduledResource]:
    """Return the lanes that are used by the night."""
    return [lane for lane in view.resources if lane.kind is PoolKind.BED]


def rows(lanes: list[ScheduledResource], day: date, where: ZoneInfo) -> list[Row]:
    """Return the rows of a day's table: every full hour, and whenever something begins.

    The table runs from the first to the last hour in which a lane is open or taken.
    """
    begins, ends = _shown(lanes, day, where)
    cut = [(lane, stretches(lane, begins, ends)) for lane in lanes]
    moments = {stretch.starts_at for _, found in cut for stretch in found}
    moment = begins
    while moment < ends:
        moments.add(moment)
        moment += _HOUR
    ordered = sorted(moments)
    cells: dict[datetime, list[Cell]] = {moment: [] for moment in ordered}
    for lane, found in cut:
        for stretch in found:
            spanned = sum(stretch.starts_at <= each < stretch.ends_at for each in ordered)
            cells[stretch.starts_at].append(Cell(lane, stretch, spanned))
    return [Row(moment, cells[moment]) for moment in ordered]


def _shown(lanes: list[ScheduledResource], day: date, where: ZoneInfo) -> tuple[datetime, datetime]:
    first, last = bounds(day, where)
    used = [(span.starts_at, span.ends_at) for lane in lanes for span in lane.openings]
    used += [(span.starts_at, span.ends_at) for lane in lanes for span in lane.busy]
    spans = [
        (max(start, first), min(end, last)) for start, end in used if start < last and end > first
    ]
    if not spans:
        begins, ends = (datetime.combine(day, at, where).astimezone(UTC) for at in _USUAL)
        return begins, ends
    latest = max(end for _, end in spans) + _HOUR - timedelta.resolution
    return _full_hour(min(start for start, _ in spans)), min(last, _full_hour(latest))


def _full_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
