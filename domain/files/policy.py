"""Who may bring a file, read it, or remove it."""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor, Role
from domain.consents import service as consents
from domain.consents.errors import ConsentWithdrawn
from domain.errors import Forbidden, NotFound, Unauthenticated
from domain.files.errors import NoSuchFile
from domain.patients import service as patients
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessKind, AccessScope
from domain.permissions import service as permissions
from domain.permissions.types import Relation


class Basis(msgspec.Struct, frozen=True):
    """On which ground an actor stands before a patient's files.

    `by_consent` means that every file must be permitted by a consent; `behalf` names the patient
    for whom somebody else acts.
    """

    home_state: str
    by_consent: bool = False
    consent_id: UUID | None = None
    behalf: UUID | None = None


async def require_uploader(actor: Actor, patient_id: UUID) -> Basis:
    """Admit the patient's side, and a doctor whose practice cares for the patient."""
    if not actor.signed_in:
        raise Unauthenticated
    if actor.role is Role.REFERRING_DOCTOR:
        return Basis(await patients.require_care_of(actor, patient_id))
    permissions.require(
        actor, "files.upload", relation=Relation.ACCESS, subject=("patient", patient_id)
    )
    return await _patients_side(actor, patient_id)


async def require_reader(actor: Actor, patient_id: UUID) -> Basis:
    """Admit the patient's side, the caring practice, or who holds a consent.

    Raises ConsentWithdrawn where a consent has ended, and NoSuchPatient for strangers.
    """
    if not actor.signed_in:
        raise Unauthenticated
    subject = ("patient", patient_id)
    permissions.require(actor, "files.list", subject=subject)
    if actor.role is Role.PATIENT:
        return await _patients_side(actor, patient_id)
    if actor.role is Role.REFERRING_DOCTOR:
        try:
            return Basis(await patients.require_care_of(actor, patient_id))
        except NotFound:
            pass  # a practice may also hold a consent, for instance for a second opinion
    if actor.organisation_id is None:
        raise NoSuchPatient(subject=subject)
    found = await consents.standing(actor, patient_id, actor.organisation_id)
    if found.consent_id is None or found.home_state is None:
        raise (ConsentWithdrawn if found.ended else NoSuchPatient)(subject=subject)
    return Basis(found.home_state, by_consent=True, consent_id=found.consent_id)


async def require_reader_of(actor: Actor, file: Any | None, file_id: UUID) -> Basis:
    """Admit whoever may read this file; strangers learn nothing (NoSuchFile)."""
    subject = ("file", file_id)
    if not actor.signed_in:
        raise Unauthenticated
    permissions.require(actor, "files.read", subject=subject)
    if file is None:
        raise NoSuchFile(subject=subject)
    if file["organisation_id"] is not None:
        own = actor.organisation_id == file["organisation_id"]
        overseen = actor.role is Role.MINISTRY_OFFICER and actor.jurisdiction == file["home_state"]
        if not (own or overseen):
            raise NoSuchFile(subject=subject)
        relation = Relation.ORGANISATION if own else Relation.JURISDICTION
        permissions.require(actor, "files.read", relation=relation, subject=subject)
        return Basis(file["home_state"])
    if actor.role is Role.PATIENT:
        return await _patients_side(actor, file["patient_id"])
    if actor.role is Role.REFERRING_DOCTOR:
        try:
            return Basis(await patients.require_care_of(actor, file["patient_id"]))
        except NotFound:
            pass
    if file["consent_id"] is None or file["status"] != "available":
        raise NoSuchFile(subject=subject)
    return Basis(file["home_state"], by_consent=True, consent_id=file["consent_id"])


async def require_writer_of(actor: Actor, file: Any | None, file_id: UUID) -> None:
    """Admit whoever may send this file's content: those who may bring files to its owner."""
    if file is None:
        raise NoSuchFile(subject=("file", file_id))
    if file["organisation_id"] is not None:
        require_own_organisation(actor, file["organisation_id"])
        return
    try:
        await require_uploader(actor, file["patient_id"])
    except NoSuchPatient:
        raise NoSuchFile(subject=("file", file_id)) from None


async def require_remover_of(actor: Actor, file: Any | None, file_id: UUID) -> Basis:
    """Admit the patient's side only."""
    subject = ("file", file_id)
    permissions.require(actor, "files.delete", relation=Relation.ACCESS, subject=subject)
    if file is None or file["patient_id"] is None:
        raise NoSuchFile(subject=subject)
    return await _patients_side(actor, file["patient_id"])


def require_own_organisation(actor: Actor, organisation_id: UUID) -> None:
    """Admit the staff of exactly this organisation."""
    if not actor.signed_in:
        raise Unauthenticated
    subject = ("organisation", organisation_id)
    permissions.require(
        actor, "files.upload_evidence", relation=Relation.ORGANISATION, subject=subject
    )
    if actor.organisation_id != organisation_id:
        raise Forbidden("You do not act for this organisation", subject=subject)


async def _patients_side(actor: Actor, patient_id: UUID) -> Basis:
    await patients.require_scope(actor, patient_id, AccessScope.VIEW)
    home_state = await patients.require_visible(actor, patient_id)
    access = await patients.list_access(actor, patient_id)
    own = any(each.kind is AccessKind.SELF for each in access)
    return Basis(home_state, behalf=None if own else patient_id)
