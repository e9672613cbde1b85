"""Who may move a referral."""

from typing import Any

from domain.actor import Actor, ActorKind, Role
from domain.errors import Forbidden
from domain.patients import service as patients
from domain.patients.types import AccessScope
from domain.referrals.errors import NoSuchReferral
from domain.referrals.rules import TRANSITIONS, sides_of
from domain.referrals.types import Move, Side


async def require_move(actor: Actor, referral: Any, move: Move) -> None:
    """Refuse whoever does not stand on a side that may make this move with this referral.

    A stranger learns nothing (NoSuchReferral); a party in another role is told so (Forbidden).
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    refused = ("referral", referral["id"])
    if actor.role is Role.PATIENT:
        await patients.require_scope(actor, referral["patient_id"], AccessScope.ACCEPT_QUOTE)
    elif actor.organisation_id not in (
        referral["practice_id"],
        referral["facility_organisation_id"],
    ):
        raise NoSuchReferral(subject=refused)
    if not TRANSITIONS[move].sides & sides_of(actor):
        wanted = ", ".join(sorted(side.value for side in TRANSITIONS[move].sides))
        raise Forbidden(f"{move.value} is for: {wanted}", subject=refused)
    acting = sides_of(actor)
    if Side.PRACTICE in acting and actor.organisation_id != referral["practice_id"]:
        raise NoSuchReferral(subject=refused)
    if Side.FACILITY in acting and actor.organisation_id != referral["facility_organisation_id"]:
        raise NoSuchReferral(subject=refused)
