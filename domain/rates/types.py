"""The vocabulary of reference rates."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from domain.money import Currency, Money, UnknownCurrency


class RateSet(msgspec.Struct, frozen=True):
    """The rates of one day under a name; `rates` says how much of a currency one `base` buys."""

    name: str
    day: date
    base: Currency
    rates: dict[Currency, Decimal]

    def convert(self, money: Money, currency: Currency) -> Money:
        """Return the amount in another currency, half up; to compare and show, never to charge."""
        if money.currency is currency:
            return money
        exact = Decimal(money.amount) / self._of(money.currency) * self._of(currency)
        return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), currency)

    def _of(self, currency: Currency) -> Decimal:
        if currency is self.base:
            return Decimal(1)
        try:
            return self.rates[currency]
        except KeyError:
            raise UnknownCurrency(currency=currency.value, rate_set=self.name) from None
