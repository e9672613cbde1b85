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


def test_a_guardian_acts_until_the_order_ends_and_for_a_minor_until_majority() -> None:
    order, adult, child = NOW + timedelta(days=700), date(1950, 4, 1), date(2009, 1, 1)
    assert rules.ward_until(adult, "KZ", NOW, order) == order
    assert rules.ward_until(None, "KZ", NOW, order) == order
    assert rules.ward_until(child, "KZ", NOW, order) == rules.of_age_at(child, "KZ") < order
    for until in (NOW, NOW - timedelta(days=1), NOW + timedelta(days=1831)):
        with pytest.raises(CourtOrderOver):
            rules.ward_until(adult, "KZ", NOW, until)


def test_a_guardian_acts_for_a_minor_to_the_last_moment_before_the_birthday() -> None:
    born, order = date(2008, 11, 23), timedelta(days=365)
    at = rules.of_age_at(born, "KZ")
    before = at - timedelta(microseconds=1)
    assert rules.ward_until(born, "KZ", before, before + order) == at
    assert rules.ward_until(born, "KZ", at, at + order) == at + order
    # An order that ends before the child comes of age ends the access itself.
    assert rules.ward_until(born, "KZ", at - order, at - timedelta(days=1)) == at - timedelta(
        days=1
    )


@pytest.mark.parametrize(
    ("until", "holds"),
    [
        (timedelta(days=-1), False),
        (timedelta(0), False),
        (timedelta(microseconds=1), True),
        (rules.LONGEST_MANDATE, True),
        (rules.LONGEST_MANDATE + timedelta(microseconds=1), False),
    ],
)
def test_a_mandate_holds_from_the_next_moment_to_exactly_two_years(
    until: timedelta, holds: bool
) -> None:
    if holds:
        rules.require_mandate_until(NOW + until, NOW)
        return
    with pytest.raises(MandateTooLong):
        rules.require_mandate_until(NOW + until, NOW)


@pytest.mark.parametrize("until", [timedelta(microseconds=1), rules.LONGEST_ORDER])
def test_a_court_order_holds_from_the_next_moment_to_exactly_five_years(until: timedelta) -> None:
    assert rules.ward_until(None, "KZ", NOW, NOW + until) == NOW + until
