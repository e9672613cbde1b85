"""What is valid during a stay: times, days of flying, and what changed lines add up to."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.bookings.errors import ChangeUnsound, ImpossibleTime
from domain.bookings.stay_types import ChangedLine
from domain.catalogue.types import LineKind
from domain.money import MAX_MINOR_UNITS, Money
from domain.tasks.types import TaskKind

LONGEST_EXTENSION = timedelta(days=365)
JUSTIFY_WITHIN = timedelta(hours=24)
TELL_INSURER_WITHIN = timedelta(hours=24)

ENDS_WITH_THE_STAY = (
    TaskKind.DECIDE_CHANGE, TaskKind.SECURE_BED, TaskKind.RESOLVE_TIME,
    TaskKind.RESOLVE_CREDENTIAL, TaskKind.ARRANGE_ITEM,
)  # fmt: skip
ENDS_WITH_THE_BOOKING = (TaskKind.ANSWER_REQUEST, *ENDS_WITH_THE_STAY)
"""A claim is still decided, and what was done is still justified and reported."""


def require_between(field: str, at: datetime, earliest: datetime, latest: datetime) -> None:
    """Refuse an instant outside what is possible; raises ImpossibleTime."""
    if not earliest <= at <= latest:
        raise ImpossibleTime(
            fields={field: f"between {earliest.isoformat()} and {latest.isoformat()}"}
        )


def fit_to_fly_on(
    started_at: datetime, discharged_at: datetime, days: int, where: ZoneInfo
) -> date:
    """Return the first day of flying: so many days after the treatment, and after discharge."""
    treated_on = started_at.astimezone(where).date()
    return max(treated_on + timedelta(days=days), discharged_at.astimezone(where).date())


def changed_price(lines: Sequence[ChangedLine], deposit: Money) -> tuple[Money, Money]:
    """Return a change's price and the most it may become; raises ChangeUnsound.

    The price is the sum of the mandatory lines and covers the deposit that was paid.
    """
    total = sum(line.amount for line in lines if line.kind is LineKind.MANDATORY)
    most = total + sum(_cap(line) for line in lines)
    if not deposit.amount <= total <= most <= MAX_MINOR_UNITS:
        raise ChangeUnsound(fields={"lines": "The price must cover the deposit"})
    return Money(total, deposit.currency), Money(most, deposit.currency)


def _cap(line: ChangedLine) -> int:
    if line.kind is not LineKind.CONDITIONAL:
        return 0
    if line.cap is None or line.cap < line.amount:
        raise ChangeUnsound(fields={"lines": f"{line.label}: a conditional line needs its cap"})
    return line.cap


def varied_price(lines: Sequence[ChangedLine], price: Money) -> Money:
    """Return the price with what an operation added; raises ChangeUnsound."""
    if any(line.kind is not LineKind.MANDATORY for line in lines):
        raise ChangeUnsound(fields={"lines": "What was done is mandatory"})
    total = price.amount + sum(line.amount for line in lines)
    if not price.amount < total <= MAX_MINOR_UNITS:
        raise ChangeUnsound(fields={"lines": "Something must have been added"})
    return Money(total, price.currency)
