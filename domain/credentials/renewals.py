"""Renewals: filed by the holder with evidence, and counted once an officer acknowledges them."""

from uuid import UUID

from domain.actor import Actor
from domain.clock import utc_now
from domain.credentials import proceeding_queries, rules, writing
from domain.credentials.errors import EvidenceMissing, EvidenceUnusable, NoRenewalFiled
from domain.credentials.proceeding_types import (
    FileRenewal,
    RefuseRenewal,
    RenewalStatus,
    RenewalView,
)
from domain.credentials.tables import CredentialRenewal
from domain.credentials.types import (
    CredentialMove,
    CredentialStatus,
    CredentialView,
)
from domain.db import transactional
from domain.errors import NotFound
from domain.files import service as files
from domain.files.types import FilePurpose, FileStatus
from domain.ids import new_id
from domain.text import clean


@transactional
async def list_renewals(actor: Actor, credential_id: UUID) -> list[RenewalView]:
    """Return the renewals of a credential, newest first, to its holder and its state's officers."""
    await writing.concerned(actor, credential_id)
    return await proceeding_queries.renewals(credential_id)


@transactional
async def file_renewal(
    actor: Actor, credential_id: UUID, command: FileRenewal, *, version: int
) -> CredentialView:
    """Say, as the holder, that a renewal was asked for; the credential stays what it is.

    Raises NoSuchCredential, WrongState, NotToRenew, EvidenceMissing, EvidenceUnusable,
    RenewalFiled, StaleVersion.
    """
    view, row = await writing.as_holder(actor, credential_id, CredentialMove.FILE_RENEWAL, version)
    rules.require_renewable(row, rules.day_in(utc_now(), row["calendar"]))
    sha256 = command.evidence_sha256
    if command.file_id is not None:
        sha256 = await _digest_of(actor, command.file_id, row["held_by"])
    if sha256 is None:
        raise EvidenceMissing(fields={"evidence_sha256": "Name a file, or the receipt's SHA-256"})
    await proceeding_queries.insert_renewal(
        CredentialRenewal(
            id=new_id(),
            credential_id=credential_id,
            status=RenewalStatus.FILED.value,
            reference_number=clean(command.reference_number),
            file_id=command.file_id,
            evidence_sha256=bytes.fromhex(sha256),
            filed_by=actor.account_id,
            filed_at=utc_now(),
        )
    )
    return await writing.write(actor, "file_renewal", CredentialMove.FILE_RENEWAL, view, {})


async def _digest_of(actor: Actor, file_id: UUID, organisation_id: UUID | None) -> str:
    """Return the SHA-256 of an evidence file of the holder; raises EvidenceUnusable."""
    try:
        file = await files.show_file(actor, file_id)
    except NotFound:
        file = None
    if (
        file is None
        or file.purpose is not FilePurpose.EVIDENCE
        or file.organisation_id != organisation_id
        or file.status is not FileStatus.AVAILABLE
        or file.sha256 is None
    ):
        raise EvidenceUnusable(fields={"file_id": EvidenceUnusable.title})
    return file.sha256


@transactional
async def acknowledge_renewal(actor: Actor, credential_id: UUID, *, version: int) -> CredentialView:
    """Let a filed renewal count: the credential covers treatments beyond its last day.

    Raises NoSuchCredential, WrongState, NoRenewalFiled, StaleVersion.
    """
    view, _ = await writing.to_decide(
        actor, credential_id, CredentialMove.ACKNOWLEDGE_RENEWAL, version
    )
    await _decide(actor, credential_id, RenewalStatus.ACKNOWLEDGED)
    values = {
        "status": CredentialStatus.RENEWAL_FILED.value,
        "status_reason": None,
        "status_effective_at": utc_now(),
    }
    return await writing.write(
        actor, "acknowledge_renewal", CredentialMove.ACKNOWLEDGE_RENEWAL, view, values
    )


@transactional
async def refuse_renewal(
    actor: Actor, credential_id: UUID, command: RefuseRenewal, *, version: int
) -> CredentialView:
    """Say why a filed renewal does not count; the holder may file another."""
    view, _ = await writing.to_decide(actor, credential_id, CredentialMove.REFUSE_RENEWAL, version)
    reason = clean(command.reason)
    await _decide(actor, credential_id, RenewalStatus.REFUSED, reason)
    return await writing.write(
        actor, "refuse_renewal", CredentialMove.REFUSE_RENEWAL, view, {}, reason=reason
    )


async def _decide(
    actor: Actor, credential_id: UUID, status: RenewalStatus, reason: str | None = None
) -> None:
    decided = await proceeding_queries.decide_renewal(
        credential_id, status, actor.account_id, utc_now(), reason
    )
    if not decided:
        raise NoRenewalFiled
