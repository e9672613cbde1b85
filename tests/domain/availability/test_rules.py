"""Openings follow the wall clock of the facility; slots are where everything needed is free."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.availability import rules
from domain.availability.errors import UnusableRule
from domain.availability.types import (
    Need,
    OpeningException,
    OpeningRule,
    PoolKind,
    Span,
)
from domain.ids import new_id

BUDAPEST = ZoneInfo("Europe/Budapest")
ALMATY = ZoneInfo("Asia/Almaty")
DOCTOR, ROOM, BEDS = new_id(), new_id(), new_id()
WORKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


def weekly(
    pool: object, rrule: str = WORKDAYS, opens: time = time(9), hours: int = 8
) -> OpeningRule:
    return OpeningRule(pool, rrule, opens, hours * 60, date(2020, 1, 1), None)  # type: ignore[arg-type]


def need(pool: object, kind: PoolKind, nights: int = 0, after: int = 0) -> Need:
    return Need(pool, kind, 0, after, nights)  # type: ignore[arg-type]


def test_nine_o_clock_stays_nine_o_clock_when_budapest_changes_to_summer_time() -> None:
    spans = rules.openings([weekly(ROOM)], [], BUDAPEST, date(2027, 3, 26), date(2027, 3, 29))
    assert [span.start.astimezone(BUDAPEST).hour for span in spans] == [9, 9]
    assert [span.start.hour for span in spans] == [8, 7]


def test_nine_o_clock_stays_nine_o_clock_when_almaty_changes_its_zone() -> None:
    spans = rules.openings([weekly(ROOM)], [], ALMATY, date(2024, 2, 29), date(2024, 3, 1))
    assert [span.start.hour for span in spans] == [3, 4]


def test_an_opening_inside_a_skipped_hour_starts_when_clocks_resume() -> None:
    sunday = weekly(ROOM, "FREQ=WEEKLY;BYDAY=SU", time(2, 30), 2)
    (span,) = rules.openings([sunday], [], BUDAPEST, date(2027, 3, 28), date(2027, 3, 28))
    assert span.start == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_a_day_with_an_exception_has_its_hours_and_no_others() -> None:
    monday = date(2026, 11, 30)
    closed = OpeningException(ROOM, monday, None, 0)
    late = OpeningException(ROOM, monday + timedelta(days=1), time(14), 120)
    spans = rules.openings(
        [weekly(ROOM)], [closed, late], ALMATY, monday, monday + timedelta(days=1)
    )
    assert [(s.start.astimezone(ALMATY).hour, s.end - s.start) for s in spans] == [
        (14, timedelta(hours=2))
    ]


@pytest.mark.parametrize(
    "rrule",
    ["", "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=", "FREQ=WEEKLY;BYDAY=XX",
     "FREQ=WEEKLY;BYDAY=MO;INTERVAL=2", "FREQ=WEEKLY;BYDAY=MO,", "x" * 1000],
)  # fmt: skip
def test_a_rule_that_is_not_weekly_is_refused(rrule: str) -> None:
    with pytest.raises(UnusableRule):
        rules.weekdays_of(rrule)


def test_a_slot_needs_the_doctor_the_room_and_a_bed_at_once() -> None:
    day = date(2026, 11, 30)
    needs = [
        need(DOCTOR, PoolKind.PRACTITIONER),
        need(ROOM, PoolKind.ROOM, after=30),
        need(BEDS, PoolKind.BED, nights=2),
    ]
    open_spans = {
        DOCTOR: rules.openings([weekly(DOCTOR, hours=4)], [], ALMATY, day, day),
        ROOM: rules.openings([weekly(ROOM)], [], ALMATY, day, day),
    }
    duration = timedelta(hours=2)
    start = open_spans[DOCTOR][0].start
    doctor, room, bed, second_bed = new_id(), new_id(), new_id(), new_id()
    busy = {
        DOCTOR: {doctor: [Span(start, start + timedelta(hours=1))]},
        ROOM: {room: []},
        BEDS: {bed: [Span(start - timedelta(days=1), start + timedelta(days=5))], second_bed: []},
    }
    found = rules.free_starts(needs, open_spans, busy, duration, ALMATY, start)
    assert found == [start + timedelta(minutes=m) for m in (60, 90, 120)]
    busy[BEDS][second_bed] = [Span(start, start + timedelta(days=1))]
    assert rules.free_starts(needs, open_spans, busy, duration, ALMATY, start) == []


def test_nights_end_at_noon_of_the_facilitys_clock() -> None:
    start = datetime(2027, 3, 26, 8, tzinfo=UTC)
    span = rules.needed(need(BEDS, PoolKind.BED, nights=3), start, timedelta(hours=1), BUDAPEST)
    assert span.end.astimezone(BUDAPEST).isoformat() == "2027-03-29T12:00:00+02:00"


def test_an_offer_that_needs_nothing_is_never_free() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    assert rules.free_starts([], {}, {}, timedelta(hours=1), ALMATY, now) == []


instants = st.integers(0, 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
spans = st.builds(
    lambda start, minutes: Span(start, start + timedelta(minutes=minutes)),
    instants,
    st.integers(1, 5000),
)


@given(st.lists(spans, max_size=20))
def test_merging_keeps_every_instant_and_leaves_gaps_between(found: list[Span]) -> None:
    merged = rules.merged(found)
    assert all(a.end < b.start for a, b in itertools.pairwise(merged))
    for span in found:
        assert any(whole.covers(span) for whole in merged)
    ends = {s.start for s in found} | {s.end for s in found}
    assert all(span.start in ends and span.end in ends for span in merged)


@given(st.lists(spans, max_size=8), spans)
def test_a_free_lane_overlaps_nothing(taken: list[Span], wanted: Span) -> None:
    lane = new_id()
    free = rules.free_lane({lane: taken}, wanted)
    assert (free == lane) == (not any(wanted.overlaps(other) for other in taken))
