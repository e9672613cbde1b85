"""The books hold because the database holds them: balanced, once, never overdrawn."""

import asyncio
import random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.errors import Forbidden
from domain.ids import new_id
from domain.ledger import service as ledger
from domain.ledger.types import PSP_CLEARING, Leg, Posting, deposit_of, refund_payable_of
from domain.money import Currency, Money
from domain.payments import rules
from domain.payments.types import RefundStatus

pytestmark = pytest.mark.usefixtures("database")
EUR = Currency.EUR


def capture(episode: UUID, amount: int) -> Posting:
    return rules.capture_posting(new_id(), episode, Money(amount, EUR))


async def balance(code: str) -> int:
    return (await ledger.show_account(SYSTEM, code))[0].balance


async def test_a_capture_lies_at_the_provider_and_is_the_patients() -> None:
    episode = new_id()
    before = 0
    assert await ledger.post(SYSTEM, capture(episode, 12_345))
    assert await balance(deposit_of(episode)) == before + 12_345


async def test_the_same_posting_twice_is_applied_once() -> None:
    posting = capture(new_id(), 500)
    assert await ledger.post(SYSTEM, posting) is True
    assert await ledger.post(SYSTEM, posting) is False
    assert await balance(deposit_of(posting.episode_id or new_id())) == 500


async def test_the_same_reference_with_other_amounts_is_refused() -> None:
    payment, episode = new_id(), new_id()
    await ledger.post(SYSTEM, rules.capture_posting(payment, episode, Money(500, EUR)))
    with pytest.raises(ledger.PostedDifferently):
        await ledger.post(SYSTEM, rules.capture_posting(payment, episode, Money(501, EUR)))


@pytest.mark.parametrize(
    "legs",
    [
        (),
        (Leg(PSP_CLEARING, 5, EUR),),
        (Leg(PSP_CLEARING, 5, EUR), Leg("psp_fees", -4, EUR)),
        (Leg(PSP_CLEARING, 5, EUR), Leg("psp_fees", -5, Currency.USD)),
    ],
)
async def test_what_does_not_sum_to_zero_per_currency_is_refused(legs: tuple[Leg, ...]) -> None:
    with pytest.raises(ledger.Unbalanced):
        await ledger.post(SYSTEM, Posting("test", str(new_id()), legs))


async def test_no_more_leaves_a_liability_than_is_owed() -> None:
    episode = new_id()
    await ledger.post(SYSTEM, capture(episode, 100))
    with pytest.raises(ledger.Overdraft):
        await ledger.post(SYSTEM, rules.refund_owed_posting(new_id(), episode, Money(101, EUR)))
    assert await balance(deposit_of(episode)) == 100


async def test_only_the_marketplace_posts_and_only_operators_read() -> None:
    patient = Actor(kind=ActorKind.PERSON, role=Role.PATIENT, account_id=new_id())
    with pytest.raises(Forbidden):
        await ledger.post(patient, capture(new_id(), 1))
    with pytest.raises(Forbidden):
        await ledger.trial_balance(patient)


async def test_many_at_once_neither_deadlock_nor_drift() -> None:
    dice = random.Random(11)
    episodes = [new_id() for _ in range(5)]
    postings = [capture(dice.choice(episodes), dice.randint(1, 9999)) for _ in range(300)]
    await asyncio.gather(*(ledger.post(SYSTEM, p) for p in postings + postings[:100]))
    for episode in episodes:
        expected = sum(p.legs[1].amount for p in postings if p.episode_id == episode)
        assert await balance(deposit_of(episode)) == expected
    assert await ledger.drift(SYSTEM) == []
    assert set((await ledger.trial_balance(SYSTEM)).sums.values()) <= {0}


@given(st.integers(1, 10**9), st.integers(0, 100))
def test_capture_refund_and_what_is_kept_sum_to_the_deposit(amount: int, percent: int) -> None:
    episode, money = new_id(), Money(amount, EUR)
    back = money.percent(percent)
    postings = [rules.capture_posting(new_id(), episode, money)]
    if back.amount:
        refund = new_id()
        postings.append(rules.refund_owed_posting(refund, episode, back))
        postings += rules.refund_postings(
            refund, episode, back, RefundStatus.REQUESTED, RefundStatus.SUCCEEDED
        )
    sums: dict[str, int] = {}
    for posting in postings:
        assert sum(leg.amount for leg in posting.legs) == 0
        for leg in posting.legs:
            sums[leg.account] = sums.get(leg.account, 0) + leg.amount
    assert sums[deposit_of(episode)] == amount - back.amount
    assert sums.get(refund_payable_of(episode), 0) == 0
    assert sums[PSP_CLEARING] == -(amount - back.amount)
