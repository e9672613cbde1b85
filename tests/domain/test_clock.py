"""Wall clocks: hours that zone changes skip, repeat or move."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import UnknownZone, from_wall_clock, zone
from domain.jurisdictions import JURISDICTIONS


def test_almaty_moved_from_six_to_five_hours_on_the_first_of_march_2024() -> None:
    almaty = ZoneInfo("Asia/Almaty")
    nine = time(9)
    assert from_wall_clock(date(2024, 2, 28), nine, almaty) == datetime(2024, 2, 28, 3, tzinfo=UTC)
    assert from_wall_clock(date(2024, 3, 2), nine, almaty) == datetime(2024, 3, 2, 4, tzinfo=UTC)


def test_an_hour_that_budapest_skips_shows_on_no_clock() -> None:
    assert from_wall_clock(date(2027, 3, 28), time(2, 30), ZoneInfo("Europe/Budapest")) is None


def test_an_hour_that_budapest_repeats_means_the_first() -> None:
    first = from_wall_clock(date(2026, 10, 25), time(2, 30), ZoneInfo("Europe/Budapest"))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(
    st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    st.times(),
    st.sampled_from(sorted({j.zone for j in JURISDICTIONS.values()})),
)
def test_an_instant_shows_again_the_clock_it_came_from(day: date, at: time, name: str) -> None:
    where = ZoneInfo(name)
    instant = from_wall_clock(day, at, where)
    if instant is not None:
        local = instant.astimezone(where)
        assert (local.date(), local.time()) == (day, at)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "Asia/Almaty\0", "EST5EDT/x"]
)
def test_a_name_that_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone(name)
