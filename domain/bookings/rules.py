"""Which moves a booking may make, and what goes back when it ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.bookings.errors import WrongState
from domain.bookings.types import BookingStatus, RefundPreview
from domain.catalogue.types import CancellationTier
from domain.money import Money

HOLD = timedelta(minutes=15)
MAX_LIVE_HOLDS = 3

_S = BookingStatus
TRANSITIONS: dict[BookingStatus, frozenset[BookingStatus]] = {
    _S.HELD: frozenset({_S.PENDING_PAYMENT, _S.CANCELLED_BY_PATIENT, _S.EXPIRED}),
    _S.PENDING_PAYMENT: frozenset(
        {
            _S.AWAITING_FACILITY,
            _S.CONFIRMED,
            _S.CANCELLED_BY_PATIENT,
            _S.CANCELLED_BY_FACILITY,
            _S.EXPIRED,
        }
    ),
    # Money that comes late still books the time while nobody else has it.
    _S.EXPIRED: frozenset({_S.AWAITING_FACILITY, _S.CONFIRMED}),
    _S.AWAITING_FACILITY: frozenset(
        {_S.CONFIRMED, _S.CANCELLED_BY_PATIENT, _S.CANCELLED_BY_FACILITY}
    ),
    _S.CONFIRMED: frozenset(
        {_S.CHECKED_IN, _S.CANCELLED_BY_PATIENT, _S.CANCELLED_BY_FACILITY, _S.NO_SHOW}
    ),
    _S.CHECKED_IN: frozenset({_S.IN_TREATMENT}),
    _S.IN_TREATMENT: frozenset({_S.DISCHARGED}),
    _S.DISCHARGED: frozenset({_S.COMPLETED}),
    _S.COMPLETED: frozenset(),
    _S.CANCELLED_BY_PATIENT: frozenset(),
    _S.CANCELLED_BY_FACILITY: frozenset(),
    _S.NO_SHOW: frozenset(),
}

PAID = frozenset({_S.AWAITING_FACILITY, _S.CONFIRMED})
WAITS_FOR_MONEY = frozenset({_S.PENDING_PAYMENT, _S.EXPIRED})


def require_move(present: BookingStatus, wanted: BookingStatus) -> None:
    """Refuse a move the table does not have."""
    if wanted not in TRANSITIONS[present]:
        raise WrongState(
            f"The booking is {present.value} and cannot become {wanted.value}",
            status_now=present.value,
        )


def refund_percent(tiers: Sequence[CancellationTier], starts_at: datetime, now: datetime) -> int:
    """Return the share of the deposit that the frozen tiers give back at `now`."""
    left = starts_at - now
    kept = [
        tier.refund_percent for tier in tiers if left >= timedelta(hours=tier.until_hours_before)
    ]
    return max(kept, default=0)


def refund_preview(
    deposit: Money,
    tiers: Sequence[CancellationTier],
    starts_at: datetime,
    now: datetime,
    *,
    by_facility: bool = False,
) -> RefundPreview:
    """Return what goes back: all of it when the facility cancels, else as the tiers say."""
    percent = 100 if by_facility else refund_percent(tiers, starts_at, now)
    return RefundPreview(deposit, deposit.percent(percent), percent)
