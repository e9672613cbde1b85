"""A facility's price list as a table that people edit: one row a line of an offer.

The rows of one offer stand together under its `reference`, the facility's own number for it; what
is said of the offer as a whole stands in its first row. Amounts are in major units with a point or
a comma. UTF-8; parted by commas, semicolons or tabs.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from domain.catalogue.errors import PriceListUnreadable
from domain.catalogue.types import CreateOffer, OfferView
from domain.money import Currency

OFFER_COLUMNS = (
    "reference", "treatment", "currency", "mode", "lead_time_hours", "duration_minutes",
    "stay_nights", "deposit", "languages", "inclusions", "tiers",
)  # fmt: skip
LINE_COLUMNS = ("line", "label", "amount", "cap", "supplier", "tax_code", "tax_rate")
COLUMNS = OFFER_COLUMNS + LINE_COLUMNS
MOST_OFFERS = 500

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TIER = re.compile(r"(\d{1,4})h:(\d{1,3})%")


class Entry(msgspec.Struct, frozen=True):
    """One offer of the table: the line it begins in, and what it says or what is wrong with it."""

    line: int
    reference: str
    command: CreateOffer | None
    complaints: list[str] = []


def read_price_list(raw: bytes) -> list[Entry]:
    """Return the offers of a table, each readable or with its complaints.

    Raises PriceListUnreadable where the file as a whole is no such table.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PriceListUnreadable("Save the table as UTF-8 and send it again") from None
    if "\x00" in text:
        raise PriceListUnreadable("The file holds characters that no table has")
    rows = _rows(text)
    header = next(rows, (1, []))[1]
    if tuple(header) != COLUMNS:
        raise PriceListUnreadable(
            "The first row must name the columns in this order", columns=list(COLUMNS)
        )
    entries, seen = [], set()
    for reference, group in itertools.groupby(rows, key=lambda row: (row[1] or [""])[0].strip()):
        entry = _entry(reference, list(group))
        if reference in seen:
            again = "this reference stands further above too: keep the rows of an offer together"
            entry = Entry(entry.line, reference, None, [again])
        seen.add(reference)
        entries.append(entry)
    if len(entries) > MOST_OFFERS:
        raise PriceListUnreadable(f"At most {MOST_OFFERS} offers fit into one table")
    return entries


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield begins, [_plain(cell) for cell in row]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise PriceListUnreadable(f"Line {begins} is no row of a table: {error}") from None


def _entry(reference: str, rows: list[tuple[int, list[str]]]) -> Entry:
    line, first = rows[0]
    complaints = [
        f"line {number}: {len(cells)} cells, not {len(COLUMNS)}"
        for number, cells in rows
        if len(cells) != len(COLUMNS)
    ]
    if not reference:
        complaints.append(f"line {line}: the reference is missing")
    if complaints:
        return Entry(line, reference, None, complaints)
    said = dict(zip(COLUMNS, first, strict=True))
    for number, cells in rows[1:]:
        given = dict(zip(COLUMNS, cells, strict=True))
        complaints += [
            f"line {number}: {name} differs from the offer's first row"
            for name in OFFER_COLUMNS
            if given[name] not in ("", said[name])
        ]
    lines = []
    for number, cells in rows:
        given = dict(zip(COLUMNS, cells, strict=True))
        try:
            lines.append(_line(given))
        except ValueError as error:
            complaints.append(f"line {number}: {error}")
    if complaints:
        return Entry(line, reference, None, complaints)
    try:
        return Entry(line, reference, _command(said, lines))
    except ValueError as error:
        return Entry(line, reference, None, [f"line {line}: {error}"])


def _command(said: dict[str, str], lines: list[dict[str, Any]]) -> CreateOffer:
    """Return the offer that a row and its lines say; raises ValueError with what is wrong."""
    values: dict[str, Any] = {
        "reference": said["reference"],
        "treatment": said["treatment"],
        "currency": said["currency"].upper(),
        "mode": said["mode"],
        "lead_time_hours": _whole("lead_time_hours", said["lead_time_hours"] or "0"),
        "deposit": _minor("deposit", said["deposit"] or "0"),
        "languages": said["languages"].split(),
        "inclusions": said["inclusions"].split(),
        "lines": lines,
    }
    for name in ("duration_minutes", "stay_nights"):
        if said[name]:
            values[name] = _whole(name, said[name])
    if said["tiers"]:
        values["tiers"] = [_tier(each) for each in said["tiers"].split()]
    return msgspec.convert(values, CreateOffer)


def _line(given: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {"kind": given["line"], "label": given["label"]}
    for name in ("amount", "cap"):
        if given[name]:
            values[name] = _minor(name, given[name])
    for name in ("supplier", "tax_code"):
        if given[name]:
            values[name] = given[name]
    if given["tax_rate"]:
        values["tax_rate"] = _decimal("tax_rate", given["tax_rate"].removesuffix("%"))
    return values


def _decimal(name: str, text: str) -> Decimal:
    plain = text.strip().replace(",", ".")
    if len(plain) > 20 or not re.fullmatch(r"\d+(\.\d+)?", plain, re.ASCII):
        raise ValueError(f"{name}: {text[:30]!r} is no amount; write it like 1200.50")
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise ValueError(f"{name}: {text[:30]!r} is no amount") from None


def _minor(name: str, text: str) -> int:
    """Return minor units of an amount; both collection currencies have two decimals."""
    minor = _decimal(name, text).scaleb(Currency.EUR.exponent)
    if minor != minor.to_integral_value():
        raise ValueError(f"{name}: {text[:30]!r} has more than two decimals")
    return int(minor)


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII):
        raise ValueError(f"{name}: {text[:30]!r} is no whole number")
    return int(text)


def _tier(text: str) -> dict[str, int]:
    found = _TIER.fullmatch(text)
    if found is None:
        raise ValueError(
            f"tiers: {text[:30]!r} is no tier; write them like 168h:100% 48h:50% 0h:0%"
        )
    return {"until_hours_before": int(found[1]), "refund_percent": int(found[2])}


def write_price_list(offers: Iterable[OfferView]) -> bytes:
    """Return offers as the table that `read_price_list` reads; raises nothing.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for offer in offers:
        whole = [
            offer.reference or str(offer.id), offer.treatment.code, offer.price.currency.value,
            offer.mode.value, offer.lead_time_hours, offer.duration_minutes, offer.stay_nights,
            offer.deposit.major(), " ".join(offer.languages), " ".join(offer.inclusions),
            " ".join(f"{t.until_hours_before}h:{t.refund_percent}%" for t in offer.tiers),
        ]  # fmt: skip
        for place, line in enumerate(offer.lines):
            cells = [
                line.kind.value, line.label, _major(line.amount), _major(line.cap), line.supplier,
                line.tax_code, line.tax_rate,
            ]  # fmt: skip
            first = whole if place == 0 else [whole[0]] + [""] * (len(whole) - 1)
            writer.writerow([_guarded(cell) for cell in (*first, *cells)])
    return out.getvalue().encode("utf-8-sig")


def _major(minor: int | None) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-Currency.EUR.exponent)


def _guarded(value: object) -> str:
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _plain(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
