"""Time that staff take and free by hand, in the same table and under the same locks as bookings."""

from datetime import datetime, timedelta
from uuid import UUID

from domain import clock
from domain.actor import Actor
from domain.audit import service as audit
from domain.availability import queries, rules
from domain.availability.errors import NoSuchBlock, SlotTaken, UnusableTime
from domain.availability.hours import require_pool
from domain.availability.tables import Reservation
from domain.availability.types import BlockTime, BlockView, ReservationStatus, Span
from domain.db import transactional
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.text import cleaned

LONGEST = timedelta(days=366)


@transactional
async def list_blocks(
    actor: Actor, pool_id: UUID, since: datetime | None = None
) -> list[BlockView]:
    """Return what staff took of a pool of their facility and is not over at `since`, else now."""
    await require_pool(actor, pool_id, "availability.list")
    return await queries.blocks_of(pool_id, since or clock.utc_now())


@transactional
async def block_time(
    actor: Actor, pool_id: UUID, command: BlockTime, once: Once | None = None
) -> BlockView:
    """Take a stretch of a lane by hand.

    Raises UnusableTime, and SlotTaken where a booking lies or the pool has no such lane free.
    """
    await require_pool(actor, pool_id)
    if (done := await done_before(actor, "availability.block_time", once)) is not None:
        return await _block(actor, pool_id, done)
    command = cleaned(command)
    now, span = clock.utc_now(), Span(command.starts_at, command.ends_at)
    if not (
        clock.plausible(span.start) and clock.plausible(span.end)
        and max(now, span.start) < span.end <= span.start + LONGEST
    ):  # fmt: skip
        raise UnusableTime(fields={"ends_at": UnusableTime.title})
    await queries.lock_pools([pool_id])
    busy = (await queries.busy_lanes([pool_id], span))[pool_id]
    if command.lane is not None:
        busy = dict(list(busy.items())[command.lane - 1 : command.lane])
    lane = rules.free_lane(busy, span)
    if lane is None:
        raise SlotTaken
    block_id = new_id()
    await queries.expire_overlaps(lane, span, None)
    if not await queries.insert_reservation(
        Reservation(
            id=block_id,
            resource_id=lane,
            pool_id=pool_id,
            booking_id=None,
            status=ReservationStatus.BLOCKED.value,
            starts_at=span.start,
            ends_at=span.end,
            hold_until=None,
            reason=command.reason,
            created_at=now,
        )
    ):
        raise SlotTaken
    await audit.record(actor, "availability.block_time", subject=("resource_pool", pool_id))
    await remember(actor, "availability.block_time", once, block_id)
    return await _block(actor, pool_id, block_id)


async def _block(actor: Actor, pool_id: UUID, block_id: UUID) -> BlockView:
    for block in await list_blocks(actor, pool_id):
        if block.id == block_id:
            return block
    raise NoSuchBlock(subject=("reservation", block_id))


@transactional
async def free_time(actor: Actor, pool_id: UUID, block_id: UUID) -> None:
    """Give a stretch back that was taken by hand; raises NoSuchBlock."""
    await require_pool(actor, pool_id)
    if not await queries.free_block(pool_id, block_id):
        raise NoSuchBlock(subject=("reservation", block_id))
    await audit.record(actor, "availability.free_time", subject=("resource_pool", pool_id))
