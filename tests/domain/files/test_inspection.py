"""Content is what it says, or it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.files.inspection import Inspection, NotWhatItClaims, recognised
from domain.files.types import MediaType
from tests.factories.papers import PAPERS


def inspect(media_type: MediaType, content: bytes, step: int = 7) -> None:
    inspection = Inspection(media_type)
    for at in range(0, len(content), step):
        inspection.feed(content[at : at + step])
    inspection.finish()


@pytest.mark.parametrize("step", [1, 7, 4096])
@pytest.mark.parametrize("media_type", MediaType)
def test_each_type_is_known_however_it_is_cut(media_type: MediaType, step: int) -> None:
    inspect(media_type, PAPERS[media_type], step)


@pytest.mark.parametrize("declared", MediaType)
@pytest.mark.parametrize("sent", MediaType)
def test_a_lie_about_the_type_is_found(declared: MediaType, sent: MediaType) -> None:
    if declared is not sent:
        with pytest.raises(NotWhatItClaims):
            inspect(declared, PAPERS[sent])


CDA = b'<ClinicalDocument xmlns="urn:hl7-org:v3">%s</ClinicalDocument>'


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (MediaType.PDF, b"%PD"),
        (MediaType.PDF, b""),
        (MediaType.DICOM, b"\x00" * 128),
        (MediaType.ZIP, b"PK\x05\x06" + b"\0" * 18),
        (MediaType.FHIR, b'{"resourceType": "Patient"} {}'),
        (MediaType.FHIR, b'{"resourceType": "Patient"'),
        (MediaType.FHIR, b'{"resourceType": 5}'),
        (MediaType.FHIR, b'[{"resourceType": "Patient"}]'),
        (MediaType.FHIR, b'{"resourceType": "<script>"}'),
        (MediaType.FHIR, b'{"id": "1"}'),
        (MediaType.FHIR, b'{"resourceType": "Patient", "a": ' + b"[" * 100_000),
        (MediaType.FHIR, b"\xff\xfe{}"),
        (MediaType.FHIR, b""),
        (MediaType.CDA, b"<ClinicalDocument/>"),
        (MediaType.CDA, b'<html xmlns="urn:hl7-org:v3"/>'),
        (MediaType.CDA, b'<!DOCTYPE x [<!ENTITY a "b">]>' + CDA % b"&a;"),
        (MediaType.CDA, b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + CDA % b""),
        (MediaType.CDA, CDA % b"<open>"),
        (MediaType.CDA, b'<?xml version="1.0" encoding="nonsense"?>' + CDA % b""),
        (MediaType.CDA, CDA % b"\xff"),
        (MediaType.CDA, CDA % b"&undefined;"),
        (MediaType.CDA, b""),
    ],
)
def test_what_only_begins_like_the_type_is_refused(media_type: MediaType, content: bytes) -> None:
    with pytest.raises(NotWhatItClaims):
        inspect(media_type, content)


@given(st.sampled_from(MediaType), st.binary(max_size=300))
def test_any_bytes_are_judged_without_a_fault(media_type: MediaType, content: bytes) -> None:
    try:
        inspect(media_type, content)
    except NotWhatItClaims:
        return
    assert content


@pytest.mark.parametrize("media_type", MediaType)
def test_documents_and_photos_are_recognised_and_nothing_else(media_type: MediaType) -> None:
    known = media_type in (MediaType.PDF, MediaType.JPEG, MediaType.PNG)
    assert recognised(PAPERS[media_type]) is (media_type if known else None)
    assert recognised(PAPERS[media_type][:2]) is None
