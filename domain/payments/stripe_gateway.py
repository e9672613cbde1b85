"""Stripe: PaymentIntents on the platform's own account (separate charges).

What localstripe, the development counterpart, does not know (descriptions, transfer groups) is
kept in metadata, which both accept.
"""

import time
from typing import Any
from uuid import UUID

import httpx
import msgspec
import stripe

from domain.money import Money, currency
from domain.payments.errors import BadSignature, GatewayRefused, GatewayUnavailable
from domain.payments.types import Intent, IntentStatus, RefundResult, RefundStatus, WebhookEvent

TOLERANCE_S = 300
_TIMEOUT = httpx.Timeout(10, connect=5)

_INTENT_STATUS = {
    "requires_payment_method": IntentStatus.OPEN,
    "requires_confirmation": IntentStatus.OPEN,
    "requires_action": IntentStatus.REQUIRES_ACTION,
    "processing": IntentStatus.OPEN,
    "requires_capture": IntentStatus.AUTHORIZED,
    "succeeded": IntentStatus.SUCCEEDED,
    "canceled": IntentStatus.CANCELED,
}
_REFUND_STATUS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}


class _Object(msgspec.Struct):
    id: str = ""
    payment_intent: str | None = None


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    id: str
    type: str
    data: _Data


class StripeGateway:
    """The adapter over the official SDK, with our own idempotency keys and timeouts."""

    name = "stripe"
    demo = False

    def __init__(self, secret_key: str, webhook_secret: str, api_base: str, version: str) -> None:
        self._webhook_secret = webhook_secret
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base},
            stripe_version=version,
            max_network_retries=1,
            http_client=stripe.HTTPXClient(timeout=_TIMEOUT, allow_sync_methods=False),
        )

    async def create_intent(self, payment_id: UUID, episode_id: UUID, amount: Money) -> Intent:
        """Create the intent; the idempotency key is the payment's id."""
        return await self._intent(
            self._client.v1.payment_intents.create_async(
                {
                    "amount": amount.amount,
                    "currency": amount.currency.lower(),
                    "metadata": {"payment_id": str(payment_id), "episode_id": str(episode_id)},
                },
                {"idempotency_key": f"payment-{payment_id}"},
            )
        )

    async def fetch_intent(self, ref: str) -> Intent:
        """Return the intent with its charge's balance transaction (for the fee)."""
        return await self._intent(
            self._client.v1.payment_intents.retrieve_async(
                ref, {"expand": ["latest_charge.balance_transaction"]}
            )
        )

    async def refund(self, refund_id: UUID, intent_ref: str, amount: Money) -> RefundResult:
        """Refund an intent; the idempotency key is the refund's id."""
        made = await self._asked(
            self._client.v1.refunds.create_async(
                {
                    "payment_intent": intent_ref,
                    "amount": amount.amount,
                    "metadata": {"refund_id": str(refund_id)},
                },
                {"idempotency_key": f"refund-{refund_id}"},
            )
        )
        return _refund_result(made)

    async def cancel_intent(self, ref: str) -> Intent:
        """Cancel an intent; one that was paid meanwhile is refused."""
        return await self._intent(self._client.v1.payment_intents.cancel_async(ref))

    async def find_refund(self, refund_id: UUID, intent_ref: str) -> RefundResult | None:
        """Return the refund whose metadata names ours."""
        listed = await self._asked(
            self._client.v1.refunds.list_async({"payment_intent": intent_ref, "limit": 100})
        )
        for made in listed.data:
            if getattr(made.metadata or {}, "refund_id", None) == str(refund_id):
                return _refund_result(made)
        return None

    def verify(self, body: bytes, signature: str) -> WebhookEvent:
        """Return the event of a webhook's body; raises BadSignature."""
        return verified_event(body, signature, self._webhook_secret)

    async def _intent(self, call: Any) -> Intent:
        made = await self._asked(call)
        metadata = made.metadata or {}
        payment_id = getattr(metadata, "payment_id", None)
        return Intent(
            ref=made.id,
            payment_id=UUID(payment_id) if payment_id else None,
            status=_INTENT_STATUS.get(str(made.status), IntentStatus.OPEN),
            amount=Money(made.amount, currency(str(made.currency).upper())),
            received=_received(made),
            fee=_fee(made),
            client_secret=getattr(made, "client_secret", None),
        )

    async def _asked(self, call: Any) -> Any:
        try:
            return await call
        except (stripe.CardError, stripe.InvalidRequestError, stripe.IdempotencyError) as error:
            raise GatewayRefused(error.user_message or GatewayRefused.title) from error
        except stripe.StripeError as error:
            raise GatewayUnavailable from error


def _refund_result(made: Any) -> RefundResult:
    return RefundResult(made.id, _REFUND_STATUS.get(str(made.status), RefundStatus.PENDING))


def _received(intent: Any) -> int:
    """Return what the provider holds of an intent; localstripe tells it on the charge alone."""
    if (received := getattr(intent, "amount_received", None)) is not None:
        return int(received)
    charge = getattr(intent, "latest_charge", None)
    return int(charge.amount) if charge is not None and charge.captured else 0


def _fee(intent: Any) -> int:
    charge = getattr(intent, "latest_charge", None)
    transaction = getattr(charge, "balance_transaction", None)
    return int(getattr(transaction, "fee", 0) or 0)


def verified_event(body: bytes, signature: str, secret: str) -> WebhookEvent:
    """Check a signature and its age, and refuse a future timestamp, which the SDK would take."""
    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret, TOLERANCE_S)
        parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
        if int(parts["t"]) > time.time() + TOLERANCE_S:
            raise BadSignature("The event's timestamp lies in the future")
        event = msgspec.json.decode(body, type=_Event)
    except (stripe.SignatureVerificationError, ValueError, KeyError) as error:
        raise BadSignature from error
    target = event.data.object
    return WebhookEvent(event.id, event.type, target.payment_intent or target.id, body)
