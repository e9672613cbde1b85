"""Handing in, verifying and confirming credentials, and asking whether they cover."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.clock import plausible, utc_now
from domain.credentials import policy, queries, recognition_queries, rules, writing
from domain.credentials.errors import (
    CredentialNotValid,
    NothingToSupersede,
    NotRecognised,
    UnknownAccreditor,
    WrongState,
)
from domain.credentials.types import (
    CredentialKind,
    CredentialMove,
    CredentialPage,
    CredentialStatus,
    CredentialView,
    ListingRule,
    SubmitCredential,
    VerifyCredential,
)
from domain.db import transactional
from domain.facilities import service as facilities
from domain.jurisdictions import jurisdiction
from domain.permissions import service as permissions
from domain.text import clean


@transactional
async def list_credentials(actor: Actor, facility_id: UUID) -> list[CredentialView]:
    """Return a facility's credentials; unconfirmed ones to its staff and its state's officers."""
    await facilities.facility_ref(actor, facility_id)
    return await queries.credentials(facility_id, visible_to=actor)


@transactional
async def show_credential(actor: Actor, credential_id: UUID) -> CredentialView:
    """Return a credential; raises NoSuchCredential."""
    return (await writing.visible(actor, credential_id))[0]


@transactional
async def list_queue(
    actor: Actor, status: CredentialStatus, *, after: UUID | None = None, limit: int = 50
) -> CredentialPage:
    """Return the credentials in this status of the officer's own state, oldest first."""
    permissions.require(actor, "credentials.list_queue")
    found = await queries.of_jurisdiction(status, after, limit + 1, visible_to=actor)
    items = found[:limit]
    return CredentialPage(items, items[-1].id if len(found) > limit else None)


@transactional
async def list_listing_rules(actor: Actor, state: str) -> list[ListingRule]:
    """Return every version of a state's listing rule, the first first.

    Raises UnknownJurisdiction.
    """
    return await queries.listing_rules(jurisdiction(state).code)


@transactional
async def submit_credential(
    actor: Actor, facility_id: UUID, command: SubmitCredential
) -> CredentialView:
    """Hand in a credential of one's own facility; two officers decide whether it holds.

    Raises WrongHolder, UnknownAccreditor, NotRecognised, ImpossibleDates, NothingToSupersede and
    CredentialKnown.
    """
    facility = await facilities.facility_of(actor, facility_id, "credentials.submit")
    rules.require_kind_of_facility(command.kind)
    rules.require_consistent(command, utc_now().date())
    body = await _body_of(command, facility.jurisdiction)
    if command.supersedes and not await queries.belongs_to(
        command.supersedes, facility_id=facility_id
    ):
        raise NothingToSupersede(fields={"supersedes": NothingToSupersede.title})
    row = writing.handed_in(actor, command, body, facility_id=facility_id, demo=facility.demo)
    await queries.insert_credential(row)
    return await writing.note(actor, "submit_credential", CredentialMove.SUBMIT, row.id)


async def _body_of(command: SubmitCredential, state: str) -> str:
    """Return who issued a credential: a known accreditor that was recognised then, or a name."""
    if command.accreditor_id is None:
        body = clean(command.body or "")
        if not body:
            raise UnknownAccreditor(fields={"body": UnknownAccreditor.title})
        return body
    name = await recognition_queries.accreditor_name(command.accreditor_id)
    if name is None:
        raise UnknownAccreditor(fields={"accreditor_id": UnknownAccreditor.title})
    accreditation = command.kind is CredentialKind.QUALITY_ACCREDITATION
    if accreditation and not await recognition_queries.recognised(
        command.accreditor_id, state, command.issued
    ):
        raise NotRecognised(fields={"accreditor_id": NotRecognised.title}, accreditor=name)
    return name


@transactional
async def verify_credential(
    actor: Actor, credential_id: UUID, command: VerifyCredential, *, version: int
) -> CredentialView:
    """Attest, as the first officer, that the credential is genuine.

    Raises WrongState, EvidenceMissing, StaleVersion, NoSuchCredential for a foreign state.
    """
    view, row = await writing.to_decide(actor, credential_id, CredentialMove.VERIFY, version)
    if row["verified_by"] is not None:
        raise WrongState("An officer has already verified this credential")
    values = {"verified_by": actor.account_id} | _checked(command, row)
    return await writing.write(actor, "verify_credential", CredentialMove.VERIFY, view, values)


@transactional
async def confirm_credential(actor: Actor, credential_id: UUID, *, version: int) -> CredentialView:
    """Put the credential into force, as the second officer; raises SameOfficer, WrongState."""
    view, row = await writing.to_decide(actor, credential_id, CredentialMove.CONFIRM, version)
    if row["verified_by"] is None:
        raise WrongState("A first officer has to verify the credential before")
    policy.require_second_officer(actor, row["verified_by"], view)
    values = {
        "confirmed_by": actor.account_id,
        "status": CredentialStatus.ACTIVE.value,
        "status_effective_at": utc_now(),
    }
    return await writing.write(actor, "confirm_credential", CredentialMove.CONFIRM, view, values)


@transactional
async def recheck_credential(
    actor: Actor, credential_id: UUID, command: VerifyCredential, *, version: int
) -> CredentialView:
    """Check a credential in force again, and say when the next check is due.

    Raises WrongState, EvidenceMissing, StaleVersion, NoSuchCredential for a foreign state.
    """
    view, row = await writing.to_decide(actor, credential_id, CredentialMove.RECHECK, version)
    values = _checked(command, row)
    return await writing.write(actor, "recheck_credential", CredentialMove.RECHECK, view, values)


def _checked(command: VerifyCredential, row: Any) -> dict[str, Any]:
    rules.require_evidence(command, row["url"], row["evidence_sha256"])
    values: dict[str, Any] = {
        "method": command.method.value,
        "primary_source": command.primary_source,
        "checked_at": utc_now(),
        "next_check_due": command.next_check_due,
    }
    if command.url is not None:
        values["url"] = command.url
    if command.evidence_sha256 is not None:
        values["evidence_sha256"] = bytes.fromhex(command.evidence_sha256)
    return values


@transactional
async def require_cover(actor: Actor, offer_id: UUID, starts_at: datetime) -> None:
    """Refuse a treatment that the facility's credentials do not cover; raises CredentialNotValid.

    The offer must be listed now, and its credentials must hold from `starts_at` for thirty days;
    a certificate whose renewal is filed counts as holding on.
    """
    covered = plausible(starts_at) and await queries.covers(
        offer_id, starts_at, starts_at + rules.COVER_AFTER_TREATMENT
    )
    if not covered:
        raise CredentialNotValid(subject=("offer", offer_id))
