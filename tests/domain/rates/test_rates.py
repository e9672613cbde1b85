"""Comparing prices under a named rate set."""

from datetime import date
from decimal import Decimal

import pytest

from domain.actor import SYSTEM
from domain.money import Currency, Money, UnknownCurrency
from domain.rates import service
from domain.rates.types import RateSet

RATES = RateSet("x", date(2026, 9, 29), Currency.EUR, {Currency.USD: Decimal("1.13607202")})


@pytest.mark.parametrize(
    ("money", "currency", "amount"),
    [
        (Money(100_00, Currency.EUR), Currency.USD, 113_61),
        (Money(100_00, Currency.USD), Currency.EUR, 88_02),
        (Money(1, Currency.EUR), Currency.USD, 1),
        (Money(0, Currency.USD), Currency.EUR, 0),
        (Money(999_999_999_999, Currency.EUR), Currency.EUR, 999_999_999_999),
    ],
)
def test_a_price_is_converted_half_up(money: Money, currency: Currency, amount: int) -> None:
    assert RATES.convert(money, currency) == Money(amount, currency)


def test_a_missing_rate_is_not_guessed() -> None:
    with pytest.raises(UnknownCurrency):
        RATES.convert(Money(1, Currency.EUR), Currency.KZT)


@pytest.mark.usefixtures("catalogue")
async def test_the_shipped_set_has_a_rate_for_every_currency() -> None:
    rates = await service.current_rates(SYSTEM)
    assert rates.name == service.RATE_SET
    assert {*rates.rates, rates.base} == set(Currency)
