"""Ending a booking before its patient came, and what of the deposit goes back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.availability import service as availability
from domain.bookings import moving, policy, rules, service, views
from domain.bookings.events import BookingEnded, BookingNews
from domain.bookings.stay_rules import ENDS_WITH_THE_BOOKING
from domain.bookings.types import BookingMove, BookingStatus, BookingView, RefundPreview
from domain.clock import utc_now
from domain.db import transactional
from domain.money import Money, currency
from domain.outbox.service import publish
from domain.payments import service as payments
from domain.tasks import service as tasks


@transactional
async def preview_refund(actor: Actor, booking_id: UUID) -> RefundPreview:
    """Return what would go back if the actor cancelled now."""
    row = await moving.visible(actor, booking_id)
    return _preview(row, utc_now(), by_facility=policy.acts_for_facility(actor, row))


def _preview(row: Any, now: datetime, *, by_facility: bool, ground: bool = False) -> RefundPreview:
    deposit = Money(row["deposit_minor"], currency(row["currency"]))
    if BookingStatus(row["status"]) not in rules.PAID:
        return RefundPreview(deposit, Money(0, deposit.currency), 0)
    # Whose facility may no longer treat them did not change their mind.
    whole = by_facility or ground or row["credential_lost_at"] is not None
    return rules.refund_preview(deposit, views.tiers_of(row), row["starts_at"], now, whole=whole)


@transactional
async def cancel_booking(actor: Actor, booking_id: UUID, version: int | None = None) -> BookingView:
    """Cancel a booking: the patient under the frozen tiers, the facility with all money back.

    Without a `version` whatever the booking has become is cancelled.
    """
    row = await moving.to_move(actor, booking_id, BookingMove.CANCEL, version)
    ended = BookingStatus.CANCELLED_BY_PATIENT
    if policy.acts_for_facility(actor, row):
        ended = BookingStatus.CANCELLED_BY_FACILITY
    await end_as(actor, row, ended, None)
    return await service.show_booking(actor, booking_id)


@transactional
async def cancel_for_referral(actor: Actor, booking_id: UUID, *, by_facility: bool) -> None:
    """Cancel the booking of a referral that ended, as the side that ended it would."""
    ended = BookingStatus.CANCELLED_BY_PATIENT
    if by_facility:
        ended = BookingStatus.CANCELLED_BY_FACILITY
    row = await moving.visible(actor, booking_id, lock=True)
    await end_as(actor, row, ended, "referral_ended")


async def end_as(
    actor: Actor,
    row: Any,
    status: BookingStatus,
    reason: str | None,
    *,
    news: BookingNews | None = None,
    ground: bool = False,
) -> None:
    """End a locked booking before check-in: its time is free, its refund decided, its log written.

    On a named `ground` all money goes back, whoever ends it.
    """
    by_facility = status is BookingStatus.CANCELLED_BY_FACILITY
    preview = _preview(row, utc_now(), by_facility=by_facility, ground=ground)
    await moving.apply(actor, row, status, reason=reason, news=news, change_order_id=None)
    await availability.release_slot(actor, row["id"], expired=status is BookingStatus.EXPIRED)
    if preview.refund.amount and row["deposit_payment_id"]:
        await payments.request_refund(
            SYSTEM,
            row["deposit_payment_id"],
            preview.refund,
            reason if ground and reason else status.value,
        )
    await tasks.end_tasks(SYSTEM, row["id"], ENDS_WITH_THE_BOOKING, by=actor.account_id)
    await publish(BookingEnded(row["id"], row["episode_id"], status.value))
