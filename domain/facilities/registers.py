"""Importing public registers of facilities, row by row, with a reason for every row left out.

What a register does not say is not added: no coordinates of a site, no accreditation, no language
of care. An imported facility is not listed before its credentials are verified.
"""

import asyncio
import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.db import transactional, translated
from domain.errors import DomainError
from domain.facilities import service
from domain.facilities.errors import RegisterUnreadable
from domain.facilities.formats import FORMATS, Register, RowRefused
from domain.facilities.types import CreateFacility, ImportReport, RegisterFormat, Source

MAX_BYTES = 64 * 1024 * 1024
BATCH = 100

Progress = Callable[[int, int], None]


class _Row(msgspec.Struct, frozen=True):
    line: int
    source_key: str
    command: CreateFacility


class _Counts(msgspec.Struct):
    taken: int = 0
    updated: int = 0
    unchanged: int = 0


async def import_register(
    register: RegisterFormat | str, path: Path | str, *, progress: Progress | None = None
) -> ImportReport:
    """Take the facilities of a public register's file; a second run changes nothing.

    `progress` is told (rows done, rows in all). A row that cannot be taken is skipped with its
    line and the reason, and nothing of it is stored. Raises RegisterUnreadable where the file as
    a whole is not that register.
    """
    try:
        kind = RegisterFormat(register)
    except ValueError:
        known = ", ".join(sorted(known.value for known in RegisterFormat))
        raise RegisterUnreadable(f"There is no register format {register!r}; use {known}") from None
    raw = await asyncio.to_thread(_read, Path(path))
    rows, skipped = await asyncio.to_thread(_parse, raw, FORMATS[kind])
    counts, total = _Counts(), len(rows) + len(skipped)
    done = len(skipped)
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        await _store(SYSTEM, Source(kind.value), batch, counts, skipped)
        done += len(batch)
        if progress is not None:
            progress(done, total)
    if progress is not None and not rows:
        progress(total, total)
    await _note_import(SYSTEM, kind, counts, len(skipped))
    return ImportReport(counts.taken, counts.updated, counts.unchanged, sorted(skipped))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise RegisterUnreadable(f"{str(path)!r} cannot be read: {error}") from None
    if len(raw) > MAX_BYTES:
        raise RegisterUnreadable(f"{str(path)!r} is larger than {MAX_BYTES // 1024 // 1024} MiB")
    return raw


def _parse(raw: bytes, register: Register) -> tuple[list[_Row], list[tuple[int, str]]]:
    # Bytes that are not UTF-8 travel as lone surrogates, so that one bad row is one refused row.
    text = raw.decode("utf-8-sig", errors="surrogateescape")
    lines = _rows(text)
    header = next((fields for _, fields in lines if isinstance(fields, list)), [])
    if tuple(header) != register.header:
        raise RegisterUnreadable(
            "The first line must be: " + ",".join(register.header), columns=list(register.header)
        )
    rows: list[_Row] = []
    skipped: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for line, fields in lines:
        try:
            values = _checked(fields, register)
            key, command = register.read(values)
        except RowRefused as refused:
            skipped.append((line, str(refused)))
            continue
        if key in seen:
            skipped.append((line, f"the same facility as in line {seen[key]}"))
            continue
        seen[key] = line
        rows.append(_Row(line, key, command))
    return rows, skipped


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


@transactional
async def _store(
    actor: Actor,
    source: Source,
    batch: list[_Row],
    counts: _Counts,
    skipped: list[tuple[int, str]],
) -> None:
    done, refused = _Counts(), []
    for row in batch:
        try:
            outcome = await _store_one(actor, source, row)
        except DomainError as error:
            refused.append((row.line, error.title))
        except asyncpg.DataError as error:
            refused.append((row.line, str(translated(error) or error)))
        else:
            setattr(done, outcome, getattr(done, outcome) + 1)
    # Counted at the end only: a rerun after a deadlock begins this operation again.
    counts.taken += done.taken
    counts.updated += done.updated
    counts.unchanged += done.unchanged
    skipped += refused


@transactional
async def _store_one(actor: Actor, source: Source, row: _Row) -> str:
    _, new, changed = await service.store_facility(
        actor, row.command, source=source, source_key=row.source_key
    )
    return "taken" if new else "updated" if changed else "unchanged"


@transactional
async def _note_import(
    actor: Actor, register: RegisterFormat, counts: _Counts, skipped: int
) -> None:
    await audit.record(
        actor, "facilities.import_register", subject=("register", register.value),
        detail={
            "taken": counts.taken, "updated": counts.updated, "unchanged": counts.unchanged,
            "skipped": skipped,
        },
    )  # fmt: skip
