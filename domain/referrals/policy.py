"""Who may move a referral."""

from typing import Any

from domain.actor import FACILITY_ROLES, Actor, ActorKind, Role
from domain.errors import Forbidden
from domain.patients import service as patients
from domain.patients.types import AccessScope
from domain.permissions import service as permissions
from domain.referrals.errors import NoSuchReferral
from domain.referrals.rules import action_of
from domain.referrals.types import Move


async def require_move(actor: Actor, referral: Any, move: Move) -> None:
    """Refuse whoever does not stand on a side that may make this move with this referral.

    A stranger learns nothing (NoSuchReferral); a party in another role is told so (WrongRole).
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    refused = ("referral", referral["id"])
    sides = referral["practice_id"], referral["facility_organisation_id"]
    if actor.role is Role.PATIENT:
        await patients.require_scope(actor, referral["patient_id"], AccessScope.ACCEPT_QUOTE)
    elif actor.organisation_id not in sides:
        raise NoSuchReferral(subject=refused)
    if action_of(move) not in permissions.PERMISSIONS:
        raise Forbidden("Only the marketplace itself does this", subject=refused)
    permissions.require(actor, action_of(move), subject=refused)
    own = {Role.REFERRING_DOCTOR: sides[0], **dict.fromkeys(FACILITY_ROLES, sides[1])}
    if actor.role in own and actor.organisation_id != own[actor.role]:
        raise NoSuchReferral(subject=refused)
