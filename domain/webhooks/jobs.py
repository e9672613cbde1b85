"""Queueing a booking's news for systems, and sending what is due; every job bears repeating."""

import random
from datetime import timedelta

import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.bookings.events import BookingChanged
from domain.bookings.parties import booking_parties
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import team
from domain.keys.service import SubjectKind, data_key
from domain.notifications.service import notify
from domain.notifications.types import NoticeKind
from domain.webhooks import queries, rules
from domain.webhooks.sending import sender
from domain.webhooks.service import sealed_at
from domain.webhooks.types import Due, Event, EventData, Outcome

LEASE = timedelta(seconds=60)
"""So long an endpoint stays with the worker that sends to it, should the worker die meanwhile."""

SWEEP = 100


async def queue_news(event: BookingChanged) -> None:
    """Queue a booking's news for the webhooks of its facility (told by the outbox)."""
    await _queue(SYSTEM, event)


@transactional
async def _queue(actor: Actor, event: BookingChanged) -> None:
    booking = await booking_parties(actor, event.booking_id)
    if booking is None:
        raise LookupError(f"news of the unknown booking {event.booking_id}")
    await queries.queue(booking.facility_organisation_id, event, utc_now())


async def deliver_due() -> int:
    """Send what is due, one after the other; return how much was tried (a periodic job).

    Several may run beside each other: each takes an endpoint that nobody else is sending to.
    """
    tried = 0
    while tried < SWEEP and (due := await _claim(SYSTEM)) is not None:
        tried += 1
        now, message_id = utc_now(), str(due.delivery_id)
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": rules.signature(due.secrets, message_id, now, due.body),
        }
        await _settle(SYSTEM, due, await sender().send(due.url, headers, due.body))
    return tried


@transactional
async def _claim(actor: Actor) -> Due | None:
    now = utc_now()
    row = await queries.claim(now + LEASE)
    if row is None:
        return None
    keyring, place = (
        await data_key(SubjectKind.ORGANISATION, row["organisation_id"]),
        sealed_at(row["endpoint_id"]),
    )
    secrets = [keyring.open(place, row["secret_sealed"])]
    if row["former_until"] is not None and row["former_until"] > now:
        secrets.append(keyring.open(place, row["former_secret_sealed"]))
    event = Event(
        row["id"],
        f"booking.{row['news']}",
        row["created_at"],
        EventData(row["booking_id"], row["news"], row["booking_version"]),
    )
    return Due(
        row["id"], row["endpoint_id"], row["url"], secrets, msgspec.json.encode(event),
        row["attempts"],
    )  # fmt: skip


@transactional
async def _settle(actor: Actor, due: Due, outcome: Outcome) -> None:
    now, next_at = utc_now(), None
    endpoint = await queries.release(due.endpoint_id, now, delivered=outcome.delivered)
    stopped = endpoint["disabled_at"] or endpoint["removed_at"]
    if not (outcome.delivered or stopped):
        next_at = rules.next_attempt(due.attempts + 1, now, random.uniform(0.9, 1.1))
    await queries.note_attempt(
        due.delivery_id, outcome.status, outcome.error, now,
        delivered=outcome.delivered, next_at=next_at,
    )  # fmt: skip
    if outcome.delivered or stopped:
        return
    reason = rules.reason_to_disable(outcome, endpoint["failing_since"], now)
    if reason is None:
        return
    await queries.disable(due.endpoint_id, reason, now)
    await audit.record(
        actor, "webhooks.disable", subject=("webhook", due.endpoint_id),
        detail={"reason": reason.value},
    )  # fmt: skip
    for reader in await team.administrators(actor, endpoint["organisation_id"]):
        await notify(
            actor, reader.account_id, NoticeKind.WEBHOOK_DISABLED,
            f"webhook/{due.endpoint_id}/{endpoint['version']}", {"webhook_id": str(endpoint["id"])},
        )  # fmt: skip


@transactional
async def forget_old(actor: Actor) -> int:
    """Drop deliveries of more than 30 days ago; return how many (a periodic job)."""
    return await queries.delete_deliveries(utc_now() - rules.KEPT_FOR)
