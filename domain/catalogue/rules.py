"""Pure decisions about offers: what a consistent price, deposit and cancellation policy is."""

import itertools
from collections.abc import Sequence

from domain.catalogue.errors import (
    CurrencyNotCollected,
    DepositTooHigh,
    LinesWrong,
    OtherTreatment,
    TiersWrong,
)
from domain.catalogue.types import (
    CancellationTier,
    CreateOffer,
    LineKind,
    OfferLine,
    OfferTerms,
    OfferView,
)
from domain.languages import require_languages
from domain.money import COLLECTION_CURRENCIES, MAX_MINOR_UNITS, Currency, Money


def require_collected(currency: Currency) -> None:
    """Refuse a currency in which the marketplace does not collect."""
    if currency not in COLLECTION_CURRENCIES:
        raise CurrencyNotCollected(
            fields={"currency": CurrencyNotCollected.title},
            currencies=sorted(code.value for code in COLLECTION_CURRENCIES),
        )


def price_of(lines: Sequence[OfferLine], currency: Currency) -> Money:
    """Return the sum of the mandatory lines; raises LinesWrong."""
    complaints: dict[str, str] = {}
    for number, line in enumerate(lines):
        where = f"lines[{number}]"
        if line.tax_rate is not None and not (
            line.tax_rate.is_finite() and 0 <= line.tax_rate <= 100
        ):
            complaints[f"{where}.tax_rate"] = "A tax rate is a percentage from 0 to 100"
        if line.kind is LineKind.EXCLUDED:
            if line.amount is not None or line.cap is not None:
                complaints[where] = "An excluded line has no amount: it is not part of the price"
        elif line.amount is None:
            complaints[f"{where}.amount"] = "This line needs an amount"
        elif line.kind is LineKind.MANDATORY:
            if line.cap is not None:
                complaints[f"{where}.cap"] = "Only a conditional line has a cap"
        elif line.cap is None or line.cap < line.amount:
            complaints[f"{where}.cap"] = "A conditional line has a cap, not below its amount"
    if complaints:
        raise LinesWrong(fields=complaints)
    total = sum(line.amount or 0 for line in lines if line.kind is LineKind.MANDATORY)
    if not 0 < total <= MAX_MINOR_UNITS:
        raise LinesWrong(fields={"lines": "The mandatory lines must add up to a price"})
    return Money(total, currency)


def require_affordable_deposit(deposit: int, price: Money) -> None:
    """Refuse a deposit above the price."""
    if deposit > price.amount:
        raise DepositTooHigh(fields={"deposit": DepositTooHigh.title}, price=price.amount)


def require_falling_tiers(tiers: Sequence[CancellationTier]) -> None:
    """Refuse tiers that do not go from early to late, or pay more for cancelling later.

    The last tier begins at the appointment itself (0 hours before), so that every moment has one.
    """
    for earlier, later in itertools.pairwise(tiers):
        if later.until_hours_before >= earlier.until_hours_before:
            raise TiersWrong(fields={"tiers": "The hours must fall from tier to tier"})
        if later.refund_percent > earlier.refund_percent:
            raise TiersWrong(fields={"tiers": "Cancelling later cannot refund more"})
    if not tiers or tiers[-1].until_hours_before != 0:
        raise TiersWrong(fields={"tiers": "The last tier is the one until 0 hours before"})


def require_same_treatment(command: CreateOffer, present: OfferView) -> None:
    """Refuse to make an offer of one treatment into one of another; raises OtherTreatment."""
    if command.treatment != present.treatment.code:
        raise OtherTreatment(fields={"treatment": OtherTreatment.title})


def price_of_terms(terms: OfferTerms) -> Money:
    """Return the price of consistent terms; raises what is wrong with them."""
    require_collected(terms.currency)
    price = price_of(terms.lines, terms.currency)
    require_affordable_deposit(terms.deposit, price)
    require_falling_tiers(terms.tiers)
    require_languages(terms.languages)
    return price
