"""A facility's resources with their hours, and the free slots of an offer."""

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
from domain.availability import hours, resources, service
from domain.availability.errors import (
    ExceptionKnown,
    NeedKnown,
    NoSuchPool,
    PoolNameTaken,
    PractitionerKnown,
    UnusableRange,
    UnusableRule,
)
from domain.availability.types import (
    NewOfferNeed,
    NewOpeningException,
    NewOpeningRule,
    NewPool,
    PoolView,
    SlotList,
)
from domain.catalogue.errors import NoSuchOffer, OfferWithdrawn
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
        responses=problems(NoSuchOffer, UnusableRange, OfferWithdrawn),
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
            QueryParameter(name="to", description="Last day, at most 30 later", required=False),
        ] = None,
    ) -> SlotList:
        """List when the offer can start, as instants and on the facility's clock."""
        return await service.list_slots(actor, offer_id, first, last)

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
        "/resources/{pool_id:uuid}/rules",
        operation_id="addOpeningRule",
        guards=[may("availability.change")],
        summary="Open a resource every week",
        responses=problems(NoSuchPool, UnusableRule, NoSuchFacility),
    )
    async def add_rule(
        self, pool_id: FromPath[UUID], data: JSONBody[NewOpeningRule], actor: NamedDependency[Actor]
    ) -> Created:
        """Add weekly hours in the facility's wall clock."""
        return Created(await hours.add_opening_rule(actor, pool_id, data))

    @post(
        "/resources/{pool_id:uuid}/exceptions",
        operation_id="addOpeningException",
        guards=[may("availability.change")],
        summary="Change the hours of one day",
        responses=problems(NoSuchPool, ExceptionKnown, NoSuchFacility, Invalid),
    )
    async def add_exception(
        self,
        pool_id: FromPath[UUID],
        data: JSONBody[NewOpeningException],
        actor: NamedDependency[Actor],
    ) -> Created:
        """Give one day other hours, or close it."""
        return Created(await hours.add_opening_exception(actor, pool_id, data))

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
