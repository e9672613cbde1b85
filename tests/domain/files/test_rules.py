"""Names, types, sizes, and the arithmetic of chunks."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.files.transfer import disposition
from domain.files import rules
from domain.files.errors import ImpossibleMoment, TooLarge, TypeNotAllowed, UnusableName
from domain.files.types import CHUNK, FilePurpose, FileStatus, MediaType, Part

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("letter.pdf", "letter.pdf"),
        ("LETTER.PDF", "LETTER.PDF"),
        ("Эпикриз №1.pdf", "Эпикриз №1.pdf"),
        ("../../etc/passwd", "_.._etc_passwd.pdf"),
        ("C:\\Users\\a.pdf", "C_Users_a.pdf"),
        ("a\x00b\x07.pdf", "ab.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ("letter.pdf.exe", "letter.pdf.exe.pdf"),
        ("two\nlines\r\n.pdf", "two_lines_.pdf"),
        ("x" * 255, "x" * 200 + ".pdf"),
    ],
)
def test_a_name_loses_folders_controls_and_tricks(given_name: str, kept: str) -> None:
    assert rules.require_name(given_name, MediaType.PDF) == kept


@pytest.mark.parametrize("name", ["...", "/", "\u200b", " \t", "///..", "\x00"])
def test_a_name_that_nobody_can_read_is_refused(name: str) -> None:
    with pytest.raises(UnusableName):
        rules.require_name(name, MediaType.PDF)


@given(st.text(max_size=255), st.sampled_from(MediaType))
def test_any_name_is_refused_or_travels_in_one_header_line(name: str, kind: MediaType) -> None:
    try:
        kept = rules.require_name(name, kind)
    except UnusableName:
        return
    assert kept.lower().endswith(rules.SUFFIXES[kind])
    assert not set(kept) & set("/\\\n\r\0\u202e")
    header = disposition(kept)
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith("attachment; ")
    assert header.count('"') == 2


def test_each_purpose_takes_its_types_and_sizes() -> None:
    rules.require_type(FilePurpose.DOCUMENT, MediaType.CDA, 25 * MIB)
    rules.require_type(FilePurpose.IMAGING, MediaType.ZIP, 4096 * MIB)
    for purpose, kind in (
        (FilePurpose.DOCUMENT, MediaType.ZIP),
        (FilePurpose.IMAGING, MediaType.FHIR),
        (FilePurpose.EVIDENCE, MediaType.DICOM),
    ):
        with pytest.raises(TypeNotAllowed):
            rules.require_type(purpose, kind, 10)
    for purpose, kind, size in (
        (FilePurpose.DOCUMENT, MediaType.PDF, 25 * MIB + 1),
        (FilePurpose.IMAGING, MediaType.DICOM, 4096 * MIB + 1),
        (FilePurpose.EVIDENCE, MediaType.PDF, 25 * MIB + 1),
    ):
        with pytest.raises(TooLarge):
            rules.require_type(purpose, kind, size)


def test_a_moment_lies_in_the_past() -> None:
    now = datetime.now(UTC)
    rules.require_moment(None, now)
    rules.require_moment(now, now)
    for wrong in (now + timedelta(days=2), datetime(1, 1, 1, tzinfo=UTC)):
        with pytest.raises(ImpossibleMoment):
            rules.require_moment(wrong, now)


@given(st.integers(1, 64 * CHUNK))
def test_only_the_whole_file_in_order_is_complete(size: int) -> None:
    parts = [
        Part(uuid4(), number, min(CHUNK, size - number * CHUNK))
        for number in range(rules.chunks_of(size))
    ]
    assert sum(part.size for part in parts) == size
    assert rules.complete(size, parts)
    assert not rules.complete(size, parts[:-1])
    assert not rules.complete(size + 1, parts)
    assert len(parts) < 2 or not rules.complete(size, parts[::-1])
    assert rules.end_of(size, parts[-1].number, parts[-1].size) == "last"


def test_keys_of_others_in_a_shared_bucket_are_not_ours() -> None:
    file, part = uuid4(), uuid4()
    assert rules.part_of(rules.key_of(file, part)) == part
    assert rules.part_of(f"{file}/.{part}.ab12") == part
    for foreign in ("backup/base.tar", "wal", f"{file}/readme", "", f"x/{file}/{part}"):
        assert rules.part_of(foreign) is None


def test_nothing_follows_what_is_erased_and_rejection_is_final() -> None:
    assert rules.TRANSITIONS[FileStatus.ERASED] == frozenset()
    assert FileStatus.AVAILABLE not in rules.TRANSITIONS[FileStatus.REJECTED]
    assert set(rules.TRANSITIONS) == set(FileStatus)
