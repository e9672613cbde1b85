"""Who may see an offer that patients may not book."""

from uuid import UUID

from domain.actor import Actor, ActorKind, ClientScope, Role


def sees_unlisted(actor: Actor, organisation_id: UUID | None, state: str) -> bool:
    """Tell whether the actor may see the offer although it is withdrawn or not listed.

    The facility's own staff and the systems that make its offers, officers of its state, and
    operators may.
    """
    if actor.kind is ActorKind.SYSTEM or actor.role is Role.OPERATOR:
        return True
    if actor.role is Role.MINISTRY_OFFICER:
        return actor.jurisdiction == state
    makes_offers = actor.of_facility or ClientScope.OFFERS_WRITE in actor.scopes
    return makes_offers and actor.organisation_id == organisation_id
