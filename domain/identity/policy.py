"""Who may manage organisations and people."""

from domain.actor import Actor, Role
from domain.errors import Forbidden, Unauthenticated


def require_signed_in(actor: Actor) -> None:
    """Refuse a caller without a session."""
    if not actor.signed_in:
        raise Unauthenticated


def require_operator(actor: Actor) -> None:
    """Refuse everybody but operators of the platform."""
    require_signed_in(actor)
    if actor.role is not Role.OPERATOR:
        raise Forbidden("Only an operator of the platform may do this")
