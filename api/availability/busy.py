"""What takes a resource's time besides bookings: staff by hand, and calendars kept elsewhere."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from domain.actor import Actor
from domain.availability import blocks, feeds
from domain.availability.errors import (
    CalendarHostRefused,
    FeedsOff,
    NoSuchBlock,
    NoSuchFeed,
    NoSuchPool,
    SlotTaken,
    TooManyFeeds,
    UnusableTime,
)
from domain.availability.types import BlockTime, BlockView, FeedView, Instant, NewFeed
from domain.facilities.errors import NoSuchFacility
from domain.idempotency.service import KeyReused, RequestInProgress

Since = Annotated[
    Instant | None,
    QueryParameter(description="Only what ends later; now, if left out", required=False),
]


class BusyController(Controller):
    path = "/v1/resources/{pool_id:uuid}"
    tags = ["Availability"]

    @get(
        "/blocks",
        operation_id="listBlocks",
        guards=[may("availability.list")],
        summary="What staff took of a resource by hand",
        responses=problems(NoSuchPool, NoSuchFacility),
    )
    async def list_blocks(
        self, pool_id: FromPath[UUID], actor: NamedDependency[Actor], since: Since = None
    ) -> list[BlockView]:
        """List the stretches of one's own facility's resource that staff took and are not over."""
        return await blocks.list_blocks(actor, pool_id, since)

    @post(
        "/blocks",
        operation_id="blockTime",
        guards=[may("availability.change")],
        summary="Take a stretch of a resource by hand",
        responses=problems(
            NoSuchPool, SlotTaken, UnusableTime, NoSuchFacility, KeyReused, RequestInProgress,
            UnusableKey,
        ),
    )  # fmt: skip
    async def block_time(
        self,
        pool_id: FromPath[UUID],
        data: JSONBody[BlockTime],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> BlockView:
        """Take a stretch in which no booking lies, at most a year of it."""
        return await blocks.block_time(actor, pool_id, data, once(idempotency_key, data))

    @delete(
        "/blocks/{block_id:uuid}",
        operation_id="freeTime",
        guards=[may("availability.change")],
        summary="Free a stretch that was taken by hand",
        responses=problems(NoSuchPool, NoSuchBlock, NoSuchFacility),
    )
    async def free_time(
        self, pool_id: FromPath[UUID], block_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> None:
        """Give the stretch back."""
        await blocks.free_time(actor, pool_id, block_id)

    @get(
        "/feeds",
        operation_id="listFeeds",
        guards=[may("availability.list")],
        summary="Which calendars say when a resource is busy",
        responses=problems(NoSuchPool, NoSuchFacility),
    )
    async def list_feeds(
        self, pool_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[FeedView]:
        """List the calendars of one's own facility's resource: how fresh, and what is wrong."""
        return await feeds.list_feeds(actor, pool_id)

    @post(
        "/feeds",
        operation_id="addFeed",
        guards=[may("availability.change")],
        summary="Import when a resource is busy from a calendar",
        responses=problems(
            NoSuchPool, FeedsOff, CalendarHostRefused, TooManyFeeds, NoSuchFacility, KeyReused,
            RequestInProgress, UnusableKey,
        ),
    )  # fmt: skip
    async def add_feed(
        self,
        pool_id: FromPath[UUID],
        data: JSONBody[NewFeed],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> FeedView:
        """Have a calendar (RFC 5545) fetched every quarter of an hour.

        A booking that it turns out to clash with stays until staff decide.
        """
        return await feeds.add_feed(actor, pool_id, data, once(idempotency_key, data))

    @post(
        "/feeds/{feed_id:uuid}/sync",
        operation_id="syncFeed",
        guards=[may("availability.change")],
        summary="Fetch a calendar now",
        responses=problems(NoSuchPool, NoSuchFeed, NoSuchFacility),
        status_code=202,
    )
    async def sync_feed(
        self, pool_id: FromPath[UUID], feed_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> FeedView:
        """Have the calendar fetched next, in a few seconds."""
        return await feeds.sync_feed(actor, pool_id, feed_id)

    @delete(
        "/feeds/{feed_id:uuid}",
        operation_id="removeFeed",
        guards=[may("availability.change")],
        summary="Import a calendar no longer",
        responses=problems(NoSuchPool, NoSuchFeed, NoSuchFacility),
    )
    async def remove_feed(
        self, pool_id: FromPath[UUID], feed_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> None:
        """Forget the calendar; what it said is busy no longer."""
        await feeds.remove_feed(actor, pool_id, feed_id)
