"""The table of moves: no path leaves it, ends are ends, and it agrees with who may move."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.bookings import rules
from domain.bookings.errors import WrongState
from domain.bookings.types import BookingMove, BookingStatus
from domain.catalogue.types import CancellationTier
from domain.money import Currency, Money
from domain.permissions import service as permissions

S = BookingStatus
ENDS = {status for status, following in rules.TRANSITIONS.items() if not following}
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_the_table_knows_every_state_and_nothing_else() -> None:
    assert set(rules.TRANSITIONS) == set(BookingStatus)
    assert set(chain.from_iterable(rules.TRANSITIONS.values())) <= set(BookingStatus)
    reached = set(chain.from_iterable(rules.TRANSITIONS.values())) | {S.HELD}
    assert reached == set(BookingStatus)


def test_the_ends_are_these() -> None:
    assert {
        S.COMPLETED, S.CANCELLED_BY_PATIENT, S.CANCELLED_BY_FACILITY, S.NO_SHOW, S.NOT_TREATED,
        S.TRANSFERRED_OUT, S.LEFT_AGAINST_ADVICE, S.DIED,
    } == ENDS  # fmt: skip


@pytest.mark.parametrize("move", rules.LEADS_TO)
def test_who_may_move_and_where_it_leads_agree(move: BookingMove) -> None:
    """The permission table names the states before, the table of moves those after."""
    for status in rules.LEADS_TO[move]:
        sources = {before for before, after in rules.TRANSITIONS.items() if status in after}
        assert rules.before(move) <= sources, (move, status)


@pytest.mark.parametrize("move", BookingMove)
def test_every_move_has_its_states_and_somebody_who_makes_it(move: BookingMove) -> None:
    assert rules.before(move)
    assert permissions.PERMISSIONS[rules.action_of(move)]
    for status in BookingStatus:
        if status in rules.before(move):
            rules.require_state(move, status)
        else:
            with pytest.raises(WrongState):
                rules.require_state(move, status)


def test_nothing_is_done_with_a_booking_that_has_ended_but_what_belongs_to_its_end() -> None:
    after_the_end = {
        BookingMove.CLAIM_GROUND: {S.CANCELLED_BY_PATIENT, S.NO_SHOW},
        BookingMove.ADD_LETTER: {S.TRANSFERRED_OUT, S.LEFT_AGAINST_ADVICE, S.DIED},
        BookingMove.REPORT_COMPLICATION: {S.TRANSFERRED_OUT, S.LEFT_AGAINST_ADVICE, S.DIED},
    }
    for move in BookingMove:
        assert rules.before(move) & ENDS == after_the_end.get(move, set()), move


def test_every_state_a_patient_may_be_in_is_told_and_every_end_has_its_money() -> None:
    silent = {S.HELD, S.PENDING_PAYMENT}
    assert set(rules.NEWS) == set(BookingStatus) - silent
    assert set(rules.MONEY) >= ENDS


class Life(RuleBasedStateMachine):
    """A booking that anybody tries to move anywhere, with a deposit paid on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.status = S.HELD
        self.path = [S.HELD]
        self.deposit = Money(10_000, Currency.EUR)
        self.paid, self.refunded = False, 0

    @rule(wanted=st.sampled_from(BookingStatus), hours=st.integers(-48, 2000))
    def move(self, wanted: BookingStatus, hours: int) -> None:
        try:
            rules.require_move(self.status, wanted)
        except WrongState:
            assert wanted not in rules.TRANSITIONS[self.status]
            return
        assert wanted in rules.TRANSITIONS[self.status]
        if wanted in rules.PAID and not self.paid:
            self.paid = True
        if self.paid and wanted in (S.CANCELLED_BY_PATIENT, S.CANCELLED_BY_FACILITY):
            preview = rules.refund_preview(
                self.deposit, [CancellationTier(168, 100), CancellationTier(48, 50)],
                NOW + timedelta(hours=hours), NOW, whole=wanted is S.CANCELLED_BY_FACILITY,
            )  # fmt: skip
            self.refunded = preview.refund.amount
            if wanted is S.CANCELLED_BY_FACILITY:
                assert self.refunded == self.deposit.amount
        self.status = wanted
        self.path.append(wanted)

    @precondition(lambda self: self.status in ENDS)
    @rule(wanted=st.sampled_from(BookingStatus))
    def stay_ended(self, wanted: BookingStatus) -> None:
        with pytest.raises(WrongState):
            rules.require_move(self.status, wanted)

    @invariant()
    def what_goes_back_and_what_is_kept_is_the_deposit(self) -> None:
        kept = self.deposit.amount - self.refunded
        assert 0 <= self.refunded <= self.deposit.amount
        assert kept + self.refunded == self.deposit.amount
        assert self.paid or not self.refunded

    @invariant()
    def nobody_is_treated_who_was_not_assessed(self) -> None:
        if S.IN_TREATMENT in self.path:
            assert self.path.index(S.PRE_OP_ASSESSED) < self.path.index(S.IN_TREATMENT)
        if S.COMPLETED in self.path:
            assert self.path[-2:] == [S.DISCHARGED, S.COMPLETED]

    @invariant()
    def nobody_who_came_is_cancelled(self) -> None:
        if S.CHECKED_IN in self.path:
            assert self.status not in rules.ENDED_BEFORE_CHECK_IN


TestLife = Life.TestCase


@given(st.integers(-(10**4), 10**4))
def test_a_named_ground_gives_all_back_whatever_the_hour(hours: int) -> None:
    deposit = Money(12_345, Currency.USD)
    tiers = [CancellationTier(168, 100), CancellationTier(0, 0)]
    preview = rules.refund_preview(deposit, tiers, NOW + timedelta(hours=hours), NOW, whole=True)
    assert preview.refund == deposit
