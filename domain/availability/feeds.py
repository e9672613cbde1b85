"""Calendars kept elsewhere that say when a resource is busy."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain import clock
from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.availability import feed_queries, queries, rules, uncovered
from domain.availability.calendar_fetching import calendars
from domain.availability.calendar_reading import BusyTime, FeedFailed, busy_times
from domain.availability.errors import NoSuchFeed, NoSuchPool, TooManyFeeds
from domain.availability.events import Cause
from domain.availability.hours import require_pool
from domain.availability.tables import CalendarFeed
from domain.availability.types import FeedTrouble, FeedView, NewFeed, Span
from domain.db import transactional
from domain.facilities.errors import NoSuchFacility
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.keys.service import (
    KeyDestroyed,
    Place,
    SealBroken,
    SubjectKind,
    data_key,
    data_key_or_new,
)

MAX_FEEDS = 20
EVERY = timedelta(minutes=15)
AT_MOST = timedelta(hours=6)
LEASE = timedelta(minutes=3)
BACK, AHEAD = timedelta(days=1), timedelta(days=400)
WHOLE_EVERY = timedelta(days=7)
"""How long an unchanged calendar may go unread: the days ahead that it was read for move on."""
BATCH = 50


@transactional
async def list_feeds(actor: Actor, pool_id: UUID) -> list[FeedView]:
    """Return the calendars of a pool of one's own facility, without their addresses."""
    await require_pool(actor, pool_id, "availability.list")
    return await feed_queries.feeds_of(pool_id)


@transactional
async def add_feed(
    actor: Actor, pool_id: UUID, command: NewFeed, once: Once | None = None
) -> FeedView:
    """Let a calendar say when a lane of a pool is busy; it is fetched within a minute.

    Raises FeedsOff, CalendarHostRefused, NoSuchPool (also for a lane it has not) and TooManyFeeds.
    """
    facility = await require_pool(actor, pool_id)
    if (done := await done_before(actor, "availability.add_feed", once)) is not None:
        return await _feed(pool_id, done)
    host = calendars().host_of(command.url)
    if facility.organisation_id is None:
        raise NoSuchFacility(subject=("facility", facility.id))
    lane = await feed_queries.lane_of(pool_id, command.lane)
    if lane is None:
        raise NoSuchPool(fields={"lane": "is none of the resource"})
    await queries.lock_pools([pool_id])
    if len(await feed_queries.feeds_of(pool_id)) >= MAX_FEEDS:
        raise TooManyFeeds
    await feed_queries.lock_organisation(facility.organisation_id)
    keyring = await data_key_or_new(SubjectKind.ORGANISATION, facility.organisation_id)
    feed_id, now = new_id(), clock.utc_now()
    await feed_queries.insert_feed(
        CalendarFeed(
            id=feed_id,
            pool_id=pool_id,
            resource_id=lane,
            organisation_id=facility.organisation_id,
            host=host,
            url=keyring.seal_text(_place(feed_id), command.url),
            next_sync_at=now,
            created_at=now,
        )
    )
    await audit.record(actor, "availability.add_feed", subject=("resource_pool", pool_id))
    await remember(actor, "availability.add_feed", once, feed_id)
    return await _feed(pool_id, feed_id)


async def _feed(pool_id: UUID, feed_id: UUID) -> FeedView:
    for feed in await feed_queries.feeds_of(pool_id, feed_id):
        return feed
    raise NoSuchFeed(subject=("calendar_feed", feed_id))


def _place(feed_id: UUID) -> Place:
    return Place("calendar_feed", "url", feed_id)


@transactional
async def remove_feed(actor: Actor, pool_id: UUID, feed_id: UUID) -> None:
    """Forget a calendar: what it said is no longer busy; raises NoSuchFeed."""
    await require_pool(actor, pool_id)
    await queries.lock_pools([pool_id])
    if not await feed_queries.delete_feed(pool_id, feed_id):
        raise NoSuchFeed(subject=("calendar_feed", feed_id))
    await audit.record(actor, "availability.remove_feed", subject=("resource_pool", pool_id))


@transactional
async def sync_feed(actor: Actor, pool_id: UUID, feed_id: UUID) -> FeedView:
    """Let a calendar be fetched as soon as a worker can; raises NoSuchFeed."""
    await require_pool(actor, pool_id)
    if not await feed_queries.make_due(pool_id, feed_id, clock.utc_now()):
        raise NoSuchFeed(subject=("calendar_feed", feed_id))
    await audit.record(actor, "availability.sync_feed", subject=("resource_pool", pool_id))
    return await _feed(pool_id, feed_id)


async def sync_due() -> int:
    """Fetch the calendars that are due, one after the other; return how many there were."""
    for number in range(BATCH):
        until = clock.utc_now() + LEASE
        feed = await _claim(SYSTEM, until)
        if feed is None:
            return number
        await _sync(feed, until)
    return BATCH


@transactional
async def _claim(actor: Actor, until: datetime) -> dict[str, Any] | None:
    row = await feed_queries.claim_due(until)
    if row is None:
        return None
    try:
        keyring = await data_key(SubjectKind.ORGANISATION, row["organisation_id"])
        return {**row, "url": keyring.open_text(_place(row["id"]), row["url"])}
    except (KeyDestroyed, SealBroken):
        return {**row, "url": None}  # one that is lost must not stand in the way of the others


async def _sync(feed: dict[str, Any], until: datetime) -> None:
    now = clock.utc_now()
    fresh = feed["imported_at"] is not None and now - feed["imported_at"] < WHOLE_EVERY
    if feed["url"] is None:
        await _failed(SYSTEM, feed, until, FeedTrouble.ADDRESS_LOST)
        return
    try:
        fetched = await calendars().fetch(feed["url"], feed["etag"] if fresh else None)
        if fetched.content is None:
            await _succeeded(SYSTEM, feed, until, feed["etag"], None)
            return
        within = Span(now - BACK, now + AHEAD)
        busy = await busy_times(fetched.content, feed["zone"], within)
    except FeedFailed as failure:
        await _failed(SYSTEM, feed, until, failure.trouble)
    else:
        await _succeeded(SYSTEM, feed, until, fetched.etag, busy)


@transactional
async def _failed(
    actor: Actor, feed: dict[str, Any], until: datetime, trouble: FeedTrouble
) -> None:
    if await feed_queries.still_claimed(feed["id"], until):
        wait = min(EVERY * 2 ** min(feed["failures"], 10), AT_MOST)
        await feed_queries.note_failure(feed["id"], trouble, clock.utc_now() + wait)


@transactional
async def _succeeded(
    actor: Actor, feed: dict[str, Any], until: datetime, etag: str | None,
    busy: list[BusyTime] | None,
) -> None:  # fmt: skip
    await queries.lock_pools([feed["pool_id"]])
    if not await feed_queries.still_claimed(feed["id"], until):
        return
    now = clock.utc_now()
    imported_at = feed["imported_at"] if busy is None else now
    if busy is not None:
        spans = await _others(feed["resource_id"], busy)
        if spans != await feed_queries.busy_of(feed["id"]):
            await feed_queries.replace_busy(feed["id"], feed["resource_id"], spans)
            booked = await feed_queries.booked_on(feed["resource_id"])
            kept = {each.id for each, clashes in booked if not clashes}
            await uncovered.tell([each for each, _ in booked], kept, Cause.FEED_CLASH)
    await feed_queries.note_success(feed["id"], now, now + EVERY, etag, imported_at)


async def _others(resource_id: UUID, busy: list[BusyTime]) -> list[Span]:
    """Return what others take, in order: calendars that show our own bookings send them back."""
    named = [UUID(text) for time in busy for text in time.ids]
    own = {str(each) for each in await feed_queries.own_bookings(resource_id, named)}
    return rules.merged(time.span for time in busy if not own & {text.lower() for text in time.ids})
