"""A lane's day has no gap and no overlap, and the table's rows and cells tell the same."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from api.web.pages.day_table import Use, bounds, rows, stretches
from domain.availability.schedule_types import BusyKind, BusySpan, OpenSpan, ScheduledResource
from domain.availability.types import PoolKind
from domain.ids import new_id

DAY, BUDAPEST = date(2027, 3, 9), ZoneInfo("Europe/Budapest")
BEGINS, ENDS = bounds(DAY, BUDAPEST)


def at(minutes: int) -> datetime:
    return BEGINS + timedelta(minutes=minutes)


def lane(openings: list[tuple[int, int]], busy: list[tuple[int, int]]) -> ScheduledResource:
    return ScheduledResource(
        pool_id=new_id(), kind=PoolKind.ROOM, name="Room", lane=1,
        openings=[OpenSpan(at(start), at(end)) for start, end in openings],
        busy=[
            BusySpan(at(start), at(end), BusyKind.BLOCK, None, None, None) for start, end in busy
        ],
    )  # fmt: skip


def told(found: ScheduledResource) -> list[tuple[int, int, str]]:
    return [
        (_minutes(each.starts_at), _minutes(each.ends_at), each.use.value)
        for each in stretches(found, BEGINS, ENDS)
    ]


def _minutes(moment: datetime) -> int:
    return int((moment - BEGINS).total_seconds()) // 60


def test_a_day_is_cut_into_closed_free_and_taken() -> None:
    room = lane([(540, 1020)], [(600, 660), (630, 700), (1000, 1100), (-60, 30)])
    assert told(room) == [
        (0, 30, "taken"), (30, 540, "closed"), (540, 600, "free"), (600, 700, "taken"),
        (700, 1000, "free"), (1000, 1100, "taken"), (1100, 1440, "closed"),
    ]  # fmt: skip
    overlapping = stretches(room, BEGINS, ENDS)[3]
    assert len(overlapping.taken) == 2  # an import may lie over a booking: both are named


_SPANS = st.lists(
    st.tuples(st.integers(-200, 1600), st.integers(1, 600)).map(lambda s: (s[0], s[0] + s[1])),
    max_size=6,
)


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not kept or start > kept[-1][1]:
            kept.append((start, end))
    return kept


@given(openings=_SPANS.map(_apart), busy=_SPANS)
def test_stretches_fill_the_day_and_say_of_each_minute_what_it_is(
    openings: list[tuple[int, int]], busy: list[tuple[int, int]]
) -> None:
    found = told(lane(openings, busy))
    assert found[0][0] == 0 and found[-1][1] == 1440
    assert all(one[1] == other[0] for one, other in pairwise(found))
    for minute in range(0, 1440, 7):
        use = next(use for start, end, use in found if start <= minute < end)
        taken = any(start <= minute < end for start, end in busy)
        free = any(start <= minute < end for start, end in openings)
        assert use == (Use.TAKEN if taken else Use.FREE if free else Use.CLOSED)


@given(st.lists(st.tuples(_SPANS.map(_apart), _SPANS), min_size=1, max_size=3))
def test_every_column_of_the_table_is_full(
    lanes: list[tuple[list[tuple[int, int]], list[tuple[int, int]]]],
) -> None:
    table = rows([lane(openings, busy) for openings, busy in lanes], DAY, BUDAPEST)
    assert [row.at for row in table] == sorted({row.at for row in table})
    # Each column has as many rows as the table: what spans several is counted so often.
    assert sum(cell.rows for row in table for cell in row.cells) == len(table) * len(lanes)
    assert all(cell.rows >= 1 for row in table for cell in row.cells)


def test_the_table_runs_from_the_first_to_the_last_hour_that_matters() -> None:
    table = rows([lane([(550, 1010)], []), lane([], [(1020, 1025)])], DAY, BUDAPEST)
    assert (_minutes(table[0].at), _minutes(table[-1].at)) == (540, 1025)
    empty = rows([lane([], [])], DAY, BUDAPEST)
    assert (_minutes(empty[0].at), _minutes(empty[-1].at)) == (480, 1020)


def test_the_day_on_which_clocks_change_has_its_own_length() -> None:
    begins, ends = bounds(date(2027, 3, 28), BUDAPEST)
    assert ends - begins == timedelta(hours=23)
    whole = ScheduledResource(
        pool_id=new_id(), kind=PoolKind.ROOM, name="Room", lane=1,
        openings=[OpenSpan(begins, ends)], busy=[],
    )  # fmt: skip
    table = rows([whole], date(2027, 3, 28), BUDAPEST)
    shown = [row.at.astimezone(BUDAPEST).time() for row in table]
    assert len(shown) == 23 and time(2) not in shown
    assert begins == datetime(2027, 3, 27, 23, tzinfo=UTC)
