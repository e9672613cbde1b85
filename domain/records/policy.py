"""Who may bring entries into a record, and who may read it."""

from uuid import UUID

import msgspec

from domain.actor import Actor, Role
from domain.consents import service as consents
from domain.consents.errors import ConsentWithdrawn
from domain.errors import Forbidden, NotFound, Unauthenticated
from domain.patients import service as patients
from domain.patients.types import AccessKind, AccessScope
from domain.records.errors import NoSuchRecord

READERS = frozenset({Role.PATIENT, Role.REFERRING_DOCTOR, Role.CLINICIAN, Role.COORDINATOR})
"""Who reads clinical content at all: not billing, scheduling, ministries, operators, auditors."""


class Basis(msgspec.Struct, frozen=True):
    """On which ground an actor stands before a record.

    `by_consent` means that every entry must be permitted by a consent; `consent_id` is the newest
    that holds. `behalf` names the patient for whom somebody else acts.
    """

    home_state: str
    by_consent: bool = False
    consent_id: UUID | None = None
    behalf: UUID | None = None


async def require_reader(actor: Actor, patient_id: UUID, episode_id: UUID | None = None) -> Basis:
    """Admit the patient, the caring practice, or who holds a consent.

    Raises ConsentWithdrawn where a consent has ended, and NoSuchRecord for strangers.
    """
    if not actor.signed_in:
        raise Unauthenticated
    if actor.role not in READERS:
        raise Forbidden("Your role does not read records", subject=("patient", patient_id))
    if actor.role is Role.PATIENT:
        await patients.require_scope(actor, patient_id, AccessScope.VIEW)
        return await _basis_of_access(actor, patient_id)
    if actor.role is Role.REFERRING_DOCTOR:
        try:
            return Basis(await patients.require_care_of(actor, patient_id))
        except NotFound:
            pass  # a practice may also hold a consent, for instance for a second opinion
    return await require_consent(actor, patient_id, episode_id)


async def require_consent(actor: Actor, patient_id: UUID, episode_id: UUID | None) -> Basis:
    """Admit clinical staff of an organisation that holds a consent now."""
    if not actor.signed_in:
        raise Unauthenticated
    if actor.role not in READERS or actor.organisation_id is None:
        raise Forbidden("Your role does not read records", subject=("patient", patient_id))
    found = await consents.standing(actor, patient_id, actor.organisation_id, episode_id)
    if found.consent_id is None or found.home_state is None:
        if found.ended:
            raise ConsentWithdrawn(subject=("patient", patient_id))
        raise NoSuchRecord(subject=("patient", patient_id))
    return Basis(found.home_state, by_consent=True, consent_id=found.consent_id)


async def require_writer(actor: Actor, patient_id: UUID) -> Basis:
    """Admit a doctor whose practice cares for the patient, the patient, or a child's parent."""
    if not actor.signed_in:
        raise Unauthenticated
    if actor.role is Role.REFERRING_DOCTOR:
        return Basis(await patients.require_care_of(actor, patient_id))
    if actor.role is not Role.PATIENT:
        raise Forbidden("Your role does not write records", subject=("patient", patient_id))
    await patients.require_scope(actor, patient_id, AccessScope.VIEW)
    access = await patients.list_access(actor, patient_id)
    if not any(each.kind in (AccessKind.SELF, AccessKind.PROXY) for each in access):
        raise Forbidden(
            "Only the patient, a parent or guardian, or their doctor adds to the record",
            subject=("patient", patient_id),
        )
    return await _basis_of_access(actor, patient_id)


async def require_doctor_of(actor: Actor, patient_id: UUID) -> Basis:
    """Admit a doctor whose practice cares for the patient."""
    return Basis(await patients.require_care_of(actor, patient_id))


async def _basis_of_access(actor: Actor, patient_id: UUID) -> Basis:
    access = await patients.list_access(actor, patient_id)
    own = any(each.kind is AccessKind.SELF for each in access)
    home_state = await patients.require_visible(actor, patient_id)
    return Basis(home_state, behalf=None if own else patient_id)
