"""From a letter's text to PDF/A-2b (ISO 19005-2), typeset in a thread of its own."""

import asyncio
import io
import threading
from datetime import datetime
from pathlib import Path

import msgspec
import segno
import structlog
import typst

from domain.letters.errors import PrinterUnavailable
from domain.letters.types import LetterText

TEMPLATE = Path(__file__).parent / "letter.typ"
FONT = "Noto Sans"
"""It has every letter of our eleven languages and scripts; Debian's fonts-noto-core brings it."""

log = structlog.get_logger()
_here = threading.local()


async def printed(text: LetterText, at: datetime) -> bytes:
    """Return a letter as PDF; the same text at the same instant always gives the same bytes.

    Raises PrinterUnavailable where the font is not installed.
    """
    return await asyncio.to_thread(_compiled, text, at)


def _compiled(text: LetterText, at: datetime) -> bytes:
    data = {**msgspec.to_builtins(text), "qr": _drawn(text.verify_at)}
    for column in data["columns"]:
        column["language"] = column["language"].partition("-")[0]
    try:
        pdf = _compiler().compile(
            format="pdf",
            # Data, never markup: what somebody is called cannot run in the template.
            sys_inputs={"data": msgspec.json.encode(data).decode()},
            pdf_standards=["a-2b"],
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as error:
        log.error("letter_not_printed", reason=str(error)[:500])
        raise PrinterUnavailable from error
    assert isinstance(pdf, bytes)  # noqa: S101  pages come as a list, a PDF never does
    return pdf


def _compiler() -> typst.Compiler:
    """Return this thread's compiler, which keeps the fonts it has read."""
    known = getattr(_here, "compiler", None)
    if known is None:
        fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
        if FONT not in fonts.families():
            raise PrinterUnavailable(
                f"Letters cannot be printed: the font {FONT} is not installed here "
                "(Debian: apt-get install fonts-noto-core)"
            )
        known = _here.compiler = typst.Compiler(str(TEMPLATE), font_paths=fonts)
    return known


def _drawn(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue().decode()
