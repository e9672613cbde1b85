"""Who may act for a patient."""

from uuid import UUID

from domain.actor import Actor, ActorKind, Role
from domain.errors import Forbidden, Unauthenticated
from domain.patients import queries
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessScope


async def require_scope(actor: Actor, patient_id: UUID, scope: AccessScope) -> None:
    """Refuse a caller whose access to this patient does not include `scope`.

    A stranger learns nothing (NoSuchPatient); one with a narrower access is told so (Forbidden).
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    if not actor.signed_in:
        raise Unauthenticated
    scopes = await queries.scopes_of(patient_id, visible_to=actor)
    if scopes is None:
        raise NoSuchPatient(subject=("patient", patient_id))
    if scope not in scopes:
        raise Forbidden(
            f"Your access to this patient does not include {scope.value!r}",
            subject=("patient", patient_id),
        )


def require_doctor(actor: Actor) -> None:
    """Refuse everybody but a referring doctor acting for a practice."""
    if not actor.signed_in:
        raise Unauthenticated
    if actor.role is not Role.REFERRING_DOCTOR:
        raise Forbidden("Only a referring doctor may do this")
