"""Working days by each state's weekend and holidays, on the facility's own clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.availability.public_holidays import is_working_day
from domain.bookings.deadlines import add_working_days
from domain.jurisdictions import JURISDICTIONS

ISTANBUL, ALMATY = ZoneInfo("Europe/Istanbul"), ZoneInfo("Asia/Almaty")
STATES = sorted(JURISDICTIONS)
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def in_istanbul(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ISTANBUL)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # Friday afternoon, over a weekend
        ((2026, 11, 27, 15, 30), 2, (2026, 12, 1, 15, 30)),
        # Saturday: the clock starts on Monday
        ((2026, 11, 28, 15, 30), 2, (2026, 12, 2, 0, 0)),
        ((2026, 11, 30, 9, 0), 0, (2026, 11, 30, 9, 0)),
        # Republic Day, a Thursday
        ((2026, 10, 28, 10, 0), 1, (2026, 10, 30, 10, 0)),
    ],
)
def test_days_off_do_not_count(start: tuple[int, ...], days: int, due: tuple[int, ...]) -> None:
    found = add_working_days(in_istanbul(*start), days, ISTANBUL, "TR")
    assert found == in_istanbul(*due)
    assert found.tzinfo is UTC


def test_the_same_instant_is_another_day_elsewhere() -> None:
    # Late on a Friday in Istanbul it is Saturday in Almaty.
    start = in_istanbul(2026, 11, 27, 23, 0)
    assert add_working_days(start, 1, ISTANBUL, "TR") == in_istanbul(2026, 11, 30, 23, 0)
    assert add_working_days(start, 1, ALMATY, "KZ") == datetime(2026, 12, 1, tzinfo=ALMATY)


def test_each_state_keeps_its_own_holidays() -> None:
    nauryz, republic = date(2027, 3, 22), date(2026, 10, 29)
    assert not is_working_day("KZ", nauryz) and is_working_day("TR", nauryz)
    assert not is_working_day("TR", republic) and is_working_day("KZ", republic)


@given(
    st.integers(0, 5 * 365 * 24 * 60).map(lambda m: FIRST + timedelta(minutes=m)),
    st.integers(1, 10),
    st.sampled_from(STATES),
)
def test_a_deadline_falls_on_a_working_day_and_later_starts_never_end_earlier(
    start: datetime, days: int, state: str
) -> None:
    due = add_working_days(start, days, ALMATY, state)
    assert is_working_day(state, due.astimezone(ALMATY).date())
    assert timedelta(days=days - 1) < due - start < timedelta(days=days + 40)
    later = add_working_days(start + timedelta(hours=5), days, ALMATY, state)
    assert later >= due
    between = (
        start.astimezone(ALMATY).date() + timedelta(days=n)
        for n in range(
            1, (due.astimezone(ALMATY).date() - start.astimezone(ALMATY).date()).days + 1
        )
    )
    assert sum(is_working_day(state, day) for day in between) >= days
