"""Taking money in: the row first, then the provider, then what the provider really says.

A payment's state changes in one place only, `apply_intent`, under the row's lock; the webhook, the
return page and the poll all go through it. What the worker does by itself is in `jobs`.
"""

from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.ids import new_id
from domain.keys.service import Place, SubjectKind, data_key
from domain.ledger import service as ledger
from domain.money import Money, currency
from domain.outbox.service import publish
from domain.patients import service as patients
from domain.patients.types import AccessScope
from domain.payments import queries, rules
from domain.payments.demo_gateway import DemoGateway
from domain.payments.errors import DemoGatewayOnly, GatewayRefused, NoSuchPayment
from domain.payments.events import PaymentCaptured, ProviderEventReceived, RefundRequested
from domain.payments.gateways import gateway
from domain.payments.tables import Refund
from domain.payments.types import (
    Intent,
    NewPayment,
    PaymentPurpose,
    PaymentStatus,
    PaymentView,
    RefundStatus,
    RefundView,
    WebhookEvent,
)

_UNFINISHED = frozenset(
    {PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION, PaymentStatus.AUTHORIZED}
)


@transactional
async def open_payment(actor: Actor, wanted: NewPayment) -> UUID:
    """Write down that this is to be paid; an open payment for the same is found again."""
    existing = await queries.open_payment(wanted.booking_id, wanted.purpose.value, visible_to=actor)
    if existing is not None:
        return UUID(str(existing["id"]))
    payment_id = new_id()
    await queries.insert_payment(payment_id, wanted, actor, gateway().name, utc_now())
    await audit.record(
        actor, "payments.open", subject=("payment", payment_id), patient_id=wanted.patient_id,
        home_state=wanted.home_state,
    )  # fmt: skip
    return payment_id


async def submit_payment(actor: Actor, payment_id: UUID) -> PaymentView:
    """Tell the provider of a payment and return it with what its payer needs.

    Repeating it is safe: the provider's idempotency key is the payment's id. Raises
    GatewayUnavailable with the payment still open.
    """
    payment = await _payment(SYSTEM, payment_id)
    if payment["provider_ref"] is None:
        try:
            intent = await gateway().create_intent(
                payment_id, payment["episode_id"], _amount(payment)
            )
        except GatewayRefused as error:
            await _give_up(SYSTEM, payment_id, error.detail)
            raise
        await _record_intent(SYSTEM, payment_id, intent)
    return await show_payment(actor, payment_id)


@transactional
async def _payment(actor: Actor, payment_id: UUID) -> Any:
    row = await queries.payment(payment_id, visible_to=actor)
    if row is None:
        raise NoSuchPayment(subject=("payment", payment_id))
    return row


@transactional
async def _require_payer(actor: Actor, patient_id: UUID) -> None:
    await patients.require_scope(actor, patient_id, AccessScope.PAY)


@transactional
async def _record_intent(actor: Actor, payment_id: UUID, intent: Intent) -> None:
    row = await queries.lock_payment(payment_id)
    if row is None:
        raise NoSuchPayment
    sealed = None
    if intent.client_secret:
        keyring = await data_key(SubjectKind.PATIENT, row["patient_id"])
        sealed = keyring.seal_text(_secret_place(payment_id), intent.client_secret)
    await queries.record_intent(payment_id, intent.ref, sealed, utc_now())
    await apply_intent(actor, row, intent)


@transactional
async def _give_up(actor: Actor, payment_id: UUID, reason: str) -> None:
    row = await queries.lock_payment(payment_id)
    # A payment that has its intent by now can still be paid: a rival's call was answered.
    if row is None or row["provider_ref"] or PaymentStatus(row["status"]) not in _UNFINISHED:
        return
    await queries.move_payment(payment_id, PaymentStatus.FAILED, utc_now(), reason[:300])
    await audit.record(
        actor, "payments.failed", subject=("payment", payment_id),
        patient_id=row["patient_id"], home_state=row["home_state"],
    )  # fmt: skip


@transactional
async def show_payment(actor: Actor, payment_id: UUID) -> PaymentView:
    """Return a payment the actor may see; raises NoSuchPayment."""
    return await _view(await _payment(actor, payment_id))


@transactional
async def payments_of_episode(actor: Actor, episode_id: UUID) -> list[PaymentView]:
    """Return the payments of an episode the actor may see."""
    rows = await queries.payments_of_episode(episode_id, visible_to=actor)
    return [await _view(row) for row in rows]


@transactional
async def refunds_of(actor: Actor, payment_id: UUID) -> list[RefundView]:
    """Return the refunds of a payment the actor may see."""
    await _payment(actor, payment_id)
    return [
        RefundView(
            row["id"], row["payment_id"], RefundStatus(row["status"]), _amount(row),
            row["reason"], row["created_at"],
        )
        for row in await queries.refunds_of(payment_id, visible_to=actor)
    ]  # fmt: skip


def _amount(row: Any) -> Money:
    return Money(row["amount_minor"], currency(row["currency"]))


def _secret_place(payment_id: UUID) -> Place:
    return Place("payment", "client_secret", payment_id)


async def _view(row: Any) -> PaymentView:
    status, secret = PaymentStatus(row["status"]), None
    if row["client_secret_sealed"] is not None and status in _UNFINISHED:
        keyring = await data_key(SubjectKind.PATIENT, row["patient_id"])
        secret = keyring.open_text(_secret_place(row["id"]), row["client_secret_sealed"])
    return PaymentView(
        id=row["id"],
        episode_id=row["episode_id"],
        booking_id=row["booking_id"],
        purpose=PaymentPurpose(row["purpose"]),
        status=status,
        amount=_amount(row),
        refunded=Money(row["refunded_minor"], currency(row["currency"])),
        gateway=row["gateway"],
        demo=row["gateway"] == DemoGateway.name,
        client_secret=secret,
        created_at=row["created_at"],
    )


async def receive_event(body: bytes, signature: str) -> None:
    """Put a provider's event into the inbox, once; raises BadSignature."""
    await _store_event(SYSTEM, gateway().verify(body, signature))


@transactional
async def _store_event(actor: Actor, event: WebhookEvent) -> None:
    if await queries.insert_event(event, gateway().name, utc_now()):
        await publish(ProviderEventReceived(event.id))


async def refresh_payment(actor: Actor, payment_id: UUID) -> PaymentView:
    """Ask the provider where a payment stands, for a payer who comes back before the webhook."""
    payment = await _payment(actor, payment_id)
    if payment["provider_ref"] is not None and PaymentStatus(payment["status"]) in _UNFINISHED:
        await apply_fetched(SYSTEM, await gateway().fetch_intent(payment["provider_ref"]))
    return await show_payment(actor, payment_id)


@transactional
async def apply_fetched(actor: Actor, intent: Intent) -> None:
    """Move the payment of an intent to where the provider, just asked, says it is."""
    row = await queries.lock_payment_by_ref(intent.ref)
    if row is not None:
        await apply_intent(actor, row, intent)


async def apply_intent(actor: Actor, row: Any, intent: Intent) -> None:
    """Move a locked payment to where the provider's view says it is, once."""
    moved = rules.next_status(PaymentStatus(row["status"]), intent)
    if moved is None:
        return
    due, now = _amount(row), utc_now()
    if moved is PaymentStatus.CAPTURED:
        if intent.amount.currency is not due.currency or intent.received < 1:
            raise GatewayRefused(
                f"payment {row['id']} expects {due.amount} {due.currency} "
                f"and the provider received {intent.received} {intent.amount.currency}"
            )
        if intent.received != due.amount:
            # The books hold what really came; whoever asked for another amount sends it back.
            due = Money(intent.received, due.currency)
            await queries.correct_amount(row["id"], due.amount)
        await ledger.post(actor, rules.capture_posting(row["id"], row["episode_id"], due))
        if intent.fee:
            fee = Money(intent.fee, due.currency)
            await ledger.post(actor, rules.fee_posting(row["id"], row["episode_id"], fee))
        await publish(PaymentCaptured(row["id"], row["episode_id"], row["booking_id"]))
    await queries.move_payment(row["id"], moved, now)
    await audit.record(
        actor, f"payments.{moved.value}", subject=("payment", row["id"]),
        patient_id=row["patient_id"], home_state=row["home_state"],
    )  # fmt: skip


async def pay_in_demo(actor: Actor, payment_id: UUID) -> PaymentView:
    """Pay by the built-in gateway: it sends its event like a provider; raises DemoGatewayOnly."""
    used = gateway()
    payment = await _payment(actor, payment_id)
    await _require_payer(actor, payment["patient_id"])
    if not isinstance(used, DemoGateway) or payment["gateway"] != used.name:
        raise DemoGatewayOnly
    if payment["provider_ref"] is None:
        await submit_payment(actor, payment_id)
        payment = await _payment(actor, payment_id)
    await receive_event(*await used.pay(payment["provider_ref"]))
    return await refresh_payment(actor, payment_id)


@transactional
async def left_of(actor: Actor, payment_id: UUID) -> Money:
    """Return what of a payment neither went back nor is on its way back."""
    row = await _payment(actor, payment_id)
    left = row["amount_minor"] - await queries.refunded_so_far(payment_id)
    return Money(max(0, left), currency(row["currency"]))


@transactional
async def request_refund(
    actor: Actor, payment_id: UUID, amount: Money | None, reason: str
) -> UUID | None:
    """Decide that money goes back, all that is left of a payment or a part of it.

    For the marketplace's own jobs and other rooms' operations, as the system. Returns None when
    nothing is left. Raises RefundExceedsPayment.
    """
    row = await queries.lock_payment(payment_id)
    if row is None:
        raise NoSuchPayment
    back = amount or await left_of(actor, payment_id)
    if back.amount == 0:
        return None
    refund_id, now = new_id(), utc_now()
    await queries.insert_refund(
        Refund(
            id=refund_id,
            payment_id=payment_id,
            episode_id=row["episode_id"],
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            status=RefundStatus.REQUESTED.value,
            currency=back.currency.value,
            amount_minor=back.amount,
            reason=reason,
            provider_ref=None,
            created_at=now,
            updated_at=now,
        )
    )
    await ledger.post(actor, rules.refund_owed_posting(refund_id, row["episode_id"], back))
    await publish(RefundRequested(refund_id))
    await audit.record(
        actor, "payments.request_refund", subject=("refund", refund_id),
        patient_id=row["patient_id"], home_state=row["home_state"], detail={"reason": reason},
    )  # fmt: skip
    return refund_id
