"""What takes a resource's time besides bookings: stretches that staff take by hand."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from domain.actor import Actor
from domain.availability import blocks
from domain.availability.errors import NoSuchBlock, NoSuchPool, SlotTaken, UnusableTime
from domain.availability.types import BlockTime, BlockView, Instant
from domain.facilities.errors import NoSuchFacility

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
        responses=problems(NoSuchPool, SlotTaken, UnusableTime, NoSuchFacility),
    )
    async def block_time(
        self, pool_id: FromPath[UUID], data: JSONBody[BlockTime], actor: NamedDependency[Actor]
    ) -> BlockView:
        """Take a stretch in which no booking lies, at most a year of it."""
        return await blocks.block_time(actor, pool_id, data)

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
