"""Money: integer minor units with an ISO 4217 code, and the three exponents that matter."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

import msgspec

from domain.errors import Invalid


class UnknownCurrency(Invalid):
    """The code is not one of the currencies the marketplace deals in."""

    code = "unknown_currency"
    title = "This currency is not accepted"


class CurrencyMismatch(Invalid):
    """Two amounts of different currencies were put together."""

    code = "currency_mismatch"
    title = "These amounts are in different currencies"


class Currency(StrEnum):
    """The ISO 4217 codes of the member states, the observers and the two collection currencies."""

    EUR = "EUR"
    USD = "USD"
    AZN = "AZN"
    HUF = "HUF"
    KGS = "KGS"
    KZT = "KZT"
    TMT = "TMT"
    TRY = "TRY"
    UZS = "UZS"

    @property
    def exponent(self) -> int:
        """Return the number of decimals ISO 4217 gives the currency."""
        return 2

    @property
    def payout_step(self) -> int:
        """Return the smallest multiple of minor units that a provider pays out."""
        return 100 if self is Currency.HUF else 1


COLLECTION_CURRENCIES = frozenset({Currency.EUR, Currency.USD})

MAX_MINOR_UNITS = 999_999_999_999
"""Twelve digits: the most a card charge may have in any currency."""

MinorUnits = Annotated[int, msgspec.Meta(ge=0, le=MAX_MINOR_UNITS)]


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount that is never negative: integer minor units of one ISO 4217 currency."""

    amount: MinorUnits
    currency: Currency

    def __add__(self, other: Self) -> "Money":
        self._require_same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> "Money":
        self._require_same(other)
        if other.amount > self.amount:
            raise Invalid("An amount of money cannot become negative")
        return Money(self.amount - other.amount, self.currency)

    def percent(self, percent: int) -> "Money":
        """Return that share of the amount, rounded half up to a whole minor unit."""
        return Money((self.amount * percent * 2 + 100) // 200, self.currency)

    def major(self) -> Decimal:
        """Return the amount in major units, for display only."""
        return Decimal(self.amount).scaleb(-self.currency.exponent)

    def _require_same(self, other: "Money") -> None:
        if self.currency is not other.currency:
            raise CurrencyMismatch(currencies=[self.currency.value, other.currency.value])


def split(total: Money, weights: list[int]) -> list[Money]:
    """Divide `total` in proportion to `weights` without losing a minor unit (largest remainder).

    Ties go to the earlier part, so the result is deterministic. Raises Invalid where no weight is
    positive or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise Invalid("Shares of an amount need positive weights")
    shares = [total.amount * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(total.amount * weights[i] % whole), i)
    )
    for i in by_remainder[: total.amount - sum(shares)]:
        shares[i] += 1
    return [Money(share, total.currency) for share in shares]


def currency(code: str) -> Currency:
    """Return the currency of an ISO 4217 code; raises UnknownCurrency."""
    try:
        return Currency(code)
    except ValueError:
        raise UnknownCurrency(currency=code) from None
