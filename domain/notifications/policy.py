"""Who may read what an account was told: its holder."""

from uuid import UUID

from domain.actor import Actor, ActorKind
from domain.errors import Unauthenticated


def require_account(actor: Actor) -> UUID:
    """Return the account of a signed-in person; raises Unauthenticated for everybody else."""
    if actor.kind is not ActorKind.PERSON or actor.account_id is None:
        raise Unauthenticated
    return actor.account_id
