"""Which moves a booking may make, and what goes back when it ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.bookings.errors import WrongState
from domain.bookings.events import BookingNews, MoneyRule
from domain.bookings.types import (
    Assessment,
    BookingMove,
    BookingStatus,
    BookingView,
    RefundPreview,
)
from domain.catalogue.types import CancellationTier
from domain.money import Money
from domain.permissions import service as permissions

HOLD = timedelta(minutes=15)
WAITING_HOLD = timedelta(minutes=30)
MAX_LIVE_HOLDS = 3

_S = BookingStatus
_LEFT_EARLY = (_S.TRANSFERRED_OUT, _S.LEFT_AGAINST_ADVICE, _S.DIED)

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
    _S.CHECKED_IN: frozenset({_S.PRE_OP_ASSESSED, _S.NOT_TREATED, *_LEFT_EARLY}),
    # Assessed anew after a change was refused.
    _S.PRE_OP_ASSESSED: frozenset(
        {_S.PRE_OP_ASSESSED, _S.IN_TREATMENT, _S.NOT_TREATED, *_LEFT_EARLY}
    ),
    _S.IN_TREATMENT: frozenset({_S.EXTENDED, _S.DISCHARGED, *_LEFT_EARLY}),
    _S.EXTENDED: frozenset({_S.EXTENDED, _S.DISCHARGED, *_LEFT_EARLY}),
    _S.DISCHARGED: frozenset({_S.COMPLETED}),
    **dict.fromkeys(
        (
            _S.COMPLETED, _S.CANCELLED_BY_PATIENT, _S.CANCELLED_BY_FACILITY, _S.NO_SHOW,
            _S.NOT_TREATED, *_LEFT_EARLY,
        ),
        frozenset[BookingStatus](),
    ),
}  # fmt: skip

PAID = frozenset({_S.AWAITING_FACILITY, _S.CONFIRMED})
WAITS_FOR_MONEY = frozenset({_S.PENDING_PAYMENT, _S.EXPIRED})
STAYS = frozenset({_S.CHECKED_IN, _S.PRE_OP_ASSESSED, _S.IN_TREATMENT, _S.EXTENDED})
"""While the patient is at the facility."""

ENDED_BEFORE_CHECK_IN = frozenset(
    {_S.CANCELLED_BY_PATIENT, _S.CANCELLED_BY_FACILITY, _S.EXPIRED, _S.NO_SHOW}
)

LEADS_TO: dict[BookingMove, frozenset[BookingStatus]] = {
    BookingMove.ACCEPT: frozenset({_S.CONFIRMED}),
    BookingMove.DECLINE: frozenset({_S.CANCELLED_BY_FACILITY}),
    BookingMove.CHECK_IN: frozenset({_S.CHECKED_IN}),
    BookingMove.NO_SHOW: frozenset({_S.NO_SHOW}),
    BookingMove.ASSESS: frozenset({_S.PRE_OP_ASSESSED, _S.NOT_TREATED}),
    BookingMove.START: frozenset({_S.IN_TREATMENT}),
    BookingMove.EXTEND_STAY: frozenset({_S.EXTENDED}),
    BookingMove.TRANSFER_OUT: frozenset({_S.TRANSFERRED_OUT}),
    BookingMove.LEAVE: frozenset({_S.LEFT_AGAINST_ADVICE}),
    BookingMove.RECORD_DEATH: frozenset({_S.DIED}),
    BookingMove.DISCHARGE: frozenset({_S.DISCHARGED}),
    BookingMove.COMPLETE: frozenset({_S.COMPLETED}),
}
"""Where a move of the facility leads; from where, both tables say and a test compares."""

_N = BookingNews
NEWS: dict[BookingStatus, BookingNews] = {
    _S.AWAITING_FACILITY: _N.REQUESTED,
    _S.CONFIRMED: _N.CONFIRMED,
    _S.CHECKED_IN: _N.CHECKED_IN,
    _S.PRE_OP_ASSESSED: _N.ASSESSED,
    _S.IN_TREATMENT: _N.TREATMENT_STARTED,
    _S.EXTENDED: _N.EXTENDED,
    _S.TRANSFERRED_OUT: _N.TRANSFERRED_OUT,
    _S.LEFT_AGAINST_ADVICE: _N.LEFT_AGAINST_ADVICE,
    _S.DIED: _N.DIED,
    _S.DISCHARGED: _N.DISCHARGED,
    _S.COMPLETED: _N.COMPLETED,
    _S.CANCELLED_BY_PATIENT: _N.CANCELLED_BY_PATIENT,
    _S.CANCELLED_BY_FACILITY: _N.CANCELLED_BY_FACILITY,
    _S.EXPIRED: _N.EXPIRED,
    _S.NO_SHOW: _N.NO_SHOW,
    _S.NOT_TREATED: _N.NOT_TREATED,
}
"""What is told of a booking that came into a state; a hold and its payment are the payer's own."""

_M = MoneyRule
MONEY: dict[BookingStatus, MoneyRule] = {
    _S.CHECKED_IN: _M.MILESTONE_ADMISSION,
    _S.COMPLETED: _M.MILESTONE_FINAL,
    _S.NOT_TREATED: _M.NOT_TREATED_REFUND_UNRENDERED,
    _S.TRANSFERRED_OUT: _M.TRANSFERRED_OUT,
    _S.LEFT_AGAINST_ADVICE: _M.LEFT_AGAINST_ADVICE,
    _S.DIED: _M.DIED,
    _S.NO_SHOW: _M.NO_SHOW,
    _S.CANCELLED_BY_PATIENT: _M.CANCELLED_BY_PATIENT,
    _S.CANCELLED_BY_FACILITY: _M.CANCELLED_BY_FACILITY,
}
"""Which rule about money a state brings; the discharge letter brings its own milestone."""

EARLIEST_CHECK_IN = timedelta(hours=24)
NO_SHOW_AFTER = timedelta(hours=2)


def action_of(move: BookingMove) -> str:
    """Return the name under which the permission table knows a move."""
    return f"bookings.{move.value}"


def before(move: BookingMove) -> frozenset[BookingStatus]:
    """Return the states in which somebody may make a move."""
    return frozenset(map(BookingStatus, permissions.states_of(action_of(move))))


def require_state(move: BookingMove, status: BookingStatus) -> None:
    """Refuse a move that the booking's state does not admit."""
    if status not in before(move):
        raise WrongState(
            f"The booking is {status.value}; {move.value} is not possible now",
            status_now=status.value,
        )


def is_ready(move: BookingMove, booking: BookingView) -> bool:
    """Tell whether nothing is missing for a move that the state admits."""
    match move:
        case BookingMove.PAY:
            return booking.status is not _S.EXPIRED
        case BookingMove.START:
            return booking.consented and booking.assessment is Assessment.PROCEED
        case BookingMove.RECORD_CONSENT:
            return not booking.consented
        case BookingMove.WITHDRAW_CONSENT:
            return booking.consented
        case BookingMove.DECIDE_CHANGE:
            return booking.change_order_id is not None
        case BookingMove.CHECK_IN:
            return booking.server_time >= booking.starts_at - EARLIEST_CHECK_IN
        case BookingMove.NO_SHOW:
            return booking.server_time >= booking.starts_at + NO_SHOW_AFTER
        case BookingMove.COMPLETE:
            return booking.letter
        case _:
            return True


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
    whole: bool = False,
) -> RefundPreview:
    """Return what goes back: all of it where that is due anyway, else as the tiers say."""
    percent = 100 if whole else refund_percent(tiers, starts_at, now)
    return RefundPreview(deposit, deposit.percent(percent), percent)
