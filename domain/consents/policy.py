"""Who may ask for, answer and see consents."""

from uuid import UUID

from domain.actor import Actor, Role
from domain.errors import Forbidden, NotFound, Unauthenticated
from domain.patients import service as patients
from domain.patients.types import AccessKind, AccessScope


async def require_asker(actor: Actor, patient_id: UUID) -> str:
    """Admit a doctor whose practice cares for the patient, or whoever may consent for them.

    Returns the patient's home state.
    """
    if not actor.signed_in:
        raise Unauthenticated
    if actor.role is Role.REFERRING_DOCTOR:
        return await patients.require_care_of(actor, patient_id)
    if actor.role is not Role.PATIENT:
        raise Forbidden("Only the patient or a doctor of theirs may ask for a consent")
    await patients.require_scope(actor, patient_id, AccessScope.CONSENT)
    return await patients.require_visible(actor, patient_id)


async def require_consenter(actor: Actor, patient_id: UUID, consent_id: UUID) -> UUID | None:
    """Admit whoever may consent for the patient; return on whose behalf, or None for oneself.

    Everybody else who sees the consent is told that it is not theirs to decide.
    """
    try:
        await patients.require_scope(actor, patient_id, AccessScope.CONSENT)
    except NotFound:
        raise Forbidden(
            "Only the patient, or who may consent for them, decides about this",
            subject=("consent", consent_id),
        ) from None
    access = await patients.list_access(actor, patient_id)
    return None if any(each.kind is AccessKind.SELF for each in access) else patient_id
