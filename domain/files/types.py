"""The vocabulary of files: what they are for and may be, their states, commands and views."""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from domain.consents.types import Label

MIB = 1024 * 1024
CHUNK = MIB
"""Plain bytes of a sealed chunk; the last one of a file is shorter or as long."""

LARGEST_DOCUMENT = 25 * MIB
LARGEST_STUDY = 4096 * MIB


class FilePurpose(StrEnum):
    """What a file is for, which decides how large it may be and who may read it."""

    DOCUMENT = "document"
    IMAGING = "imaging"
    EVIDENCE = "evidence"


class MediaType(StrEnum):
    """What a file may be; `text/xml` is an HL7 CDA document (IHE ITI TF-3, 5.2)."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    DICOM = "application/dicom"
    FHIR = "application/fhir+json"
    CDA = "text/xml"
    ZIP = "application/zip"


class FileStatus(StrEnum):
    """Where a file stands; only an available one can be downloaded."""

    UPLOADING = "uploading"
    PENDING = "pending"
    AVAILABLE = "available"
    REJECTED = "rejected"
    DELETED = "deleted"
    ERASED = "erased"


class FileReason(StrEnum):
    """Why a file was rejected, or removed."""

    TYPE_MISMATCH = "type_mismatch"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    MALWARE_FOUND = "malware_found"
    TOO_LARGE_TO_SCAN = "too_large_to_scan"
    SCAN_FAILED = "scan_failed"
    DAMAGED = "damaged"
    ABANDONED = "abandoned"
    REMOVED = "removed"


_Name = Annotated[
    str, msgspec.Meta(min_length=1, max_length=255, description="As people will see it")
]
_Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class DeclareFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Announces a file about a patient before its content is sent.

    `size` is in bytes, at most 25 MiB, or 4 GiB for imaging. `sha256` is compared once everything
    has arrived. `effective_at` is when what the file shows was found: a consent limited to a
    period discloses only files that say so.
    """

    name: _Name
    media_type: MediaType
    size: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_STUDY)]
    purpose: Literal["document", "imaging"] = "document"
    sha256: _Sha256 | None = None
    effective_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    labels: Annotated[list[Label], msgspec.Meta(max_length=6)] = []


class DeclareEvidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Announces a document that proves what an organisation claims, for instance a certificate."""

    name: _Name
    media_type: MediaType
    size: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_DOCUMENT)]
    sha256: _Sha256 | None = None


class FileView(msgspec.Struct, frozen=True):
    """A file as its reader sees it; `scanned` tells whether a virus scanner looked at it."""

    id: UUID
    patient_id: UUID | None
    organisation_id: UUID | None
    purpose: FilePurpose
    name: str
    media_type: MediaType
    size: Annotated[int, msgspec.Meta(ge=0)]
    received: Annotated[int, msgspec.Meta(ge=0)]
    status: FileStatus
    reason: FileReason | None
    scanned: bool
    sha256: str | None
    labels: list[Label]
    effective_at: datetime | None
    created_at: datetime
    checked_at: datetime | None


class FilePage(msgspec.Struct, frozen=True):
    """Files, newest first; `next_cursor` leads to the next page."""

    items: list[FileView]
    next_cursor: str | None


class Part(msgspec.Struct, frozen=True):
    """One sealed chunk in the store: its object, its position and its plain size."""

    id: UUID
    number: int
    size: int


class Content(msgspec.Struct, frozen=True):
    """A file that is being read: what it is, and its plain bytes, chunk by chunk."""

    file: FileView
    chunks: AsyncIterator[bytes]
