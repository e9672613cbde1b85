"""The queries of payments, refunds and the inbox."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.db import connection
from domain.payments.tables import Payment, ProviderEvent, Refund
from domain.payments.types import NewPayment, PaymentStatus, RefundStatus, WebhookEvent


async def insert_payment(
    payment_id: UUID, wanted: NewPayment, actor: Actor, gateway: str, now: datetime
) -> None:
    """Store a new payment, before any provider hears of it."""
    await Payment.insert(
        Payment(
            id=payment_id,
            episode_id=wanted.episode_id,
            booking_id=wanted.booking_id,
            patient_id=wanted.patient_id,
            home_state=wanted.home_state,
            purpose=wanted.purpose.value,
            status=PaymentStatus.CREATED.value,
            currency=wanted.amount.currency.value,
            amount_minor=wanted.amount.amount,
            refunded_minor=0,
            gateway=gateway,
            provider_ref=None,
            client_secret_sealed=None,
            failure=None,
            paid_by=actor.account_id,
            created_at=now,
            updated_at=now,
        )
    )


async def payment(payment_id: UUID, *, visible_to: Actor) -> Any | None:
    """Return a payment the actor may see (row-level security decides)."""
    return await connection().fetchrow("SELECT * FROM payment WHERE id = $1", payment_id)


async def open_payment(booking_id: UUID, purpose: str, *, visible_to: Actor) -> Any | None:
    """Return the payment of a booking that is under way or done."""
    return await connection().fetchrow(
        "SELECT * FROM payment WHERE booking_id = $1 AND purpose = $2"
        " AND status IN ('created', 'requires_action', 'authorized', 'captured')",
        booking_id, purpose,
    )  # fmt: skip


async def payments_of_episode(episode_id: UUID, *, visible_to: Actor) -> list[Any]:
    """Return the payments of an episode, oldest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM payment WHERE episode_id = $1 ORDER BY id", episode_id
        )
    )


async def lock_payment(payment_id: UUID) -> Any | None:
    """Return a payment and keep rivals away from it until the operation ends."""
    return await connection().fetchrow("SELECT * FROM payment WHERE id = $1 FOR UPDATE", payment_id)


async def lock_payment_by_ref(ref: str) -> Any | None:
    """Return the payment of a provider's intent, locked."""
    return await connection().fetchrow(
        "SELECT * FROM payment WHERE provider_ref = $1 FOR UPDATE", ref
    )


async def record_intent(payment_id: UUID, ref: str, secret: bytes | None, now: datetime) -> None:
    """Store the provider's answer to the intent."""
    await connection().execute(
        "UPDATE payment SET provider_ref = $2, updated_at = $4,"
        " client_secret_sealed = coalesce($3, client_secret_sealed) WHERE id = $1",
        payment_id, ref, secret, now,
    )  # fmt: skip


async def move_payment(
    payment_id: UUID, status: PaymentStatus, now: datetime, failure: str | None = None
) -> None:
    """Store a payment's new status."""
    await connection().execute(
        "UPDATE payment SET status = $2, updated_at = $3, failure = $4 WHERE id = $1",
        payment_id, status.value, now, failure,
    )  # fmt: skip


async def correct_amount(payment_id: UUID, amount_minor: int) -> None:
    """Store what a payment really brought, where that is not what was asked for."""
    await connection().execute(
        "UPDATE payment SET amount_minor = $2 WHERE id = $1", payment_id, amount_minor
    )


async def insert_event(event: WebhookEvent, gateway: str, now: datetime) -> bool:
    """Store an event in the inbox; return False when it lies there already."""
    made = await connection().fetchval(
        "INSERT INTO provider_event (id, gateway, kind, object_ref, body, status, received_at)"
        " VALUES ($1, $2, $3, $4, $5, 'received', $6) ON CONFLICT (id) DO NOTHING RETURNING id",
        event.id, gateway, event.kind, event.object_ref, event.body, now,
    )  # fmt: skip
    return made is not None


async def event(event_id: str) -> Any | None:
    """Return an event of the inbox."""
    return await connection().fetchrow("SELECT * FROM provider_event WHERE id = $1", event_id)


async def settle_event(event_id: str, status: str, now: datetime) -> None:
    """Note that an event was processed or ignored."""
    await ProviderEvent.update({ProviderEvent.status: status, ProviderEvent.settled_at: now}).where(
        ProviderEvent.id == event_id
    )


async def insert_refund(refund: Refund) -> None:
    """Store a new refund."""
    await Refund.insert(refund)


async def refund(refund_id: UUID) -> Any | None:
    """Return a refund with its payment's reference at the provider."""
    return await connection().fetchrow(
        "SELECT r.*, p.provider_ref AS intent_ref FROM refund r"
        " JOIN payment p ON p.id = r.payment_id WHERE r.id = $1",
        refund_id,
    )


async def lock_refund(refund_id: UUID) -> Any | None:
    """Return a refund and keep rivals away from it until the operation ends."""
    return await connection().fetchrow("SELECT * FROM refund WHERE id = $1 FOR UPDATE", refund_id)


async def refunds_of(payment_id: UUID, *, visible_to: Actor) -> list[Any]:
    """Return the refunds of a payment, oldest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM refund WHERE payment_id = $1 ORDER BY id", payment_id
        )
    )


async def refunded_so_far(payment_id: UUID) -> int:
    """Return what was refunded, or is on its way back, in minor units."""
    return int(
        await connection().fetchval(
            "SELECT coalesce(sum(amount_minor), 0) FROM refund WHERE payment_id = $1"
            " AND status NOT IN ('failed', 'canceled')",
            payment_id,
        )
    )


async def move_refund(
    refund_id: UUID, status: RefundStatus, ref: str | None, now: datetime
) -> None:
    """Store a refund's new status and reference."""
    await connection().execute(
        "UPDATE refund SET status = $2, provider_ref = coalesce($3, provider_ref), updated_at = $4"
        " WHERE id = $1",
        refund_id, status.value, ref, now,
    )  # fmt: skip


async def carry_refunded(payment_id: UUID, now: datetime) -> None:
    """Bring a payment's refunded sum and status up to its successful refunds."""
    await connection().execute(
        "UPDATE payment p SET refunded_minor = s.total, updated_at = $2,"
        " status = CASE WHEN s.total >= p.amount_minor THEN 'refunded'"
        "               WHEN s.total > 0 THEN 'partially_refunded'"
        "               WHEN p.status IN ('refunded', 'partially_refunded') THEN 'captured'"
        "               ELSE p.status END"
        " FROM (SELECT coalesce(sum(amount_minor), 0) AS total FROM refund"
        "       WHERE payment_id = $1 AND status = 'succeeded') s WHERE p.id = $1",
        payment_id, now,
    )  # fmt: skip


async def take_unsettled_payments(before: datetime, now: datetime, limit: int) -> list[Any]:
    """Return payments the provider knows and that have not ended; the next call has others."""
    return list(
        await connection().fetch(
            "UPDATE payment SET updated_at = $2 WHERE id IN ("
            " SELECT id FROM payment WHERE provider_ref IS NOT NULL AND updated_at < $1"
            " AND status IN ('created', 'requires_action', 'authorized')"
            " ORDER BY updated_at LIMIT $3 FOR UPDATE SKIP LOCKED)"
            " RETURNING id, provider_ref, created_at",
            before, now, limit,
        )
    )  # fmt: skip


async def take_pending_refunds(before: datetime, now: datetime, limit: int) -> list[Any]:
    """Return refunds that are on their way; the next call has others."""
    return list(
        await connection().fetch(
            "UPDATE refund r SET updated_at = $2 FROM payment p"
            " WHERE p.id = r.payment_id AND r.id IN ("
            " SELECT id FROM refund WHERE updated_at < $1 AND status IN ('submitted', 'pending')"
            " ORDER BY updated_at LIMIT $3 FOR UPDATE SKIP LOCKED)"
            " RETURNING r.id, p.provider_ref AS intent_ref",
            before, now, limit,
        )
    )  # fmt: skip


async def sent_refunds(intent_ref: str) -> list[Any]:
    """Return the refunds of an intent that the provider was asked for."""
    return list(
        await connection().fetch(
            "SELECT r.id, p.provider_ref AS intent_ref FROM refund r"
            " JOIN payment p ON p.id = r.payment_id WHERE p.provider_ref = $1"
            " AND r.status IN ('submitted', 'pending', 'succeeded') ORDER BY r.id",
            intent_ref,
        )
    )
