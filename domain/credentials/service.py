"""Handing in, verifying, suspending and ending credentials, and asking whether they cover."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import plausible, utc_now
from domain.credentials import policy, queries, rules
from domain.credentials.errors import (
    CredentialNotValid,
    NoSuchCredential,
    NothingToSupersede,
    UnknownAccreditor,
    WrongState,
)
from domain.credentials.events import CredentialChanged
from domain.credentials.tables import Credential
from domain.credentials.types import (
    Accreditor,
    CredentialPage,
    CredentialStatus,
    CredentialView,
    ListingRule,
    ReinstateCredential,
    RevokeCredential,
    SubmitCredential,
    SuspendCredential,
    VerifyCredential,
)
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities import service as facilities
from domain.ids import new_id
from domain.outbox import service as outbox
from domain.permissions import service as permissions
from domain.text import clean

_REFERENCE = Path(__file__).parent / "reference"


@transactional
async def list_credentials(actor: Actor, facility_id: UUID) -> list[CredentialView]:
    """Return a facility's credentials; unconfirmed ones to its staff and its state's officers."""
    await facilities.facility_ref(actor, facility_id)
    return await queries.credentials(facility_id, visible_to=actor)


@transactional
async def show_credential(actor: Actor, credential_id: UUID) -> CredentialView:
    """Return a credential; raises NoSuchCredential."""
    return (await _visible(actor, credential_id))[0]


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
async def submit_credential(
    actor: Actor, facility_id: UUID, command: SubmitCredential
) -> CredentialView:
    """Hand in a credential of one's own facility; two officers decide whether it holds."""
    facility = await facilities.facility_of(actor, facility_id, "credentials.submit")
    now = utc_now()
    rules.require_consistent(command, now.date())
    body = clean(command.body or "")
    if command.accreditor_id is not None:
        accreditor = await queries.accreditor(command.accreditor_id)
        if accreditor is None:
            raise UnknownAccreditor(fields={"accreditor_id": UnknownAccreditor.title})
        rules.require_recognised(accreditor, command.issued)
        body = accreditor.name
    if not body:
        raise UnknownAccreditor(fields={"body": UnknownAccreditor.title})
    if command.supersedes and not await queries.belongs_to(command.supersedes, facility_id):
        raise NothingToSupersede(fields={"supersedes": NothingToSupersede.title})
    credential_id = new_id()
    sha256 = command.evidence_sha256
    await queries.insert_credential(
        Credential(
            id=credential_id,
            facility_id=facility_id,
            kind=command.kind.value,
            accreditor_id=command.accreditor_id,
            body=body,
            standard=command.standard,
            edition=command.edition,
            specialties=sorted(set(command.specialties)),
            treatments=sorted(set(command.treatments)),
            grade=command.grade,
            certificate_number=clean(command.certificate_number),
            issued=command.issued,
            valid_from=command.valid_from,
            valid_to=command.valid_to,
            next_check=command.next_check,
            last_survey=command.last_survey,
            next_survey=command.next_survey,
            status=CredentialStatus.PENDING.value,
            suspended_specialties=[],
            suspended_treatments=[],
            url=command.url,
            evidence_sha256=bytes.fromhex(sha256) if sha256 else None,
            submitted_by=actor.account_id,
            supersedes=command.supersedes,
            demo=facility.demo,
            version=1,
            created_at=now,
            updated_at=now,
        )
    )
    return await _note(actor, "submit_credential", credential_id)


@transactional
async def verify_credential(
    actor: Actor, credential_id: UUID, command: VerifyCredential, *, version: int
) -> CredentialView:
    """Attest, as the first officer, that the credential is genuine.

    Raises WrongState, EvidenceMissing, StaleVersion, NoSuchCredential for a foreign state.
    """
    view, row = await _decidable(actor, credential_id, "verify")
    if row["verified_by"] is not None:
        raise WrongState("An officer has already verified this credential")
    rules.require_evidence(command, row["url"], row["evidence_sha256"])
    values: dict[str, Any] = {
        "verified_by": actor.account_id,
        "method": command.method.value,
        "primary_source": command.primary_source,
        "checked_at": utc_now(),
        "next_check_due": command.next_check_due,
    }
    if command.url is not None:
        values["url"] = command.url
    if command.evidence_sha256 is not None:
        values["evidence_sha256"] = bytes.fromhex(command.evidence_sha256)
    return await _change(actor, "verify_credential", view, values, version)


@transactional
async def confirm_credential(actor: Actor, credential_id: UUID, *, version: int) -> CredentialView:
    """Put the credential into force, as the second officer; raises SameOfficer, WrongState."""
    view, row = await _decidable(actor, credential_id, "confirm")
    if row["verified_by"] is None:
        raise WrongState("A first officer has to verify the credential before")
    policy.require_second_officer(actor, row["verified_by"], view)
    values = {
        "confirmed_by": actor.account_id,
        "status": CredentialStatus.ACTIVE.value,
        "status_effective_at": utc_now(),
    }
    return await _change(actor, "confirm_credential", view, values, version)


@transactional
async def suspend_credential(
    actor: Actor, credential_id: UUID, command: SuspendCredential, *, version: int
) -> CredentialView:
    """Suspend a credential: from that moment it covers nothing (of the named scope)."""
    view, row = await _decidable(actor, credential_id, "suspend")
    values = {
        "status": CredentialStatus.SUSPENDED.value,
        "status_before": row["status"],
        "status_reason": clean(command.reason),
        "status_effective_at": rules.effective_moment(command.effective_at, utc_now()),
        "suspended_specialties": sorted(set(command.specialties)),
        "suspended_treatments": sorted(set(command.treatments)),
    }
    return await _change(actor, "suspend_credential", view, values, version)


@transactional
async def reinstate_credential(
    actor: Actor, credential_id: UUID, command: ReinstateCredential, *, version: int
) -> CredentialView:
    """End a suspension: the credential is what it was before."""
    view, row = await _decidable(actor, credential_id, "reinstate")
    values = {
        "status": row["status_before"],
        "status_before": None,
        "status_reason": clean(command.reason),
        "status_effective_at": utc_now(),
        "suspended_specialties": [],
        "suspended_treatments": [],
    }
    return await _change(actor, "reinstate_credential", view, values, version)


@transactional
async def revoke_credential(
    actor: Actor, credential_id: UUID, command: RevokeCredential, *, version: int
) -> CredentialView:
    """End a credential for good; a suspended one ends when its suspension began."""
    view, row = await _decidable(actor, credential_id, "revoke")
    effective = rules.effective_moment(command.effective_at, utc_now())
    if row["status"] == "suspended" and not view.suspended_specialties + view.suspended_treatments:
        effective = min(effective, row["status_effective_at"])
    values = {
        "status": CredentialStatus.REVOKED.value,
        "status_reason": clean(command.reason),
        "status_effective_at": effective,
    }
    return await _change(actor, "revoke_credential", view, values, version)


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


@transactional
async def find_accreditor(actor: Actor, name: str) -> Accreditor | None:
    """Return the accreditor of that name, or None."""
    return await queries.accreditor_by_name(name)


@transactional
async def record_accreditor(actor: Actor, accreditor: Accreditor) -> None:
    """Store an accreditor under its name (reference data and the demo set)."""
    await queries.put_accreditor(accreditor)


@transactional
async def load_reference(actor: Actor) -> None:
    """Bring the listing rules and the known accreditors to what this release ships."""
    for rule in _shipped("listing_rules.json", list[ListingRule]):
        await queries.put_listing_rule(rule)
    for known in _shipped("accreditors.json", list[dict[str, str | None]]):
        await queries.put_accreditor(
            Accreditor(
                new_id(),
                str(known["name"]),
                known["jurisdiction"],
                known["recognised_by"],
                None,
                None,
                False,
            )
        )


def reference_bytes() -> bytes:
    """Return what `load_reference` loads, so that a caller can tell whether it changed."""
    return b"".join(path.read_bytes() for path in sorted(_REFERENCE.glob("*.json")))


def _shipped(name: str, kind: Any) -> Any:
    return msgspec.json.decode((_REFERENCE / name).read_bytes(), type=kind)


async def _visible(
    actor: Actor, credential_id: UUID, *, lock: bool = False
) -> tuple[CredentialView, Any]:
    found = await queries.credential(credential_id, visible_to=actor, lock=lock)
    if found is None:
        raise NoSuchCredential(subject=("credential", credential_id))
    return found


async def _decidable(actor: Actor, credential_id: UUID, move: str) -> tuple[CredentialView, Any]:
    permissions.require(actor, f"credentials.{move}")
    view, row = await _visible(actor, credential_id, lock=True)
    policy.require_decider(actor, view)
    rules.require_move(move, CredentialStatus(row["status"]))
    return view, row


async def _change(
    actor: Actor, operation: str, view: CredentialView, values: dict[str, Any], version: int
) -> CredentialView:
    changed = await queries.update_credential(view.id, values, version=version, now=utc_now())
    if not changed:
        raise StaleVersion(subject=("credential", view.id), version=view.version)
    return await _note(actor, operation, view.id)


async def _note(actor: Actor, operation: str, credential_id: UUID) -> CredentialView:
    view, _ = await _visible(actor, credential_id)
    await queries.append_change(view, actor.account_id)
    await audit.record(
        actor, f"credentials.{operation}", subject=("credential", credential_id),
        home_state=view.jurisdiction,
        detail={"facility_id": str(view.facility_id), "status": view.status.value},
    )  # fmt: skip
    await outbox.publish(CredentialChanged(view.id, view.facility_id, view.status.value))
    return view
