"""What payments do when the provider tells something, and when it does not; every job repeats."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import DomainError
from domain.ledger import service as ledger
from domain.money import Money, currency
from domain.payments import queries, rules
from domain.payments.errors import GatewayRefused, GatewayUnavailable
from domain.payments.events import ProviderEventReceived, RefundRequested
from domain.payments.gateways import gateway
from domain.payments.service import apply_fetched, apply_intent
from domain.payments.types import Intent, RefundResult, RefundStatus

POLL_AFTER = timedelta(minutes=2)
POLL_REFUNDS_AFTER = timedelta(minutes=30)
ABANDONED_AFTER = timedelta(hours=24)
"""An intent that nobody paid for so long is cancelled, so that no money comes for it any more."""

KEYS_LIVE = timedelta(hours=20)
"""For so long a provider surely knows an idempotency key again (Stripe promises 24 hours)."""

BATCH = 20

log = structlog.get_logger()


async def settle_event(event: ProviderEventReceived) -> None:
    """Act on an event of the inbox: fetch the intent anew and apply what it says now."""
    row = await _event_to_settle(SYSTEM, event.event_id)
    if row is None:
        return
    try:
        intent = await gateway().fetch_intent(row["object_ref"])
    except GatewayRefused:
        await _settle(SYSTEM, event.event_id, None)
        return
    if "refund" in row["kind"]:
        for refund in await _sent_refunds(SYSTEM, intent.ref):
            await _follow(refund)
    await _settle(SYSTEM, event.event_id, intent)


@transactional
async def _event_to_settle(actor: Actor, event_id: str) -> Any | None:
    row = await queries.event(event_id)
    if row is None or row["status"] != "received":
        return None
    known = row["kind"].startswith(("payment_intent.", "charge.", "refund."))
    if not known or not row["object_ref"]:
        await queries.settle_event(event_id, "ignored", utc_now())
        return None
    return row


@transactional
async def _settle(actor: Actor, event_id: str, intent: Intent | None) -> None:
    row = None
    if intent is not None:
        row = await queries.lock_payment_by_ref(intent.ref)
        if row is None and intent.payment_id is not None:
            # The event overtook our own record of the provider's answer.
            row = await queries.lock_payment(intent.payment_id)
            if row is not None:
                await queries.record_intent(row["id"], intent.ref, None, utc_now())
        if row is not None:
            await apply_intent(actor, row, intent)
    await queries.settle_event(event_id, "processed" if row else "ignored", utc_now())


async def poll_unfinished() -> None:
    """Ask after payments whose webhook never came, in turns; cancel those nobody finished."""
    for row in await _unsettled(SYSTEM):
        try:
            await apply_fetched(SYSTEM, await _latest(row))
        except GatewayUnavailable:
            raise
        except DomainError as error:
            # One payment that cannot be asked after must not hide the others.
            log.error("payment_unclear", payment_id=str(row["id"]), error=error.detail)


@transactional
async def _unsettled(actor: Actor) -> list[Any]:
    now = utc_now()
    return await queries.take_unsettled_payments(now - POLL_AFTER, now, BATCH)


async def _latest(row: Any) -> Intent:
    if row["created_at"] < utc_now() - ABANDONED_AFTER:
        try:
            return await gateway().cancel_intent(row["provider_ref"])
        except GatewayRefused:
            pass  # it was paid or cancelled meanwhile: look
    return await gateway().fetch_intent(row["provider_ref"])


async def send_refund(event: RefundRequested) -> None:
    """Send a decided refund to the provider; repeating it is safe (the key is the refund's id)."""
    row = await _refund_to_send(SYSTEM, event.refund_id)
    if row is None:
        return
    result = None
    if row["created_at"] < utc_now() - KEYS_LIVE:
        result = await gateway().find_refund(row["id"], row["intent_ref"])
    if result is None:
        result = await gateway().refund(row["id"], row["intent_ref"], _amount(row))
    await _record_refund(SYSTEM, row["id"], result)


@transactional
async def _refund_to_send(actor: Actor, refund_id: UUID) -> Any | None:
    row = await queries.refund(refund_id)
    return row if row and row["status"] == RefundStatus.REQUESTED.value else None


async def poll_refunds() -> None:
    """Ask after refunds that were still on their way, in turns."""
    for row in await _pending_refunds(SYSTEM):
        await _follow(row)


@transactional
async def _pending_refunds(actor: Actor) -> list[Any]:
    now = utc_now()
    return await queries.take_pending_refunds(now - POLL_REFUNDS_AFTER, now, BATCH)


@transactional
async def _sent_refunds(actor: Actor, intent_ref: str) -> list[Any]:
    return await queries.sent_refunds(intent_ref)


async def _follow(row: Any) -> None:
    result = await gateway().find_refund(row["id"], row["intent_ref"])
    if result is not None:
        await _record_refund(SYSTEM, row["id"], result)


@transactional
async def _record_refund(actor: Actor, refund_id: UUID, result: RefundResult) -> None:
    row = await queries.lock_refund(refund_id)
    if row is None:
        return
    before = RefundStatus(row["status"])
    if result.status not in rules.REFUND_TRANSITIONS[before]:
        return
    await queries.move_refund(refund_id, result.status, result.ref, utc_now())
    amount = _amount(row)
    for posting in rules.refund_postings(
        refund_id, row["episode_id"], amount, before, result.status
    ):
        await ledger.post(actor, posting)
    await queries.carry_refunded(row["payment_id"], utc_now())
    await audit.record(
        actor, f"payments.refund_{result.status.value}", subject=("refund", refund_id),
        patient_id=row["patient_id"], home_state=row["home_state"],
    )  # fmt: skip
    if result.status in rules.CAME_BACK:
        log.error("refund_came_back", refund_id=str(refund_id), status=result.status.value)


def _amount(row: Any) -> Money:
    return Money(row["amount_minor"], currency(row["currency"]))
