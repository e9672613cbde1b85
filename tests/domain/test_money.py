"""Money: whole minor units, never negative, never lost in a split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.money import (
    MAX_MINOR_UNITS,
    Currency,
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    currency,
    split,
)

amounts = st.integers(0, MAX_MINOR_UNITS)
currencies = st.sampled_from(Currency)


@given(amounts, currencies, st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_a_split_loses_nothing_and_gives_each_part_its_share(
    amount: int, unit: Currency, weights: list[int]
) -> None:
    total = Money(amount, unit)
    if sum(weights) == 0:
        with pytest.raises(Invalid):
            split(total, weights)
        return
    parts = split(total, weights)
    assert sum(part.amount for part in parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.amount - amount * weight / sum(weights)) < 1 + amount * 1e-15


@given(amounts, st.integers(0, 100))
def test_a_percentage_is_whole_and_never_more_than_the_amount(amount: int, percent: int) -> None:
    share = Money(amount, Currency.EUR).percent(percent)
    assert 0 <= share.amount <= amount
    rest = Money(amount, Currency.EUR) - share
    assert (share + rest).amount == amount


def test_amounts_of_different_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, Currency.EUR) + Money(1, Currency.USD)


def test_money_never_becomes_negative() -> None:
    with pytest.raises(Invalid):
        Money(1, Currency.EUR) - Money(2, Currency.EUR)


@pytest.mark.parametrize("code", ["", "eur", "XXX", "EURO", "\0", "€"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        currency(code)
