"""The queries of referrals, their log and quotes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor, ActorKind
from domain.db import connection
from domain.ids import new_id
from domain.referrals.tables import Quote, Referral, ReferralTransition
from domain.referrals.types import Move, ReferralStatus


async def insert_referral(referral: Referral) -> None:
    """Store a new referral."""
    await Referral.insert(referral)


async def referral(referral_id: UUID, *, visible_to: Actor, lock: bool = False) -> Any | None:
    """Return a referral the actor may see (row-level security decides), locked when asked."""
    return await connection().fetchrow(
        "SELECT * FROM referral WHERE id = $1" + (" FOR UPDATE" if lock else ""), referral_id
    )


async def referral_of_episode(episode_id: UUID) -> Any | None:
    """Return the referral of an episode, locked."""
    return await connection().fetchrow(
        "SELECT * FROM referral WHERE episode_id = $1 FOR UPDATE", episode_id
    )


async def referrals(
    *, visible_to: Actor, statuses: list[str] | None, patient_id: UUID | None = None
) -> list[Any]:
    """Return the referrals of the actor's patients, practice or facility, latest change first."""
    return list(
        await connection().fetch(
            "SELECT * FROM referral WHERE ($1::text[] IS NULL OR status = ANY($1))"
            " AND ($2::uuid IS NULL OR patient_id = ANY(ARRAY(SELECT patient_family($2))))"
            " AND ($3 OR patient_id IN (SELECT my_patients())"
            "      OR practice_id = $4 OR facility_organisation_id = $4)"
            " ORDER BY updated_at DESC LIMIT 100",
            statuses,
            patient_id,
            visible_to.kind is ActorKind.SYSTEM,
            visible_to.organisation_id,
        )
    )


async def count_by_status(*, visible_to: Actor) -> dict[str, int]:
    """Return how many referrals of the actor stand in each state."""
    rows = await connection().fetch(
        "SELECT status, count(*) FROM referral"
        " WHERE patient_id IN (SELECT my_patients())"
        "    OR practice_id = $1 OR facility_organisation_id = $1 GROUP BY status",
        visible_to.organisation_id,
    )
    return {row["status"]: row["count"] for row in rows}


async def move_referral(
    row: Any,
    move: Move,
    status: ReferralStatus,
    actor: Actor,
    now: datetime,
    *,
    reason: str | None = None,
    comment: bytes | None = None,
    transition_id: UUID | None = None,
) -> int:
    """Store a referral's new status with its log row; return the new version."""
    version = await connection().fetchval(
        "UPDATE referral SET status = $2, version = version + 1, updated_at = $3,"
        " submitted_at = CASE WHEN $2 = 'submitted' THEN coalesce(submitted_at, $3)"
        "                     ELSE submitted_at END WHERE id = $1 RETURNING version",
        row["id"], status.value, now,
    )  # fmt: skip
    await log_move(
        row, move, status, actor, now, version,
        reason=reason, comment=comment, transition_id=transition_id,
    )  # fmt: skip
    return int(version)


async def log_move(
    row: Any,
    move: Move,
    status: ReferralStatus,
    actor: Actor,
    now: datetime,
    version: int,
    *,
    before: str | None = None,
    reason: str | None = None,
    comment: bytes | None = None,
    transition_id: UUID | None = None,
) -> None:
    """Append to a referral's log."""
    await ReferralTransition.insert(
        ReferralTransition(
            id=transition_id or new_id(),
            referral_id=row["id"],
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            practice_id=row["practice_id"],
            facility_organisation_id=row["facility_organisation_id"],
            move=move.value,
            from_status=row["status"],
            to_status=status.value,
            actor_kind=actor.kind.value,
            account_id=actor.account_id,
            role=actor.role.value if actor.role else None,
            reason_code=reason,
            comment_sealed=comment,
            version=version,
            at=now,
        )
    )


async def set_hold(referral_id: UUID, on_hold: bool) -> None:
    """Put a referral on hold, or take it off."""
    await connection().execute(
        "UPDATE referral SET on_hold = $2, version = version + 1 WHERE id = $1"
        " AND on_hold IS DISTINCT FROM $2",
        referral_id, on_hold,
    )  # fmt: skip


async def set_booking(referral_id: UUID, booking_id: UUID | None) -> None:
    """Note which booking holds the referral's time."""
    await connection().execute(
        "UPDATE referral SET booking_id = $2 WHERE id = $1", referral_id, booking_id
    )


async def set_outcome(referral_id: UUID, sealed: bytes) -> None:
    """Store the sealed outcome."""
    await connection().execute(
        "UPDATE referral SET outcome_sealed = $2 WHERE id = $1", referral_id, sealed
    )


async def transitions(referral_id: UUID, *, visible_to: Actor) -> list[Any]:
    """Return a referral's log, oldest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM referral_transition WHERE referral_id = $1 ORDER BY version",
            referral_id,
        )
    )


async def insert_quote(quote: Quote) -> UUID | None:
    """Store a new quote; return the offered one before it, which it supersedes."""
    superseded = await connection().fetchval(
        "UPDATE quote SET status = 'superseded' WHERE referral_id = $1 AND status = 'offered'"
        " RETURNING id",
        quote.referral_id,
    )
    await Quote.insert(quote)
    return UUID(str(superseded)) if superseded else None


async def next_quote_number(referral_id: UUID) -> int:
    """Return the number of a referral's next quote."""
    return int(
        await connection().fetchval(
            "SELECT coalesce(max(number), 0) + 1 FROM quote WHERE referral_id = $1", referral_id
        )
    )


async def quotes(referral_id: UUID, *, visible_to: Actor) -> list[Any]:
    """Return a referral's quotes, newest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM quote WHERE referral_id = $1 ORDER BY number DESC", referral_id
        )
    )


async def quote(quote_id: UUID, *, visible_to: Actor, lock: bool = False) -> Any | None:
    """Return a quote the actor may see, locked when asked."""
    return await connection().fetchrow(
        "SELECT * FROM quote WHERE id = $1" + (" FOR UPDATE" if lock else ""), quote_id
    )


async def move_quote(quote_id: UUID, status: str) -> None:
    """Store a quote's new status."""
    await connection().execute("UPDATE quote SET status = $2 WHERE id = $1", quote_id, status)


async def reopen_quote(referral_id: UUID) -> None:
    """Offer the accepted quote of a referral again."""
    await connection().execute(
        "UPDATE quote SET status = 'offered' WHERE referral_id = $1 AND status = 'accepted'",
        referral_id,
    )


async def count_submitted(facility_id: UUID, statuses: list[str], zone: str) -> list[Any]:
    """Count a facility's referrals in these states by treatment, origin and week of submission."""
    return list(
        await connection().fetch(
            "SELECT treatment_code, home_state, date_trunc('week', coalesce(submitted_at,"
            "  created_at) AT TIME ZONE $3)::date AS week, count(*) AS count"
            " FROM referral WHERE facility_id = $1 AND status = ANY($2) GROUP BY 1, 2, 3",
            facility_id, statuses, zone,
        )
    )  # fmt: skip


async def in_treatment(facility_id: UUID) -> list[Any]:
    """Return the episodes whose patients are treated at a facility now, with the treatment."""
    return list(
        await connection().fetch(
            "SELECT episode_id, treatment_code FROM referral WHERE facility_id = $1"
            " AND status = 'in_treatment'",
            facility_id,
        )
    )
