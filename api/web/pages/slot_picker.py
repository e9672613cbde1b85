"""Choosing a time by week: what is free, how fresh that is, and where the next free week lies."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from api.web.rendering import PageRequest
from domain import clock
from domain.availability.types import SlotList, SlotView
from domain.errors import Unavailable

ListSlots = Callable[[date | None, date | None, int], Awaitable[SlotList]]
"""Lists the free slots from one day to another, and no further day once so many are found."""

_EVERY = 5000
_LOOK_AHEAD = 3
_STEP = timedelta(days=31)
_WEEK = timedelta(days=7)


class Day(msgspec.Struct, frozen=True):
    """A day of the facility's calendar with its free slots."""

    day: date
    slots: list[SlotView]


class Week(msgspec.Struct, frozen=True):
    """Seven days from Monday; `chosen` is the one whose times are shown, None if all are full."""

    days: list[Day]
    chosen: Day | None
    before: date | None
    after: date


class Picker(msgspec.Struct, frozen=True, kw_only=True):
    """What a slot picker shows; without `slots` the times could not be read just now.

    `week` is None where nothing is free in the days looked at. `following` is the next day with a
    free time after a week without any.
    """

    zone: str
    read_at: datetime
    slots: SlotList | None = None
    earliest: SlotView | None = None
    week: Week | None = None
    following: date | None = None


async def pick(
    request: PageRequest, list_slots: ListSlots, zone: str, typed: datetime | None = None
) -> Picker:
    """Return the week that `?week=` asks for, or that of the first free time.

    A database that is too busy gives a picker without slots: that is not the same as no slots.
    """
    now, where = clock.utc_now(), clock.zone(zone)
    try:
        soonest = await _first_free(list_slots, None)
        earliest = soonest.items[0] if soonest.items else None
        asked = day_of(request.query_params.get("week"))
        if typed is not None and clock.plausible(typed):
            asked = typed.astimezone(where).date()
        if asked is None and earliest is None:
            return Picker(zone=zone, read_at=now, slots=soonest)
        opening = earliest.starts_at.astimezone(where).date() if earliest else None
        monday = _monday(asked or opening or now.date(), now.astimezone(where).date())
        slots = await list_slots(monday, monday + _WEEK - timedelta(days=1), _EVERY)
        following = None
        if not slots.items and opening is not None:
            later = soonest
            if opening < monday:
                later = await _first_free(list_slots, monday + _WEEK)
            if later.items:
                following = later.items[0].starts_at.astimezone(where).date()
    except Unavailable:
        return Picker(zone=zone, read_at=now)
    wanted = day_of(request.query_params.get("day")) or asked or opening
    return Picker(
        zone=zone,
        read_at=now,
        slots=slots,
        earliest=earliest,
        week=_week(slots, monday, wanted, now.astimezone(where).date()),
        following=following,
    )


def _week(slots: SlotList, monday: date, wanted: date | None, today: date) -> Week:
    where = clock.zone(slots.zone)
    by_day: dict[date, list[SlotView]] = {}
    for slot in slots.items:
        by_day.setdefault(slot.starts_at.astimezone(where).date(), []).append(slot)
    days = [
        Day(day, by_day.get(day, []))
        for day in (monday + timedelta(days=offset) for offset in range(7))
    ]
    free = [day for day in days if day.slots]
    chosen = next((day for day in free if day.day == wanted), free[0] if free else None)
    return Week(days, chosen, monday - _WEEK if monday > today else None, monday + _WEEK)


def _monday(day: date, today: date) -> date:
    """Return the Monday of a day's week, of one that lies neither behind nor absurdly far ahead."""
    inside = max(today, min(day, clock.LATEST - timedelta(weeks=60)))
    return inside - timedelta(days=inside.weekday())


async def _first_free(list_slots: ListSlots, first: date | None) -> SlotList:
    last = first + _STEP - timedelta(days=1) if first else None
    slots = await list_slots(first, last, 1)
    for _ in range(_LOOK_AHEAD):
        if slots.items or slots.next is None:
            break
        following = slots.next
        slots = await list_slots(following, following + _STEP - timedelta(days=1), 1)
    return slots


def day_of(text: str | None) -> date | None:
    """Return the day that an address names, or None."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def instant_of(text: str) -> datetime | None:
    """Return the instant that a form or an address names, or None."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def number_of(text: str | None) -> UUID | None:
    """Return the number that a form or an address names, or None."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
