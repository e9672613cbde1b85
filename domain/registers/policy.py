"""Who may bring a register, and for which states."""

from domain.actor import Actor, ActorKind, Role
from domain.permissions import service as permissions
from domain.registers.errors import RegisterElsewhere


def sees_all(actor: Actor) -> bool:
    """Tell whether the actor looks after the registers of every state."""
    return actor.kind is ActorKind.SYSTEM or actor.role is Role.OPERATOR


def require_scope(actor: Actor, states: frozenset[str]) -> list[str]:
    """Return which of a register's states the actor may import; raises RegisterElsewhere.

    An officer speaks for their own state only, an operator for all of them.
    """
    permissions.require(actor, "registers.upload")
    scope = states if sees_all(actor) else states & {actor.jurisdiction or ""}
    if not scope:
        raise RegisterElsewhere
    return sorted(scope)
