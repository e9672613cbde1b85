"""Examples of files."""

import msgspec

from api.examples.values import FILE, PATIENT, SHA256, at
from domain.consents.types import Label
from domain.files.types import (
    DeclareEvidence,
    DeclareFile,
    FilePage,
    FilePurpose,
    FileStatus,
    FileView,
    MediaType,
)

_LETTER = FileView(
    id=FILE,
    patient_id=PATIENT,
    organisation_id=None,
    purpose=FilePurpose.DOCUMENT,
    name="Epikriz 2027-02-14.pdf",
    media_type=MediaType.PDF,
    size=184_320,
    received=0,
    status=FileStatus.UPLOADING,
    reason=None,
    scanned=False,
    sha256=SHA256,
    labels=[Label.PSYCHIATRY],
    effective_at=at("2027-02-14"),
    created_at=at("2027-03-01"),
    checked_at=None,
)
_CHECKED = msgspec.structs.replace(
    _LETTER,
    received=184_320,
    status=FileStatus.AVAILABLE,
    scanned=True,
    checked_at=at("2027-03-01", 9, 1),
)

EXAMPLES: tuple[object, ...] = (
    DeclareFile(
        name="Epikriz 2027-02-14.pdf",
        media_type=MediaType.PDF,
        size=184_320,
        purpose="document",
        sha256=SHA256,
        effective_at=at("2027-02-14"),
        labels=[Label.PSYCHIATRY],
    ),
    DeclareEvidence(name="Accreditation certificate.pdf", media_type=MediaType.PDF, size=92_160),
    _CHECKED,
    FilePage([_CHECKED], None),
)
