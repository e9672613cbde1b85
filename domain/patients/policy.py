"""Who may act for a patient."""

from typing import Any
from uuid import UUID

from domain.actor import Actor, ActorKind, Role
from domain.errors import Forbidden, Unauthenticated
from domain.patients import queries
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessKind, AccessScope, AccessView
from domain.permissions.service import require_account as require_account


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


async def require_own_side(actor: Actor, patient_id: UUID) -> AccessView:
    """Return the access of the patient, a parent or a guardian; a mandate is not given on."""
    found = await queries.accesses(patient_id, visible_to=actor)
    if not found:
        raise NoSuchPatient(subject=("patient", patient_id))
    if all(access.kind is AccessKind.MANDATE for access in found):
        raise Forbidden(
            "A mandate cannot be given on; the patient gives it", subject=("patient", patient_id)
        )
    order = (AccessKind.SELF, AccessKind.PROXY, AccessKind.MANDATE)
    return min(found, key=lambda access: order.index(access.kind))


async def may_end(actor: Actor, access: Any) -> bool:
    """Tell whether the actor may end somebody's access to a patient."""
    if AccessKind(access["kind"]) is not AccessKind.MANDATE:
        return False
    if access["account_id"] == actor.account_id:
        return True
    found = await queries.accesses(access["patient_id"], visible_to=actor)
    if any(each.kind is not AccessKind.MANDATE for each in found):
        return True
    return actor.role is Role.REFERRING_DOCTOR and await queries.cares_for(
        access["patient_id"], visible_to=actor
    )
