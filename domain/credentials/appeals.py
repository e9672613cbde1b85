"""Appeals against a suspension or revocation, and putting off its effect meanwhile.

The holder appeals; an officer may stay the effect; an officer other than the one who decided
judges. Each step is a move of the credential itself, so its version, its history and its listing
follow.
"""

from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.clock import utc_now
from domain.credentials import policy, proceeding_queries, rules, writing
from domain.credentials.errors import NoAppealFiled, WrongState
from domain.credentials.proceeding_types import (
    AppealDecision,
    AppealOutcome,
    AppealView,
    DecideAppeal,
    LiftStay,
    StayDecision,
)
from domain.credentials.tables import CredentialAppeal
from domain.credentials.types import (
    AppealStatus,
    CredentialMove,
    CredentialView,
)
from domain.db import transactional
from domain.ids import new_id
from domain.text import clean


@transactional
async def list_appeals(actor: Actor, credential_id: UUID) -> list[AppealView]:
    """Return the appeals of a credential, newest first, to its holder and its state's officers."""
    await writing.concerned(actor, credential_id)
    return await proceeding_queries.appeals(credential_id)


@transactional
async def appeal_decision(
    actor: Actor, credential_id: UUID, command: AppealDecision, *, version: int
) -> CredentialView:
    """Appeal, as the holder, against the decision that stands.

    Raises NoSuchCredential, WrongState, AppealFiled, StaleVersion.
    """
    view, row = await writing.as_holder(actor, credential_id, CredentialMove.APPEAL, version)
    await proceeding_queries.insert_appeal(
        CredentialAppeal(
            id=new_id(),
            credential_id=credential_id,
            against_version=row["decided_version"],
            against_officer=row["decided_by"],
            status=AppealStatus.FILED.value,
            grounds=clean(command.grounds),
            filed_by=actor.account_id,
            filed_at=utc_now(),
        )
    )
    return await writing.write(actor, "appeal_decision", CredentialMove.APPEAL, view, {})


@transactional
async def withdraw_appeal(actor: Actor, credential_id: UUID, *, version: int) -> CredentialView:
    """Take one's appeal back; a stay ends with it. Raises NoAppealFiled, StaleVersion."""
    view, row = await writing.as_holder(
        actor, credential_id, CredentialMove.WITHDRAW_APPEAL, version
    )
    await _close(actor, credential_id, AppealStatus.WITHDRAWN)
    return await writing.write(
        actor, "withdraw_appeal", CredentialMove.WITHDRAW_APPEAL, view, _stay_ended(row)
    )


@transactional
async def stay_decision(
    actor: Actor, credential_id: UUID, command: StayDecision, *, version: int
) -> CredentialView:
    """Put off an appealed decision's effect: the credential holds meanwhile, by the clock.

    Raises NoSuchCredential, NoAppealFiled, WrongState where it is stayed, ImpossibleDates.
    """
    view, row = await writing.to_decide(actor, credential_id, CredentialMove.STAY, version)
    if await proceeding_queries.open_appeal(credential_id) is None:
        raise NoAppealFiled
    now = utc_now()
    if rules.stayed(row, now):
        raise WrongState("The decision is stayed already")
    values = {"stayed_at": now, "stay_until": rules.stay_end(command.until, now)}
    return await writing.write(
        actor, "stay_decision", CredentialMove.STAY, view, values, reason=clean(command.reason)
    )


@transactional
async def lift_stay(
    actor: Actor, credential_id: UUID, command: LiftStay, *, version: int
) -> CredentialView:
    """Let a stayed decision have its effect again; raises WrongState where none is stayed."""
    view, row = await writing.to_decide(actor, credential_id, CredentialMove.LIFT_STAY, version)
    ended = _stay_ended(row)
    if not ended:
        raise WrongState("The decision is not stayed")
    return await writing.write(
        actor, "lift_stay", CredentialMove.LIFT_STAY, view, ended, reason=clean(command.reason)
    )


@transactional
async def decide_appeal(
    actor: Actor, credential_id: UUID, command: DecideAppeal, *, version: int
) -> CredentialView:
    """Judge an appeal, as another officer than the one who decided.

    Overturned, the credential stands as it did before the decision; upheld, a stay ends. Raises
    NoSuchCredential, NoAppealFiled, OwnDecision, StaleVersion.
    """
    overturned = command.outcome is AppealOutcome.OVERTURNED
    move = CredentialMove.OVERTURN if overturned else CredentialMove.UPHOLD
    view, row = await writing.to_decide(actor, credential_id, move, version)
    appeal = await proceeding_queries.open_appeal(credential_id)
    if appeal is None:
        raise NoAppealFiled
    policy.require_other_officer(actor, appeal["against_officer"], view)
    reason = clean(command.reason)
    await _close(actor, credential_id, AppealStatus(command.outcome.value), reason)
    values = _stay_ended(row)
    if overturned and (before := rules.standing_before(row)) is not None:
        values = rules.restored(before)
    return await writing.write(actor, "decide_appeal", move, view, values, reason=reason)


async def lapse(actor: Actor, credential_id: UUID) -> None:
    """Close an open appeal whose decision is being taken back or replaced."""
    await proceeding_queries.close_appeal(
        credential_id, AppealStatus.LAPSED, actor.account_id, utc_now(), None
    )


async def _close(
    actor: Actor, credential_id: UUID, status: AppealStatus, reason: str | None = None
) -> None:
    closed = await proceeding_queries.close_appeal(
        credential_id, status, actor.account_id, utc_now(), reason
    )
    if not closed:
        raise NoAppealFiled


def _stay_ended(row: Any) -> dict[str, Any]:
    now = utc_now()
    return {"stay_until": now} if rules.stayed(row, now) else {}
