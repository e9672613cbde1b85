"""Who may manage organisations, people and the factors of an account."""

from uuid import UUID

from domain.actor import Actor, ActorKind, Role
from domain.clock import utc_now
from domain.permissions import service as permissions
from domain.permissions.errors import StepUpNeeded
from domain.permissions.service import require_account as require_account


def require_fresh_factor(actor: Actor, *, has_factor: bool) -> None:
    """Refuse to add a way in unless an existing strong one was just proved; the first is free."""
    if has_factor and not permissions.fresh(actor, utc_now()):
        raise StepUpNeeded


def may_manage_team(actor: Actor, *, administers: bool) -> bool:
    """Tell whether the actor may say who belongs to an organisation."""
    return actor.kind is ActorKind.SYSTEM or actor.role is Role.OPERATOR or administers


def may_enrol(actor: Actor, account_id: UUID, *, administers: bool) -> bool:
    """Tell whether the actor may let this account register anew: never one's own."""
    if actor.account_id == account_id:
        return False
    return actor.role is Role.OPERATOR or administers
