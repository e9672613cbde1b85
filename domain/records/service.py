"""Bringing entries into a record, and reading as much of it as one may."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.consents import service as consents
from domain.consents.types import CLINICAL_PURPOSES, Category, Grant, Purpose
from domain.db import transactional
from domain.ids import new_id
from domain.keys.service import Keyring, SubjectKind, data_key, data_keys
from domain.records import policy, queries, rules
from domain.records.ips import parse_summary
from domain.records.policy import Basis
from domain.records.tables import RecordEntry, RecordImport
from domain.records.types import (
    LOINC,
    ConsentPreview,
    EntriesAdded,
    EntryStatus,
    ImportReport,
    ParsedEntry,
    ParsedSummary,
    PreviewSection,
    QuickForm,
    RecordPage,
    RecordView,
    SectionCount,
    SharedRecord,
)
from domain.text import cleaned

PAGE_LIMIT = 100
_parsing = asyncio.Semaphore(2)


async def import_ips(
    actor: Actor, patient_id: UUID, raw: bytes, source_country: str | None = None
) -> ImportReport:
    """Take an International Patient Summary into a record.

    The same bytes again are answered as the first time. Raises UnreadableDocument or NotAnIps
    (with the list of faults), NoSuchPatient, Forbidden.
    """
    digest = hashlib.sha256(raw).digest()
    if source_country is not None:
        rules.require_country(source_country)
    if known := await _admit(actor, patient_id, digest):
        return known
    async with _parsing:
        summary = await asyncio.to_thread(parse_summary, raw)
    return await _store(actor, patient_id, digest, source_country, summary)


@transactional
async def _admit(actor: Actor, patient_id: UUID, digest: bytes) -> ImportReport | None:
    # Before the parsing: strangers shall not make us read sixteen megabytes.
    await policy.require_writer(actor, patient_id)
    return await _earlier(actor, patient_id, digest)


async def _earlier(actor: Actor, patient_id: UUID, digest: bytes) -> ImportReport | None:
    row = await queries.import_of(patient_id, digest, visible_to=actor)
    if row is None:
        return None
    report = msgspec.json.decode(row["report"], type=ImportReport)
    return msgspec.structs.replace(report, repeated=True)


@transactional
async def _store(
    actor: Actor,
    patient_id: UUID,
    digest: bytes,
    source_country: str | None,
    summary: ParsedSummary,
) -> ImportReport:
    basis = await policy.require_writer(actor, patient_id)
    await queries.lock_record(patient_id)
    if known := await _earlier(actor, patient_id, digest):
        return known
    now, import_id = utc_now(), new_id()
    country = source_country or actor.jurisdiction or basis.home_state
    added = await _new_entries(actor, patient_id, basis, summary.entries, country, import_id, now)
    sections = Counter(Category(entry.category) for entry in added)
    report = ImportReport(
        id=import_id,
        patient_id=patient_id,
        sha256=digest.hex(),
        source_country=country,
        created_at=now,
        entries=len(added),
        known=len(summary.entries) - len(added),
        sections=dict(sections),
        skipped=summary.skipped,
        warnings=summary.warnings,
    )
    await queries.insert_import(
        RecordImport(
            id=import_id,
            patient_id=patient_id,
            home_state=basis.home_state,
            sha256=digest,
            source_country=country,
            source_organisation_id=actor.organisation_id,
            imported_by=actor.account_id,
            entry_count=len(added),
            report=msgspec.json.encode(report).decode(),
            created_at=now,
        )
    )
    await queries.insert_entries(added)
    await _record(actor, "import_ips", patient_id, basis, list(sections), {"entries": len(added)})
    return report


async def _new_entries(
    actor: Actor,
    patient_id: UUID,
    basis: Basis,
    parsed: Sequence[ParsedEntry],
    country: str,
    import_id: UUID | None,
    now: datetime,
) -> list[RecordEntry]:
    """Return the rows of what the record does not have yet, sealed."""
    keyring = await data_key(SubjectKind.PATIENT, patient_id)
    marked = await asyncio.to_thread(
        lambda: {rules.fingerprint(keyring, entry): entry for entry in parsed}
    )
    known = await queries.known_bodies(patient_id, list(marked))

    def seal() -> list[RecordEntry]:
        return [
            _row(actor, patient_id, basis, keyring, mark, entry, country, import_id, now)
            for mark, entry in marked.items()
            if mark not in known
        ]

    return await asyncio.to_thread(seal)


def _row(
    actor: Actor,
    patient_id: UUID,
    basis: Basis,
    keyring: Keyring,
    mark: bytes,
    entry: ParsedEntry,
    country: str,
    import_id: UUID | None,
    now: datetime,
) -> RecordEntry:
    entry_id = new_id()
    return RecordEntry(
        id=entry_id,
        patient_id=patient_id,
        home_state=basis.home_state,
        category=entry.category.value,
        resource_type=entry.resource_type,
        body_sealed=keyring.seal(rules.place_of(entry_id), entry.body),
        body_index=mark,
        code_index=keyring.blind_index(entry.code) if entry.code else None,
        effective_at=entry.effective_at,
        labels=sorted(entry.labels),
        source_country=country,
        source_organisation_id=actor.organisation_id,
        author_account_id=actor.account_id,
        import_id=import_id,
        residency=basis.home_state,
        status=EntryStatus.CURRENT.value,
        created_at=now,
    )


@transactional
async def add_entries(actor: Actor, patient_id: UUID, form: QuickForm) -> EntriesAdded:
    """Write a doctor's lines into the record as minimal FHIR resources.

    Raises EmptyForm, CodeWithoutSystem, ImpossibleDate, NoSuchPatient.
    """
    basis = await policy.require_doctor_of(actor, patient_id)
    now = utc_now()
    lines = rules.quick_entries(cleaned(form), patient_id, now)
    await queries.lock_record(patient_id)
    country = actor.jurisdiction or basis.home_state
    added = await _new_entries(actor, patient_id, basis, lines, country, None, now)
    await queries.insert_entries(added)
    sections = Counter(Category(entry.category) for entry in added)
    await _record(actor, "add_entries", patient_id, basis, list(sections), {"entries": len(added)})
    return EntriesAdded(len(added), len(lines) - len(added), dict(sections))


@transactional
async def show_record(actor: Actor, patient_id: UUID, episode_id: UUID | None = None) -> RecordView:
    """Return the sections that hold something for this reader, with their counts."""
    basis = await policy.require_reader(actor, patient_id, episode_id)
    counted = await queries.counts(
        patient_id, episode_id, by_consent=basis.by_consent, visible_to=actor
    )
    sections = [
        SectionCount(category, LOINC.get(category), counted[category])
        for category in Category
        if category in counted
    ]
    await _record(actor, "show_record", patient_id, basis, list(counted), {})
    return RecordView(patient_id, sections)


@transactional
async def read_section(
    actor: Actor,
    patient_id: UUID,
    category: Category,
    *,
    episode_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> RecordPage:
    """Return a page of one section, newest first, as far as the reader may see it.

    Raises ConsentWithdrawn, NoSuchRecord, UnreadableCursor.
    """
    basis = await policy.require_reader(actor, patient_id, episode_id)
    pages, _ = await _read(
        actor, "read_section", patient_id, episode_id, basis, [category], cursor, limit
    )
    return pages[0] if pages else RecordPage(category, LOINC.get(category), 0, [], None)


@transactional
async def read_shared(
    actor: Actor,
    patient_id: UUID,
    episode_id: UUID | None,
    categories: Sequence[Category] | None = None,
    *,
    limit: int = 50,
) -> SharedRecord:
    """Return what the patient's consent shows the actor's organisation, for an episode.

    Only sections with something to show are named. Raises ConsentWithdrawn where a consent has
    ended and NoSuchRecord where there never was one.
    """
    basis = await policy.require_consent(actor, patient_id, episode_id)
    wanted = list(dict.fromkeys(categories or Category))
    pages, used = await _read(
        actor, "read_shared", patient_id, episode_id, basis, wanted, None, limit
    )
    purposes = await consents.purposes_of(actor, used)
    return SharedRecord(patient_id, used, purposes[used[0]], pages)


async def _read(
    actor: Actor,
    verb: str,
    patient_id: UUID,
    episode_id: UUID | None,
    basis: Basis,
    categories: Sequence[Category],
    cursor: str | None,
    limit: int,
) -> tuple[list[RecordPage], list[UUID]]:
    """Read first pages and write, for each consent that was used, what was read under it."""
    size = max(1, min(limit, PAGE_LIMIT))
    rows = await queries.sections(
        patient_id, episode_id, categories, rules.read_cursor(cursor), size,
        by_consent=basis.by_consent, visible_to=actor,
    )  # fmt: skip
    keyrings = await data_keys(SubjectKind.PATIENT, list({row["patient_id"] for row in rows}))
    pages = []
    under: dict[UUID | None, set[Category]] = {}
    for name, group in groupby(rows, key=lambda row: str(row["category"])):
        found, category = list(group), Category(name)
        shown = found[:size]
        for row in shown:
            under.setdefault(row["consent_id"], set()).add(category)
        pages.append(
            RecordPage(
                category,
                LOINC.get(category),
                found[0]["total"],
                [rules.opened(row, keyrings[row["patient_id"]]) for row in shown],
                _next(found, size),
            )
        )
    used = under or {basis.consent_id: set()}
    purposes = await consents.purposes_of(actor, [each for each in used if each])
    for consent_id, read in used.items():
        await _record(
            actor, verb, patient_id, basis, sorted(read or categories), {},
            consent_id=consent_id, purpose=purposes.get(consent_id) if consent_id else None,
        )  # fmt: skip
    order = list(Category)
    pages.sort(key=lambda page: order.index(page.category))
    return pages, [each for each in used if each]


def _next(rows: list[Any], size: int) -> str | None:
    if len(rows) <= size:
        return None
    return rules.cursor_after(rows[size - 1]["effective_at"], rows[size - 1]["id"])


async def _record(
    actor: Actor,
    verb: str,
    patient_id: UUID,
    basis: Basis,
    categories: Sequence[Category],
    detail: dict[str, Any],
    *,
    consent_id: UUID | None = None,
    purpose: Purpose | None = None,
) -> None:
    if purpose is None and actor.organisation_id is not None:
        purpose = Purpose.TREATMENT
    if actor.jurisdiction and actor.jurisdiction != basis.home_state:
        detail = {**detail, "from": basis.home_state, "to": actor.jurisdiction}
    await audit.record(
        actor, f"records.{verb}", subject=("patient", patient_id), patient_id=patient_id,
        home_state=basis.home_state, on_behalf_of=basis.behalf,
        consent_id=consent_id or basis.consent_id, purpose=purpose.value if purpose else None,
        detail={"categories": [each.value for each in categories], **detail},
    )  # fmt: skip


@transactional
async def preview_consent(
    actor: Actor,
    consent_id: UUID,
    grant: Grant,
    *,
    category: Category | None = None,
    cursor: str | None = None,
    limit: int = PAGE_LIMIT,
) -> ConsentPreview:
    """Return exactly what granting like this would disclose, to whoever may grant it.

    Counts and titles are read by the same SQL function, `consent_covers`, that decides about each
    later read. Of a granted consent it shows what is disclosed now.
    """
    offer = await consents.consider_consent(actor, consent_id, grant)
    patient_id = offer.consent.patient_id
    basis = await policy.require_reader(actor, patient_id)
    size = max(1, min(limit, PAGE_LIMIT))
    rows = []
    if offer.terms.purpose in CLINICAL_PURPOSES:
        rows = await queries.covered(
            patient_id, offer.terms, [category] if category else list(Category),
            rules.read_cursor(cursor), size, granted_at=offer.consent.granted_at,
        )  # fmt: skip
    keyrings = await data_keys(SubjectKind.PATIENT, list({row["patient_id"] for row in rows}))
    sections = []
    for name, group in groupby(rows, key=lambda row: str(row["category"])):
        found, each = list(group), Category(name)
        titles = [rules.titled(row, keyrings[row["patient_id"]]) for row in found[:size]]
        sections.append(
            PreviewSection(each, LOINC.get(each), found[0]["total"], titles, _next(found, size))
        )
    order = list(Category)
    sections.sort(key=lambda section: order.index(section.category))
    await _record(
        actor, "preview_consent", patient_id, basis, [each.category for each in sections], {},
        consent_id=consent_id,
    )  # fmt: skip
    total = sum(section.total for section in sections)
    return ConsentPreview(offer.consent, offer.text, total, sections)
