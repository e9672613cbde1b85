"""The worker: delivers the outbox's events and runs what is due by the clock."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from api.web import mail, notices
from domain.actor import SYSTEM
from domain.aftercare import jobs as aftercare
from domain.audit import alarm
from domain.audit import service as audit
from domain.availability import earliest, feeds, quotes
from domain.availability.events import BookingUncovered
from domain.bookings import attention
from domain.bookings import jobs as bookings
from domain.bookings.events import (
    BookingChanged,
    BookingConfirmed,
    BookingEnded,
    BookingSettled,
)
from domain.clients import tokens
from domain.consents.events import ConsentDenied, ConsentEnded, ConsentGranted
from domain.credentials import jobs as credentials
from domain.credentials.events import CredentialChanged, CredentialDue
from domain.files import jobs as files
from domain.files.events import FileUploaded
from domain.idempotency import service as idempotency
from domain.identity import links
from domain.identity.events import AccountNoticed, InvitationMade, LinkAsked
from domain.letters import jobs as letters
from domain.limits import service as limits
from domain.notifications import jobs as notifications
from domain.notifications import service as kept_notices
from domain.notifications.events import NoticeMade, NudgeDue
from domain.outbox import service as outbox
from domain.payments import jobs as payments
from domain.payments.events import PaymentCaptured, ProviderEventReceived, RefundRequested
from domain.profiles import service as profiles
from domain.referrals import jobs as referrals
from domain.rights import jobs as rights
from domain.rights.events import ErasureConfirmed
from domain.saved_searches import jobs as saved_searches
from domain.search import service as search
from domain.settings import Settings
from domain.waitlist import jobs as waitlist
from domain.webhooks import jobs as webhooks

log = structlog.get_logger()

HANDLERS: outbox.Handlers = {
    CredentialChanged: (credentials.log_change, attention.follow_credential),
    CredentialDue: mail.send_reminder,
    ProviderEventReceived: payments.settle_event,
    RefundRequested: payments.send_refund,
    PaymentCaptured: (bookings.confirm_when_paid, referrals.fund_when_paid),
    BookingChanged: (
        letters.revoke_when_changed,
        notifications.tell_of_booking,
        webhooks.queue_news,
        waitlist.follow_changed,
        aftercare.plan_visits,
    ),
    NoticeMade: notices.send_notice,
    NudgeDue: notices.send_nudge,
    BookingConfirmed: referrals.schedule_when_confirmed,
    BookingEnded: (
        letters.revoke_when_ended,
        referrals.follow_ended_booking,
        waitlist.follow_ended,
    ),
    BookingSettled: (),
    BookingUncovered: attention.follow_uncovered,
    ConsentGranted: referrals.resume_when_consent_given,
    ConsentEnded: referrals.hold_when_consent_ends,
    ConsentDenied: (),
    FileUploaded: files.check_when_uploaded,
    LinkAsked: mail.send_link,
    InvitationMade: mail.send_invitation,
    AccountNoticed: mail.send_notice,
    ErasureConfirmed: (mail.send_last_notice, rights.erase_when_confirmed),
}
"""Who is told of which event."""


class Periodic(msgspec.Struct, frozen=True):
    """A job that is due every so many seconds; it must bear running twice."""

    name: str
    every_s: float
    run: Callable[[Settings], Awaitable[object]]


SENDERS = 4
"""So many webhooks are sent to at a time: a slow one keeps nobody else waiting."""

PERIODIC = (
    Periodic("seal_audit", 1.0, lambda s: audit.seal_and_checkpoint(s.data_dir / "checkpoints")),
    Periodic(
        "write_audit_checkpoint",
        300.0,
        lambda s: audit.write_checkpoint(s.data_dir / "checkpoints"),
    ),
    Periodic("expire_holds", 2.0, lambda _: bookings.expire_holds()),
    Periodic("offer_freed", 300.0, lambda _: waitlist.offer_freed()),
    Periodic("tell_due_visits", 3600.0, lambda _: aftercare.tell_due_visits()),
    Periodic("cancel_unanswered", 60.0, lambda _: bookings.cancel_unanswered()),
    Periodic("keep_earliest", 1.0, lambda _: earliest.keep_earliest()),
    Periodic("expire_quoted_time", 10.0, lambda _: quotes.expire_quotes()),
    Periodic("sync_calendars", 15.0, lambda _: feeds.sync_due()),
    Periodic("poll_payments", 60.0, lambda _: payments.poll_unfinished()),
    Periodic("poll_refunds", 300.0, lambda _: payments.poll_refunds()),
    Periodic("forget_old_counts", 300.0, lambda _: limits.forget_old(SYSTEM)),
    Periodic("tell_of_new_offers", 300.0, lambda _: saved_searches.tell_of_new_offers()),
    Periodic("forget_offer_news", 3600.0, lambda _: saved_searches.forget_old()),
    Periodic("forget_search_changes", 60.0, lambda _: search.forget_changes()),
    Periodic("forget_client_tokens", 300.0, lambda _: tokens.forget_old(SYSTEM)),
    *(
        Periodic(f"deliver_webhooks_{number}", 1.0, lambda _: webhooks.deliver_due())
        for number in range(SENDERS)
    ),
    Periodic("forget_webhook_deliveries", 3600.0, lambda _: webhooks.forget_old(SYSTEM)),
    Periodic("forget_notices", 3600.0, lambda _: kept_notices.forget_old(SYSTEM)),
    Periodic("forget_links", 3600.0, lambda _: links.forget_links(SYSTEM)),
    Periodic("note_unusual_reads", 300.0, lambda _: alarm.note_unusual_reads(SYSTEM)),
    Periodic("erase_waiting", 60.0, lambda _: rights.erase_waiting()),
    Periodic("check_files", 2.0, lambda _: files.check_waiting()),
    Periodic("sweep_files", 3600.0, lambda _: files.sweep()),
    Periodic("sweep_pictures", 3600.0, lambda _: profiles.sweep_pictures()),
    Periodic("remind_of_due_credentials", 3600.0, lambda _: credentials.remind_of_due()),
    Periodic("forget_idempotency_keys", 3600.0, lambda _: idempotency.forget_old(SYSTEM)),
)

POLL_S = 0.1


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop` is set; a failing job is logged and tried again at its next turn."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_drain(stop))
        for job in PERIODIC:
            group.create_task(_repeat(job, settings, stop))


async def _drain(stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            tried = await outbox.deliver_due(HANDLERS)
        except Exception as error:
            log.error("outbox_waits", exc_info=error)
            tried = 0
            await _pause(stop, 1.0)
        if not tried:
            await _pause(stop, POLL_S)


async def _repeat(job: Periodic, settings: Settings, stop: asyncio.Event) -> None:
    while not stop.is_set():
        started = time.monotonic()
        try:
            await job.run(settings)
        except Exception as error:
            log.error("job_failed", job=job.name, exc_info=error)
        await _pause(stop, max(0.05, job.every_s - (time.monotonic() - started)))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
