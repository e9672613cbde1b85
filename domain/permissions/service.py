"""Asking the table: may this actor do this at all, and what may they do?"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from domain.actor import Actor, ActorKind, Assurance
from domain.errors import Unauthenticated
from domain.permissions.errors import ScopeMissing, SecondFactorNeeded, StepUpNeeded, WrongRole
from domain.permissions.table import TABLE
from domain.permissions.types import Permission, PermissionView, Relation

STEP_UP_LASTS = timedelta(minutes=5)


def by_action(rows: Iterable[Permission]) -> Mapping[str, tuple[Permission, ...]]:
    """Return the rows of each action, both in the order of the table; nobody can change them."""
    found: dict[str, tuple[Permission, ...]] = {}
    for row in rows:
        found[row.action] = (*found.get(row.action, ()), row)
    return MappingProxyType(found)


PERMISSIONS = by_action(TABLE)
"""The rows of each action."""


def require_account(actor: Actor) -> UUID:
    """Return the account of a signed-in person; raises Unauthenticated for everybody else."""
    if actor.kind is not ActorKind.PERSON or actor.account_id is None:
        raise Unauthenticated
    return actor.account_id


def rows_for(actor: Actor, action: str) -> tuple[Permission, ...]:
    """Return the rows that could admit the actor, by role or as a facility's system."""
    return tuple(
        row
        for row in PERMISSIONS[action]
        if row.public
        or (actor.kind is ActorKind.PERSON and actor.role in row.roles)
        or (actor.kind is ActorKind.CLIENT and row.for_clients)
    )


def require(
    actor: Actor,
    action: str,
    *,
    relation: Relation | None = None,
    subject: tuple[str, object] | None = None,
) -> None:
    """Refuse an actor whose role never does this; the marketplace itself may do everything.

    With a `relation` only its rows count: a policy names the one it has just found to hold.
    Raises Unauthenticated, WrongRole or ScopeMissing. Whether the actor stands in the right
    relation to the thing, and the thing in the right state, the capability's own policy asks.
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    rows = [row for row in rows_for(actor, action) if relation in (None, row.relation)]
    if not rows:
        if not actor.signed_in:
            raise Unauthenticated
        wanted = sorted({role.value for row in PERMISSIONS[action] for role in row.roles})
        raise WrongRole(
            f"This is for another role: {', '.join(wanted)}", subject=subject, action=action
        )
    if actor.kind is ActorKind.CLIENT and not any(row.open_to(actor.scopes) for row in rows):
        wanted = sorted({row.client_scope for row in rows if row.client_scope})
        raise ScopeMissing(subject=subject, action=action, scopes=wanted)


def states_of(action: str) -> frozenset[str]:
    """Return the states in which somebody may do this; empty where any will do."""
    return frozenset().union(*(row.states for row in PERMISSIONS[action]))


def admit(actor: Actor, action: str, now: datetime) -> None:
    """Refuse, at the door, whom the table does not admit with this session.

    Beside `require`: SecondFactorNeeded for a session of one factor, and StepUpNeeded where the
    last strong factor is too old for this action.
    """
    require(actor, action)
    if actor.kind is not ActorKind.PERSON:
        return
    rows = rows_for(actor, action)
    if actor.assurance is Assurance.SINGLE_FACTOR and not any(
        row.public or row.single_factor for row in rows
    ):
        raise SecondFactorNeeded(action=action)
    if all(row.step_up for row in rows) and not fresh(actor, now):
        raise StepUpNeeded(action=action)


def fresh(actor: Actor, now: datetime) -> bool:
    """Tell whether the actor proved a strong factor in the last five minutes."""
    return actor.strong_at is not None and now - actor.strong_at <= STEP_UP_LASTS


def permissions_of(actor: Actor, now: datetime) -> list[PermissionView]:
    """Return what the actor may do now, in the order of the table."""
    found = []
    for action in PERMISSIONS:
        for row in rows_for(actor, action):
            single = actor.assurance is Assurance.SINGLE_FACTOR
            if single and not (row.public or row.single_factor):
                continue
            client = actor.kind is ActorKind.CLIENT
            if client and not row.open_to(actor.scopes):
                continue
            needs = row.step_up and not (client or fresh(actor, now))
            found.append(
                PermissionView(action, row.relation, sorted(row.scopes), sorted(row.states), needs)
            )
    return found
