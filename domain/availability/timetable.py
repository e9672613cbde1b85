"""What the pools of a booking offer in a window: when they are open, and what is taken of them."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import msgspec

from domain import clock
from domain.availability import hour_queries, queries, rules
from domain.availability.public_holidays import public_holidays
from domain.availability.types import Closure, PoolKind, PoolTerms, Span

_AROUND = timedelta(days=2)


class Timetable(msgspec.Struct, frozen=True):
    """By pool its openings, and by pool and lane what is taken."""

    open: dict[UUID, list[Span]]
    busy: dict[UUID, dict[UUID, list[Span]]]


async def timetable(
    pools: list[UUID], first: date, last: date, *, ahead: timedelta = timedelta(0),
    with_busy: bool = True, except_booking: UUID | None = None,
) -> Timetable:  # fmt: skip
    """Return the openings from `first` to `last`, and what is taken until `ahead` later.

    The days are those of each facility's calendar; an opening of the day before that runs past
    midnight is among them. Beds are open round the clock, but for closures that include them.
    """
    terms = await hour_queries.pool_terms(pools)
    first, last = first - timedelta(days=1), last + timedelta(days=1 + ahead.days)
    window = Span(
        datetime.combine(first, time(), UTC) - _AROUND,
        datetime.combine(last, time(), UTC) + _AROUND,
    )
    recurring = await hour_queries.opening_rules(pools)
    exceptions = await hour_queries.opening_exceptions(pools, first, last)
    shut: dict[UUID, list[Closure]] = {}
    facilities = list({each.facility_id for each in terms.values()})
    for facility_id, closure in await hour_queries.closures(facilities, first, last):
        shut.setdefault(facility_id, []).append(closure)
    opened = {}
    for pool, its in terms.items():
        where = clock.zone(its.zone)
        if its.kind is PoolKind.BED:
            spans = [window]
        else:
            spans = rules.openings(
                [rule for rule in recurring if rule.pool_id == pool],
                [exception for exception in exceptions if exception.pool_id == pool],
                where,
                first,
                last,
                _holidays(its.state, first, last),
            )
        closures = [
            each
            for each in shut.get(its.facility_id, ())
            if each.beds_too or its.kind is not PoolKind.BED
        ]
        opened[pool] = rules.without(spans, _gone(its, rules.closed(closures, where)))
    busy = {}
    if with_busy:
        busy = await queries.busy_lanes(pools, window, except_booking=except_booking)
    return Timetable(opened, busy)


def _holidays(state: str, first: date, last: date) -> set[date]:
    years = range(first.year, last.year + 1)
    return {day for year in years for day in public_holidays(state, year)}


def _gone(terms: PoolTerms, closed: list[Span]) -> list[Span]:
    if terms.closes_at is None:
        return closed
    return rules.merged([*closed, Span(terms.closes_at, rules.END_OF_TIME)])
