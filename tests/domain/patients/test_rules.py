"""When an access ends: by majority, at midnight at home, and never later than it may."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.jurisdictions import JURISDICTIONS
from domain.patients import rules
from domain.patients.errors import CourtOrderOver, MandateTooLong, NotAMinor

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@given(st.dates(date(1901, 1, 1), date(2026, 11, 23)), st.sampled_from(sorted(JURISDICTIONS)))
def test_majority_begins_with_the_first_moment_of_the_birthday_at_home(
    born: date, state: str
) -> None:
    local = rules.of_age_at(born, state).astimezone(ZoneInfo(JURISDICTIONS[state].zone))
    assert local.year == born.year + 18
    expected = (3, 1) if (born.month, born.day) == (2, 29) and local.year % 4 else None
    assert (local.month, local.day) == (expected or (born.month, born.day))
    just_before = local - timedelta(hours=1, seconds=1)
    assert just_before.date() < local.date()


def test_a_leap_day_child_comes_of_age_on_the_first_of_march() -> None:
    assert rules.of_age_at(date(2008, 2, 29), "TR").isoformat() == "2026-02-28T21:00:00+00:00"


def test_an_adults_file_is_not_opened_by_a_parent() -> None:
    birthday = date(2008, 11, 23)
    at = rules.of_age_at(birthday, "KZ")
    assert rules.proxy_until(birthday, "KZ", at - timedelta(seconds=1)) == at
    with pytest.raises(NotAMinor):
        rules.proxy_until(birthday, "KZ", at)


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=1), NOW + timedelta(days=732)])
def test_a_mandate_ends_in_the_future_and_within_two_years(until: datetime) -> None:
    with pytest.raises(MandateTooLong):
        rules.require_mandate_until(until, NOW)
    rules.require_mandate_until(NOW + timedelta(days=731), NOW)


def test_a_guardian_acts_until_the_order_ends_and_for_a_minor_until_majority() -> None:
    order, adult, child = NOW + timedelta(days=700), date(1950, 4, 1), date(2009, 1, 1)
    assert rules.ward_until(adult, "KZ", NOW, order) == order
    assert rules.ward_until(None, "KZ", NOW, order) == order
    assert rules.ward_until(child, "KZ", NOW, order) == rules.of_age_at(child, "KZ") < order
    for until in (NOW, NOW - timedelta(days=1), NOW + timedelta(days=1831)):
        with pytest.raises(CourtOrderOver):
            rules.ward_until(adult, "KZ", NOW, until)
