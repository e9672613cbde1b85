"""From the bytes of an International Patient Summary to entries, or to the list of its faults.

Rules: HL7 FHIR R4 (Bundle, bdl-7 to bdl-11; Composition) and HL7 IPS 2.0 (sections, required
elements). Pure; 2.7 MB take about half a second, so callers run it in a thread.
"""

from collections import Counter
from typing import Any

from domain.consents.types import Category
from domain.records.bundle import CONTEXT, Bundle, Sensitivity, nodes, written
from domain.records.document import LARGEST, read_json, write_json
from domain.records.errors import NotAnIps
from domain.records.sensitivity import LOINC
from domain.records.types import (
    CATEGORY_OF,
    REQUIRED,
    ParsedEntry,
    ParsedSummary,
    SkippedPart,
)
from domain.records.types import LOINC as SECTION_CODES
from domain.records.vocabulary import (
    REQUIRED_CODES,
    REQUIRED_ELEMENTS,
    Node,
    codings_of,
    concept_of,
    date_problem,
    effective_at,
)

PATIENT_SUMMARY = "60591-5"
MOST_FAULTS = 50
MOST_SECTIONS = 100
MOST_BYTES = 2 * LARGEST
MOST_ENTRIES = 20_000
_SUBJECTS = ("subject", "patient")
_MEMBERS = ("hasMember", "result")
_NO_CONTENT = frozenset({"Bundle", "Composition", "Patient", "Practitioner", "Organization"})


_Chosen = dict[Category, dict[int, Node]]
"""The resources of each section, by their identity in memory, in the order of the section."""


class _Faults(dict[str, str]):
    def add(self, path: str, reason: str) -> None:
        if len(self) < MOST_FAULTS:
            self.setdefault(path[:200], reason)


def parse_summary(raw: bytes) -> ParsedSummary:
    """Return the entries of a summary; raises UnreadableDocument or NotAnIps with its faults."""
    document, faults = read_json(raw), _Faults()
    warnings: list[str] = []
    resources = _resources(document, faults, warnings)
    if faults:
        raise _refused(faults)
    bundle, composition = Bundle(resources), resources[0][1]
    for at, (_, resource) in enumerate(resources):
        _check_resource(f"entry[{at}].resource", resource, faults)
    patient = _check_composition(composition, bundle, faults)
    chosen, skipped = _sections(composition, bundle, patient, faults, warnings)
    if faults:
        raise _refused(faults)
    entries = _entries(chosen, bundle, skipped)
    skipped += _left_over(resources, chosen)
    return ParsedSummary(entries, skipped, warnings)


def _refused(faults: _Faults) -> NotAnIps:
    return NotAnIps(f"{NotAnIps.title}; errors names {len(faults)} reasons", fields=dict(faults))


def _resources(
    document: Any, faults: _Faults, warnings: list[str]
) -> list[tuple[str | None, Node]]:
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        faults.add("resourceType", "is not Bundle")
        return []
    if document.get("type") != "document":
        faults.add("type", "is not document")
    _check_envelope(document, faults, warnings)
    entries = document.get("entry")
    if not isinstance(entries, list) or not entries:
        faults.add("entry", "holds no resource")
        return []
    resources: list[tuple[str | None, Node]] = []
    urls: set[str] = set()
    for at, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            faults.add(f"entry[{at}].resource", "is not a resource")
            continue
        full_url = entry.get("fullUrl")
        if full_url is not None and (not isinstance(full_url, str) or full_url in urls):
            faults.add(f"entry[{at}].fullUrl", "is not unique in the bundle (bdl-7)")
        elif full_url:
            urls.add(full_url)
        resources.append((full_url if isinstance(full_url, str) else None, resource))
    if resources and resources[0][1]["resourceType"] != "Composition":
        faults.add("entry[0].resource", "is not a Composition (bdl-11)")
    if not any(resource["resourceType"] == "Patient" for _, resource in resources):
        faults.add("entry", "holds no Patient")
    return resources


def _check_envelope(document: Node, faults: _Faults, warnings: list[str]) -> None:
    if "timestamp" in document:
        if problem := date_problem("timestamp", document["timestamp"]):
            faults.add("timestamp", problem)
        if "identifier" not in document:
            warnings.append("the bundle has no identifier (bdl-9)")
    elif "identifier" in document:
        faults.add("timestamp", "is missing (bdl-10)")
    else:
        # Test generators write neither: such a bundle claims no identity as a document, its
        # Composition has the date, and refusing it would protect nobody.
        warnings.append(
            "the bundle has neither identifier (bdl-9) nor timestamp (bdl-10); "
            "the date of its Composition counts"
        )


def _check_resource(path: str, resource: Node, faults: _Faults) -> None:
    kind = resource["resourceType"]
    for alternatives in REQUIRED_ELEMENTS.get(kind, ()):
        if not any(_present(resource, name) for name in alternatives):
            faults.add(f"{path}.{alternatives[0]}", "is missing")
    for name, allowed in REQUIRED_CODES.get(kind, {}).items():
        values = resource.get(name)
        for value in values if isinstance(values, list) else [values]:
            if value is not None and (not isinstance(value, str) or value not in allowed):
                faults.add(f"{path}.{name}", f"is none of {', '.join(sorted(allowed))}")
    for where, node in nodes(resource):
        for name, value in node.items():
            if not isinstance(value, dict | list) and (problem := date_problem(name, value)):
                faults.add(written(path, where, name), problem)


def _present(resource: Node, name: str) -> bool:
    return resource.get(name) not in (None, "", [], {}) or "_" + name in resource


def _check_composition(composition: Node, bundle: Bundle, faults: _Faults) -> Node | None:
    path = "entry[0].resource"
    kind = composition.get("type")
    if (LOINC, PATIENT_SUMMARY) not in codings_of(kind if isinstance(kind, dict) else None):
        faults.add(f"{path}.type", f"is not the patient summary document, LOINC {PATIENT_SUMMARY}")
    patient = bundle.find(composition.get("subject"))
    if patient is None or patient["resourceType"] != "Patient":
        faults.add(f"{path}.subject", "does not lead to a Patient of the bundle")
        return None
    return patient


def _sections(
    composition: Node,
    bundle: Bundle,
    patient: Node | None,
    faults: _Faults,
    warnings: list[str],
) -> tuple[_Chosen, list[SkippedPart]]:
    chosen: _Chosen = {}
    skipped: list[SkippedPart] = []
    stated: set[Category] = set()
    sections = composition.get("section")
    if not isinstance(sections, list) or len(sections) > MOST_SECTIONS:
        faults.add("entry[0].resource.section", f"is not a list of at most {MOST_SECTIONS}")
        sections = []
    for at, section in enumerate(sections):
        path = f"entry[0].resource.section[{at}]"
        if not isinstance(section, dict):
            faults.add(path, "is not a section")
            continue
        concept = section.get("code")
        codes = [c for s, c in codings_of(concept if isinstance(concept, dict) else None)]
        references = section.get("entry") or []
        if not isinstance(references, list):
            faults.add(f"{path}.entry", "is not a list")
            continue
        category = next((CATEGORY_OF[code] for code in codes if code in CATEGORY_OF), None)
        name = codes[0][:20] if codes else "uncoded"
        if nested := section.get("section"):
            parts = len(nested) if isinstance(nested, list) else 1
            skipped.append(SkippedPart(name, parts, "nested_section"))
        if category is None:
            skipped.append(SkippedPart(name, len(references), "not_a_section_of_the_summary"))
            continue
        stated.add(category)
        if not references:
            if category in REQUIRED and "emptyReason" not in section:
                faults.add(f"{path}.entry", "is empty, and no emptyReason says why")
            elif "emptyReason" in section:
                warnings.append(f"section {category.value} is empty by its own account")
            else:
                skipped.append(SkippedPart(name, 0, "narrative_only"))
        for each, reference in enumerate(references):
            where = f"{path}.entry[{each}].reference"
            resource = bundle.find(reference)
            if resource is None:
                faults.add(where, "leads to no resource of the bundle")
            elif _of_another(resource, bundle, patient):
                faults.add(where, "leads to a resource about another patient")
            else:
                _choose(chosen.setdefault(category, {}), resource, bundle)
    for category in REQUIRED:
        if category not in stated:
            faults.add(
                "entry[0].resource.section",
                f"lacks the required section {category.value}, LOINC {SECTION_CODES[category]}",
            )
    return chosen, skipped


def _of_another(resource: Node, bundle: Bundle, patient: Node | None) -> bool:
    for name in _SUBJECTS:
        subject = bundle.find(resource.get(name))
        if subject is not None and subject["resourceType"] == "Patient" and subject is not patient:
            return True
    return False


def _choose(chosen: dict[int, Node], resource: Node, bundle: Bundle) -> None:
    """Take a resource, and the members of a panel or report that the section leaves implied."""
    waiting = [resource]
    while waiting:
        node = waiting.pop()
        if id(node) in chosen:
            continue
        chosen[id(node)] = node
        for name in _MEMBERS:
            members = node.get(name)
            for member in members if isinstance(members, list) else []:
                if found := bundle.find(member):
                    waiting.append(found)


def _entries(chosen: _Chosen, bundle: Bundle, skipped: list[SkippedPart]) -> list[ParsedEntry]:
    entries: list[ParsedEntry] = []
    sensitivity, size = Sensitivity(bundle), 0
    for category, resources in chosen.items():
        wrong = 0
        for resource in resources.values():
            if resource["resourceType"] in _NO_CONTENT or _in_error(resource):
                wrong += 1
                continue
            whole = _complete(resource, bundle)
            body = write_json(whole)
            size += len(body)
            if size > MOST_BYTES or len(entries) == MOST_ENTRIES:
                raise _refused(_Faults(entry="gives more entries than one import may"))
            codes = codings_of(concept_of(whole))
            entries.append(
                ParsedEntry(
                    category,
                    resource["resourceType"][:60],
                    body,
                    "|".join(codes[0]) if codes else None,
                    effective_at(resource),
                    sensitivity.labels(category, resource),
                )
            )
        if wrong:
            skipped.append(
                SkippedPart(SECTION_CODES[category], wrong, "entered_in_error_or_no_content")
            )
    return entries


def _left_over(resources: list[tuple[str | None, Node]], chosen: _Chosen) -> list[SkippedPart]:
    """Return, by type, the resources that carry content and stand in no section."""
    taken = {each for section in chosen.values() for each in section}
    counts = Counter(
        resource["resourceType"][:60]
        for _, resource in resources
        if id(resource) not in taken and resource["resourceType"] not in _NO_CONTENT | CONTEXT
    )
    for inlined in ("Medication", "Device"):
        counts.pop(inlined, None)
    return [
        SkippedPart(kind, count, "in_no_section")
        for kind, count in sorted(counts.items())[:MOST_SECTIONS]
    ]


def _in_error(resource: Node) -> bool:
    verification = resource.get("verificationStatus")
    stated = [
        code for _, code in codings_of(verification if isinstance(verification, dict) else None)
    ]
    return "entered-in-error" in (resource.get("status"), *stated)


def _complete(resource: Node, bundle: Bundle) -> Node:
    """Return the resource with the medicine or device it refers to contained in it."""
    for name in ("medicationReference", "device"):
        target = bundle.find(resource.get(name))
        if target is not None and target["resourceType"] in ("Medication", "Device"):
            inside = {**target, "id": target["resourceType"].lower()}
            contained = resource.get("contained")
            return {
                **resource,
                "contained": [*(contained if isinstance(contained, list) else []), inside],
                name: {**resource[name], "reference": f"#{inside['id']}"},
            }
    return resource
