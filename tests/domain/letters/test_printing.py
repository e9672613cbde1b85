"""Letters as they are printed: every letter of our languages, and nothing that runs."""

import re
import shutil
import subprocess
import zlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from api.web.languages import PAGES, Language
from api.web.letter_words import written
from domain.letters import printing
from domain.letters.errors import PrinterUnavailable
from domain.letters.types import Column, LetterFacts, LetterText, Line

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
TURKIC = (
    "AÁÄBCÇDEƏFGĞHXIİıiJKQLMNŇÑOÖÓŐPRSŞTUÜÚŰVWYÝZŽaáäbcçdeəfgğhxjkqlmnňñoöóőprsştuüúűvwyýzž"
    "АӘБВГҒДЕЁЖЗИЙКҚЛМНҢОӨПРСТУҰҮЎФХҲҺЦЧШЩЪЫІЬЭЮЯаәбвгғдеёжзийкқлмнңоөпрстуұүўфхҳһцчшщъыіьэюя"
    "ʻʼ’“”«»–—№"
)


def facts(**changes: Any) -> LetterFacts:
    values: dict[str, Any] = {
        "letter_id": UUID(int=1), "booking_id": UUID(int=2), "booking_version": 3,
        "passport_name": "AYGERIM SERIKKYZY", "facility_names": {"hu": "Duna Klinika"},
        "facility_name": "Duna Clinic", "city_names": {"kk": "Сегед"}, "city": "Szeged",
        "address": "Tisza Lajos körút 1", "state": "HU", "home_state": "KZ",
        "starts_at": datetime(2027, 3, 28, 7, 30, tzinfo=UTC),
        "ends_at": datetime(2027, 3, 30, 9, tzinfo=UTC), "zone": "Europe/Budapest",
        "companions": 2, "demo": False, "languages": ["kk", "hu"], "issued_at": AT,
        "token": "t" * 43,
    }  # fmt: skip
    return LetterFacts(**values | changes)


def characters(pdf: bytes) -> set[str]:
    """Return what the text of a PDF can be copied as: its ToUnicode maps (ISO 32000, 9.10.3)."""
    found: set[str] = set()
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            text = zlib.decompress(raw).decode("latin-1")
        except zlib.error:
            continue
        if "begincmap" in text:
            for code in re.findall(r"<[0-9A-Fa-f]+> <([0-9A-Fa-f]+)>", text):
                found.update(bytes.fromhex(code).decode("utf-16-be"))
    return found


def text_of(pdf: bytes) -> str:
    """Return a PDF's text as poppler reads it, where it is installed."""
    if shutil.which("pdftotext") is None:
        return ""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True)
    return done.stdout.decode()


def saying(text: str) -> LetterText:
    column = Column("kk", "Title", text, [Line("label", text)], "note")
    return LetterText([column, column], "https://shifayol.example/letters/t")


async def test_every_letter_of_every_language_is_printed() -> None:
    pdf = await printing.printed(saying(TURKIC), AT)
    assert set(TURKIC) - characters(pdf) == set()
    read = text_of(pdf)
    assert not read or not {each for each in TURKIC if each not in read}


@pytest.mark.parametrize("tag", PAGES)
async def test_a_letter_in_any_language_is_two_columns_of_pdf_a(tag: str) -> None:
    pdf = await printing.printed(written(facts(languages=[tag, "hu"]), "https://s.example"), AT)
    assert pdf.startswith(b"%PDF-1.7") and len(pdf) < 200_000
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B<" in pdf
    title = Language(tag).gettext("Invitation and confirmation of an appointment")
    assert set(title) - {" "} <= characters(pdf)


def test_a_letter_says_who_where_and_when_in_both_zones_and_no_treatment() -> None:
    kazakh, hungarian = written(facts(), "https://shifayol.example").columns
    said = {line.label: line.value for line in hungarian.lines}
    assert said["Név az útlevél szerint"] == "AYGERIM SERIKKYZY"
    assert said["Intézmény"] == "Duna Klinika"
    assert said["Cím"] == "Tisza Lajos körút 1, Szeged, Magyarország"
    # Budapest's clocks go forward on that very day.
    assert "09:30 (helyi idő: Budapest)" in said["Kezdés"] and "12:30" in said["Kezdés"]
    assert said["Kísérők"] == "2 fő"
    assert "Сегед" in " ".join(line.value for line in kazakh.lines)
    assert "Duna Clinic" in kazakh.text
    demo = written(facts(demo=True), "https://shifayol.example").columns[0]
    assert demo.title != kazakh.title, "an invented facility says so"


async def test_what_somebody_is_called_is_never_markup() -> None:
    nasty = '#panic("x") #read("/etc/passwd") *bold* $x^2$ <label> @ref \\ ] [ // /* #let a = 1'
    pdf = await printing.printed(saying(nasty), AT)
    read = text_of(pdf)
    assert not read or '#read("/etc/passwd")' in " ".join(read.split())


async def test_the_same_letter_has_the_same_bytes() -> None:
    text = written(facts(), "https://shifayol.example")
    assert await printing.printed(text, AT) == await printing.printed(text, AT)


async def test_without_the_font_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printing, "FONT", "A font that nobody has")
    monkeypatch.setattr(printing, "_here", printing.threading.local())
    with pytest.raises(PrinterUnavailable, match="fonts-noto-core"):
        await printing.printed(saying("x"), AT)
