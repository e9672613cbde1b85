"""What a consistent offer is, without a database."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from domain.catalogue import rules
from domain.catalogue.errors import (
    CurrencyNotCollected,
    DepositTooHigh,
    LinesWrong,
    TiersWrong,
)
from domain.catalogue.types import CancellationTier, CreateOffer, LineKind, OfferLine
from domain.languages import UnknownLanguage
from domain.money import MAX_MINOR_UNITS, Currency, Money
from tests.factories.directory import offering

M, C, X = LineKind.MANDATORY, LineKind.CONDITIONAL, LineKind.EXCLUDED


def line(kind: LineKind, amount: int | None = None, cap: int | None = None) -> OfferLine:
    return OfferLine(kind=kind, label="A line", amount=amount, cap=cap)


def test_the_price_is_the_sum_of_the_mandatory_lines() -> None:
    lines = [line(M, 70_00), line(M, 0), line(M, 30_00), line(C, 50_00, 90_00), line(X)]
    assert rules.price_of(lines, Currency.EUR) == Money(100_00, Currency.EUR)


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([line(M)], "lines[0].amount"),
        ([line(M, 1, 1)], "lines[0].cap"),
        ([line(M, 1), line(C, 5)], "lines[1].cap"),
        ([line(M, 1), line(C, 5, 4)], "lines[1].cap"),
        ([line(M, 1), line(C, None, 4)], "lines[1].amount"),
        ([line(M, 1), line(X, 1)], "lines[1]"),
        ([line(M, 0)], "lines"),
        ([line(C, 1, 1)], "lines"),
        ([line(M, MAX_MINOR_UNITS), line(M, 1)], "lines"),
        (
            [OfferLine(kind=M, label="A", amount=1, tax_rate=Decimal("NaN"))],
            "lines[0].tax_rate",
        ),
        ([OfferLine(kind=M, label="A", amount=1, tax_rate=Decimal(101))], "lines[0].tax_rate"),
    ],
)
def test_contradicting_lines_are_refused(lines: list[OfferLine], field: str) -> None:
    with pytest.raises(LinesWrong) as refused:
        rules.price_of(lines, Currency.EUR)
    assert field in refused.value.fields


@pytest.mark.parametrize("currency", [c for c in Currency if c.value not in ("EUR", "USD")])
def test_offers_are_priced_in_what_is_collected(currency: Currency) -> None:
    with pytest.raises(CurrencyNotCollected):
        rules.price_of_terms(offering(currency=currency))


def test_a_deposit_is_at_most_the_price() -> None:
    price = Money(100, Currency.EUR)
    rules.require_affordable_deposit(100, price)
    with pytest.raises(DepositTooHigh):
        rules.require_affordable_deposit(101, price)


def tiers(*steps: tuple[int, int]) -> list[CancellationTier]:
    return [CancellationTier(*step) for step in steps]


@pytest.mark.parametrize(
    "steps", [((0, 0),), ((0, 100),), ((168, 100), (48, 50), (0, 0)), ((5, 50), (0, 50))]
)
def test_falling_tiers_are_good(steps: tuple[tuple[int, int], ...]) -> None:
    rules.require_falling_tiers(tiers(*steps))


@pytest.mark.parametrize(
    "steps",
    [
        (),
        ((168, 100),),
        ((48, 50), (168, 100), (0, 0)),
        ((168, 50), (48, 100), (0, 0)),
        ((48, 50), (48, 20), (0, 0)),
        ((0, 50), (0, 50)),
    ],
)
def test_tiers_that_rise_or_leave_a_gap_are_refused(steps: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(TiersWrong):
        rules.require_falling_tiers(tiers(*steps))


def test_the_usual_terms_are_consistent() -> None:
    rules.price_of_terms(offering())
    with pytest.raises(UnknownLanguage):
        rules.price_of_terms(offering(languages=["de"]))


@pytest.mark.parametrize(
    "changed",
    [
        {"currency": "GBP"},
        {"currency": "eur"},
        {"deposit": -1},
        {"deposit": 1.5},
        {"lines": []},
        {"mode": "maybe"},
        {"lead_time_hours": -1},
        {"inclusions": ["champagne"]},
        {"tiers": []},
        {"tiers": [{"until_hours_before": 0, "refund_percent": 101}]},
        {"price": 5},
    ],
)
def test_what_does_not_fit_is_refused_before_any_rule(changed: dict[str, Any]) -> None:
    body = {**msgspec.to_builtins(offering()), **changed}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, CreateOffer)
