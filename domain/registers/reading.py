"""Reading a register's file, row by row, with a reason for every row left out.

What a register does not say is not added: no coordinates of a site, no accreditation, no language
of care.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import msgspec

from domain.registers.errors import RegisterUnreadable
from domain.registers.formats import Register, RowRefused
from domain.registers.types import Change, ChangeKind, Entry

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 20_000


class Reading(msgspec.Struct, frozen=True):
    """What a file says: its entries with their lines, and the rows that cannot be taken."""

    entries: list[tuple[int, Entry]]
    refused: list[Change]


def read_file(path: Path) -> bytes:
    """Return a file's bytes; raises RegisterUnreadable."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise RegisterUnreadable(f"{str(path)!r} cannot be read: {error}") from None
    return raw


def read_rows(raw: bytes, register: Register) -> Reading:
    """Return what a file says; raises RegisterUnreadable where it is not that register."""
    if len(raw) > MAX_BYTES:
        raise RegisterUnreadable(f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB")
    # Bytes that are not UTF-8 travel as lone surrogates, so that one bad row is one refused row.
    text = raw.decode("utf-8-sig", errors="surrogateescape")
    lines = _rows(text)
    header = next((fields for _, fields in lines if isinstance(fields, list)), [])
    if tuple(header) != register.header:
        raise RegisterUnreadable(
            "The first line must be: " + ",".join(register.header), columns=list(register.header)
        )
    entries: list[tuple[int, Entry]] = []
    refused: list[Change] = []
    seen: dict[str, int] = {}
    for line, fields in lines:
        if len(entries) + len(refused) >= MAX_ROWS:
            raise RegisterUnreadable(f"The file has more than {MAX_ROWS} rows")
        try:
            entry = register.read(_checked(fields, register))
            if entry.source_key in seen:
                raise RowRefused(f"the same facility as in line {seen[entry.source_key]}")
        except RowRefused as error:
            refused.append(refusal(line, str(error)))
            continue
        seen[entry.source_key] = line
        entries.append((line, entry))
    return Reading(entries, refused)


def refusal(line: int, reason: str) -> Change:
    """Return the note that a row is not taken."""
    return Change(kind=ChangeKind.REFUSED, line=line, reason=reason)


def _rows(text: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, error
        else:
            if fields:
                yield line, fields
        line = reader.line_num + 1


def _checked(fields: list[str] | csv.Error, register: Register) -> dict[str, str]:
    if isinstance(fields, csv.Error):
        raise RowRefused(f"not readable as CSV: {fields}")
    if len(fields) != len(register.header):
        raise RowRefused(f"{len(fields)} columns instead of {len(register.header)}")
    whole = "".join(fields)
    if "\0" in whole:
        raise RowRefused("a NUL character")
    if any("\ud800" <= char <= "\udfff" for char in whole):
        raise RowRefused("bytes that are not UTF-8")
    return dict(zip(register.header, (field.strip() for field in fields), strict=True))
