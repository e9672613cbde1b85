"""Pure decisions about records: the quick form's resources, cursors, and how an entry is shown."""

import base64
import binascii
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.consents.types import Category, Label
from domain.keys.service import Keyring, Place
from domain.records.document import Node, require_plain, write_json
from domain.records.errors import (
    CodeWithoutSystem,
    EmptyForm,
    ImpossibleDate,
    UnknownCountry,
    UnreadableCursor,
)
from domain.records.sensitivity import labels_of
from domain.records.types import (
    Cursor,
    EntryTitle,
    EntryView,
    ParsedEntry,
    QuickEntry,
    QuickForm,
    QuickResult,
)
from domain.records.vocabulary import codings_of, instant, title_of

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"


def require_country(code: str) -> None:
    """Refuse what is not shaped like an ISO 3166-1 alpha-2 code."""
    if not (len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()):
        raise UnknownCountry(fields={"source_country": UnknownCountry.title})


def quick_entries(form: QuickForm, patient_id: UUID, now: datetime) -> list[ParsedEntry]:
    """Return the form's lines as minimal FHIR R4 resources, ready to be sealed.

    They carry no id of their own, so that the same line twice on one day is recognised.
    """
    today = now.date().isoformat()
    about = {"reference": f"Patient/{patient_id}"}
    found: list[ParsedEntry] = []

    def add(path: str, category: Category, kind: str, entry: QuickEntry, **parts: Any) -> None:
        resource: Node = {"resourceType": kind, **parts}
        require_plain(resource)
        concept = parts.get("code") or parts["medicationCodeableConcept"]
        codes = codings_of(concept)
        found.append(
            ParsedEntry(
                category,
                kind,
                write_json(resource),
                "|".join(codes[0]) if codes else None,
                _when(path, entry, now),
                labels_of(category, codes, ()),
            )
        )

    for at, line in enumerate(form.problems):
        path = f"problems[{at}]"
        add(
            path, Category.PROBLEMS, "Condition", line, clinicalStatus=_status(_CLINICAL),
            code=_concept(path, line), subject=about, recordedDate=today,
            **_dated("onsetDateTime", line),
        )  # fmt: skip
    for at, line in enumerate(form.allergies):
        path = f"allergies[{at}]"
        add(
            path, Category.ALLERGIES, "AllergyIntolerance", line, clinicalStatus=_status(_ALLERGY),
            code=_concept(path, line), patient=about, recordedDate=today,
            **_dated("onsetDateTime", line),
        )  # fmt: skip
    for at, line in enumerate(form.medicines):
        path = f"medicines[{at}]"
        add(
            path, Category.MEDICATIONS, "MedicationStatement", line, status="active",
            medicationCodeableConcept=_concept(path, line), subject=about, dateAsserted=today,
            **_dated("effectiveDateTime", line),
        )  # fmt: skip
    for at, result in enumerate(form.results):
        path = f"results[{at}]"
        add(
            path, Category.RESULTS, "Observation", result, status="final",
            code=_concept(path, result), subject=about, **_value(result),
            **(_dated("effectiveDateTime", result) or {"effectiveDateTime": today}),
        )  # fmt: skip
    if not found:
        raise EmptyForm
    return found


def _concept(path: str, entry: QuickEntry) -> Node:
    if (entry.code is None) != (entry.system is None):
        raise CodeWithoutSystem(fields={f"{path}.code": CodeWithoutSystem.title})
    concept: Node = {"text": entry.text}
    if entry.code is not None:
        concept["coding"] = [{"system": entry.system, "code": entry.code, "display": entry.text}]
    return concept


def _status(system: str) -> Node:
    return {"coding": [{"system": system, "code": "active"}]}


def _dated(name: str, entry: QuickEntry) -> Node:
    return {name: entry.date} if entry.date else {}


def _value(result: QuickResult) -> Node:
    return {"valueString": result.value}


def _when(path: str, entry: QuickEntry, now: datetime) -> datetime:
    if entry.date is None:
        return now
    found = instant(entry.date)
    if found is None or found > now:
        raise ImpossibleDate(fields={f"{path}.date": ImpossibleDate.title})
    return found


def fingerprint(keyring: Keyring, entry: ParsedEntry) -> bytes:
    """Return what is equal for equal entries of one patient, and says nothing to others."""
    return keyring.blind_index(f"{entry.category.value}|{entry.body.decode()}")


def place_of(entry_id: UUID) -> Place:
    """Return where an entry's body is sealed."""
    return Place("record_entry", "body", entry_id)


def opened(row: Any, keyring: Keyring) -> EntryView:
    """Return a stored entry with its body in the clear."""
    body = keyring.open(place_of(row["id"]), row["body_sealed"])
    return EntryView(
        id=row["id"],
        resource_type=row["resource_type"],
        title=title_of(msgspec.json.decode(body)),
        effective_at=row["effective_at"],
        labels=[Label(each) for each in row["labels"]],
        source_country=row["source_country"],
        source_organisation_id=row["source_organisation_id"],
        author_account_id=row["author_account_id"],
        created_at=row["created_at"],
        resource=msgspec.Raw(body),
    )


def titled(row: Any, keyring: Keyring) -> EntryTitle:
    """Return what a preview shows of a stored entry."""
    body = keyring.open(place_of(row["id"]), row["body_sealed"])
    return EntryTitle(
        row["id"],
        title_of(msgspec.json.decode(body)),
        row["effective_at"],
        [Label(each) for each in row["labels"]],
    )


def cursor_after(effective_at: datetime | None, entry_id: UUID) -> str:
    """Return the opaque cursor of the page after this entry."""
    packed = msgspec.json.encode(Cursor(effective_at, entry_id))
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(cursor: str | None) -> Cursor | None:
    """Return where the page of a cursor begins; raises UnreadableCursor."""
    if cursor is None:
        return None
    try:
        packed = base64.urlsafe_b64decode(cursor[:200].encode("ascii") + b"==")
        found = msgspec.json.decode(packed, type=Cursor)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise UnreadableCursor(fields={"cursor": UnreadableCursor.title}) from None
    if found.effective_at is not None and found.effective_at.tzinfo is None:
        raise UnreadableCursor(fields={"cursor": UnreadableCursor.title})
    return found
