"""A payment provider that does what a test says, behind the same Protocol as the real one."""

from uuid import UUID

import msgspec

from domain.ids import new_id
from domain.money import Money
from domain.payments.errors import BadSignature, GatewayRefused
from domain.payments.types import Intent, IntentStatus, RefundResult, RefundStatus, WebhookEvent


class ScriptedGateway:
    """Keeps intents and refunds in memory; tests move them and read what was asked."""

    name = "scripted"
    demo = False

    def __init__(self) -> None:
        self.intents: dict[str, Intent] = {}
        self.refunds: dict[str, tuple[str, int, RefundStatus]] = {}
        self.refund_ends_as = RefundStatus.SUCCEEDED
        self.refuses: set[str] = set()
        self.fetched: list[str] = []
        self.keys_forgotten = False

    async def create_intent(self, payment_id: UUID, episode_id: UUID, amount: Money) -> Intent:
        """Create (or find again) the intent of a payment."""
        ref = f"pi_{payment_id.hex}"
        if "create" in self.refuses:
            raise GatewayRefused
        return self.intents.setdefault(
            ref,
            Intent(
                ref=ref, payment_id=payment_id, status=IntentStatus.OPEN, amount=amount,
                received=0, fee=0, client_secret=f"{ref}_secret",
            ),
        )  # fmt: skip

    async def fetch_intent(self, ref: str) -> Intent:
        """Return an intent."""
        self.fetched.append(ref)
        if ref in self.refuses or ref not in self.intents:
            raise GatewayRefused
        return self.intents[ref]

    async def cancel_intent(self, ref: str) -> Intent:
        """Give up an intent that nobody paid."""
        if self.intents[ref].status is IntentStatus.SUCCEEDED:
            raise GatewayRefused
        return self.move(ref, IntentStatus.CANCELED)

    async def refund(self, refund_id: UUID, intent_ref: str, amount: Money) -> RefundResult:
        """Send money back once under the refund's id, unless the key was forgotten."""
        ref = f"re_{refund_id.hex}"
        if self.keys_forgotten and ref in self.refunds:
            ref = f"re_{new_id().hex}"
        self.refunds.setdefault(ref, (intent_ref, amount.amount, self.refund_ends_as))
        return RefundResult(ref, self.refunds[ref][2])

    async def find_refund(self, refund_id: UUID, intent_ref: str) -> RefundResult | None:
        """Return what became of a refund."""
        found = self.refunds.get(f"re_{refund_id.hex}")
        return RefundResult(f"re_{refund_id.hex}", found[2]) if found else None

    def verify(self, body: bytes, signature: str) -> WebhookEvent:
        """Read an unsigned event."""
        if signature != "signed":
            raise BadSignature
        event = msgspec.json.decode(body, type=dict[str, str])
        return WebhookEvent(event["id"], event["kind"], event["ref"], body)

    def move(self, ref: str, status: IntentStatus, received: int | None = None) -> Intent:
        """Let the provider's view of an intent change."""
        intent = self.intents[ref]
        got = intent.amount.amount if received is None else received
        self.intents[ref] = msgspec.structs.replace(
            intent, status=status, received=got if status is IntentStatus.SUCCEEDED else 0
        )
        return self.intents[ref]

    def event(self, ref: str, kind: str = "payment_intent.succeeded") -> tuple[bytes, str]:
        """Return a new event about an object, as `receive_event` takes it."""
        return msgspec.json.encode({"id": f"evt_{new_id()}", "kind": kind, "ref": ref}), "signed"
