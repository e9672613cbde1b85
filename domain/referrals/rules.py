"""The one table of a referral's moves, and what a quote's lines add up to."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from domain.actor import FACILITY_ROLES, Actor, ActorKind, Role
from domain.catalogue.types import LineKind
from domain.consents.errors import ConsentNeeded
from domain.consents.types import Category
from domain.errors import Invalid
from domain.money import COLLECTION_CURRENCIES, MAX_MINOR_UNITS, Money, currency
from domain.permissions import service as permissions
from domain.referrals.errors import QuoteUnsound, WrongState
from domain.referrals.types import (
    CreateQuote,
    Move,
    QuoteLine,
    ReferralStatus,
    Side,
)

_S = ReferralStatus

UNDER_WAY = (
    _S.SUBMITTED, _S.RECEIVED, _S.INFO_REQUESTED, _S.ACCEPTED, _S.QUOTED, _S.QUOTE_DECLINED,
    _S.CHOSEN, _S.FUNDED, _S.SCHEDULED, _S.CANCEL_REQUESTED,
)  # fmt: skip
"""The states of a referral that a facility has and whose treatment has not begun."""

CONSENT_FOR = timedelta(days=180)
"""How long the consent lasts that a referral asks for, unless the patient gives it for less."""


class Step(msgspec.Struct, frozen=True):
    """A move: from which states, to which one; who makes it, the permission table says."""

    before: frozenset[ReferralStatus]
    after: ReferralStatus | None


def action_of(move: Move) -> str:
    """Return the name under which the permission table knows a move."""
    return f"referrals.{move.name.lower()}"


def _by_people(move: Move, after: ReferralStatus | None) -> Step:
    return Step(frozenset(map(ReferralStatus, permissions.states_of(action_of(move)))), after)


def _by_system(before: Iterable[ReferralStatus], after: ReferralStatus) -> Step:
    return Step(frozenset(before), after)


_BEFORE_MONEY = (
    _S.DRAFT, _S.SUBMITTED, _S.RECEIVED, _S.INFO_REQUESTED, _S.ACCEPTED, _S.QUOTED, _S.CHOSEN,
)  # fmt: skip

TRANSITIONS: dict[Move, Step] = {
    move: _by_people(move, after)
    for move, after in (
        (Move.SUBMIT, _S.SUBMITTED),
        (Move.RECEIVE, _S.RECEIVED),
        (Move.REQUEST_INFO, _S.INFO_REQUESTED),
        (Move.ANSWER, _S.RECEIVED),
        (Move.ADVISE, _S.ADVICE_RETURNED),
        (Move.DECLINE, _S.DECLINED),
        (Move.ACCEPT, _S.ACCEPTED),
        (Move.QUOTE, _S.QUOTED),
        (Move.CHOOSE, _S.CHOSEN),
        (Move.REFUSE, _S.QUOTE_DECLINED),
        (Move.START, _S.IN_TREATMENT),
        (Move.REPORT, _S.IN_TREATMENT),
        (Move.DISCHARGE, _S.DISCHARGED),
        (Move.OUTCOME, _S.OUTCOME_SENT),
        # A decline and an advice close the loop to the referrer too.
        (Move.ACKNOWLEDGE, _S.CLOSED),
        (Move.CANCEL, None),
        (Move.CONFIRM_CANCEL, _S.CANCELLED),
    )
} | {
    # The chosen time was not paid in time: the quote stands again.
    Move.RELEASE: _by_system([_S.CHOSEN], _S.QUOTED),
    Move.FUND: _by_system([_S.CHOSEN, _S.QUOTED], _S.FUNDED),
    Move.SCHEDULE: _by_system([_S.FUNDED], _S.SCHEDULED),
    Move.NOT_SELECT: _by_system(_BEFORE_MONEY, _S.NOT_SELECTED),
}


def may_make(actor: Actor, move: Move) -> bool:
    """Tell whether the actor's role makes this move at all."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    action = action_of(move)
    return action in permissions.PERMISSIONS and bool(permissions.rows_for(actor, action))


def desk_of(actor: Actor) -> Side:
    """Return the desk whose worklists an actor works from."""
    if actor.role is Role.REFERRING_DOCTOR:
        return Side.PRACTICE
    return Side.FACILITY if actor.role in FACILITY_ROLES else Side.PATIENT


def categories(codes: list[str]) -> list[Category]:
    """Return the record's categories of these codes; raises Invalid for an unknown one."""
    known = {category.value for category in Category}
    if unknown := [code for code in codes if code not in known]:
        raise Invalid(
            "The record has no such category", fields={"categories": ", ".join(unknown)[:200]}
        )
    return [Category(code) for code in dict.fromkeys(codes)]


def moves_of(actor: Actor, status: ReferralStatus, *, on_hold: bool) -> list[Move]:
    """Return what the actor may do with a referral in this state.

    While it is on hold (the consent ended) only what ends it or brings care to a close is left.
    """
    return [
        move
        for move, step in TRANSITIONS.items()
        if status in step.before and may_make(actor, move) and (not on_hold or move in _ON_HOLD)
    ]


_ON_HOLD = frozenset(
    {
        Move.CANCEL,
        Move.CONFIRM_CANCEL,
        Move.DISCHARGE,
        Move.OUTCOME,
        Move.ACKNOWLEDGE,
        Move.DECLINE,
        Move.REFUSE,
    }
)


def require_possible_on_hold(actor: Actor, move: Move, status: ReferralStatus) -> None:
    """Refuse a move that a referral without its consent does not admit."""
    if move not in moves_of(actor, status, on_hold=True):
        raise ConsentNeeded(
            "The patient's consent has ended; the referral waits until it is given again"
        )


def target_of(move: Move, status: ReferralStatus) -> ReferralStatus:
    """Return where a move leads; raises WrongState when the table does not have it."""
    step = TRANSITIONS[move]
    if status not in step.before:
        raise WrongState(
            f"The referral is {status.value}; {move.value} is not possible now",
            status_now=status.value,
        )
    if step.after is not None:
        return step.after
    return _S.CANCELLED if status in _BEFORE_MONEY else _S.CANCEL_REQUESTED


def quote_totals(command: CreateQuote) -> tuple[Money, Money, Money]:
    """Return total, the most it can become, and the deposit; raises QuoteUnsound."""
    paid_in = currency(command.currency)
    if paid_in not in COLLECTION_CURRENCIES:
        raise QuoteUnsound(fields={"currency": "Quotes are collected in EUR or USD"})
    total = sum(line.amount for line in command.lines if line.kind is LineKind.MANDATORY)
    caps = sum(_cap(line) for line in command.lines)
    if not 0 < total <= total + caps <= MAX_MINOR_UNITS:
        raise QuoteUnsound(fields={"lines": "At least one mandatory line must have a price"})
    if not 0 < command.deposit <= total:
        raise QuoteUnsound(fields={"deposit": "The deposit is more than 0 and at most the total"})
    return Money(total, paid_in), Money(total + caps, paid_in), Money(command.deposit, paid_in)


def _cap(line: QuoteLine) -> int:
    if line.kind is not LineKind.CONDITIONAL:
        return 0
    if line.cap is None or line.cap < line.amount:
        raise QuoteUnsound(fields={"lines": f"{line.label}: a conditional line needs its cap"})
    return line.cap
