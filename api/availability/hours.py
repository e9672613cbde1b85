"""When a facility's resources are open: rules, exceptions, closures."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from domain.actor import Actor
from domain.availability import closures, hours, schedule, uncovered
from domain.availability.errors import (
    ExceptionKnown,
    NoSuchClosure,
    NoSuchException,
    NoSuchPool,
    NoSuchRule,
    UnusableRange,
    UnusableRule,
    UnusableTime,
)
from domain.availability.schedule_types import OfferNeedView, ScheduleView, UncoveredBooking
from domain.availability.types import (
    Closure,
    EndOpeningRule,
    NewClosure,
    NewOpeningException,
    NewOpeningRule,
    OpeningExceptionView,
    OpeningRuleView,
)
from domain.errors import Invalid, StaleVersion
from domain.facilities.errors import NoSuchFacility
from domain.idempotency.service import KeyReused, RequestInProgress

FirstDay = Annotated[
    date | None,
    QueryParameter(
        name="from",
        description="First day of the facility's calendar; today, if left out",
        required=False,
    ),
]


class HoursController(Controller):
    path = "/v1"
    tags = ["Availability"]

    @get(
        "/resources/{pool_id:uuid}/rules",
        operation_id="listOpeningRules",
        guards=[may("availability.list")],
        summary="When a resource opens",
        responses=problems(NoSuchPool, NoSuchFacility),
    )
    async def list_rules(
        self, pool_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[OpeningRuleView]:
        """List the opening rules of a resource of one's own facility, those that are over too."""
        return await hours.list_opening_rules(actor, pool_id)

    @post(
        "/resources/{pool_id:uuid}/rules",
        operation_id="addOpeningRule",
        guards=[may("availability.change")],
        summary="Open a resource again and again",
        responses=problems(
            NoSuchPool, UnusableRule, NoSuchFacility, KeyReused, RequestInProgress, UnusableKey
        ),
    )
    async def add_rule(
        self,
        pool_id: FromPath[UUID],
        data: JSONBody[NewOpeningRule],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[OpeningRuleView]:
        """Add hours in the facility's wall clock, on the days of an RFC 5545 rule."""
        view = await hours.add_opening_rule(actor, pool_id, data, once(idempotency_key, data))
        return with_etag(view, view.version, status_code=201)

    @put(
        "/resources/{pool_id:uuid}/rules/{rule_id:uuid}",
        operation_id="changeOpeningRule",
        guards=[may("availability.change")],
        summary="Give an opening rule other terms",
        responses=problems(
            NoSuchPool, NoSuchRule, UnusableRule, StaleVersion, VersionNeeded, NoSuchFacility
        ),
    )
    async def change_rule(
        self,
        pool_id: FromPath[UUID],
        rule_id: FromPath[UUID],
        data: JSONBody[NewOpeningRule],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[OpeningRuleView]:
        """Change the rule as a whole; bookings outside its new hours stay until staff decide."""
        version = version_from(if_match)
        view = await hours.change_opening_rule(actor, pool_id, rule_id, data, version)
        return with_etag(view, view.version)

    @post(
        "/resources/{pool_id:uuid}/rules/{rule_id:uuid}/end",
        operation_id="endOpeningRule",
        guards=[may("availability.change")],
        summary="End an opening rule",
        responses=problems(NoSuchPool, NoSuchRule, StaleVersion, VersionNeeded, NoSuchFacility),
        status_code=204,
    )
    async def end_rule(
        self,
        pool_id: FromPath[UUID],
        rule_id: FromPath[UUID],
        data: JSONBody[EndOpeningRule],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> None:
        """Let the rule open on `last_day` for the last time; before its first day it is removed."""
        await hours.end_opening_rule(actor, pool_id, rule_id, data, version_from(if_match))

    @get(
        "/resources/{pool_id:uuid}/exceptions",
        operation_id="listOpeningExceptions",
        guards=[may("availability.list")],
        summary="On which days a resource has other hours",
        responses=problems(NoSuchPool, NoSuchFacility),
    )
    async def list_exceptions(
        self, pool_id: FromPath[UUID], actor: NamedDependency[Actor], first: FirstDay = None
    ) -> list[OpeningExceptionView]:
        """List the days with other hours of a resource of one's own facility, from a day on."""
        return await hours.list_opening_exceptions(actor, pool_id, first)

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
    ) -> OpeningExceptionView:
        """Give one day other hours, or close it; a public holiday opens so, too."""
        return await hours.add_opening_exception(actor, pool_id, data)

    @delete(
        "/resources/{pool_id:uuid}/exceptions/{exception_id:uuid}",
        operation_id="removeOpeningException",
        guards=[may("availability.change")],
        summary="Give a day its usual hours again",
        responses=problems(NoSuchPool, NoSuchException, NoSuchFacility),
    )
    async def remove_exception(
        self,
        pool_id: FromPath[UUID],
        exception_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> None:
        """Forget one day's other hours."""
        await hours.remove_opening_exception(actor, pool_id, exception_id)

    @get(
        "/facilities/{facility_id:uuid}/closures",
        operation_id="listClosures",
        guards=[may("availability.list")],
        summary="When a facility is closed",
        responses=problems(NoSuchFacility),
    )
    async def list_closures(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor], first: FirstDay = None
    ) -> list[Closure]:
        """List the closures of one's own facility that are not over."""
        return await closures.list_closures(actor, facility_id, first)

    @post(
        "/facilities/{facility_id:uuid}/closures",
        operation_id="closeFacility",
        guards=[may("availability.change")],
        summary="Close a facility for days",
        responses=problems(NoSuchFacility, UnusableTime, KeyReused, RequestInProgress, UnusableKey),
    )
    async def close_facility(
        self,
        facility_id: FromPath[UUID],
        data: JSONBody[NewClosure],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Closure:
        """Close the facility for whole days; bookings within stay until staff decide about each."""
        return await closures.close_facility(actor, facility_id, data, once(idempotency_key, data))

    @delete(
        "/facilities/{facility_id:uuid}/closures/{closure_id:uuid}",
        operation_id="reopenFacility",
        guards=[may("availability.change")],
        summary="Lift a closure",
        responses=problems(NoSuchFacility, NoSuchClosure),
    )
    async def reopen_facility(
        self,
        facility_id: FromPath[UUID],
        closure_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> None:
        """Open the facility again on the days of a closure."""
        await closures.reopen_facility(actor, facility_id, closure_id)

    @get(
        "/facilities/{facility_id:uuid}/schedule",
        operation_id="showSchedule",
        guards=[may("availability.list")],
        summary="What is open and what is taken in a facility",
        responses=problems(NoSuchFacility, UnusableRange),
    )
    async def show_schedule(
        self,
        facility_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        first: FirstDay = None,
        last: Annotated[
            date | None,
            QueryParameter(name="to", description="Last day, at most 30 later", required=False),
        ] = None,
    ) -> ScheduleView:
        """Show each resource of one's own facility, lane by lane: openings, and what takes time."""
        return await schedule.show_schedule(actor, facility_id, first, last)

    @get(
        "/facilities/{facility_id:uuid}/uncovered",
        operation_id="listUncoveredBookings",
        guards=[may("bookings.list_of_facility")],
        summary="Which bookings lie where time is no longer kept for them",
        responses=problems(NoSuchFacility),
    )
    async def list_uncovered(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[UncoveredBooking]:
        """List the coming bookings that a change of hours, a closure or a calendar left outside."""
        return await uncovered.list_uncovered(actor, facility_id)

    @get(
        "/facilities/{facility_id:uuid}/needs",
        operation_id="listOfferNeeds",
        guards=[may("availability.list")],
        summary="What the offers of a facility take",
        responses=problems(NoSuchFacility),
    )
    async def list_needs(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[OfferNeedView]:
        """List by offer which resources of one's own facility each of its bookings takes."""
        return await schedule.list_offer_needs(actor, facility_id)
