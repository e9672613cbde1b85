"""The smallest International Patient Summary that is one (HL7 FHIR IPS 2.0)."""

from typing import Any

_EMPTY = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "nilknown"}
    ]
}


def _section(title: str, code: str, *references: str) -> dict[str, Any]:
    section: dict[str, Any] = {
        "title": title,
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
    }
    if references:
        return section | {"entry": [{"reference": reference} for reference in references]}
    return section | {"emptyReason": _EMPTY}


SUMMARY_EXAMPLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "document",
    "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:0199f3a0-5c1e-7d42-9b60"},
    "timestamp": "2027-03-01T09:00:00Z",
    "entry": [
        {
            "fullUrl": "https://practice.example/Composition/1",
            "resource": {
                "resourceType": "Composition",
                "status": "final",
                "type": {"coding": [{"system": "http://loinc.org", "code": "60591-5"}]},
                "subject": {"reference": "https://practice.example/Patient/1"},
                "date": "2027-03-01T09:00:00Z",
                "author": [{"display": "Dala Practice"}],
                "title": "Patient summary",
                "section": [
                    _section("Problems", "11450-4", "https://practice.example/Condition/1"),
                    _section("Allergies", "48765-2"),
                    _section("Medicines", "10160-0"),
                ],
            },
        },
        {
            "fullUrl": "https://practice.example/Patient/1",
            "resource": {
                "resourceType": "Patient",
                "name": [{"family": "Serikkyzy", "given": ["Aigul"]}],
                "birthDate": "1979-03-08",
            },
        },
        {
            "fullUrl": "https://practice.example/Condition/1",
            "resource": {
                "resourceType": "Condition",
                "code": {"text": "Osteoarthritis of knee"},
                "subject": {"reference": "https://practice.example/Patient/1"},
                "onsetDateTime": "2025-11",
            },
        },
    ],
}
