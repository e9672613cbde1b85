"""Openings follow the wall clock of the facility; slots are where everything needed is free."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.availability import rules
from domain.availability.types import (
    Closure,
    Need,
    OpeningException,
    OpeningRule,
    PoolKind,
    Span,
)
from domain.ids import new_id
from domain.jurisdictions import JURISDICTIONS

BUDAPEST = ZoneInfo("Europe/Budapest")
ALMATY = ZoneInfo("Asia/Almaty")
DOCTOR, ROOM, BEDS = new_id(), new_id(), new_id()
ROUND_THE_CLOCK = Span(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
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


ZONES = {
    "TR": "Europe/Istanbul", "AZ": "Asia/Baku", "TM": "Asia/Ashgabat", "UZ": "Asia/Tashkent",
    "KG": "Asia/Bishkek", "KZ": "Asia/Almaty", "HU": "Europe/Budapest", "XN": "Asia/Famagusta",
}  # fmt: skip


@pytest.mark.parametrize("state", ZONES)
@pytest.mark.parametrize("year", [2024, 2027])
def test_nine_stays_nine_through_a_whole_year_of_every_zone(state: str, year: int) -> None:
    where = ZoneInfo(ZONES[state])
    assert JURISDICTIONS[state].zone == ZONES[state]
    daily = weekly(ROOM, "FREQ=DAILY")
    spans = rules.openings([daily], [], where, date(year, 1, 1), date(year, 12, 31))
    local = [span.start.astimezone(where) for span in spans]
    assert {at.time() for at in local} == {time(9)}
    assert len(local) == (366 if year == 2024 else 365)
    offsets = {at.utcoffset() for at in local}
    changes = state in ("HU", "XN") or (state, year) == ("KZ", 2024)
    assert len(offsets) == (2 if changes else 1)


def test_a_night_shift_keeps_both_its_wall_clock_ends_when_budapest_changes() -> None:
    nights = weekly(ROOM, "FREQ=DAILY", time(22), 8)
    for day, hours in ((date(2027, 3, 27), 7), (date(2027, 10, 30), 9), (date(2027, 6, 1), 8)):
        (span,) = rules.openings([nights], [], BUDAPEST, day, day)
        assert span.end - span.start == timedelta(hours=hours)
        assert span.end.astimezone(BUDAPEST).time() == time(6)


def test_an_hour_that_comes_twice_opens_at_its_first() -> None:
    sunday = weekly(ROOM, "FREQ=WEEKLY;BYDAY=SU", time(2, 30), 2)
    (span,) = rules.openings([sunday], [], BUDAPEST, date(2027, 10, 31), date(2027, 10, 31))
    assert span.start == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert span.end - span.start == timedelta(hours=3)


def test_a_rule_of_leap_days_opens_on_leap_days() -> None:
    leap = weekly(ROOM, "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29")
    spans = rules.openings([leap], [], ALMATY, date(2024, 1, 1), date(2032, 12, 31))
    days = [span.start.astimezone(ALMATY).date() for span in spans]
    assert days == [date(2024, 2, 29), date(2028, 2, 29), date(2032, 2, 29)]


def test_a_holiday_closes_what_observes_it_and_an_exception_opens_it() -> None:
    new_year = date(2027, 1, 1)
    observing, not_observing = weekly(ROOM, "FREQ=DAILY"), weekly(DOCTOR, "FREQ=DAILY")
    not_observing = msgspec.structs.replace(not_observing, observes_holidays=False)
    asked = (ALMATY, new_year, new_year, {new_year})
    assert rules.openings([observing], [], *asked) == []
    assert len(rules.openings([not_observing], [], *asked)) == 1
    duty = OpeningException(ROOM, new_year, time(10), 60)
    (span,) = rules.openings([observing], [duty], *asked)
    assert span.start.astimezone(ALMATY).hour == 10


def test_a_closure_takes_whole_local_days_also_from_a_night_that_runs_into_them() -> None:
    nights = weekly(ROOM, "FREQ=DAILY", time(20), 8)
    days = date(2027, 5, 1), date(2027, 5, 3)
    closure = Closure(new_id(), date(2027, 5, 2), date(2027, 5, 2), "Mourning", beds_too=False)
    spans = rules.without(
        rules.openings([nights], [], ALMATY, *days), rules.closed([closure], ALMATY)
    )
    local = [tuple(at.astimezone(ALMATY) for at in (span.start, span.end)) for span in spans]
    assert [(start.day, start.hour, end.day, end.hour) for start, end in local] == [
        (1, 20, 2, 0),
        (3, 0, 3, 4),
        (3, 20, 4, 4),
    ]


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
        BEDS: [ROUND_THE_CLOCK],
    }
    duration = timedelta(hours=2)
    start = open_spans[DOCTOR][0].start
    doctor, room, bed, second_bed = new_id(), new_id(), new_id(), new_id()
    busy = {
        DOCTOR: {doctor: [Span(start, start + timedelta(hours=1))]},
        ROOM: {room: []},
        BEDS: {bed: [Span(start - timedelta(days=1), start + timedelta(days=5))], second_bed: []},
    }
    found = list(rules.free_starts(needs, open_spans, busy, duration, ALMATY, start))
    assert found == [start + timedelta(minutes=m) for m in (60, 90, 120)]
    busy[BEDS][second_bed] = [Span(start, start + timedelta(days=1))]
    assert not list(rules.free_starts(needs, open_spans, busy, duration, ALMATY, start))
    busy[BEDS][second_bed] = []
    open_spans[BEDS] = [Span(start, start + timedelta(days=2, hours=3))]  # just to the noon
    found = list(rules.free_starts(needs, open_spans, busy, duration, ALMATY, start))
    assert found == [start + timedelta(minutes=m) for m in (60, 90, 120)]
    open_spans[BEDS] = [Span(start, start + timedelta(days=1))]
    assert not list(rules.free_starts(needs, open_spans, busy, duration, ALMATY, start))


def test_nights_end_at_noon_of_the_facilitys_clock() -> None:
    start = datetime(2027, 3, 26, 8, tzinfo=UTC)
    span = rules.needed(need(BEDS, PoolKind.BED, nights=3), start, timedelta(hours=1), BUDAPEST)
    assert span.end.astimezone(BUDAPEST).isoformat() == "2027-03-29T12:00:00+02:00"


def test_an_offer_that_needs_nothing_is_never_free() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    assert not list(rules.free_starts([], {}, {}, timedelta(hours=1), ALMATY, now))


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


@given(st.lists(spans, max_size=8), st.lists(spans, max_size=8), spans)
def test_what_is_taken_away_is_gone_and_nothing_else(
    given_spans: list[Span], holes: list[Span], probe: Span
) -> None:
    left = rules.without(given_spans, rules.merged(holes))
    minute = timedelta(minutes=1)
    for at in {s.start for s in [*given_spans, *holes, probe]} | {probe.end - minute}:
        instant = Span(at, at + minute)
        inside = sum(span.covers(instant) for span in given_spans)
        gone = any(hole.covers(instant) for hole in holes)
        assert sum(span.covers(instant) for span in left) == (0 if gone else inside)


@given(st.lists(spans, max_size=10), spans)
def test_coverage_agrees_with_asking_every_stretch(stretches: list[Span], asked: Span) -> None:
    covered = rules.Coverage(stretches).covers(asked)
    assert covered == any(stretch.covers(asked) for stretch in stretches)


hours = st.builds(
    lambda opens, length, rrule: OpeningRule(
        ROOM, rrule, opens, length * 30, date(2025, 12, 1), None
    ),
    st.times().map(lambda at: at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)),
    st.integers(1, 47),
    st.sampled_from(["FREQ=DAILY", WORKDAYS, "FREQ=DAILY;INTERVAL=3", "FREQ=MONTHLY;BYDAY=-1SU"]),
)
zones = st.sampled_from([ZoneInfo(name) for name in ZONES.values()])


@given(st.lists(hours, min_size=1, max_size=3), st.lists(spans, max_size=12), zones,
       st.integers(1, 8), st.integers(0, 3), st.integers(0, 300))  # fmt: skip
def test_slots_lie_in_the_opening_hours_and_on_nothing_taken(
    opening: list[OpeningRule], taken: list[Span], where: ZoneInfo, halves: int, nights: int,
    day_number: int,
) -> None:  # fmt: skip
    first = date(2026, 1, 1) + timedelta(days=day_number)
    duration, lane, bed = timedelta(minutes=30 * halves), new_id(), new_id()
    needs = [need(ROOM, PoolKind.ROOM, after=30), need(BEDS, PoolKind.BED, nights=nights)]
    busy = {ROOM: {lane: taken[::2]}, BEDS: {bed: taken[1::2]}}

    def opened(day: date, last: date) -> dict[object, list[Span]]:
        around = (day - timedelta(days=1), last + timedelta(days=1))
        return {ROOM: rules.openings(opening, [], where, *around), BEDS: [ROUND_THE_CLOCK]}

    def starts(day: date, last: date) -> list[datetime]:
        found = rules.free_starts(
            needs, opened(day, last), busy, duration, where, datetime(2026, 1, 1, tzinfo=UTC)
        )  # type: ignore[arg-type]
        return [s for s in found if day <= s.astimezone(where).date() <= last]

    window = (first, first + timedelta(days=6))
    whole = starts(*window)
    merged = rules.merged(opened(*window)[ROOM])
    for start in whole:
        assert any(span.covers(Span(start, start + duration)) for span in merged)
        for each, others in zip(needs, (taken[::2], taken[1::2]), strict=True):
            stretch = rules.needed(each, start, duration, where)
            assert not any(stretch.overlaps(other) for other in others)
    # Asked day by day, the same slots are found.
    days = [first + timedelta(days=n) for n in range(7)]
    assert [start for day in days for start in starts(day, day)] == whole
