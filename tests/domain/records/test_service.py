"""Records against the real database: what enters, who reads it, and that nobody else does."""

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from api.postgres import DatabaseUrls
from domain.actor import SYSTEM, Actor, Role
from domain.consents import service as consents
from domain.consents.errors import ConsentWithdrawn
from domain.consents.types import Category, Grant, Label, Purpose
from domain.db import connection, transactional
from domain.errors import Forbidden, NotFound, Unauthenticated
from domain.records import service
from domain.records.errors import (
    CodeWithoutSystem,
    EmptyForm,
    ImpossibleDate,
    NotAnIps,
    UnreadableCursor,
)
from domain.records.types import QuickEntry, QuickForm, QuickResult, RecordPage
from tests.factories.care import Care, actor_of, care_of, consented, request_of

pytestmark = pytest.mark.usefixtures("database")

SNOMED, ICD10 = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10"
CANARY = "Zyloprim-canary-7731"
FORM = QuickForm(
    problems=[
        QuickEntry(text="Hypertension", system=SNOMED, code="38341003", date="2019-05"),
        QuickEntry(text="HIV", system=ICD10, code="B20", date="2020-01-01"),
        QuickEntry(text=f"Gout {CANARY}", date="2024-06-01"),
    ],
    allergies=[QuickEntry(text="Penicillin")],
    medicines=[QuickEntry(text=f"Allopurinol {CANARY}", date="2024-06-02")],
    results=[QuickResult(text="Uric acid", value="512 umol/l", date="2024-06-01")],
)


@pytest.fixture
async def care(person: Any) -> Care:
    found = await care_of(person)
    await service.add_entries(found.doctor, found.patient_id, FORM)
    return found


@transactional
async def rows(actor: Actor, sql: str, *values: object) -> list[Any]:
    return list(await connection().fetch(sql, *values))


async def audited(care: Care, action: str) -> list[Any]:
    return await rows(
        SYSTEM,
        "SELECT * FROM audit_event WHERE action = $1 AND subject_id = $2 ORDER BY id",
        action, str(care.patient_id),
    )  # fmt: skip


def titles(page: RecordPage) -> set[str]:
    return {each.title for each in page.items}


# What enters


@pytest.mark.parametrize("number", ["01", "02", "03", "05", "07", "09"])
async def test_every_synthetic_summary_is_imported_and_read_back(
    person: Any, register_data: Path, number: str
) -> None:
    patient = await person()
    actor = await actor_of(patient)
    raw = gzip.decompress(
        (register_data / "patients" / f"synthea_ips_{number}.json.gz").read_bytes()
    )
    report = await service.import_ips(actor, patient.patient_id, raw)
    assert report.entries > 300 and not report.repeated and report.source_country == "KZ"
    record = await service.show_record(actor, patient.patient_id)
    assert {each.category: each.entries for each in record.sections} == report.sections
    seen: list[UUID] = []
    dates = []
    cursor = None
    while True:
        page = await service.read_section(
            actor, patient.patient_id, Category.RESULTS, cursor=cursor, limit=100
        )
        seen += [each.id for each in page.items]
        dates += [each.effective_at for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert page.total == len(seen) == len(set(seen)) == report.sections[Category.RESULTS]
    known = [each for each in dates if each is not None]
    assert known == sorted(known, reverse=True)
    given = {json.dumps(each["resource"], sort_keys=True) for each in json.loads(raw)["entry"]}
    assert all(
        json.dumps(json.loads(bytes(e.resource)), sort_keys=True) in given for e in page.items
    )


@pytest.mark.parametrize(
    "name",
    [
        "Bundle-IPS-examples-Bundle-01",
        "Bundle-bundle-minimal",
        "Bundle-bundle-no-info-required-sections",
    ],
)
async def test_the_official_examples_are_imported(
    care: Care, register_data: Path, name: str
) -> None:
    raw = (register_data / "ips" / f"{name}.json").read_bytes()
    report = await service.import_ips(care.doctor, care.patient_id, raw, "HU")
    assert report.entries > 0 and report.source_country == "HU"


async def test_a_broken_summary_leaves_nothing(care: Care, register_data: Path) -> None:
    files = sorted((register_data / "ips" / "broken").glob("*.json"))
    assert len(files) == 7
    for path in files:
        with pytest.raises(NotAnIps):
            await service.import_ips(care.patient, care.patient_id, path.read_bytes())
    assert await rows(care.patient, "SELECT * FROM record_import") == []


async def test_the_same_bytes_twice_are_the_first_import(care: Care, register_data: Path) -> None:
    raw = (register_data / "ips/Bundle-IPS-examples-Bundle-01.json").read_bytes()
    first = await service.import_ips(care.patient, care.patient_id, raw)
    again = await service.import_ips(care.doctor, care.patient_id, raw, "TR")
    assert again == msgspec.structs.replace(first, repeated=True)
    assert len(await rows(care.patient, "SELECT * FROM record_import")) == 1
    # Other bytes, the same content: nothing is known twice.
    spaced = await service.import_ips(care.patient, care.patient_id, raw + b"\n")
    assert (spaced.entries, spaced.known) == (0, first.entries) and spaced.id != first.id


async def test_the_same_bytes_at_once_are_one_import(care: Care, register_data: Path) -> None:
    raw = (register_data / "ips/Bundle-bundle-minimal.json").read_bytes()
    reports = await asyncio.gather(
        *(service.import_ips(care.patient, care.patient_id, raw) for _ in range(5))
    )
    assert len({each.id for each in reports}) == 1
    assert sorted(each.repeated for each in reports) == [False, True, True, True, True]


async def test_only_the_patients_side_and_their_doctor_bring_entries(
    care: Care, register_data: Path
) -> None:
    raw = (register_data / "ips/Bundle-bundle-minimal.json").read_bytes()
    await consented(care, list(Category))
    for nobody, kind in (
        (care.stranger, NotFound),
        (care.other_doctor, NotFound),
        (care.clinician, Forbidden),
        (Actor(kind=care.patient.kind.ANONYMOUS), Unauthenticated),
    ):
        with pytest.raises(kind):
            await service.import_ips(nobody, care.patient_id, raw)
    with pytest.raises(Forbidden):
        await service.add_entries(care.patient, care.patient_id, FORM)
    with pytest.raises(NotFound):
        await service.add_entries(care.other_doctor, care.patient_id, FORM)


@pytest.mark.parametrize("change", ["INSERT", "UPDATE", "DELETE"])
async def test_a_consent_lets_read_and_the_database_refuses_the_rest(
    care: Care, change: str
) -> None:
    await consented(care, list(Category))
    copied = "id, patient_id, home_state, category, resource_type, body_sealed, labels"
    statements = {
        "INSERT": "INSERT INTO record_entry SELECT gen_random_uuid(), patient_id, home_state,"
        " category, resource_type, body_sealed, 'x', code_index, effective_at, labels,"
        " source_country, source_organisation_id, author_account_id, import_id, residency,"
        " status, created_at FROM record_entry LIMIT 1 RETURNING id",
        "UPDATE": "UPDATE record_entry SET labels = '{}' RETURNING id",
        "DELETE": "DELETE FROM record_entry RETURNING id",
    }
    assert len(await rows(care.clinician, f"SELECT {copied} FROM record_entry")) == 6
    if change == "INSERT":
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await rows(care.clinician, statements[change])
    else:
        assert await rows(care.clinician, statements[change]) == []


async def test_a_doctors_lines_become_coded_labelled_dated_entries(care: Care) -> None:
    page = await service.read_section(care.doctor, care.patient_id, Category.PROBLEMS)
    assert titles(page) == {"Hypertension", "HIV", f"Gout {CANARY}"}
    by_title = {each.title: each for each in page.items}
    assert by_title["HIV"].labels == [Label.HIV]
    assert by_title["Hypertension"].effective_at == datetime(2019, 5, 1, tzinfo=UTC)
    resource = json.loads(bytes(by_title["Hypertension"].resource))
    assert resource["resourceType"] == "Condition" and resource["onsetDateTime"] == "2019-05"
    assert resource["code"]["coding"][0] == {
        "system": SNOMED, "code": "38341003", "display": "Hypertension",
    }  # fmt: skip
    results = await service.read_section(care.doctor, care.patient_id, Category.RESULTS)
    assert json.loads(bytes(results.items[0].resource))["valueString"] == "512 umol/l"
    again = await service.add_entries(care.doctor, care.patient_id, FORM)
    assert (again.added, again.known) == (0, 6)


async def test_a_form_that_says_nothing_or_nonsense_is_refused(care: Care) -> None:
    for form, error in (
        (QuickForm(), EmptyForm),
        (QuickForm(problems=[QuickEntry(text="x", code="1")]), CodeWithoutSystem),
        (QuickForm(problems=[QuickEntry(text="x", date="2024-02-31")]), ImpossibleDate),
        (QuickForm(problems=[QuickEntry(text="x", date="2999")]), ImpossibleDate),
    ):
        with pytest.raises(error):
            await service.add_entries(care.doctor, care.patient_id, form)


async def test_nothing_readable_lies_in_the_database(care: Care, urls: DatabaseUrls) -> None:
    owner = await asyncpg.connect(urls.owner)
    try:
        for table in ("record_entry", "record_import", "consent", "audit_event", "outbox_event"):
            for row in await owner.fetch(f"SELECT * FROM {table}"):
                for value in row.values():
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    assert CANARY.encode() not in raw, table
        codes = await owner.fetch(
            "SELECT DISTINCT code_index FROM record_entry WHERE patient_id = $1"
            " AND code_index IS NOT NULL",
            care.patient_id,
        )
        assert len(codes) == 2
    finally:
        await owner.close()


async def test_equal_codes_of_two_patients_cannot_be_matched(person: Any) -> None:
    one, two = await care_of(person), await care_of(person)
    form = QuickForm(problems=[QuickEntry(text="x", system=SNOMED, code="38341003")])
    for each in (one, two):
        await service.add_entries(each.doctor, each.patient_id, form)
    found = await rows(
        SYSTEM,
        "SELECT DISTINCT code_index, body_index FROM record_entry WHERE patient_id = ANY($1)",
        [one.patient_id, two.patient_id],
    )
    assert len({row["code_index"] for row in found}) == 2
    assert len({row["body_index"] for row in found}) == 2


# Who reads


async def test_strangers_see_no_row_even_without_a_condition(care: Care) -> None:
    for nobody in (care.stranger, care.other_doctor, care.clinician, care.other_clinician):
        for table in ("record_entry", "record_import", "consent", "consent_transition"):
            assert await rows(nobody, f"SELECT * FROM {table}") == [], (nobody.role, table)
        with pytest.raises(NotFound):
            await service.show_record(nobody, care.patient_id)
        with pytest.raises(NotFound):
            await service.read_section(nobody, care.patient_id, Category.PROBLEMS)
        if nobody.organisation_id:
            with pytest.raises(NotFound):
                await service.read_shared(nobody, care.patient_id, None)
    ANONYMOUS = Actor(kind=care.patient.kind.ANONYMOUS)
    assert await rows(ANONYMOUS, "SELECT * FROM record_entry") == []
    for actor in (care.patient, care.doctor):
        assert len(await rows(actor, "SELECT * FROM record_entry")) == 6


@pytest.mark.parametrize(
    "role",
    [Role.BILLING, Role.SCHEDULER, Role.MINISTRY_OFFICER, Role.OPERATOR, Role.AUDITOR],
)
async def test_other_roles_read_no_records_even_with_a_consent(
    care: Care, person: Any, role: Role
) -> None:
    await consented(care, list(Category))
    of_facility = role in (Role.BILLING, Role.SCHEDULER)
    member = await person(
        role, organisation=care.clinician.organisation_id if of_facility else None
    )
    with pytest.raises(Forbidden):
        await service.read_section(await actor_of(member), care.patient_id, Category.PROBLEMS)


async def test_a_consent_shows_what_it_names_and_counts_nothing_else(care: Care) -> None:
    given = await consented(care, [Category.PROBLEMS, Category.MEDICATIONS], exclude=[Label.HIV])
    shared = await service.read_shared(care.clinician, care.patient_id, None)
    assert [each.category for each in shared.sections] == [Category.PROBLEMS, Category.MEDICATIONS]
    problems = shared.sections[0]
    assert problems.total == 2 and "HIV" not in titles(problems)
    assert shared.consent_ids == [given.id] and shared.purpose is Purpose.TREATMENT
    record = await service.show_record(care.clinician, care.patient_id)
    assert [(each.category, each.entries) for each in record.sections] == [
        (Category.PROBLEMS, 2),
        (Category.MEDICATIONS, 1),
    ]
    hidden = await service.read_section(care.clinician, care.patient_id, Category.ALLERGIES)
    assert (hidden.total, hidden.items, hidden.next) == (0, [], None)
    assert len(await rows(care.clinician, "SELECT * FROM record_entry")) == 3
    assert len(await rows(care.clinician, "SELECT count(*) FROM record_entry")) == 1


async def test_the_preview_is_what_is_then_read(care: Care, register_data: Path) -> None:
    raw = gzip.decompress((register_data / "patients/synthea_ips_03.json.gz").read_bytes())
    await service.import_ips(care.patient, care.patient_id, raw)
    asked = await consents.request_consent(
        care.doctor,
        request_of(
            care,
            [Category.PROBLEMS, Category.RESULTS, Category.PROCEDURES, Category.DEVICES],
            data_from=datetime(2015, 1, 1, tzinfo=UTC),
            data_to=datetime(2025, 1, 1, tzinfo=UTC),
        ),
    )
    terms = Grant(
        categories=[Category.PROBLEMS, Category.RESULTS, Category.DEVICES],
        excluded_labels=[Label.PSYCHIATRY, Label.HIV],
        language="tr",
    )
    promised: dict[Category, list[Any]] = {}
    totals: dict[Category, int] = {}
    preview = await service.preview_consent(care.patient, asked.id, terms)
    for section in preview.sections:
        totals[section.category] = section.total
        items, cursor = list(section.items), section.next
        while cursor:
            more = await service.preview_consent(
                care.patient, asked.id, terms, category=section.category, cursor=cursor
            )
            items += more.sections[0].items
            cursor = more.sections[0].next
        promised[section.category] = [(each.id, each.title) for each in items]
    assert preview.total == sum(totals.values()) > 100
    granted = await consents.grant_consent(
        care.patient,
        asked.id,
        msgspec.structs.replace(terms, text_sha256=preview.text.sha256),
        1,
    )
    read: dict[Category, list[Any]] = {}
    for section in (await service.read_shared(care.clinician, care.patient_id, None)).sections:
        assert section.total == totals[section.category]
        items, cursor = list(section.items), section.next
        while cursor:
            page = await service.read_section(
                care.clinician, care.patient_id, section.category, cursor=cursor, limit=100
            )
            items += page.items
            cursor = page.next
        read[section.category] = [(each.id, each.title) for each in items]
    assert read == promised
    shown_again = await service.preview_consent(care.patient, granted.id, Grant())
    assert shown_again.total == preview.total and shown_again.text == preview.text


async def test_a_purpose_that_is_not_care_discloses_nothing(care: Care) -> None:
    asked = await consents.request_consent(
        care.doctor, request_of(care, list(Category), purpose=Purpose.PAYMENT)
    )
    preview = await service.preview_consent(care.patient, asked.id, Grant())
    assert (preview.total, preview.sections) == (0, [])
    await consents.grant_consent(care.patient, asked.id, Grant(), 1)
    assert await rows(care.clinician, "SELECT * FROM record_entry") == []
    with pytest.raises(NotFound):
        await service.read_shared(care.clinician, care.patient_id, None)


async def test_revoking_and_pausing_end_the_very_next_read(care: Care) -> None:
    given = await consented(care, [Category.PROBLEMS])
    await service.read_shared(care.clinician, care.patient_id, None)
    await consents.suspend_consent(care.patient, given.id, 2)
    with pytest.raises(ConsentWithdrawn):
        await service.read_shared(care.clinician, care.patient_id, None)
    await consents.resume_consent(care.patient, given.id, 3)
    await service.read_shared(care.clinician, care.patient_id, None)
    await consents.revoke_consent(care.patient, given.id, 4)
    for read in (
        service.read_shared(care.clinician, care.patient_id, None),
        service.read_section(care.clinician, care.patient_id, Category.PROBLEMS),
        service.show_record(care.clinician, care.patient_id),
    ):
        with pytest.raises(ConsentWithdrawn):
            await read
    assert await rows(care.clinician, "SELECT * FROM record_entry") == []


async def test_a_consent_ends_by_the_clock(care: Care) -> None:
    await consented(care, [Category.PROBLEMS], valid_until=datetime.now(UTC) + timedelta(seconds=1))
    await service.read_shared(care.clinician, care.patient_id, None)
    await asyncio.sleep(1.1)
    with pytest.raises(ConsentWithdrawn):
        await service.read_shared(care.clinician, care.patient_id, None)
    assert await rows(care.clinician, "SELECT * FROM record_entry") == []


async def test_a_consent_begins_by_the_clock(care: Care) -> None:
    now = datetime.now(UTC)
    await consented(care, [Category.PROBLEMS], valid_from=now + timedelta(days=1))
    with pytest.raises(ConsentWithdrawn):
        await service.read_shared(care.clinician, care.patient_id, None)


async def test_each_episode_reads_under_its_own_consent(care: Care) -> None:
    heart, knee = uuid4(), uuid4()
    for_heart = await consented(care, [Category.PROBLEMS], episode_id=heart)
    for_knee = await consented(care, [Category.MEDICATIONS], episode_id=knee)
    shared = await service.read_shared(care.clinician, care.patient_id, heart)
    assert [each.category for each in shared.sections] == [Category.PROBLEMS]
    assert shared.consent_ids == [for_heart.id]
    whole = await service.read_shared(care.clinician, care.patient_id, None)
    assert set(whole.consent_ids) == {for_heart.id, for_knee.id}
    await consents.revoke_consent(care.patient, for_heart.id, 2)
    with pytest.raises(ConsentWithdrawn):
        await service.read_shared(care.clinician, care.patient_id, heart)
    assert (await service.read_shared(care.clinician, care.patient_id, knee)).sections


async def test_a_role_named_in_a_consent_is_the_only_one_that_reads(
    care: Care, person: Any
) -> None:
    await consented(care, [Category.PROBLEMS], grantee_role="clinician")
    coordinator = await actor_of(
        await person(Role.COORDINATOR, organisation=care.clinician.organisation_id)
    )
    assert (await service.read_shared(care.clinician, care.patient_id, None)).sections
    with pytest.raises(ConsentWithdrawn):
        await service.read_shared(coordinator, care.patient_id, None)
    assert await rows(coordinator, "SELECT * FROM record_entry") == []


# What is written down


async def test_every_read_is_audited_with_consent_purpose_and_sections(care: Care) -> None:
    given = await consented(care, [Category.PROBLEMS, Category.MEDICATIONS])
    await service.read_shared(care.clinician, care.patient_id, None)
    (read,) = await audited(care, "records.read_shared")
    assert read["consent_id"] == given.id and read["purpose"] == "TREAT"
    assert read["organisation_id"] == care.clinician.organisation_id
    assert read["patient_id"] == care.patient_id and read["home_state"] == "KZ"
    assert json.loads(read["detail"]) == {
        "categories": ["medications", "problems"],
        "from": "KZ",
        "to": "TR",
    }
    await service.read_section(care.clinician, care.patient_id, Category.ALLERGIES)
    (nothing,) = await audited(care, "records.read_section")
    assert nothing["consent_id"] == given.id
    assert json.loads(nothing["detail"])["categories"] == ["allergies"]
    await service.read_section(care.doctor, care.patient_id, Category.PROBLEMS)
    assert (await audited(care, "records.read_section"))[-1]["purpose"] == "TREAT"


async def test_a_read_that_cannot_be_audited_does_not_happen(
    care: Care, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no audit")

    monkeypatch.setattr("domain.audit.service.record", broken)
    with pytest.raises(RuntimeError):
        await service.read_section(care.patient, care.patient_id, Category.PROBLEMS)


async def test_every_denial_is_audited(care: Care) -> None:
    given = await consented(care, [Category.PROBLEMS])
    await consents.revoke_consent(care.patient, given.id, 2)
    with pytest.raises(ConsentWithdrawn):
        await service.read_shared(care.clinician, care.patient_id, None)
    with pytest.raises(NotFound):
        await service.read_shared(care.other_clinician, care.patient_id, None)
    denied = await audited(care, "records.read_shared")
    assert [(row["outcome"], json.loads(row["detail"])["code"]) for row in denied] == [
        ("denied", "consent_withdrawn"),
        ("denied", "patient_not_found"),
    ]
    assert denied[0]["account_id"] == care.clinician.account_id


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "bnVsbA", "WyIyMDI2LTAxLTAxIiwieCJd"])
async def test_a_foreign_cursor_is_refused(care: Care, cursor: str) -> None:
    with pytest.raises(UnreadableCursor):
        await service.read_section(care.patient, care.patient_id, Category.PROBLEMS, cursor=cursor)


async def test_no_read_follows_an_acknowledged_revocation(care: Care) -> None:
    for _ in range(5):
        given = await consented(care, [Category.PROBLEMS])
        ended = asyncio.Event()

        async def read(over: asyncio.Event = ended) -> list[tuple[bool, bool]]:
            seen = []
            for _ in range(20):
                after = over.is_set()
                try:
                    await service.read_shared(care.clinician, care.patient_id, None)
                    seen.append((after, True))
                except ConsentWithdrawn:
                    seen.append((after, False))
            return seen

        readers = [asyncio.create_task(read()) for _ in range(3)]
        await asyncio.sleep(0.02)
        await consents.revoke_consent(care.patient, given.id, 2)
        ended.set()
        found = [each for reader in readers for each in await reader]
        assert (True, True) not in found
        assert (False, True) in found and (True, False) in found
