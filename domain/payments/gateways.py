"""The payment provider behind one small Protocol, and which one this process uses."""

from typing import Protocol
from uuid import UUID

from domain.money import Money
from domain.payments.types import Intent, RefundResult, WebhookEvent


class PaymentGateway(Protocol):
    """Creates intents, tells their state, and sends money back.

    `create_intent` and `refund` are idempotent under our own row's id. All raise
    GatewayUnavailable when the provider does not answer and GatewayRefused when it says no.
    """

    name: str
    demo: bool

    async def create_intent(self, payment_id: UUID, episode_id: UUID, amount: Money) -> Intent:
        """Create (or find again) the intent of a payment."""
        ...

    async def fetch_intent(self, ref: str) -> Intent:
        """Return the provider's present view of an intent."""
        ...

    async def refund(self, refund_id: UUID, intent_ref: str, amount: Money) -> RefundResult:
        """Send part or all of a captured intent back."""
        ...

    async def cancel_intent(self, ref: str) -> Intent:
        """Give up an intent that was not paid, so that it never will be."""
        ...

    async def find_refund(self, refund_id: UUID, intent_ref: str) -> RefundResult | None:
        """Return what became of a refund, found by our id and not by the key, or None."""
        ...

    def verify(self, body: bytes, signature: str) -> WebhookEvent:
        """Return the event of a signed webhook body; raises BadSignature."""
        ...


_gateway: PaymentGateway | None = None


def use_gateway(gateway: PaymentGateway) -> None:
    """Name the process's gateway, once, at start."""
    global _gateway
    _gateway = gateway


def gateway() -> PaymentGateway:
    """Return the process's gateway."""
    if _gateway is None:
        raise RuntimeError("use_gateway() was not called at start")
    return _gateway
