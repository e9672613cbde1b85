"""A facility's resources, and the free slots of an offer."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from domain.actor import Actor
from domain.availability import resources, service
from domain.availability.errors import (
    NeedKnown,
    NoSuchPool,
    PoolNameTaken,
    PractitionerKnown,
    ResourceEnded,
    UnusableRange,
    UnusableTime,
)
from domain.availability.types import (
    EndResource,
    NewOfferNeed,
    NewPool,
    PoolView,
    SlotList,
)
from domain.catalogue.errors import NoSuchOffer, OfferWithdrawn
from domain.clock import UnknownZone
from domain.errors import Invalid
from domain.facilities.errors import NoSuchFacility


class Created(msgspec.Struct, frozen=True):
    id: UUID


class AvailabilityController(Controller):
    path = "/v1"
    tags = ["Availability"]

    @get(
        "/offers/{offer_id:uuid}/slots",
        operation_id="listSlots",
        guards=[may("availability.read_slots")],
        summary="The free slots of an offer",
        responses=problems(NoSuchOffer, UnusableRange, UnknownZone, OfferWithdrawn),
    )
    async def slots(
        self,
        offer_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        first: Annotated[
            date | None,
            QueryParameter(
                name="from", description="First day of the facility's calendar", required=False
            ),
        ] = None,
        last: Annotated[
            date | None,
            QueryParameter(name="to", description="Last day, at most 89 later", required=False),
        ] = None,
        zone: Annotated[
            str | None,
            QueryParameter(
                description="The asker's IANA zone, whose clock is shown beside the facility's",
                max_length=64,
                required=False,
            ),
        ] = None,
        limit: Annotated[
            int,
            QueryParameter(
                description="After how many slots no further day is begun",
                ge=1, le=service.MAX_SLOTS, required=False,
            ),
        ] = 1000,
    ) -> SlotList:  # fmt: skip
        """List when the offer can start, as instants and on the facility's and the asker's clock.

        Whole days are listed; ask again from `next` for those after them.
        """
        return await service.list_slots(actor, offer_id, first, last, zone=zone, limit=limit)

    @get(
        "/facilities/{facility_id:uuid}/resources",
        operation_id="listResources",
        guards=[may("availability.list")],
        summary="What a facility can be booked for",
        responses=problems(NoSuchFacility),
    )
    async def list_pools(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[PoolView]:
        """List the practitioners, rooms, devices and beds of one's own facility."""
        return await resources.list_pools(actor, facility_id)

    @post(
        "/facilities/{facility_id:uuid}/resources",
        operation_id="createResource",
        guards=[may("availability.change")],
        summary="Add a practitioner, room, device or beds",
        responses=problems(NoSuchFacility, PoolNameTaken, PractitionerKnown, Invalid),
    )
    async def create_pool(
        self, facility_id: FromPath[UUID], data: JSONBody[NewPool], actor: NamedDependency[Actor]
    ) -> PoolView:
        """Add a pool of interchangeable resources to one's own facility."""
        return await resources.create_pool(actor, facility_id, data)

    @post(
        "/resources/{pool_id:uuid}/end",
        operation_id="endResource",
        guards=[may("availability.change")],
        summary="Take a resource out of service",
        responses=problems(NoSuchPool, ResourceEnded, UnusableTime, NoSuchFacility),
        status_code=200,
    )
    async def end_pool(
        self, pool_id: FromPath[UUID], data: JSONBody[EndResource], actor: NamedDependency[Actor]
    ) -> PoolView:
        """End a resource's service, or a practitioner's affiliation, now or at a later moment.

        Bookings beyond it stay until staff decide about each.
        """
        return await resources.end_resource(actor, pool_id, data)

    @post(
        "/offers/{offer_id:uuid}/needs",
        operation_id="addOfferNeed",
        guards=[may("availability.change")],
        summary="Say what an offer takes",
        responses=problems(NoSuchOffer, NoSuchPool, NeedKnown, NoSuchFacility, OfferWithdrawn),
    )
    async def add_need(
        self, offer_id: FromPath[UUID], data: JSONBody[NewOfferNeed], actor: NamedDependency[Actor]
    ) -> Created:
        """Let every booking of the offer take one lane of a pool, with buffers or for nights."""
        return Created(await resources.add_offer_need(actor, offer_id, data))
