"""Small files of every type that is taken, and what is needed to send them."""

import io
import zipfile

from domain.files.types import MediaType

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The industry's harmless test file: every scanner must find it (eicar.org)."""


def zipped(content: bytes = b"an image", name: str = "DICOMDIR") -> bytes:
    """Return a ZIP archive with one entry."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, content)
    return made.getvalue()


PAPERS: dict[MediaType, bytes] = {
    MediaType.PDF: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n",
    MediaType.JPEG: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x01" * 40 + b"\xff\xd9",
    MediaType.PNG: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20,
    MediaType.DICOM: b"\x00" * 128 + b"DICM" + b"\x02\x00" * 20,
    MediaType.FHIR: b'{"resourceType": "DiagnosticReport", "status": "final"}',
    MediaType.CDA: b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3">'
    b"<title>Epikriz</title></ClinicalDocument>",
    MediaType.ZIP: zipped(),
}
