"""Announcing a file, sending its content, reading and removing it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.consents import service as consents
from domain.consents.types import Category, Label
from domain.consents.types import Purpose as ConsentPurpose
from domain.db import transactional
from domain.files import policy, queries, rules
from domain.files.content import Claim, Writing, read_chunks
from domain.files.errors import (
    LargerThanDeclared,
    NoSuchFile,
    NotAvailable,
    TooManyUploads,
    UploadBusy,
    UploadOver,
    WrongOffset,
)
from domain.files.jobs import discard
from domain.files.policy import Basis
from domain.files.tables import StoredFile
from domain.files.types import (
    Content,
    DeclareEvidence,
    DeclareFile,
    FilePage,
    FilePurpose,
    FileReason,
    FileStatus,
    FileView,
    MediaType,
)
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.keys.service import (
    KeyDestroyed,
    Keyring,
    Place,
    SubjectKind,
    create_data_key,
    data_key,
    data_keys,
)

PAGE_LIMIT = 100
_CATEGORY = {FilePurpose.DOCUMENT: Category.DOCUMENTS, FilePurpose.IMAGING: Category.IMAGING}


@transactional
async def declare_file(
    actor: Actor, patient_id: UUID, command: DeclareFile, once: Once | None = None
) -> FileView:
    """Announce a file about a patient; its content is then sent with `append`.

    Raises TypeNotAllowed, TooLarge, UnusableName, TooManyUploads, NoSuchPatient.
    """
    basis = await policy.require_uploader(actor, patient_id)
    if made := await done_before(actor, "files.declare_file", once):
        return await _visible(actor, made)
    purpose, now = FilePurpose(command.purpose), utc_now()
    rules.require_moment(command.effective_at, now)
    keyring = await data_key(SubjectKind.PATIENT, patient_id)
    row = await _declare(
        actor, command, purpose, patient_id, keyring,
        patient_id=patient_id,
        home_state=basis.home_state,
        category=_CATEGORY[purpose].value,
        labels=sorted({each.value for each in command.labels}),
        effective_at=command.effective_at,
    )  # fmt: skip
    await remember(actor, "files.declare_file", once, row.id)
    await audit.record(
        actor, "files.upload", subject=("file", row.id), patient_id=patient_id,
        home_state=basis.home_state, on_behalf_of=basis.behalf,
        detail={"categories": [_CATEGORY[purpose].value]},
    )  # fmt: skip
    return await _visible(actor, row.id)


@transactional
async def declare_evidence(
    actor: Actor, organisation_id: UUID, command: DeclareEvidence, once: Once | None = None
) -> FileView:
    """Announce a document that proves a claim of one's own organisation.

    Raises TypeNotAllowed, TooLarge, UnusableName, TooManyUploads, Forbidden.
    """
    policy.require_own_organisation(actor, organisation_id)
    if made := await done_before(actor, "files.declare_evidence", once):
        return await _visible(actor, made)
    await queries.lock_owner(organisation_id)
    try:
        keyring = await data_key(SubjectKind.ORGANISATION, organisation_id)
    except KeyDestroyed:
        if await queries.had_files(organisation_id):
            raise
        keyring = await create_data_key(SubjectKind.ORGANISATION, organisation_id)
    row = await _declare(
        actor, command, FilePurpose.EVIDENCE, organisation_id, keyring,
        organisation_id=organisation_id,
        home_state=actor.jurisdiction,
        category=None,
        labels=[],
        effective_at=None,
    )  # fmt: skip
    await remember(actor, "files.declare_evidence", once, row.id)
    await audit.record(actor, "files.upload_evidence", subject=("file", row.id))
    return await _visible(actor, row.id)


async def _declare(
    actor: Actor,
    command: DeclareFile | DeclareEvidence,
    purpose: FilePurpose,
    owner_id: UUID,
    keyring: Keyring,
    **owner: Any,
) -> StoredFile:
    rules.require_type(purpose, command.media_type, command.size)
    name = rules.require_name(command.name, command.media_type)
    await queries.lock_owner(owner_id)
    if await queries.open_uploads(owner_id) >= rules.OPEN_UPLOADS:
        raise TooManyUploads
    file_id, now = new_id(), utc_now()
    digest = bytes.fromhex(command.sha256) if command.sha256 else None
    row = StoredFile(
        id=file_id,
        **{"patient_id": None, "organisation_id": None, **owner},
        purpose=purpose.value,
        media_type=command.media_type.value,
        size=command.size,
        received=0,
        name_sealed=keyring.seal_text(Place("stored_file", "name", file_id), name),
        sha256_sealed=keyring.seal(Place("stored_file", "sha256", file_id), digest)
        if digest
        else None,
        status=FileStatus.UPLOADING.value,
        reason=None,
        scanned=False,
        uploaded_by=actor.account_id,
        source_organisation_id=actor.organisation_id,
        writer=None,
        writer_until=None,
        check_due_at=None,
        check_attempts=0,
        created_at=now,
        touched_at=now,
        checked_at=None,
    )
    await queries.insert_file(row)
    return row


async def append(
    actor: Actor, file_id: UUID, offset: int, body: AsyncIterator[bytes], length: int | None
) -> int:
    """Take content from `offset` on as it streams in; return the offset then reached.

    Whatever arrived is kept, to the byte, when the body breaks off. `length` is the body's, if it
    is known before. Raises NoSuchFile, WrongOffset, UploadBusy, UploadOver, LargerThanDeclared.
    """
    writing = Writing(actor, await _claim(actor, file_id, offset, length))
    try:
        await writing.begin()
        async for piece in body:
            await writing.take(piece)
    finally:
        await writing.end()
    return writing.received


@transactional
async def _claim(actor: Actor, file_id: UUID, offset: int, length: int | None) -> Claim:
    row = await queries.file(file_id, visible_to=actor)
    await policy.require_writer_of(actor, row, file_id)
    if row["status"] != FileStatus.UPLOADING:
        raise UploadOver
    if row["received"] != offset:
        raise WrongOffset(f"The upload stands at {row['received']}", upload_offset=row["received"])
    if length is not None and offset + length > row["size"]:
        raise LargerThanDeclared
    keyring = await _keyring(row)
    writer = new_id()
    if not await queries.claim_writing(file_id, writer, offset):
        raise UploadBusy
    last = await queries.last_part(file_id)
    return Claim(
        file_id, row["patient_id"], row["home_state"], row["size"], offset, writer, last, keyring
    )


@transactional
async def show_file(actor: Actor, file_id: UUID) -> FileView:
    """Return what is known of a file, and how much of it has arrived; raises NoSuchFile."""
    row = await queries.file(file_id, visible_to=actor)
    basis = await policy.require_reader_of(actor, row, file_id)
    _require_there(row)
    view = await _view(row)
    if actor.organisation_id is not None or basis.behalf is not None:
        await _record(actor, "show", row, basis)
    return view


@transactional
async def list_files(
    actor: Actor, patient_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> FilePage:
    """Return a patient's files as far as the actor may see them, newest first.

    Raises NoSuchPatient, and ConsentWithdrawn where a consent has ended.
    """
    basis = await policy.require_reader(actor, patient_id)
    size = max(1, min(limit, PAGE_LIMIT))
    rows = await queries.files_of(
        patient_id, after, size, by_consent=basis.by_consent, visible_to=actor
    )
    shown = rows[:size]
    keyrings = await data_keys(SubjectKind.PATIENT, list({row["patient_id"] for row in shown}))
    used = {row["consent_id"] for row in shown} if basis.by_consent else set()
    for consent_id in used or {basis.consent_id}:
        await audit.record(
            actor, "files.list", subject=("patient", patient_id), patient_id=patient_id,
            home_state=basis.home_state, on_behalf_of=basis.behalf, consent_id=consent_id,
            purpose=await _purpose(actor, consent_id),
            detail={"categories": sorted({row["category"] for row in shown})},
        )  # fmt: skip
    return _page(rows, size, keyrings)


@transactional
async def list_evidence(
    actor: Actor, organisation_id: UUID, *, after: UUID | None = None, limit: int = 50
) -> FilePage:
    """Return the evidence of one's own organisation, newest first; raises Forbidden."""
    policy.require_own_organisation(actor, organisation_id)
    size = max(1, min(limit, PAGE_LIMIT))
    rows = await queries.evidence_of(organisation_id, after, size, visible_to=actor)
    if not rows:
        return FilePage([], None)
    keyring = await data_key(SubjectKind.ORGANISATION, organisation_id)
    return _page(rows, size, {None: keyring})


def _page(rows: list[Any], size: int, keyrings: Mapping[Any, Keyring]) -> FilePage:
    shown = rows[:size]
    more = str(shown[-1]["id"]) if len(rows) > size else None
    return FilePage([_rendered(row, keyrings[row["patient_id"]]) for row in shown], more)


async def read_content(actor: Actor, file_id: UUID) -> Content:
    """Return a file and its plain bytes; it is audited before the first byte is read.

    Raises NoSuchFile, NotAvailable, SealBroken for content that was tampered with.
    """
    file, chunks = await _open(actor, file_id)
    # The first chunk now: what is broken is refused before an answer has begun.
    first = await anext(chunks)
    return Content(file, _from(first, chunks))


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


@transactional
async def _open(actor: Actor, file_id: UUID) -> tuple[FileView, AsyncIterator[bytes]]:
    row = await queries.file(file_id, visible_to=actor)
    basis = await policy.require_reader_of(actor, row, file_id)
    opened = await _unsealed(row)
    await _record(actor, "read", row, basis)
    return opened


async def _unsealed(row: Any) -> tuple[FileView, AsyncIterator[bytes]]:
    _require_there(row)
    if row["status"] != FileStatus.AVAILABLE:
        raise NotAvailable(status=row["status"])
    keyring = await _keyring(row)
    parts = await queries.parts_of(row["id"])
    return _rendered(row, keyring), read_chunks(row["id"], row["size"], parts, keyring)


async def read_handed_over(file_id: UUID) -> Content:
    """Return a file that its patient handed over for a decision.

    To whom, the room decides that asks, and writes it down. Raises what `read_content` raises.
    """
    file, chunks = await _open_handed_over(SYSTEM, file_id)
    first = await anext(chunks)
    return Content(file, _from(first, chunks))


@transactional
async def _open_handed_over(actor: Actor, file_id: UUID) -> tuple[FileView, AsyncIterator[bytes]]:
    row = await queries.file(file_id, visible_to=actor)
    if row is None:
        raise NoSuchFile(subject=("file", file_id))
    return await _unsealed(row)


async def delete_file(actor: Actor, file_id: UUID) -> None:
    """Remove a file and its objects; only the patient's side may. Raises NoSuchFile, Forbidden."""
    await _delete(actor, file_id)
    # Should this break off, the sweeper finishes it.
    await discard(file_id)


@transactional
async def _delete(actor: Actor, file_id: UUID) -> None:
    row = await queries.file(file_id, visible_to=actor)
    basis = await policy.require_remover_of(actor, row, file_id)
    _require_there(row)
    await queries.remove(file_id, FileStatus.DELETED, FileReason.REMOVED)
    await _record(actor, "delete", row, basis)


def _require_there(row: Any) -> None:
    if row["status"] == FileStatus.ERASED:
        raise KeyDestroyed(subject=("file", row["id"]))
    if row["status"] == FileStatus.DELETED:
        raise NoSuchFile(subject=("file", row["id"]))


async def _visible(actor: Actor, file_id: UUID) -> FileView:
    row = await queries.file(file_id, visible_to=actor)
    if row is None:
        raise NoSuchFile(subject=("file", file_id))
    return await _view(row)


async def _keyring(row: Any) -> Keyring:
    if row["patient_id"] is not None:
        return await data_key(SubjectKind.PATIENT, row["patient_id"])
    return await data_key(SubjectKind.ORGANISATION, row["organisation_id"])


async def _view(row: Any) -> FileView:
    return _rendered(row, await _keyring(row))


def _rendered(row: Any, keyring: Keyring) -> FileView:
    digest = row["sha256_sealed"]
    place = Place("stored_file", "sha256", row["id"])
    return FileView(
        id=row["id"],
        patient_id=row["patient_id"],
        organisation_id=row["organisation_id"],
        purpose=FilePurpose(row["purpose"]),
        name=keyring.open_text(Place("stored_file", "name", row["id"]), row["name_sealed"]),
        media_type=MediaType(row["media_type"]),
        size=row["size"],
        received=row["received"],
        status=FileStatus(row["status"]),
        reason=FileReason(row["reason"]) if row["reason"] else None,
        scanned=row["scanned"],
        sha256=keyring.open(place, digest).hex() if digest is not None else None,
        labels=[Label(each) for each in row["labels"]],
        effective_at=row["effective_at"],
        created_at=row["created_at"],
        checked_at=row["checked_at"],
    )


async def _purpose(actor: Actor, consent_id: UUID | None) -> str | None:
    if consent_id is not None:
        return (await consents.purposes_of(actor, [consent_id]))[consent_id].value
    return ConsentPurpose.TREATMENT.value if actor.organisation_id is not None else None


async def _record(actor: Actor, verb: str, row: Any, basis: Basis) -> None:
    detail: dict[str, Any] = {}
    if row["category"] is not None:
        detail["categories"] = [row["category"]]
    if actor.jurisdiction and actor.jurisdiction != row["home_state"]:
        detail |= {"from": row["home_state"], "to": actor.jurisdiction}
    await audit.record(
        actor, f"files.{verb}", subject=("file", row["id"]), patient_id=row["patient_id"],
        home_state=row["home_state"], on_behalf_of=basis.behalf, consent_id=basis.consent_id,
        purpose=await _purpose(actor, basis.consent_id) if row["patient_id"] else None,
        detail=detail or None,
    )  # fmt: skip
