"""What happens to files without anybody asking: checking, sweeping, erasing."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import structlog

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.files import queries, rules
from domain.files.content import read_chunks
from domain.files.errors import ScannerUnavailable, StoreUnavailable
from domain.files.events import FileUploaded
from domain.files.inspection import Inspection, NotWhatItClaims
from domain.files.scanners import ScanBrokenOff, Verdict, scanner
from domain.files.stores import store
from domain.files.types import (
    LARGEST_DOCUMENT,
    FileReason,
    FileStatus,
    MediaType,
    Part,
)
from domain.keys.service import KeyDestroyed, Keyring, Place, SealBroken, SubjectKind, data_key

log = structlog.get_logger()


class _Refused(Exception):
    def __init__(self, reason: FileReason) -> None:
        self.reason = reason


class _Checked(msgspec.Struct, frozen=True):
    row: Any
    parts: list[Part]
    keyring: Keyring


async def check_when_uploaded(event: FileUploaded) -> None:
    """Check a document as soon as it is complete; imaging waits for `check_waiting`.

    A handler holds up the events behind it, so what takes long is not done here.
    """
    await check(event.file_id, at_most=LARGEST_DOCUMENT)


async def check_waiting() -> int:
    """Check the files whose check is due: imaging, and what could not be checked before."""
    due = await _due(SYSTEM)
    for file_id in due:
        await check(file_id)
    return len(due)


@transactional
async def _due(actor: Actor) -> list[UUID]:
    return await queries.due_checks(utc_now())


async def check(file_id: UUID, *, at_most: int | None = None) -> None:
    """Judge a complete file by its type, its digest and the scanner; it bears running twice.

    A scanner or a store that does not answer leaves the file pending, to be tried again.
    """
    claimed = await _claim(SYSTEM, file_id, at_most)
    if claimed is None:
        return
    row, digest = claimed.row, hashlib.sha256()
    try:
        verdict = await scanner().scan(_inspected(claimed, digest))
        reason = {
            Verdict.INFECTED: FileReason.MALWARE_FOUND,
            Verdict.TOO_LARGE: FileReason.TOO_LARGE_TO_SCAN,
        }.get(verdict)
        scanned = verdict is Verdict.CLEAN or verdict is Verdict.INFECTED
    except _Refused as refused:
        reason, scanned = refused.reason, False
    except SealBroken:
        log.error("stored_file_damaged", file_id=str(file_id))
        reason, scanned = FileReason.DAMAGED, False
    except ScanBrokenOff as error:
        log.warning("scan_broken_off", file_id=str(file_id), said=str(error))
        if row["check_attempts"] < rules.SCAN_ATTEMPTS:
            await _postpone(SYSTEM, file_id, row["check_attempts"])
            return
        reason, scanned = FileReason.SCAN_FAILED, False
    except (ScannerUnavailable, StoreUnavailable) as error:
        log.warning("check_waits", file_id=str(file_id), error=error.detail)
        await _postpone(SYSTEM, file_id, row["check_attempts"])
        return
    sealed = None
    if reason is None:
        sealed = claimed.keyring.seal(Place("stored_file", "sha256", file_id), digest.digest())
    await _settle(SYSTEM, row, reason, scanned, sealed)
    if reason is not None:
        await discard(file_id)


async def _inspected(claimed: _Checked, digest: Any) -> AsyncIterator[bytes]:
    """Yield the content while comparing it with its declared type and digest."""
    row, keyring = claimed.row, claimed.keyring
    inspection = Inspection(MediaType(row["media_type"]))
    try:
        async for chunk in read_chunks(row["id"], row["size"], claimed.parts, keyring):
            digest.update(chunk)
            inspection.feed(chunk)
            yield chunk
        inspection.finish()
    except NotWhatItClaims:
        raise _Refused(FileReason.TYPE_MISMATCH) from None
    if row["sha256_sealed"] is not None:
        declared = keyring.open(Place("stored_file", "sha256", row["id"]), row["sha256_sealed"])
        if not hmac.compare_digest(declared, digest.digest()):
            raise _Refused(FileReason.CHECKSUM_MISMATCH)


@transactional
async def _claim(actor: Actor, file_id: UUID, at_most: int | None) -> _Checked | None:
    now = utc_now()
    size = await queries.size_of(file_id)
    if size is None or (at_most is not None and size > at_most):
        return None
    row = await queries.claim_check(file_id, now, now + rules.check_lease(size))
    if row is None:
        return None
    kind = SubjectKind.PATIENT if row["patient_id"] else SubjectKind.ORGANISATION
    try:
        keyring = await data_key(kind, row["patient_id"] or row["organisation_id"])
    except KeyDestroyed:
        return None  # erasure removes it
    return _Checked(row, await queries.parts_of(file_id), keyring)


@transactional
async def _postpone(actor: Actor, file_id: UUID, attempts: int) -> None:
    await queries.postpone_check(file_id, rules.next_check(attempts, utc_now()))


@transactional
async def _settle(
    actor: Actor, row: Any, reason: FileReason | None, scanned: bool, sha256: bytes | None
) -> None:
    status = FileStatus.AVAILABLE if reason is None else FileStatus.REJECTED
    if await queries.settle_check(row["id"], status, reason, scanned, sha256):
        await audit.record(
            actor, "files.check", subject=("file", row["id"]), patient_id=row["patient_id"],
            home_state=row["home_state"],
            detail={"status": status.value, "reason": reason and reason.value, "scanned": scanned},
        )  # fmt: skip


async def discard(file_id: UUID) -> None:
    """Remove the objects of a file that is gone or rejected, then the rows that named them."""
    parts = await _parts(SYSTEM, file_id)
    for part in parts:
        await store().delete(rules.key_of(file_id, part.id))
    await _forget(SYSTEM, file_id, [part.id for part in parts])


@transactional
async def _parts(actor: Actor, file_id: UUID) -> list[Part]:
    return await queries.parts_of(file_id)


@transactional
async def _forget(actor: Actor, file_id: UUID, parts: list[UUID]) -> None:
    await queries.forget_parts(file_id, parts)


async def erase_objects(actor: Actor, kind: SubjectKind, subject_id: UUID) -> int:
    """Remove every object of a subject and mark the files as erased; return how many files.

    To be called after the subject's key was destroyed; it bears running twice. For the system.
    """
    files = await _mark_erased(actor, kind, subject_id)
    for file_id in files:
        await discard(file_id)
        async for page in store().pages(f"{file_id}/"):
            for each in page:
                await store().delete(each.key)
    return len(files)


@transactional
async def _mark_erased(actor: Actor, kind: SubjectKind, subject_id: UUID) -> list[UUID]:
    files = await queries.mark_erased(
        subject_id if kind is SubjectKind.PATIENT else None,
        subject_id if kind is SubjectKind.ORGANISATION else None,
    )
    if files:
        await audit.record(
            actor, "files.erase", subject=(kind.value, subject_id),
            patient_id=subject_id if kind is SubjectKind.PATIENT else None,
            detail={"files": len(files)},
        )  # fmt: skip
    return files


async def sweep() -> int:
    """Remove abandoned uploads and objects that belong to no file; return how many objects went.

    An object without a row is left alone for a day: its row may be about to be written.
    """
    before = utc_now() - rules.ABANDONED_AFTER
    await _abandon(SYSTEM)
    for file_id in await _leftovers(SYSTEM):
        await discard(file_id)
    removed = 0
    async for page in store().pages():
        old = {
            each.key: part
            for each in page
            if each.modified_at < before and (part := rules.part_of(each.key)) is not None
        }
        known = await _known(SYSTEM, list(old.values()))
        for key, part in old.items():
            if part not in known:
                await store().delete(key)
                removed += 1
    return removed


@transactional
async def _abandon(actor: Actor) -> None:
    for file_id in await queries.abandoned(utc_now() - rules.ABANDONED_AFTER):
        await queries.remove(file_id, FileStatus.DELETED, FileReason.ABANDONED)


@transactional
async def _leftovers(actor: Actor) -> list[UUID]:
    return await queries.with_leftovers()


@transactional
async def _known(actor: Actor, ids: list[UUID]) -> set[UUID]:
    return await queries.known_parts(ids)
