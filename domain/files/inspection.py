"""Whether a file's bytes are what its declared type promises, judged as they stream by."""

from collections.abc import Callable
from xml.parsers import expat

import msgspec

from domain.files.types import LARGEST_DOCUMENT, MediaType

_HEADS: dict[MediaType, tuple[int, bytes]] = {
    MediaType.PDF: (0, b"%PDF-"),  # ISO 32000-2, 7.5.2
    MediaType.JPEG: (0, b"\xff\xd8\xff"),  # ITU-T T.81, B.1.1.3
    MediaType.PNG: (0, b"\x89PNG\r\n\x1a\n"),  # W3C PNG, 5.2
    MediaType.DICOM: (128, b"DICM"),  # DICOM PS3.10, 7.1
    MediaType.ZIP: (0, b"PK\x03\x04"),  # APPNOTE, 4.3.7
}
_CDA_ROOT = "urn:hl7-org:v3 ClinicalDocument"  # HL7 CDA R2, 4.1


def recognised(content: bytes) -> MediaType | None:
    """Return what a document says it is by its first bytes: a PDF or a photo, else nothing."""
    for media_type in (MediaType.PDF, MediaType.JPEG, MediaType.PNG):
        at, mark = _HEADS[media_type]
        if content[at:].startswith(mark):
            return media_type
    return None


class NotWhatItClaims(Exception):
    """The content does not match the declared type."""


class Inspection:
    """Follows one file's content from its first byte to its last."""

    def __init__(self, media_type: MediaType) -> None:
        readers: dict[MediaType, Callable[[], _Head | _FhirJson | _CdaXml]] = {
            MediaType.FHIR: _FhirJson,
            MediaType.CDA: _CdaXml,
        }
        self._reader = readers.get(media_type, lambda: _Head(*_HEADS[media_type]))()

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes; raises NotWhatItClaims as soon as that is certain."""
        self._reader.feed(chunk)

    def finish(self) -> None:
        """Judge the whole; raises NotWhatItClaims."""
        self._reader.finish()


class _Head:
    """Compares the bytes at the place where the format has its mark."""

    def __init__(self, at: int, mark: bytes) -> None:
        self._wanted, self._at, self._head = mark, at, b""

    def feed(self, chunk: bytes) -> None:
        until = self._at + len(self._wanted)
        if len(self._head) >= until:
            return
        self._head += chunk[: until - len(self._head)]
        if len(self._head) == until:
            self.finish()

    def finish(self) -> None:
        if self._head[self._at :] != self._wanted:
            raise NotWhatItClaims


class _Resource(msgspec.Struct):
    resource_type: str = msgspec.field(name="resourceType")


class _FhirJson:
    """Reads a FHIR resource whole: documents only, so never more than a document may have."""

    def __init__(self) -> None:
        self._text = bytearray()

    def feed(self, chunk: bytes) -> None:
        self._text += chunk
        if len(self._text) > LARGEST_DOCUMENT:
            raise NotWhatItClaims

    def finish(self) -> None:
        try:
            found = msgspec.json.decode(self._text, type=_Resource)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise NotWhatItClaims from None
        if not (found.resource_type.isascii() and found.resource_type.isalpha()):
            raise NotWhatItClaims


class _CdaXml:
    """Reads XML without a document type declaration, so that no entity can grow or reach out."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._root
        self._seen = False

    def feed(self, chunk: bytes) -> None:
        self._parse(chunk, False)

    def finish(self) -> None:
        self._parse(b"", True)
        if not self._seen:
            raise NotWhatItClaims

    def _parse(self, chunk: bytes, last: bool) -> None:
        try:
            self._parser.Parse(chunk, last)
        except (expat.ExpatError, ValueError, LookupError):
            raise NotWhatItClaims from None

    def _refuse(self, *_: object) -> None:
        raise NotWhatItClaims

    def _root(self, name: str, _: object) -> None:
        if name != _CDA_ROOT:
            raise NotWhatItClaims
        self._seen = True
        self._parser.StartElementHandler = None
