"""Pure decisions about access: how long it lasts."""

from datetime import UTC, date, datetime, time, timedelta

from domain.clock import from_wall_clock, zone
from domain.jurisdictions import jurisdiction
from domain.patients.errors import CourtOrderOver, MandateTooLong, NotAMinor

LONGEST_MANDATE = timedelta(days=731)
LONGEST_ORDER = timedelta(days=5 * 366)

MAJORITY: dict[str, int] = {}
"""By home state: the birthday with which a person comes of age, where it is not the eighteenth."""


def require_mandate_until(until: datetime, now: datetime) -> None:
    """Refuse a mandate that has ended already or lasts for more than two years."""
    if not now < until <= now + LONGEST_MANDATE:
        raise MandateTooLong(fields={"until": MandateTooLong.title})


def of_age_at(born: date, home_state: str) -> datetime:
    """Return when a person comes of age: at midnight of the birthday, on the clocks at home.

    Who was born on 29 February comes of age on 1 March where the year has no such day.
    """
    year = born.year + MAJORITY.get(home_state, 18)
    try:
        day = born.replace(year=year)
    except ValueError:
        day = date(year, 3, 1)
    where = zone(jurisdiction(home_state).zone)
    # Midnight may not exist where a clock is put forward: then the day begins an hour later.
    found = from_wall_clock(day, time(0), where) or from_wall_clock(day, time(1), where)
    return found or datetime.combine(day, time(0), UTC)


def ward_until(
    born: date | None, home_state: str, now: datetime, ordered_until: datetime
) -> datetime:
    """Return when a guardian's access ends: with the order, and for a minor with majority.

    Whose day of birth nobody knows is taken for an adult. Raises CourtOrderOver for an order that
    has ended or lasts for more than five years.
    """
    if not now < ordered_until <= now + LONGEST_ORDER:
        raise CourtOrderOver(fields={"order.until": CourtOrderOver.title})
    majority = of_age_at(born, home_state) if born else now
    return min(majority, ordered_until) if majority > now else ordered_until


def proxy_until(born: date, home_state: str, now: datetime) -> datetime:
    """Return when a parent's access ends; raises NotAMinor for an adult."""
    until = of_age_at(born, home_state)
    if until <= now:
        raise NotAMinor(fields={"birth_date": NotAMinor.title})
    return until
