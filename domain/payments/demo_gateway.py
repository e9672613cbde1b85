"""The built-in gateway of development mode: it moves no money and says so.

It keeps its intents in a table and signs its events like a provider does, so that the same inbox,
the same apply and the same ledger are walked without a network.
"""

import secrets
from uuid import UUID

import msgspec
import stripe

from domain.actor import SYSTEM, Actor
from domain.db import connection, transactional
from domain.money import Money, currency
from domain.payments.errors import GatewayRefused
from domain.payments.stripe_gateway import verified_event
from domain.payments.types import Intent, IntentStatus, RefundResult, RefundStatus, WebhookEvent

_SECRET = secrets.token_hex(32)
_STATUS = {
    "requires_payment_method": IntentStatus.OPEN,
    "succeeded": IntentStatus.SUCCEEDED,
    "canceled": IntentStatus.CANCELED,
}


class DemoGateway:
    """Behaves like a provider whose every card is good."""

    name = "demo"
    demo = True

    async def create_intent(self, payment_id: UUID, episode_id: UUID, amount: Money) -> Intent:
        """Create the intent of a payment once."""
        return await _create(SYSTEM, payment_id, amount)

    async def fetch_intent(self, ref: str) -> Intent:
        """Return an intent."""
        return await _fetch(SYSTEM, ref)

    async def refund(self, refund_id: UUID, intent_ref: str, amount: Money) -> RefundResult:
        """Note that part of an intent went back."""
        await _refund(SYSTEM, intent_ref, refund_id, amount)
        return _refund_result(refund_id)

    async def cancel_intent(self, ref: str) -> Intent:
        """Give up an intent that was not paid."""
        return await _cancel(SYSTEM, ref)

    async def find_refund(self, refund_id: UUID, intent_ref: str) -> RefundResult | None:
        """Return a refund that was sent."""
        return _refund_result(refund_id) if await _sent(SYSTEM, intent_ref, refund_id) else None

    def verify(self, body: bytes, signature: str) -> WebhookEvent:
        """Check an event as Stripe's are checked, under this process's own secret."""
        return verified_event(body, signature, _SECRET)

    async def pay(self, ref: str) -> tuple[bytes, str]:
        """Pay an intent and return the signed event a provider would send."""
        await _succeed(SYSTEM, ref)
        event = {
            "id": f"evt_demo_{ref}",
            "type": "payment_intent.succeeded",
            "data": {"object": {"id": ref}},
        }
        body = msgspec.json.encode(event)
        header = stripe.WebhookSignature.generate_signature_header(body.decode(), _SECRET)
        return body, header


def _refund_result(refund_id: UUID) -> RefundResult:
    return RefundResult(f"demo_re_{refund_id.hex}", RefundStatus.SUCCEEDED)


def _intent(row: object) -> Intent:
    values = dict(row)  # type: ignore[call-overload]  # a record is a mapping
    amount = Money(values["amount_minor"], currency(values["currency"]))
    status = _STATUS[values["status"]]
    return Intent(
        ref=values["id"],
        payment_id=values["payment_id"],
        status=status,
        amount=amount,
        received=amount.amount if status is IntentStatus.SUCCEEDED else 0,
        fee=0,
        client_secret=None,
    )


@transactional
async def _create(actor: Actor, payment_id: UUID, amount: Money) -> Intent:
    await connection().execute(
        "INSERT INTO demo_intent (id, payment_id, status, currency, amount_minor, refunded_minor,"
        " refunds) VALUES ($1, $2, 'requires_payment_method', $3, $4, 0, '{}')"
        " ON CONFLICT DO NOTHING",
        f"demo_pi_{payment_id.hex}", payment_id, amount.currency.value, amount.amount,
    )  # fmt: skip
    return await _fetch(actor, f"demo_pi_{payment_id.hex}")


@transactional
async def _fetch(actor: Actor, ref: str) -> Intent:
    row = await connection().fetchrow("SELECT * FROM demo_intent WHERE id = $1", ref)
    if row is None:
        raise GatewayRefused("The demo gateway has no such intent")
    return _intent(row)


@transactional
async def _succeed(actor: Actor, ref: str) -> None:
    await connection().execute(
        "UPDATE demo_intent SET status = 'succeeded' WHERE id = $1"
        " AND status = 'requires_payment_method'",
        ref,
    )


@transactional
async def _cancel(actor: Actor, ref: str) -> Intent:
    await connection().execute(
        "UPDATE demo_intent SET status = 'canceled' WHERE id = $1"
        " AND status = 'requires_payment_method'",
        ref,
    )
    return await _fetch(actor, ref)


@transactional
async def _refund(actor: Actor, ref: str, refund_id: UUID, amount: Money) -> None:
    await connection().execute(
        "UPDATE demo_intent SET refunded_minor = refunded_minor + $3, refunds = refunds || $2::text"
        " WHERE id = $1 AND status = 'succeeded' AND NOT $2 = ANY (refunds)",
        ref, str(refund_id), amount.amount,
    )  # fmt: skip


@transactional
async def _sent(actor: Actor, ref: str, refund_id: UUID) -> bool:
    return bool(
        await connection().fetchval(
            "SELECT $2 = ANY (refunds) FROM demo_intent WHERE id = $1", ref, str(refund_id)
        )
    )
