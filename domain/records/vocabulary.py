"""What FHIR R4 and IPS 2.0 demand of the resources of a summary: elements, codes and dates."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

Node = dict[str, Any]


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


GENDER = _codes("male female other unknown")
_EVENT = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
_REPORT = "registered preliminary final amended corrected cancelled entered-in-error unknown"

REQUIRED_CODES: dict[str, dict[str, frozenset[str]]] = {
    "Composition": {"status": _codes("preliminary final amended entered-in-error")},
    "Patient": {"gender": GENDER},
    "Practitioner": {"gender": GENDER},
    "RelatedPerson": {"gender": GENDER},
    "Observation": {"status": _codes(_REPORT)},
    "DiagnosticReport": {"status": _codes(_REPORT + " partial appended")},
    "Procedure": {"status": _codes(_EVENT)},
    "Immunization": {"status": _codes("completed entered-in-error not-done")},
    "MedicationStatement": {
        "status": _codes(
            "active completed entered-in-error intended stopped on-hold unknown not-taken"
        )
    },
    "MedicationRequest": {
        "status": _codes(
            "active on-hold cancelled completed entered-in-error stopped draft unknown"
        ),
        "intent": _codes(
            "proposal plan order original-order reflex-order filler-order instance-order option"
        ),
    },
    "MedicationAdministration": {
        "status": _codes("in-progress not-done on-hold completed entered-in-error stopped unknown")
    },
    "Medication": {"status": _codes("active inactive entered-in-error")},
    "Device": {"status": _codes("active inactive entered-in-error unknown")},
    "DeviceUseStatement": {
        "status": _codes("active completed entered-in-error intended stopped on-hold")
    },
    "CarePlan": {
        "status": _codes("draft active on-hold revoked completed entered-in-error unknown"),
        "intent": _codes("proposal plan order option"),
    },
    "Flag": {"status": _codes("active inactive entered-in-error")},
    "DocumentReference": {"status": _codes("current superseded entered-in-error")},
    "AllergyIntolerance": {
        "type": _codes("allergy intolerance"),
        "criticality": _codes("low high unable-to-assess"),
        "category": _codes("food medication environment biologic"),
    },
}
"""Value sets of strength `required` (FHIR R4) for the elements that a reader depends on."""

REQUIRED_ELEMENTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Composition": (("status",), ("type",), ("date",), ("author",), ("title",), ("subject",)),
    "Condition": (("code",), ("subject",)),
    "AllergyIntolerance": (("code",), ("patient",)),
    "MedicationStatement": (
        ("status",),
        ("subject",),
        ("medicationCodeableConcept", "medicationReference"),
    ),
    "MedicationRequest": (
        ("status",),
        ("intent",),
        ("subject",),
        ("medicationCodeableConcept", "medicationReference"),
    ),
    "MedicationAdministration": (
        ("status",),
        ("subject",),
        ("medicationCodeableConcept", "medicationReference"),
    ),
    "Immunization": (
        ("status",),
        ("vaccineCode",),
        ("patient",),
        ("occurrenceDateTime", "occurrenceString"),
    ),
    "Observation": (("status",), ("code",)),
    "DiagnosticReport": (("status",), ("code",)),
    "Procedure": (("status",), ("subject",)),
    "DeviceUseStatement": (("status",), ("subject",), ("device",)),
    "CarePlan": (("status",), ("intent",), ("subject",)),
    "Flag": (("status",), ("code",), ("subject",)),
}
"""Elements of cardinality 1 by resource; alternatives of one element stand together."""

_INSTANTS = frozenset({"timestamp", "issued", "lastUpdated"})
_DATES = frozenset({"birthDate"})
_DATE_TIMES = frozenset(
    {"date", "recordedDate", "expirationDate", "manufactureDate", "authoredOn", "lastOccurrence"}
)
_DATE_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?"
    r"(Z|[+-]\d\d:\d\d))?)?)?"
)


def date_problem(name: str, value: object) -> str | None:
    """Return what is wrong with a primitive whose element name says that it is a date."""
    if name in _INSTANTS:
        kind, longest, shortest = "instant", 99, 20
    elif name in _DATES:
        kind, longest, shortest = "date", 10, 4
    elif name in _DATE_TIMES or name.endswith("DateTime"):
        kind, longest, shortest = "dateTime", 99, 4
    else:
        return None
    if isinstance(value, str) and shortest <= len(value) <= longest and instant(value):
        return None
    return f"is not a valid {kind} (FHIR R4, 2.24.0.1)"


def instant(text: object) -> datetime | None:
    """Return the beginning, in UTC, of a FHIR date or dateTime, or None when it is not one."""
    found = _DATE_TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        start = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0),
            min(int(second or 0), 59), int((fraction or "0")[:6].ljust(6, "0")), tzinfo=UTC,
        )  # fmt: skip
        if second and int(second) > 60:
            return None
        if offset and offset != "Z":
            ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
            start = start.replace(tzinfo=timezone(ahead if offset[0] == "+" else -ahead))
        return start.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def concept_of(resource: Node) -> Node | None:
    """Return the CodeableConcept that says what a resource is about."""
    for name in ("code", "vaccineCode", "medicationCodeableConcept"):
        if isinstance(found := resource.get(name), dict):
            return found
    contained = resource.get("contained")
    for inner in contained if isinstance(contained, list) else ():
        if isinstance(inner, dict) and inner.get("resourceType") in ("Medication", "Device"):
            return concept_of(inner)
    for name in ("type", "category"):
        found = resource.get(name)
        if isinstance(found, list) and found:
            found = found[-1]
        if isinstance(found, dict):
            return found
    return None


def codings_of(concept: Node | None) -> list[tuple[str, str]]:
    """Return the (system, code) pairs of a CodeableConcept."""
    pairs = []
    listed = (concept or {}).get("coding")
    for coding in listed if isinstance(listed, list) else ():
        if isinstance(coding, dict) and isinstance(code := coding.get("code"), str):
            system = coding.get("system")
            pairs.append((system if isinstance(system, str) else "", code))
    return pairs


def title_of(resource: Node) -> str:
    """Return the words by which a person recognises a resource, at most 200 characters."""
    concept = concept_of(resource) or {}
    texts = [concept.get("text")]
    listed = concept.get("coding")
    codings = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
    texts += [c.get("display") for c in codings] + [c.get("code") for c in codings]
    texts += [resource.get("title"), resource.get("description"), resource.get("resourceType")]
    return next(text for text in [*texts, "?"] if isinstance(text, str) and text.strip())[:200]


_WHEN = (
    "onsetDateTime", "effectiveDateTime", "effectiveInstant", "occurrenceDateTime",
    "performedDateTime", "authoredOn", "recordedDate", "issued", "dateAsserted", "date",
)  # fmt: skip
_WHILE = ("onsetPeriod", "effectivePeriod", "performedPeriod", "period", "timingPeriod")


def effective_at(resource: Node) -> datetime | None:
    """Return when what a resource tells began, or was at least written down."""
    for name in _WHEN[:5]:
        if found := instant(resource.get(name)):
            return found
    for name in _WHILE:
        period = resource.get(name)
        if isinstance(period, dict) and (found := instant(period.get("start"))):
            return found
    for name in _WHEN[5:]:
        if found := instant(resource.get(name)):
            return found
    return None
