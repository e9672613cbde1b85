"""Opening rules in words and as forms: recurrence rules (RFC 5545) that nobody has to know."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from api.web.forms import MISSING, Form
from api.web.languages import N_, Language
from domain.availability.recurrence import WEEKDAYS, Frequency, Recurrence, parsed
from domain.availability.types import NewOpeningException, NewOpeningRule, OpeningRuleView

_NO_TIME = N_("Write a time of day, for example 09:00.")
_NO_DAY = N_("Choose at least one weekday.")
_NO_NUMBER = N_("Write a whole number from 1 to 52.")
_DAY_LONG = timedelta(days=1)


def days_in_words(language: Language, rrule: str, start: date) -> str:
    """Say on which days a rule from `start` on opens; one that no sentence fits is shown itself."""
    rule = parsed(rrule)
    words = _days(language, rule, start)
    if words is None:
        return language.gettext(N_("on the days of the rule %(rule)s")) % {"rule": rrule}
    if rule.months:
        months = language.enumeration(language.month_name(each) for each in sorted(rule.months))
        return language.gettext(N_("%(days)s (only in %(months)s)")) % {
            "days": words, "months": months,
        }  # fmt: skip
    return words


def _days(language: Language, rule: Recurrence, start: date) -> str | None:
    if rule.positions or (rule.month_days and rule.weekdays):
        return None
    if rule.frequency is Frequency.MONTHLY:
        return _in_months(language, rule, start)
    if rule.month_days or (rule.weekdays and rule.frequency is Frequency.DAILY):
        return None
    numbers = sorted(number for _, number in rule.weekdays) or [start.weekday()]
    if rule.frequency is Frequency.DAILY or (len(numbers) == 7 and rule.interval == 1):
        if rule.interval == 1:
            return language.gettext(N_("every day"))
        return language.ngettext("every %(num)s day", "every %(num)s days", rule.interval)
    days = language.enumeration(language.weekday_name(number) for number in numbers)
    if rule.interval == 1:
        return language.gettext(N_("every week: %(days)s")) % {"days": days}
    return language.ngettext(
        "every %(num)s week: %(days)s", "every %(num)s weeks: %(days)s", rule.interval, days=days
    )


def _in_months(language: Language, rule: Recurrence, start: date) -> str | None:
    if rule.month_days == {-1}:
        days = language.gettext(N_("the last day"))
    elif any(day < 0 for day in rule.month_days) or any(turn < -1 for turn, _ in rule.weekdays):
        return None
    elif rule.weekdays:
        days = language.enumeration(
            _turn(language, turn, number)
            for turn, number in sorted(rule.weekdays, key=lambda each: (each[0] % 7, each[1]))
        )
    else:
        days = language.enumeration(str(day) for day in sorted(rule.month_days) or [start.day])
    if rule.interval == 1:
        return language.gettext(N_("every month: %(days)s")) % {"days": days}
    return language.ngettext(
        "every %(num)s month: %(days)s", "every %(num)s months: %(days)s", rule.interval, days=days
    )


def _turn(language: Language, turn: int, number: int) -> str:
    name = language.weekday_name(number)
    if turn == 0:
        return name
    if turn == -1:
        return language.gettext(N_("%(weekday)s (the last)")) % {"weekday": name}
    return language.gettext(N_("%(weekday)s (no. %(num)s)")) % {"weekday": name, "num": turn}


def hours_in_words(language: Language, opens: time, minutes: int) -> str:
    """Say from when to when something is open, by the facility's clock."""
    ends = datetime.combine(date.min, opens) + timedelta(minutes=minutes)
    hours = f"{opens:%H:%M}\N{EN DASH}{ends:%H:%M}"
    if ends.date() == date.min:
        return hours
    if ends.time() == time():
        return f"{opens:%H:%M}\N{EN DASH}24:00"
    return language.gettext(N_("%(hours)s on the next day")) % {"hours": hours}


def read_rule(form: Form) -> NewOpeningRule | None:
    """Make a rule of the simple fields, or of the advanced one where it is filled in."""
    opens, minutes = _hours(form)
    rrule = form.value("rrule").strip() or _weekly(form)
    return form.read(
        NewOpeningRule,
        rrule=rrule,
        opens=opens,
        minutes=minutes,
        observes_holidays=form.checked("observes_holidays"),
    )


def read_exception(form: Form) -> NewOpeningException | None:
    """Make one day's other hours; a day without hours is closed."""
    if not form.value("opens").strip() and not form.value("closes").strip():
        return form.read(NewOpeningException, opens=None, minutes=0)
    opens, minutes = _hours(form)
    return form.read(NewOpeningException, opens=opens, minutes=minutes)


def _hours(form: Form) -> tuple[time, int]:
    """Read two times of day: what ends no later than it begins ends on the next day."""
    begins, ends = (_time(form, name) for name in ("opens", "closes"))
    length = (datetime.combine(date.min, ends) - datetime.combine(date.min, begins)) % _DAY_LONG
    return begins, int((length or _DAY_LONG).total_seconds()) // 60


def _time(form: Form, name: str) -> time:
    text = form.value(name).strip()
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        form.complain(name, _NO_TIME if text else MISSING)
        return time()


def _weekly(form: Form) -> str:
    days = [day for day in WEEKDAYS if day in form.values("days")]
    if not days:
        form.complain("days", _NO_DAY)
    every = form.value("every", "1").strip()
    if not (every.isascii() and every.isdigit() and len(every) < 3 and 1 <= int(every) <= 52):
        form.complain("every", _NO_NUMBER)
        every = "1"
    turns = "" if int(every) == 1 else f"INTERVAL={int(every)};"
    return f"FREQ=WEEKLY;{turns}BYDAY={','.join(days)}"


def typed_rule(rule: OpeningRuleView) -> Mapping[str, list[str]]:
    """Return what one would type to make a rule, in the simple fields where it fits them."""
    ends = datetime.combine(date.min, rule.opens) + timedelta(minutes=rule.minutes)
    typed = {
        "opens": [f"{rule.opens:%H:%M}"],
        "closes": [f"{ends:%H:%M}"],
        "valid_from": [rule.valid_from.isoformat()],
        "valid_until": [rule.valid_until.isoformat()] if rule.valid_until else [],
        "observes_holidays": ["yes"] if rule.observes_holidays else [],
    }
    recurrence = parsed(rule.rrule)
    plain = Recurrence(
        frequency=Frequency.WEEKLY, interval=recurrence.interval, weekdays=recurrence.weekdays
    )
    if recurrence == plain and recurrence.weekdays and recurrence.interval <= 52:
        days = [WEEKDAYS[number] for _, number in sorted(recurrence.weekdays)]
        return {**typed, "days": days, "every": [str(recurrence.interval)]}
    return {**typed, "rrule": [rule.rrule]}
