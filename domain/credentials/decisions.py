"""What an officer decides about a credential in force: conditions, suspension, the end."""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.clock import utc_now
from domain.credentials import appeals, queries, rules, writing
from domain.credentials.errors import UnknownScope, WrongState
from domain.credentials.types import (
    CredentialMove,
    CredentialStanding,
    CredentialStatus,
    CredentialView,
    ImposeConditions,
    LiftConditions,
    ReinstateCredential,
    RevokeCredential,
    SuspendCredential,
    SuspensionScope,
)
from domain.db import transactional
from domain.text import clean


@transactional
async def impose_conditions(
    actor: Actor, credential_id: UUID, command: ImposeConditions, *, version: int
) -> CredentialView:
    """Let a credential hold on conditions only; it ends by the clock unless they are lifted.

    Raises NoSuchCredential, WrongState, ImpossibleDates, StaleVersion.
    """
    view, row = await writing.to_decide(
        actor, credential_id, CredentialMove.IMPOSE_CONDITIONS, version
    )
    now = utc_now()
    rules.require_conditions_end(command.until, rules.day_in(now, row["calendar"]), row["valid_to"])
    values = {
        "status": CredentialStatus.CONDITIONAL.value,
        "status_reason": None,
        "status_effective_at": now,
        "conditions": clean(command.conditions),
        "conditions_until": command.until,
    }
    return await writing.write(
        actor, "impose_conditions", CredentialMove.IMPOSE_CONDITIONS, view, values
    )


@transactional
async def lift_conditions(
    actor: Actor, credential_id: UUID, command: LiftConditions, *, version: int
) -> CredentialView:
    """Let a credential hold without conditions again; a filed renewal stays filed."""
    view, row = await writing.to_decide(
        actor, credential_id, CredentialMove.LIFT_CONDITIONS, version
    )
    if row["conditions"] is None:
        raise WrongState("The credential has no conditions")
    reason = clean(command.reason)
    values: dict[str, Any] = {"conditions": None, "conditions_until": None}
    if view.status is not CredentialStatus.RENEWAL_FILED:
        values |= {
            "status": CredentialStatus.ACTIVE.value,
            "status_reason": reason,
            "status_effective_at": utc_now(),
        }
    return await writing.write(
        actor, "lift_conditions", CredentialMove.LIFT_CONDITIONS, view, values, reason=reason
    )


@transactional
async def suspend_credential(
    actor: Actor, credential_id: UUID, command: SuspendCredential, *, version: int
) -> CredentialView:
    """Suspend a credential: from that moment it covers nothing (of the named scope).

    Raises NoSuchCredential, WrongState, UnknownScope, ImpossibleDates, StaleVersion.
    """
    view, row = await writing.to_decide(actor, credential_id, CredentialMove.SUSPEND, version)
    scope = SuspensionScope(
        effective_at=command.effective_at,
        specialties=command.specialties,
        treatments=command.treatments,
    )
    reason = clean(command.reason)
    values = await suspension_of(actor, row, scope) | {"status_reason": reason}
    return await writing.write(
        actor, "suspend_credential", CredentialMove.SUSPEND, view, values, reason=reason
    )


async def suspension_of(actor: Actor, row: Any, scope: SuspensionScope) -> dict[str, Any]:
    """Return what a suspension writes; what tries one out writes the same."""
    if unknown := await queries.unknown_codes(scope.specialties, scope.treatments):
        raise UnknownScope(codes=unknown)
    return {
        "status": CredentialStatus.SUSPENDED.value,
        "status_effective_at": rules.effective_moment(scope.effective_at, utc_now()),
        "suspended_specialties": sorted(set(scope.specialties)),
        "suspended_treatments": sorted(set(scope.treatments)),
    } | _decided(actor, row)


@transactional
async def reinstate_credential(
    actor: Actor, credential_id: UUID, command: ReinstateCredential, *, version: int
) -> CredentialView:
    """End a suspension: the credential is what it was before, and an open appeal lapses."""
    view, row = await writing.to_decide(actor, credential_id, CredentialMove.REINSTATE, version)
    reason = clean(command.reason)
    await appeals.lapse(actor, credential_id)
    before = rules.standing_before(row) or CredentialStanding(CredentialStatus.ACTIVE)
    values = rules.restored(before) | {
        "status_reason": reason,
        "status_effective_at": utc_now(),
    }
    return await writing.write(
        actor, "reinstate_credential", CredentialMove.REINSTATE, view, values, reason=reason
    )


@transactional
async def revoke_credential(
    actor: Actor, credential_id: UUID, command: RevokeCredential, *, version: int
) -> CredentialView:
    """End a credential for good; a suspended one ends when its suspension began to have effect.

    Raises NoSuchCredential, WrongState, ImpossibleDates, StaleVersion.
    """
    view, row = await writing.to_decide(actor, credential_id, CredentialMove.REVOKE, version)
    effective = rules.effective_moment(command.effective_at, utc_now())
    if row["status"] == "suspended" and not view.suspended_specialties + view.suspended_treatments:
        effective = min(effective, rules.in_effect_since(row) or effective)
    reason = clean(command.reason)
    await appeals.lapse(actor, credential_id)
    values = {
        "status": CredentialStatus.REVOKED.value,
        "status_reason": reason,
        "status_effective_at": effective,
        "suspended_specialties": [],
        "suspended_treatments": [],
    } | _decided(actor, row)
    return await writing.write(
        actor, "revoke_credential", CredentialMove.REVOKE, view, values, reason=reason
    )


def _decided(actor: Actor, row: Any) -> dict[str, Any]:
    """Return what a decision notes of itself: who took it, and what it replaces."""
    standing = rules.standing_of(row, rules.standing_before(row))
    return {
        "decided_by": actor.account_id,
        "decided_version": row["version"] + 1,
        "standing_before": msgspec.json.encode(standing).decode(),
        "stayed_at": None,
        "stay_until": None,
    }
