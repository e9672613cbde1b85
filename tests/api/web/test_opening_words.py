"""Rules in words and as forms: what is typed becomes a rule, and a rule what would be typed."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.forms import Form
from api.web.languages import PAGES, Language
from api.web.opening_words import (
    days_in_words,
    hours_in_words,
    read_exception,
    read_rule,
    typed_rule,
)
from domain.availability.recurrence import WEEKDAYS, last_day, parsed
from domain.availability.types import NewOpeningRule, OpeningRuleView
from domain.ids import new_id

EN, START = Language("en"), date(2026, 11, 28)  # a Saturday
TYPED = {
    "days": ["MO", "WE"], "every": ["1"], "opens": ["09:00"], "closes": ["17:00"],
    "valid_from": ["2026-11-28"], "observes_holidays": ["yes"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,WE", "every week: Monday and Wednesday"),
        ("FREQ=WEEKLY;BYDAY=WE,MO;INTERVAL=2", "every 2 weeks: Monday and Wednesday"),
        ("FREQ=WEEKLY", "every week: Saturday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "every day"),
        ("FREQ=DAILY;INTERVAL=3", "every 3 days"),
        ("FREQ=MONTHLY", "every month: 28"),
        ("FREQ=MONTHLY;BYMONTHDAY=15,1", "every month: 1 and 15"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month: the last day"),
        ("FREQ=MONTHLY;BYDAY=-1FR,1MO", "every month: Monday (no. 1) and Friday (the last)"),
        ("FREQ=MONTHLY;BYDAY=TU", "every month: Tuesday"),
        ("FREQ=DAILY;BYMONTH=7,6", "every day (only in June and July)"),
        # What no sentence says whole is shown as it is, rather than said wrong.
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", "FREQ=DAILY;INTERVAL=2;BYDAY=MO"),
        ("FREQ=DAILY;BYMONTHDAY=1", "FREQ=DAILY;BYMONTHDAY=1"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "FREQ=MONTHLY;BYMONTHDAY=-2"),
        ("FREQ=MONTHLY;BYDAY=-2FR", "FREQ=MONTHLY;BYDAY=-2FR"),
    ],
)
def test_a_rule_is_said_in_words(rule: str, words: str) -> None:
    said = days_in_words(EN, rule, START)
    assert said.removeprefix("on the days of the rule ") == words


@pytest.mark.parametrize("page", PAGES)
def test_every_language_says_weeks_and_names_days(page: str) -> None:
    language = Language(page)
    said = days_in_words(language, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", START)
    assert language.weekday_name(0) in said and "2" in said and "%" not in said


@pytest.mark.parametrize(
    ("opens", "minutes", "words"),
    [
        (time(9), 480, "09:00–17:00"),
        (time(16), 480, "16:00–24:00"),
        (time(22), 480, "22:00–06:00 on the next day"),
        (time(0), 1440, "00:00–24:00"),
        (time(8, 30), 1440, "08:30–08:30 on the next day"),
    ],
)
def test_hours_are_said_in_words(opens: time, minutes: int, words: str) -> None:
    assert hours_in_words(EN, opens, minutes) == words


def read(**changes: list[str]) -> NewOpeningRule | Form:
    form = Form(EN, {**TYPED, **changes})
    return read_rule(form) or form


def test_simple_fields_make_a_rule() -> None:
    made = read()
    assert isinstance(made, NewOpeningRule)
    assert (made.rrule, made.opens, made.minutes) == ("FREQ=WEEKLY;BYDAY=MO,WE", time(9), 480)
    assert made.observes_holidays and made.valid_until is None
    every_second = read(every=["2"], observes_holidays=[])
    assert isinstance(every_second, NewOpeningRule)
    assert every_second.rrule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE"
    assert not every_second.observes_holidays


@pytest.mark.parametrize(
    ("closes", "minutes"), [("17:00", 480), ("09:00", 1440), ("06:00", 21 * 60), ("00:00", 900)]
)
def test_what_ends_no_later_than_it_begins_ends_on_the_next_day(closes: str, minutes: int) -> None:
    made = read(closes=[closes])
    assert isinstance(made, NewOpeningRule) and made.minutes == minutes


def test_the_advanced_rule_counts_instead_of_the_weekdays() -> None:
    made = read(rrule=["FREQ=MONTHLY;BYDAY=1MO"], days=["TU"])
    assert isinstance(made, NewOpeningRule) and made.rrule == "FREQ=MONTHLY;BYDAY=1MO"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("days", []), ("days", ["XX"]), ("every", ["0"]), ("every", ["53"]), ("every", ["2.5"]),
        ("every", ["²"]), ("every", ["9" * 400]), ("opens", [""]), ("opens", ["25:00"]),
        ("opens", ["\x00"]), ("closes", ["noon"]), ("valid_from", []), ("valid_from", ["x"]),
        ("valid_until", ["2026-13-01"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(field: str, typed: list[str]) -> None:
    form = read(**{field: typed})
    assert isinstance(form, Form) and list(form.errors) == [field]


def test_a_day_without_hours_is_closed() -> None:
    closed = read_exception(Form(EN, {"day": ["2026-12-31"], "opens": [""], "closes": [""]}))
    assert closed is not None and (closed.opens, closed.minutes) == (None, 0)
    typed = {"day": ["2026-12-31"], "opens": ["10:00"], "closes": ["12:30"]}
    other = read_exception(Form(EN, typed))
    assert other is not None and (other.opens, other.minutes) == (time(10), 150)
    half = Form(EN, {"day": ["2026-12-31"], "opens": ["10:00"]})
    assert read_exception(half) is None and list(half.errors) == ["closes"]


@given(
    days=st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    every=st.integers(1, 52),
    opens=st.integers(0, 1439),
    minutes=st.integers(1, 1440),
    holidays=st.booleans(),
    advanced=st.sampled_from([None, "FREQ=MONTHLY;BYDAY=2TU", "FREQ=DAILY;INTERVAL=2"]),
)
def test_a_rule_that_is_opened_and_saved_stays_the_same(
    days: set[str], every: int, opens: int, minutes: int, holidays: bool, advanced: str | None
) -> None:
    rrule = advanced or f"FREQ=WEEKLY;INTERVAL={every};BYDAY={','.join(sorted(days))}"
    rule = OpeningRuleView(
        new_id(), rrule, time(opens // 60, opens % 60), minutes, START, None,
        last_day(parsed(rrule), START, None), holidays, 1,
    )  # fmt: skip
    saved = read_rule(Form(EN, typed_rule(rule)))
    assert saved is not None and parsed(saved.rrule) == parsed(rrule)
    assert (saved.opens, saved.minutes) == (rule.opens, minutes)
    assert saved.observes_holidays == holidays and saved.valid_from == START
