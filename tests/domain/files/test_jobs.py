"""From the last byte to a verdict, and what is swept and erased afterwards."""

import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.actor import SYSTEM, Actor, Role
from domain.consents.types import Category
from domain.db import connection, transactional
from domain.errors import Forbidden
from domain.files import jobs, rules, scanners, service, stores
from domain.files.content import Claim, Writing
from domain.files.errors import NoSuchFile, NotAvailable, StoreUnavailable, UploadBusy
from domain.files.scanners import ClamAv, NoScanner, ScanBrokenOff, Verdict
from domain.files.stores import LocalStore
from domain.files.types import CHUNK, DeclareEvidence, DeclareFile, FileStatus, FileView, MediaType
from domain.files.types import FileReason as Reason
from domain.keys.service import KeyDestroyed, SealBroken, SubjectKind
from tests.factories.care import Care, actor_of, care_of, consented
from tests.factories.papers import EICAR, PAPERS, zipped
from tests.serving import free_port

PDF = PAPERS[MediaType.PDF]


@pytest.fixture
def folder_store(database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stores, "_store", LocalStore(tmp_path / "files"))
    monkeypatch.setattr(scanners, "_scanner", NoScanner())
    return tmp_path / "files"


@pytest.fixture
async def care(person: Any, folder_store: Path) -> Care:
    return await care_of(person)


async def pieces(content: bytes, size: int = 70_001) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def sent(care: Care, content: bytes, **more: Any) -> FileView:
    values: dict[str, Any] = {"name": "a.pdf", "media_type": MediaType.PDF, "size": len(content)}
    file = await service.declare_file(care.patient, care.patient_id, DeclareFile(**values | more))
    assert file.status is FileStatus.UPLOADING
    assert await service.append(care.patient, file.id, 0, pieces(content), None) == len(content)
    return file


async def checked(care: Care, content: bytes, **more: Any) -> FileView:
    file = await sent(care, content, **more)
    await jobs.check(file.id)
    return await service.show_file(care.patient, file.id)


async def content_of(actor: Actor, file_id: UUID) -> bytes:
    content = await service.read_content(actor, file_id)
    return b"".join([chunk async for chunk in content.chunks])


async def run(sql: str, *values: object) -> Any:
    @transactional
    async def as_system(actor: Actor) -> Any:
        return await connection().fetch(sql, *values)

    return await as_system(SYSTEM)


async def forget_lease(file_id: UUID) -> None:
    await run("UPDATE stored_file SET check_due_at = now() WHERE id = $1", file_id)


def objects(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 77])
async def test_content_comes_back_at_every_edge(care: Care, size: int) -> None:
    content = (PAPERS[MediaType.DICOM] + secrets.token_bytes(size))[: max(size, 132)]
    file = await checked(
        care, content, media_type=MediaType.DICOM, purpose="imaging", name="heart.dcm",
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    assert (file.status, file.scanned) == (FileStatus.AVAILABLE, False)
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert await content_of(care.patient, file.id) == content


async def test_nothing_readable_lies_in_the_store_at_any_time(
    care: Care, folder_store: Path
) -> None:
    canary = b"CANARY-glioblastoma-" * 10
    content = PDF + canary * 6000
    file = await service.declare_file(
        care.patient, care.patient_id,
        DeclareFile(name="canary-name.pdf", media_type=MediaType.PDF, size=len(content)),
    )  # fmt: skip
    await service.append(care.patient, file.id, 0, pieces(content[:600_000]), None)
    for part in (b"CANARY", b"%PDF", b"canary-name"):
        assert all(part not in path.read_bytes() for path in objects(folder_store))
    await service.append(care.patient, file.id, 600_000, pieces(content[600_000:]), None)
    assert len(objects(folder_store)) == rules.chunks_of(len(content))
    for part in (b"CANARY", b"%PDF", b"canary-name"):
        assert all(part not in path.read_bytes() for path in objects(folder_store))
    rows = await run("SELECT f::text FROM stored_file f WHERE id = $1", file.id)
    assert "canary-name" not in rows[0][0]
    await jobs.check(file.id)
    assert await content_of(care.patient, file.id) == content


async def test_a_wrong_type_and_a_wrong_digest_are_rejected_and_their_objects_removed(
    care: Care, folder_store: Path
) -> None:
    wrong = await checked(care, zipped() * 3)
    assert (wrong.status, wrong.reason) == (FileStatus.REJECTED, Reason.TYPE_MISMATCH)
    digest = await checked(care, PDF, sha256="0" * 64)
    assert (digest.status, digest.reason) == (FileStatus.REJECTED, Reason.CHECKSUM_MISMATCH)
    assert objects(folder_store) == []
    with pytest.raises(NotAvailable):
        await service.read_content(care.patient, wrong.id)


async def test_the_test_virus_is_rejected_and_the_clean_say_that_they_were_scanned(
    care: Care, clamd: str, monkeypatch: pytest.MonkeyPatch, folder_store: Path
) -> None:
    monkeypatch.setattr(scanners, "_scanner", ClamAv(clamd))
    clean = await checked(care, PDF)
    assert (clean.status, clean.scanned) == (FileStatus.AVAILABLE, True)
    imaging = {"media_type": MediaType.ZIP, "purpose": "imaging", "name": "study.zip"}
    infected = await checked(care, zipped(EICAR, "eicar.com"), **imaging)
    assert (infected.status, infected.reason) == (FileStatus.REJECTED, Reason.MALWARE_FOUND)
    assert {path.parent.name for path in objects(folder_store)} == {str(clean.id)}


async def test_a_scanner_that_is_away_leaves_the_file_pending_until_it_is_back(
    care: Care, clamd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanners, "_scanner", ClamAv(f"127.0.0.1:{free_port()}"))
    file = await checked(care, PDF)
    assert file.status is FileStatus.PENDING
    with pytest.raises(NotAvailable):
        await service.read_content(care.patient, file.id)
    monkeypatch.setattr(scanners, "_scanner", ClamAv(clamd))
    await jobs.check(file.id)
    assert (await service.show_file(care.patient, file.id)).status is FileStatus.PENDING
    await forget_lease(file.id)
    await jobs.check_waiting()
    assert (await service.show_file(care.patient, file.id)).status is FileStatus.AVAILABLE


class Breaking:
    """Takes the content and never gives a whole answer."""

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        async for _ in chunks:
            pass
        raise ScanBrokenOff("planted")


async def test_scans_that_break_off_again_and_again_end_in_rejection(
    care: Care, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanners, "_scanner", Breaking())
    file = await sent(care, PDF)
    for _ in range(rules.SCAN_ATTEMPTS):
        assert (await service.show_file(care.patient, file.id)).status is FileStatus.PENDING
        await forget_lease(file.id)
        await jobs.check(file.id)
    now = await service.show_file(care.patient, file.id)
    assert (now.status, now.reason) == (FileStatus.REJECTED, Reason.SCAN_FAILED)


async def test_a_file_changed_in_the_store_is_never_handed_out(
    care: Care, folder_store: Path
) -> None:
    file = await checked(care, PDF)
    path = objects(folder_store)[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(SealBroken):
        await service.read_content(care.patient, file.id)
    pending = await sent(care, PDF)
    for path in (folder_store / str(pending.id)).iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    await jobs.check(pending.id)
    now = await service.show_file(care.patient, pending.id)
    assert (now.status, now.reason) == (FileStatus.REJECTED, Reason.DAMAGED)


async def test_a_writer_that_lost_its_claim_changes_nothing(care: Care, folder_store: Path) -> None:
    content = PDF + secrets.token_bytes(2 * CHUNK)
    file = await service.declare_file(
        care.patient, care.patient_id,
        DeclareFile(name="a.pdf", media_type=MediaType.PDF, size=len(content)),
    )  # fmt: skip
    claim: Claim = await service._claim(care.patient, file.id, 0, None)
    late = Writing(care.patient, claim)
    await late.begin()
    with pytest.raises(UploadBusy):
        await service.append(care.patient, file.id, 0, pieces(content), None)
    await run("UPDATE stored_file SET writer_until = now() - interval '1 s' WHERE id = $1", file.id)
    assert await service.append(care.patient, file.id, 0, pieces(content), None) == len(content)
    with pytest.raises(UploadBusy):
        await late.take(secrets.token_bytes(CHUNK + 1))
    await late.end()
    assert len(objects(folder_store)) == rules.chunks_of(len(content))
    await jobs.check(file.id)
    assert await content_of(care.patient, file.id) == content


async def test_a_store_that_fails_keeps_the_offset_true(
    care: Care, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = PDF + secrets.token_bytes(3 * CHUNK)
    file = await service.declare_file(
        care.patient, care.patient_id,
        DeclareFile(name="a.pdf", media_type=MediaType.PDF, size=len(content)),
    )  # fmt: skip
    working = stores.store().create
    calls = 0

    async def failing(key: str, data: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise StoreUnavailable
        await working(key, data)

    monkeypatch.setattr(stores.store(), "create", failing)
    with pytest.raises(StoreUnavailable):
        await service.append(care.patient, file.id, 0, pieces(content), None)
    monkeypatch.setattr(stores.store(), "create", working)
    at = (await service.show_file(care.patient, file.id)).received
    assert at == CHUNK
    await service.append(care.patient, file.id, at, pieces(content[at:]), None)
    await jobs.check(file.id)
    assert await content_of(care.patient, file.id) == content


async def test_the_sweeper_takes_what_was_abandoned_and_what_nobody_knows(
    care: Care, folder_store: Path
) -> None:
    kept = await checked(care, PDF)
    content = PDF * 10
    left = await service.declare_file(
        care.patient, care.patient_id,
        DeclareFile(name="a.pdf", media_type=MediaType.PDF, size=len(content)),
    )  # fmt: skip
    await service.append(care.patient, left.id, 0, pieces(content[:50]), None)
    orphans = [folder_store / str(uuid4()) / str(uuid4()) for _ in range(2)]
    orphans.append(folder_store / str(uuid4()) / f".{uuid4()}.tmp")
    foreign = folder_store / "backups" / "base.tar"
    for path in (*orphans, foreign):
        path.parent.mkdir()
        path.write_bytes(b"x")
    await jobs.sweep()
    assert all(path.exists() for path in orphans), "what is younger than a day is left alone"
    old = (datetime.now(UTC) - timedelta(hours=25)).timestamp()
    for path in (*orphans, foreign):
        os.utime(path, (old, old))
    await run(
        "UPDATE stored_file SET touched_at = touched_at - interval '25 h' WHERE id = $1", left.id
    )
    assert await jobs.sweep() == len(orphans)
    assert {path.parent.name for path in objects(folder_store)} == {str(kept.id), "backups"}
    with pytest.raises(NoSuchFile):
        await service.show_file(care.patient, left.id)
    assert await content_of(care.patient, kept.id) == PDF


async def test_after_erasure_nothing_is_left_to_read(care: Care, folder_store: Path) -> None:
    file, unfinished = await checked(care, PDF), await sent(care, PDF)
    content = await service.read_content(care.doctor, file.id)
    await run(
        "DELETE FROM data_key WHERE subject_kind = 'patient' AND subject_id = $1", care.patient_id
    )
    for read in (service.show_file, service.read_content):
        with pytest.raises(KeyDestroyed):
            await read(care.patient, file.id)  # type: ignore[operator]
    await jobs.check(unfinished.id)
    for _ in range(2):
        await jobs.erase_objects(SYSTEM, SubjectKind.PATIENT, care.patient_id)
    assert objects(folder_store) == []
    with pytest.raises(KeyDestroyed):
        await service.show_file(care.patient, file.id)
    rows = await run(
        "SELECT status, name_sealed FROM stored_file WHERE patient_id = $1", care.patient_id
    )
    assert {tuple(row.values()) for row in rows} == {("erased", b"")}
    assert [chunk async for chunk in content.chunks] == [PDF]  # the one already read


async def test_nobody_but_the_marketplace_settles_a_file(care: Care) -> None:
    file = await sent(care, PDF)

    @transactional
    async def settle(actor: Actor) -> None:
        await connection().execute(
            "UPDATE stored_file SET status = 'available' WHERE id = $1", file.id
        )

    with pytest.raises(Exception, match=r"contradicts|settles"):
        await settle(care.patient)


async def test_evidence_is_its_organisations_and_the_states_officers(
    person: Any, folder_store: Path
) -> None:
    staff = await person(Role.COORDINATOR, state="TR")
    actor = await actor_of(staff)
    command = DeclareEvidence(name="JCI.pdf", media_type=MediaType.PDF, size=len(PDF))
    file = await service.declare_evidence(actor, staff.organisation_id, command)
    again = await service.declare_evidence(actor, staff.organisation_id, command)
    assert again.id != file.id
    await service.append(actor, file.id, 0, pieces(PDF), len(PDF))
    await jobs.check(file.id)
    assert await content_of(actor, file.id) == PDF
    listed = await service.list_evidence(actor, staff.organisation_id, limit=1)
    assert [each.id for each in listed.items] == [again.id]
    assert listed.next_cursor is not None
    officer = await actor_of(await person(Role.MINISTRY_OFFICER, state="TR"))
    assert await content_of(officer, file.id) == PDF
    for stranger, error in (
        (await person(Role.MINISTRY_OFFICER, state="KZ"), NoSuchFile),
        (await person(Role.COORDINATOR, state="TR"), NoSuchFile),
        (await person(), NoSuchFile),
        (await person(Role.AUDITOR), Forbidden),
    ):
        with pytest.raises(error):
            await service.read_content(await actor_of(stranger), file.id)
    with pytest.raises(Forbidden):
        await service.declare_evidence(
            await actor_of(await person(Role.COORDINATOR)), staff.organisation_id, command
        )


async def test_who_acts_without_the_scope_to_view_neither_reads_nor_brings(
    care: Care, person: Any
) -> None:
    file = await checked(care, PDF)
    payer = await person()
    await run(
        "INSERT INTO access (id, account_id, patient_id, home_state, kind, scopes, until,"
        " created_at)"
        " VALUES (gen_random_uuid(), $1, $2, 'KZ', 'mandate', ARRAY['pay'],"
        " now() + interval '1 day', now())",
        payer.account_id, care.patient_id,
    )  # fmt: skip
    actor = await actor_of(payer)
    command = DeclareFile(name="a.pdf", media_type=MediaType.PDF, size=9)
    for attempt in (
        service.show_file(actor, file.id),
        service.read_content(actor, file.id),
        service.delete_file(actor, file.id),
        service.list_files(actor, care.patient_id),
        service.declare_file(actor, care.patient_id, command),
        service.append(actor, file.id, 0, pieces(PDF), None),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_the_rows_themselves_hide_what_a_consent_does_not_show(care: Care) -> None:
    shown, hidden = await checked(care, PDF), await sent(care, PDF)
    await consented(care, [Category.DOCUMENTS])

    @transactional
    async def seen(actor: Actor) -> tuple[set[UUID], set[UUID]]:
        files = await connection().fetch("SELECT id FROM stored_file")
        parts = await connection().fetch("SELECT file_id FROM file_part")
        return {row["id"] for row in files}, {row["file_id"] for row in parts}

    assert await seen(care.clinician) == ({shown.id}, {shown.id})
    assert await seen(care.other_clinician) == (set(), set())
    assert await seen(care.stranger) == (set(), set())
    assert await seen(care.doctor) == ({shown.id, hidden.id}, {shown.id, hidden.id})

    @transactional
    async def meddle(actor: Actor, statement: str) -> str:
        return str(await connection().execute(statement, shown.id))

    for statement in (
        "UPDATE stored_file SET labels = '{}' WHERE id = $1",
        "DELETE FROM stored_file WHERE id = $1",
        "DELETE FROM file_part WHERE file_id = $1",
        "UPDATE file_part SET size = 1 WHERE file_id = $1",
    ):
        assert (await meddle(care.clinician, statement)).endswith(" 0"), statement
    for statement in (
        "DELETE FROM stored_file WHERE id = $1",
        "DELETE FROM file_part WHERE file_id = $1",
    ):
        assert (await meddle(care.patient, statement)).endswith(" 0"), statement
