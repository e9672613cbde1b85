"""Patient summaries as the world sends them: the good ones pass, each broken one says why."""

import contextlib
import gzip
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.consents.types import Category, Label
from domain.errors import Invalid
from domain.records.errors import NotAnIps, UnreadableDocument
from domain.records.ips import parse_summary
from domain.records.sensitivity import labels_of
from domain.records.vocabulary import date_problem, instant, title_of

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"


def section(code: str, *references: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"title": code, "code": {"coding": [{"system": LOINC, "code": code}]}}
    if references:
        made["entry"] = [{"reference": each} for each in references]
    return {**made, **more}


def summary(*extra: dict[str, Any], sections: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return a small valid summary; `extra` resources are Condition, Observation and so on."""
    resources = [
        {
            "resourceType": "Composition",
            "status": "final",
            "type": {"coding": [{"system": LOINC, "code": "60591-5"}]},
            "subject": {"reference": "Patient/p"},
            "date": "2026-01-02",
            "author": [{"display": "Dr"}],
            "title": "Summary",
            "section": sections
            or [
                section("11450-4", *[f"{r['resourceType']}/{r['id']}" for r in extra])
                if extra
                else section("11450-4", emptyReason={"text": "none"}),
                section("48765-2", emptyReason={"text": "none"}),
                section("10160-0", emptyReason={"text": "none"}),
            ],
        },
        {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1980"},
        *extra,
    ]
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:x", "value": "1"},
        "timestamp": "2026-01-02T03:04:05Z",
        "entry": [
            {"fullUrl": f"https://x.example/{r['resourceType']}/{r.get('id', 'c')}", "resource": r}
            for r in resources
        ],
    }


def condition(name: str, code: str = "38341003", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": name,
        "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": SNOMED, "code": code, "display": name}]},
        **more,
    }


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(NotAnIps) as refused:
        parse_summary(json.dumps(document).encode())
    return refused.value.fields


def parsed(document: Any) -> Any:
    return parse_summary(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("Bundle-IPS-examples-Bundle-01", 13),
        ("Bundle-bundle-minimal", 3),
        ("Bundle-bundle-no-info-required-sections", 2),
    ],
)
def test_the_official_examples_pass(register_data: Path, name: str, entries: int) -> None:
    found = parse_summary((register_data / "ips" / f"{name}.json").read_bytes())
    assert len(found.entries) == entries


@pytest.mark.parametrize(
    ("name", "path", "reason"),
    [
        ("b01-bad-date-primitive", "entry[1].resource.birthDate", "date"),
        ("b02-bad-required-code", "entry[1].resource.gender", "female"),
        ("b04-missing-base-required", "entry[0].resource.status", "missing"),
        ("b06-ips-no-allergy-section", "entry[0].resource.section", "48765-2"),
        ("b08-dangling-reference", "entry[0].resource.section[2].entry[0].reference", "leads to"),
        ("b11-no-timestamp-bdl-10", "timestamp", "bdl-10"),
        ("b13-medstatement-bad-status", "entry[5].resource.status", "active"),
    ],
)
def test_each_broken_summary_says_what_is_broken(
    register_data: Path, name: str, path: str, reason: str
) -> None:
    raw = (register_data / "ips" / "broken" / f"{name}.json").read_bytes()
    with pytest.raises(NotAnIps) as refused:
        parse_summary(raw)
    assert refused.value.code == "not_an_ips"
    assert reason in refused.value.fields[path]


def test_every_synthetic_patient_passes_and_what_is_left_out_is_named(register_data: Path) -> None:
    seen: Counter[Label] = Counter()
    files = sorted((register_data / "patients").glob("*.json.gz"))
    assert len(files) == 6
    for path in files:
        found = parse_summary(gzip.decompress(path.read_bytes()))
        assert len(found.entries) > 300
        left_out = {(each.section, each.reason) for each in found.skipped}
        assert ("48768-6", "not_a_section_of_the_summary") in left_out
        assert ("DocumentReference", "in_no_section") in left_out
        assert any("bdl-10" in each for each in found.warnings)
        seen.update(label for entry in found.entries for label in entry.labels)
    assert set(seen) == set(Label)


def test_a_medicine_travels_inside_the_statement_that_names_it(register_data: Path) -> None:
    found = parse_summary((register_data / "ips/Bundle-bundle-minimal.json").read_bytes())
    (medicine,) = [each for each in found.entries if each.category is Category.MEDICATIONS]
    body = json.loads(medicine.body)
    assert body["medicationReference"]["reference"] == "#medication"
    assert body["contained"][0]["resourceType"] == "Medication"
    assert medicine.code and "|" in medicine.code
    assert title_of(body) != "MedicationStatement"


def test_decimals_travel_as_they_were_written() -> None:
    observation = {
        "resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "HbA1c"},
        "subject": {"reference": "Patient/p"}, "valueQuantity": {"value": "@"},
    }  # fmt: skip
    raw = json.dumps(summary(observation)).replace('"@"', "7.50").encode()
    (entry,) = parse_summary(raw).entries
    assert b'"value":7.50' in entry.body


def test_a_reference_leads_by_full_url_by_type_and_id_and_with_a_version() -> None:
    document = summary(condition("a"), condition("b"), condition("c"))
    document["entry"][2]["fullUrl"] = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    document["entry"][0]["resource"]["section"][0]["entry"] = [
        {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},
        {"reference": "Condition/b/_history/2"},
        {"reference": "https://elsewhere.example/fhir/Condition/c"},
    ]
    assert len(parsed(document).entries) == 3


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d.update(resourceType="Patient"), "resourceType"),
        (lambda d: d.update(type="collection"), "type"),
        (lambda d: d.update(timestamp="2026-02-30T00:00:00Z"), "timestamp"),
        (lambda d: d.update(timestamp="2026"), "timestamp"),
        (lambda d: d.update(entry=[]), "entry"),
        (lambda d: d["entry"].pop(0), "entry[0].resource"),
        (lambda d: d["entry"].pop(1), "entry"),
        (lambda d: d["entry"].append(d["entry"][1]), "entry[2].fullUrl"),
        (lambda d: d["entry"].append({"resource": 7}), "entry[2].resource"),
        (
            lambda d: d["entry"][0]["resource"].update(type={"coding": []}),
            "entry[0].resource.type",
        ),
        (
            lambda d: d["entry"][0]["resource"].update(subject={"reference": "Patient/q"}),
            "entry[0].resource.subject",
        ),
        (
            lambda d: d["entry"][0]["resource"]["section"][0].pop("emptyReason"),
            "entry[0].resource.section[0].entry",
        ),
        (
            lambda d: d["entry"][0]["resource"].update(section=[{}] * 101),
            "entry[0].resource.section",
        ),
    ],
)
def test_what_a_document_must_have(change: Any, path: str) -> None:
    document = summary()
    change(document)
    assert path in faults(document)


def test_an_entry_about_somebody_else_is_refused() -> None:
    document = summary(condition("a", subject={"reference": "Patient/q"}))
    document["entry"].append({"resource": {"resourceType": "Patient", "id": "q"}})
    assert "another patient" in faults(document)["entry[0].resource.section[0].entry[0].reference"]


def test_what_was_entered_in_error_does_not_enter() -> None:
    wrong = condition(
        "a", verificationStatus={"coding": [{"system": "x", "code": "entered-in-error"}]}
    )
    found = parsed(summary(wrong, condition("b")))
    assert len(found.entries) == 1
    assert [each.reason for each in found.skipped] == ["entered_in_error_or_no_content"]


def test_members_of_a_panel_come_along() -> None:
    leaf = {
        "resourceType": "Observation", "id": "leaf", "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "75622-1"}]},
    }  # fmt: skip
    panel = {
        "resourceType": "Observation", "id": "panel", "status": "final", "code": {"text": "panel"},
        "hasMember": [{"reference": "Observation/leaf"}, {"reference": "Observation/panel"}],
    }  # fmt: skip
    sections = [
        section("11450-4", emptyReason={}),
        section("48765-2", emptyReason={}),
        section("10160-0", emptyReason={}),
        section("30954-2", "Observation/panel"),
    ]
    found = parsed(summary(leaf, panel, sections=sections))
    assert len(found.entries) == 2
    # A panel is as sensitive as its members.
    assert all(each.labels == {Label.HIV} for each in found.entries)


def test_a_medicine_is_as_sensitive_as_its_reason() -> None:
    request = {
        "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",
        "subject": {"reference": "Patient/p"}, "medicationCodeableConcept": {"text": "?"},
        "reasonReference": [{"reference": "Condition/sad"}],
    }  # fmt: skip
    sections = [
        section("11450-4", "Condition/sad"),
        section("48765-2", emptyReason={}),
        section("10160-0", "MedicationRequest/m"),
    ]
    found = parsed(summary(condition("sad", "35489007"), request, sections=sections))
    assert [each.labels for each in found.entries] == [{Label.PSYCHIATRY}] * 2


@pytest.mark.parametrize(
    ("system", "code", "label"),
    [
        (SNOMED, "86406008", Label.HIV),
        ("http://hl7.org/fhir/sid/icd-10", "B20.1", Label.HIV),
        ("http://hl7.org/fhir/sid/icd-10-cm", "F329", Label.PSYCHIATRY),
        ("http://hl7.org/fhir/sid/icd-10", "F10.2", Label.SUBSTANCE_USE),
        ("http://hl7.org/fhir/sid/icd-10", "O80", Label.REPRODUCTION),
        ("http://hl7.org/fhir/sid/icd-10", "Y07", Label.VIOLENCE),
        ("http://www.whocc.no/atc", "J05AR02", Label.HIV),
        ("http://www.whocc.no/atc", "N06AB03", Label.PSYCHIATRY),
        (LOINC, "32624-9", Label.ORIGIN),
        (SNOMED, "38341003", None),
        ("http://hl7.org/fhir/sid/icd-10", "I10", None),
        ("urn:unknown", "F329", None),
    ],
)
def test_codes_make_entries_sensitive(system: str, code: str, label: Label | None) -> None:
    assert labels_of(None, [(system, code)], []) == ({label} if label else set())


def test_the_source_may_say_that_an_entry_is_sensitive() -> None:
    act_code = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    said = condition("a", meta={"security": [{"system": act_code, "code": "SDV"}]})
    (entry,) = parsed(summary(said)).entries
    assert entry.labels == {Label.VIOLENCE}
    assert labels_of(Category.PREGNANCY, [], []) == {Label.REPRODUCTION}


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"\xff\xfe{}", b"[" * 100_000, b'{"a":' * 100_000, b'{"a":1,"a":2}',
        b'{"a":1e400}', b'{"a":1e-99999}', b'{"a":' + b"9" * 5_000 + b"}", b'{"a":NaN}',
        b'{"a":-Infinity}', b'{"a":"\\u0000"}', b'{"\\u0000":1}', b'{"a":"\\ud800"}',
        b'["\\udc00"]', b'"\\ud83d"', b"[" * 65 + b"]" * 65, b"[" + b"{}," * 1_100_000 + b"1]",
    ],
)  # fmt: skip
def test_hostile_bytes_are_refused_quickly(raw: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(UnreadableDocument):
        parse_summary(raw)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "document", [None, 1, "x", [], {}, {"resourceType": "Bundle"}, {"entry": [1, [], {}]}]
)
def test_json_that_is_no_bundle_is_no_summary(document: Any) -> None:
    faults(document)


@pytest.mark.parametrize("count", [2_000, 8_000])
def test_entangled_references_stay_cheap(count: int) -> None:
    names = [f"Observation/{at}" for at in range(count)]
    many = [
        {
            "resourceType": "Observation", "id": str(at), "status": "final", "code": {"text": "x"},
            "derivedFrom": [{"reference": each} for each in names[at : at + 10]],
        }
        for at in range(count)
    ]  # fmt: skip
    sections = [
        section("11450-4", emptyReason={}),
        section("48765-2", emptyReason={}),
        section("10160-0", emptyReason={}),
        section("30954-2", *names),
    ]
    began = time.perf_counter()
    parsed(summary(*many, sections=sections))
    assert time.perf_counter() - began < count / 1_000


def test_a_medicine_repeated_without_end_is_refused() -> None:
    heavy = {"resourceType": "Medication", "id": "m", "code": {"text": "x" * 400_000}}
    many = [
        {
            "resourceType": "MedicationStatement", "id": str(at), "status": "active",
            "subject": {"reference": "Patient/p"},
            "medicationReference": {"reference": "Medication/m"},
        }
        for at in range(200)
    ]  # fmt: skip
    sections = [
        section("11450-4", emptyReason={}),
        section("48765-2", emptyReason={}),
        section("10160-0", *[f"MedicationStatement/{at}" for at in range(200)]),
    ]
    assert "more entries" in faults(summary(heavy, *many, sections=sections))["entry"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015", "2015-01-01T00:00:00+00:00"),
        ("2015-03", "2015-03-01T00:00:00+00:00"),
        ("2015-03-31", "2015-03-31T00:00:00+00:00"),
        ("2015-03-31T10:00:00+05:00", "2015-03-31T05:00:00+00:00"),
        ("2022-01-08T20:42:11.0607701+00:00", "2022-01-08T20:42:11.060770+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
        ("2015-02-29", None),
        ("2015-3-1", None),
        ("2015-03-31T10:00:00", None),
        ("2015-03-31T10:00", None),
        ("0000", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2015-03-31\n", None),
        (5, None),
    ],
)
def test_dates_of_fhir(text: Any, expected: str | None) -> None:
    found = instant(text)
    assert (found.isoformat() if found else None) == expected


def test_each_kind_of_date_has_its_shape() -> None:
    assert date_problem("birthDate", "1980-02-29") is None
    assert date_problem("birthDate", "1980-02-29T10:00:00Z")
    assert date_problem("issued", "2015")
    assert date_problem("onsetDateTime", "2015") is None
    assert date_problem("onsetDateTime", 2015)
    assert date_problem("display", "whatever") is None


_NAMES = [
    "resourceType", "entry", "resource", "section", "code", "coding", "system", "reference",
    "status", "subject", "id", "contained", "medicationReference", "meta", "security", "period",
    "start", "date", "hasMember",
]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(
            _NAMES
        )
        | st.text(max_size=4),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(value=json_values, at=st.integers(0, 5), name=st.sampled_from(["code", "section", "entry",
    "subject", "meta", "contained", "medicationReference", "hasMember", "verificationStatus",
    "type", "onsetPeriod", "category", "id"]))  # fmt: skip
def test_a_distorted_summary_passes_or_is_refused_and_never_fails(
    value: Any, at: int, name: str
) -> None:
    document = summary(condition("a"), condition("b"))
    if at < 4:
        document["entry"][at]["resource"][name] = value
    elif at == 4:
        document[name] = value
    else:
        document["entry"].append({"resource": value})
    with contextlib.suppress(Invalid):
        parse_summary(msgspec.json.encode(document))
