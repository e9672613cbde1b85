"""Telling accounts what happened, once each, and what they say about how they want to be told."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.identity import readers
from domain.ids import new_id
from domain.keys.service import KeyDestroyed, Place, SubjectKind, data_key
from domain.notifications import queries
from domain.notifications.errors import NoSuchNotice
from domain.notifications.events import NoticeMade, NudgeDue
from domain.notifications.types import (
    TOPICS,
    DueNotice,
    DueNudge,
    NoticeKind,
    NoticePage,
    NoticePreferences,
    NoticeView,
    SetNoticePreferences,
    Topic,
)
from domain.outbox.service import publish
from domain.permissions.service import require_account
from domain.text import cleaned

KEPT_FOR = timedelta(days=365)
NUDGE_EVERY = timedelta(hours=1)
"""Whoever was nudged looks by themself: what comes within the hour nudges nobody again."""


@transactional
async def notify(
    actor: Actor,
    account_id: UUID,
    kind: NoticeKind,
    key: str,
    params: Mapping[str, str],
    *,
    topic: Topic | None = None,
) -> bool:
    """Tell an account something; return whether it was new. Run as the system.

    `key` names the event within the account: told twice under one key, nothing happens, so that
    handlers may repeat it. `params` hold identifiers and codes only. Mail follows where the
    account wants it, and a nudge without content where it has left a number.
    """
    notice_id, now = new_id(), utc_now()
    found = topic or TOPICS[kind]
    if not await queries.insert_notice(notice_id, account_id, kind, key, found, params, now):
        return False
    await publish(NoticeMade(notice_id))
    if await queries.take_nudge(account_id, now - NUDGE_EVERY, now):
        await publish(NudgeDue(account_id, new_id()))
    return True


@transactional
async def list_notices(
    actor: Actor, *, unread_only: bool = False, cursor: str | None = None, limit: int = 50
) -> NoticePage:
    """Return what the actor was told, newest first; raises CursorInvalid."""
    account_id = require_account(actor)
    question = ("notices", account_id, unread_only)
    before = None if cursor is None else read_cursor(cursor, question, UUID)
    found = await queries.notices(
        account_id, unread_only=unread_only, before=before, limit=limit + 1
    )
    items = found[:limit]
    following = make_cursor(question, items[-1].id) if len(found) > limit else None
    return NoticePage(items, following, await queries.count_unread(account_id))


@transactional
async def count_unread(actor: Actor) -> int:
    """Return how many notices the actor has not read."""
    return await queries.count_unread(require_account(actor))


@transactional
async def mark_read(actor: Actor, notice_id: UUID) -> NoticeView:
    """Note that the actor has read a notice, and return it; raises NoSuchNotice."""
    row = await queries.mark_read(require_account(actor), notice_id, utc_now())
    if row is None:
        raise NoSuchNotice(subject=("notice", notice_id))
    return queries.notice_view(row)


@transactional
async def mark_all_read(actor: Actor) -> None:
    """Note that the actor has read everything."""
    await queries.mark_all_read(require_account(actor), utc_now())


def _phone_of(account_id: UUID) -> Place:
    return Place("notice_preference", "phone", account_id)


@transactional
async def show_preferences(actor: Actor) -> NoticePreferences:
    """Return how the actor wants to be told: by mail of everything, unless they said otherwise."""
    account_id = require_account(actor)
    row = await queries.preference(account_id)
    if row is None:
        return NoticePreferences(list(Topic), None)
    phone = None
    if row["phone_sealed"] is not None:
        keyring = await data_key(SubjectKind.PERSON, await readers.person_of(actor, account_id))
        phone = keyring.open_text(_phone_of(account_id), row["phone_sealed"])
    return NoticePreferences([t for t in Topic if t.value not in row["unmailed"]], phone)


@transactional
async def set_preferences(actor: Actor, command: SetNoticePreferences) -> NoticePreferences:
    """Store how the actor wants to be told; a number left out is forgotten."""
    account_id, phone = require_account(actor), None
    command = cleaned(command)
    if command.phone is not None:
        keyring = await data_key(SubjectKind.PERSON, await readers.person_of(actor, account_id))
        phone = keyring.seal_text(_phone_of(account_id), command.phone)
    unmailed = [topic.value for topic in Topic if topic not in command.mail]
    await queries.set_preference(account_id, unmailed, phone, utc_now())
    await audit.record(
        actor, "notices.prefer", subject=("account", account_id),
        detail={"unmailed": unmailed, "nudged": phone is not None},
    )  # fmt: skip
    return await show_preferences(actor)


@transactional
async def due_notice(actor: Actor, notice_id: UUID) -> DueNotice | None:
    """Return a notice to be mailed; None where nobody wants that mail any more."""
    row = await queries.notice(notice_id)
    if row is None or row["read_at"] is not None:
        return None
    chosen = await queries.preference(row["account_id"])
    if chosen is not None and row["topic"] in chosen["unmailed"]:
        return None
    reader = await readers.reader_of(actor, row["account_id"])
    if reader is None:
        return None
    return DueNotice(queries.notice_view(row), reader.account_id, reader.email, reader.language)


@transactional
async def due_nudge(actor: Actor, account_id: UUID) -> DueNudge | None:
    """Return where to nudge an account; None where it no longer wants that or has read all."""
    row, reader = await queries.preference(account_id), await readers.reader_of(actor, account_id)
    if row is None or row["phone_sealed"] is None or reader is None:
        return None
    if not await queries.count_unread(account_id):
        return None
    try:
        keyring = await data_key(SubjectKind.PERSON, await readers.person_of(actor, account_id))
    except KeyDestroyed:
        return None
    phone = keyring.open_text(_phone_of(account_id), row["phone_sealed"])
    return DueNudge(phone, reader.language)


@transactional
async def forget_old(actor: Actor) -> int:
    """Drop what was told more than a year ago; return how much it was (a periodic job)."""
    return await queries.delete_notices(utc_now() - KEPT_FOR)
