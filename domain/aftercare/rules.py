"""When each part of aftercare is possible, and on which days visits are due."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.aftercare.errors import ImpossibleDay, OneProvider, WrongMoment
from domain.aftercare.types import PlanAftercare
from domain.bookings.types import BookingStatus

_S = BookingStatus
PLANNABLE = frozenset(
    {
        _S.AWAITING_FACILITY, _S.CONFIRMED, _S.CHECKED_IN, _S.PRE_OP_ASSESSED, _S.IN_TREATMENT,
        _S.EXTENDED, _S.DISCHARGED,
    }
)  # fmt: skip
AFTER_DISCHARGE = frozenset(
    {_S.DISCHARGED, _S.COMPLETED, _S.TRANSFERRED_OUT, _S.LEFT_AGAINST_ADVICE}
)

ANSWERED_WITHIN = timedelta(hours=24)
LATE_AFTER = timedelta(days=7)
"""How long after its day a visit without a report is looked into."""


def require_one(command: PlanAftercare) -> None:
    """Refuse a plan that names nobody, or two; raises OneProvider."""
    if (command.organisation_id is None) == (command.provider is None):
        raise OneProvider(fields={"organisation_id": OneProvider.title})


def require_moment(status: BookingStatus, possible: frozenset[BookingStatus]) -> None:
    """Refuse what the stay is not ready for, or beyond; raises WrongMoment."""
    if status not in possible:
        raise WrongMoment(status_now=status.value)


def visits_due(
    discharged_at: datetime, days: Sequence[int], where: ZoneInfo
) -> list[tuple[int, date]]:
    """Return the days after discharge with the dates on which they fall, each once."""
    left_on = discharged_at.astimezone(where).date()
    return [(day, left_on + timedelta(days=day)) for day in sorted(set(days))]


def require_visit_day(visited_on: date, discharged_on: date, today: date) -> None:
    """Refuse a visit before discharge or in the future; raises ImpossibleDay."""
    if not discharged_on <= visited_on <= today:
        raise ImpossibleDay(fields={"visited_on": ImpossibleDay.title})
