"""The vocabulary of records: entries, imports, the doctor's quick form, and what readers get."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.consents.types import Category, ConsentText, ConsentView, Label, Purpose

LOINC: dict[Category, str] = {
    Category.PROBLEMS: "11450-4",
    Category.ALLERGIES: "48765-2",
    Category.MEDICATIONS: "10160-0",
    Category.IMMUNIZATIONS: "11369-6",
    Category.RESULTS: "30954-2",
    Category.PROCEDURES: "47519-4",
    Category.DEVICES: "46264-8",
    Category.ADVANCE_DIRECTIVES: "42348-3",
    Category.ALERTS: "104605-1",
    Category.FUNCTIONAL_STATUS: "47420-5",
    Category.PAST_PROBLEMS: "11348-0",
    Category.PREGNANCY: "10162-6",
    Category.PATIENT_STORY: "81338-6",
    Category.CARE_PLAN: "18776-5",
    Category.SOCIAL_HISTORY: "29762-2",
    Category.VITAL_SIGNS: "8716-3",
}
"""The LOINC code of each section of the International Patient Summary (IPS 2.0, Composition)."""

CATEGORY_OF = {code: category for category, code in LOINC.items()}
REQUIRED = (Category.PROBLEMS, Category.ALLERGIES, Category.MEDICATIONS)


class EntryStatus(StrEnum):
    """Whether an entry still says what is true."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    ENTERED_IN_ERROR = "entered_in_error"


class ParsedEntry(msgspec.Struct, frozen=True):
    """One resource of a summary, ready to be sealed; `body` is its JSON."""

    category: Category
    resource_type: str
    body: bytes
    code: str | None
    effective_at: datetime | None
    labels: frozenset[Label]


class SkippedPart(msgspec.Struct, frozen=True):
    """A part of a summary that was not taken over, and why."""

    section: str
    entries: int
    reason: str


class ParsedSummary(msgspec.Struct, frozen=True):
    """What a valid summary holds."""

    entries: list[ParsedEntry]
    skipped: list[SkippedPart]
    warnings: list[str]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import brought; `known` counts entries that the record already had."""

    id: UUID
    patient_id: UUID
    sha256: str
    source_country: str
    created_at: datetime
    entries: int
    known: int
    sections: dict[Category, int]
    skipped: list[SkippedPart]
    warnings: list[str]
    repeated: bool = False


Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


class QuickEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A problem, an allergy or a medicine in a doctor's words, with a code where one is known."""

    text: Words
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None
    system: Annotated[str, msgspec.Meta(min_length=3, max_length=200)] | None = None
    date: Day | None = None


class QuickResult(QuickEntry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A test result: what was measured and what was found."""

    value: Words


class QuickForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a doctor can write down in two minutes."""

    problems: Annotated[list[QuickEntry], msgspec.Meta(max_length=50)] = []
    allergies: Annotated[list[QuickEntry], msgspec.Meta(max_length=50)] = []
    medicines: Annotated[list[QuickEntry], msgspec.Meta(max_length=50)] = []
    results: Annotated[list[QuickResult], msgspec.Meta(max_length=50)] = []


class EntriesAdded(msgspec.Struct, frozen=True):
    """How many entries a form added, and how many of its lines the record already had."""

    added: int
    known: int
    sections: dict[Category, int]


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry; `resource` is the FHIR R4 resource as it was received."""

    id: UUID
    resource_type: str
    title: str
    effective_at: datetime | None
    labels: list[Label]
    source_country: str
    source_organisation_id: UUID | None
    author_account_id: UUID
    created_at: datetime
    resource: msgspec.Raw


class SectionCount(msgspec.Struct, frozen=True):
    """How many entries of a section the reader may see."""

    category: Category
    loinc: str | None
    entries: int


class RecordView(msgspec.Struct, frozen=True):
    """The sections of a record that hold something for this reader."""

    patient_id: UUID
    sections: list[SectionCount]


class RecordPage(msgspec.Struct, frozen=True):
    """A page of one section, newest first; `total` counts what this reader may see."""

    category: Category
    loinc: str | None
    total: int
    items: list[EntryView]
    next: str | None


class SharedRecord(msgspec.Struct, frozen=True):
    """What a patient's consent shows to an organisation.

    Each section is a first page; `records.service.read_section` continues it.
    """

    patient_id: UUID
    consent_ids: list[UUID]
    purpose: Purpose
    sections: list[RecordPage]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the entry's date and id."""

    effective_at: datetime | None
    id: UUID


class EntryTitle(msgspec.Struct, frozen=True):
    """One entry that would be disclosed."""

    id: UUID
    title: str
    effective_at: datetime | None
    labels: list[Label]


class PreviewSection(msgspec.Struct, frozen=True):
    """What of one section would be disclosed; `next` continues the titles."""

    category: Category
    loinc: str | None
    total: int
    items: list[EntryTitle]
    next: str | None


class ConsentPreview(msgspec.Struct, frozen=True):
    """Exactly what a consent on these terms shows to the grantee, with the words to agree to."""

    consent: ConsentView
    text: ConsentText
    total: int
    sections: list[PreviewSection]
