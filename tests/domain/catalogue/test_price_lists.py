"""The table of a price list: what is read, what is refused with its line, what comes back."""

import contextlib
import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.errors import PriceListUnreadable
from domain.catalogue.price_lists import COLUMNS, MOST_OFFERS, read_price_list, write_price_list
from domain.catalogue.types import (
    CancellationTier,
    Inclusion,
    LineKind,
    Named,
    OfferFacility,
    OfferLine,
    OfferMode,
    OfferView,
)
from domain.money import Currency, Money

FIRST = {
    "reference": "K-17", "treatment": "knee-replacement", "currency": "EUR", "mode": "instant",
    "lead_time_hours": "72", "deposit": "540", "languages": "tr en", "line": "mandatory",
    "label": "Operation", "amount": "5400.00",
}  # fmt: skip
MORE = {"reference": "K-17", "line": "conditional", "label": "Night", "amount": "80", "cap": "240"}


def table(*rows: dict[str, str], delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def complaints(*rows: dict[str, str]) -> list[str]:
    return read_price_list(table(*rows))[0].complaints


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_an_offer_is_its_rows_together(delimiter: str) -> None:
    amount = "5400,5" if delimiter == ";" else "5400.5"
    raw = table(FIRST | {"amount": amount}, MORE, delimiter=delimiter)
    for sent in (raw, b"\xef\xbb\xbf" + raw, raw.replace(b"\n", b"\r\n")):
        (entry,) = read_price_list(sent)
        assert entry.command is not None, entry.complaints
        assert (entry.line, entry.reference) == (2, "K-17")
        assert [line.amount for line in entry.command.lines] == [540_050, 8_000]
        assert entry.command.lines[1].cap == 24_000
        assert entry.command.deposit == 54_000
        assert entry.command.languages == ["tr", "en"]
        assert [tier.refund_percent for tier in entry.command.tiers] == [100, 50, 0]


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"amount": "free"}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"amount": "9" * 5000}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "5.001"}, "two decimals"),
        ({"amount": "١٢"}, "amount"),
        ({"currency": "TRY?"}, "currency"),
        ({"mode": "maybe"}, "mode"),
        ({"lead_time_hours": "soon"}, "lead_time_hours"),
        ({"lead_time_hours": "999999"}, "lead_time_hours"),
        ({"inclusions": "butler"}, "inclusions"),
        ({"tiers": "48h=50"}, "tiers"),
        ({"line": "free"}, "line"),
        ({"languages": ""}, "languages"),
        ({"reference": " "}, "reference is missing"),
        ({"reference": "r" * 61}, "reference"),
        ({"tax_rate": "lots"}, "tax_rate"),
        ({"label": ""}, "label"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(changed: dict[str, str], word: str) -> None:
    (complaint,) = complaints(FIRST | changed)
    assert complaint.startswith("line 2: ") and word in complaint


def test_rows_that_contradict_or_lie_apart_are_refused() -> None:
    assert complaints(FIRST, MORE | {"currency": "USD"}) == [
        "line 3: currency differs from the offer's first row"
    ]
    other = FIRST | {"reference": "K-18"}
    found = read_price_list(table(FIRST, other, MORE))
    assert [entry.command is None for entry in found] == [False, False, True]
    assert "further above" in found[2].complaints[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\n", b"a,b,c\n1,2,3\n", "Ünïcode".encode("utf-16"), "цена".encode("cp1251"),
        b"\x00" * 50, b'"' * 5001, table(FIRST).replace(b"EUR", b'"EUR'),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_as_a_whole(raw: bytes) -> None:
    with pytest.raises(PriceListUnreadable):
        read_price_list(raw)


def test_more_offers_than_fit_are_refused() -> None:
    rows = [FIRST | {"reference": f"K-{number}"} for number in range(MOST_OFFERS + 1)]
    with pytest.raises(PriceListUnreadable, match="At most"):
        read_price_list(table(*rows))
    assert len(read_price_list(table(*rows[:-1]))) == MOST_OFFERS


_words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=2, max_size=40).map(
    str.strip
)
_lines = st.builds(
    OfferLine,
    kind=st.just(LineKind.MANDATORY),
    label=_words.filter(lambda text: len(text) > 1 and not text.startswith("'")),
    amount=st.integers(0, 10**9),
    tax_rate=st.none() | st.integers(0, 100).map(Decimal),
)


@given(st.lists(_lines, min_size=1, max_size=5), st.sampled_from("=+-@KЖ"))
def test_what_was_given_out_is_read_again_and_no_cell_is_a_formula(
    lines: list[OfferLine], begins: str
) -> None:
    offer = view(lines, f"{begins}17")
    given_out = write_price_list([offer])
    for row in csv.reader(io.StringIO(given_out.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    (entry,) = read_price_list(given_out)
    assert entry.command is not None, entry.complaints
    assert entry.reference == offer.reference
    assert [line.amount for line in entry.command.lines] == [line.amount for line in lines]
    assert [line.label for line in entry.command.lines] == [line.label for line in lines]
    assert entry.command.tiers == offer.tiers


_HEADER = ",".join(COLUMNS) + "\n"


@given(st.binary(max_size=300) | st.text().map(lambda t: (_HEADER + t).encode(errors="replace")))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(PriceListUnreadable):
        read_price_list(raw)


def view(lines: list[OfferLine], reference: str) -> OfferView:
    number = UUID(int=7)
    return OfferView(
        id=number, version=1, reference=reference, treatment=Named("knee-replacement", "Knee"),
        specialty=Named("orthopaedics", "Orthopaedics"),
        facility=OfferFacility(number, "F", "Osh", "KG", "Asia/Bishkek", False),
        practitioner_id=None, mode=OfferMode.ON_REQUEST, price=Money(1, Currency.EUR),
        deposit=Money(0, Currency.EUR), lines=lines, lead_time_hours=24, duration_minutes=60,
        stay_nights=2, languages=["ky", "ru"], inclusions=[Inclusion.TRANSFER],
        tiers=[CancellationTier(48, 100), CancellationTier(0, 0)], active=True, listed=True,
        demo=False, updated_at=datetime(2026, 5, 1, tzinfo=UTC),
    )  # fmt: skip
