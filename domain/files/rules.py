"""What is valid: names, types, sizes, and how a file falls into chunks."""

import re
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from uuid import UUID

from domain.clock import plausible
from domain.files.errors import ImpossibleMoment, TooLarge, TypeNotAllowed, UnusableName
from domain.files.types import (
    CHUNK,
    LARGEST_DOCUMENT,
    LARGEST_STUDY,
    FilePurpose,
    FileStatus,
    MediaType,
    Part,
)
from domain.text import clean

_DOCUMENTS = frozenset(MediaType) - {MediaType.ZIP}
_PICTURES = frozenset({MediaType.PDF, MediaType.JPEG, MediaType.PNG})
ALLOWED: dict[FilePurpose, frozenset[MediaType]] = {
    FilePurpose.DOCUMENT: _DOCUMENTS,
    FilePurpose.IMAGING: frozenset({MediaType.DICOM, MediaType.ZIP, MediaType.JPEG, MediaType.PNG}),
    FilePurpose.EVIDENCE: _PICTURES,
}
SUFFIXES: dict[MediaType, tuple[str, ...]] = {
    MediaType.PDF: (".pdf",),
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.PNG: (".png",),
    MediaType.DICOM: (".dcm", ".dicom"),
    MediaType.FHIR: (".json",),
    MediaType.CDA: (".xml",),
    MediaType.ZIP: (".zip",),
}
TRANSITIONS: dict[FileStatus, frozenset[FileStatus]] = {
    FileStatus.UPLOADING: frozenset({FileStatus.PENDING, FileStatus.DELETED, FileStatus.ERASED}),
    FileStatus.PENDING: frozenset(
        {FileStatus.AVAILABLE, FileStatus.REJECTED, FileStatus.DELETED, FileStatus.ERASED}
    ),
    FileStatus.AVAILABLE: frozenset({FileStatus.DELETED, FileStatus.ERASED}),
    FileStatus.REJECTED: frozenset({FileStatus.DELETED, FileStatus.ERASED}),
    FileStatus.DELETED: frozenset({FileStatus.ERASED}),
    FileStatus.ERASED: frozenset(),
}
"""Which state may follow which; a trigger of the database holds the same table."""

GONE = frozenset({FileStatus.DELETED, FileStatus.ERASED})

LONGEST_NAME = 200
ABANDONED_AFTER = timedelta(hours=24)
OPEN_UPLOADS = 20
WRITER_LEASE = timedelta(seconds=90)
SCAN_ATTEMPTS = 5
"""How often a scan that began may break off before the file is rejected."""

# What separates folders, or means something to a shell or another system's file names.
_RESERVED = re.compile(r'[\\/:*?"<>|\n\t]+')


def require_name(name: str, media_type: MediaType) -> str:
    """Return a name without folders, controls or tricks, whose suffix tells the type.

    A name such as `letter.pdf.exe` gets the suffix that its type has, so that no system opens it
    as something else. Raises UnusableName.
    """
    plain = _RESERVED.sub("_", clean(name)).strip(" .")[:LONGEST_NAME].strip(" .")
    if not plain or not any(char.isalnum() for char in plain):
        raise UnusableName(fields={"name": UnusableName.title})
    known = SUFFIXES[media_type]
    return plain if PurePosixPath(plain).suffix.lower() in known else plain + known[0]


def require_type(purpose: FilePurpose, media_type: MediaType, size: int) -> None:
    """Refuse a type or a size that a purpose does not have; raises TypeNotAllowed, TooLarge."""
    if media_type not in ALLOWED[purpose]:
        wanted = ", ".join(sorted(each.value for each in ALLOWED[purpose]))
        raise TypeNotAllowed(
            f"Files for the purpose {purpose.value!r} are {wanted}",
            fields={"media_type": TypeNotAllowed.title},
        )
    if not 1 <= size <= (LARGEST_STUDY if purpose is FilePurpose.IMAGING else LARGEST_DOCUMENT):
        raise TooLarge(fields={"size": TooLarge.title})


def require_moment(moment: datetime | None, now: datetime) -> None:
    """Refuse a moment that nobody can have seen; raises ImpossibleMoment."""
    if moment is not None and not (plausible(moment) and moment <= now + timedelta(days=1)):
        raise ImpossibleMoment(fields={"effective_at": ImpossibleMoment.title})


def chunks_of(size: int) -> int:
    """Return into how many chunks a file of that size falls; even an empty one has its last."""
    return max(1, -(-size // CHUNK))


def end_of(size: int, number: int, length: int) -> str:
    """Return how a chunk ends, to be bound into its seal: within, as the last, or unfinished."""
    if number * CHUNK + length == size:
        return "last"
    return "whole" if length == CHUNK else f"first {length}"


def complete(size: int, parts: list[Part]) -> bool:
    """Tell whether these parts, in their order, are the whole file and nothing else."""
    wanted = [min(CHUNK, size - number * CHUNK) for number in range(chunks_of(size))]
    return [(part.number, part.size) for part in parts] == list(enumerate(wanted))


def key_of(file_id: UUID, part_id: UUID) -> str:
    """Return the name of a part's object; the ids say nothing about whose it is."""
    return f"{file_id}/{part_id}"


def part_of(key: str) -> UUID | None:
    """Return the part whose object has this name, or None for what we did not put there.

    What a crash left half written (`.<part>.<random>`) counts as a part that nobody knows.
    """
    folder, _, name = key.partition("/")
    try:
        UUID(folder)
        return UUID(name[1:37] if name.startswith(".") else name)
    except ValueError:
        return None


def next_check(attempts: int, now: datetime) -> datetime:
    """Return when a check that could not be made is tried again: after 2 s, then up to 10 min."""
    return now + timedelta(seconds=min(600, 2 ** (attempts + 1)))


def check_lease(size: int) -> timedelta:
    """Return how long a check may take before another worker takes it over."""
    return timedelta(seconds=120 + size / (4 * 1024 * 1024))
