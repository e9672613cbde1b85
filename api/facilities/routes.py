"""Facilities: the public list, and registering and assigning them."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, VersionUnreadable, version_if_sent, with_etag
from api.search.parameters import Cursor, Limit, UnknownParameter, Words, require_known
from domain.actor import Actor
from domain.clock import UnknownZone
from domain.cursor import CursorInvalid
from domain.errors import StaleVersion
from domain.facilities import service
from domain.facilities.errors import (
    CoordinatesIncomplete,
    FacilityMerged,
    NameWithoutLetters,
    NoSuchFacility,
    NotAFacilityOrganisation,
    OrganisationElsewhere,
)
from domain.facilities.types import (
    AssignFacility,
    CreateFacility,
    FacilityPage,
    FacilityQuery,
    FacilityView,
    ListedFilter,
)
from domain.identity.errors import NoSuchOrganisation
from domain.jurisdictions import UnknownJurisdiction
from domain.languages import UnknownLanguage


class FacilitiesController(Controller):
    path = "/v1"
    tags = ["Facilities"]

    @get(
        "/facilities",
        operation_id="listFacilities",
        guards=[may("facilities.read")],
        summary="Facilities",
        responses=problems(CursorInvalid, UnknownJurisdiction, UnknownParameter),
    )
    async def facilities(
        self,
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
        q: Words = None,
        states: Annotated[list[str] | None, QueryParameter(name="state", required=False)] = None,
        city: FromQuery[str | None] = None,
        listed: FromQuery[ListedFilter] = ListedFilter.ONLY,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> FacilityPage:
        """List facilities by name: those that may take foreign patients now, or any."""
        require_known(request, "q", "state", "city", "listed", "cursor", "limit")
        query = FacilityQuery(
            state=tuple(states or ()), city=city, q=q, listed=listed, cursor=cursor, limit=limit
        )
        return await service.list_facilities(actor, query)

    @get(
        "/facilities/{facility_id:uuid}",
        operation_id="showFacility",
        guards=[may("facilities.read")],
        summary="One facility",
        responses=problems(NoSuchFacility),
    )
    async def facility(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[FacilityView]:
        """Return a facility, and whether and why it is listed now."""
        view = await service.show_facility(actor, facility_id)
        return with_etag(view, view.version)

    @post(
        "/facilities",
        operation_id="createFacility",
        guards=[may("facilities.create")],
        summary="Register a facility",
        responses=problems(
            UnknownJurisdiction,
            UnknownZone,
            UnknownLanguage,
            NameWithoutLetters,
            CoordinatesIncomplete,
        ),
    )
    async def create_facility(
        self, data: JSONBody[CreateFacility], actor: NamedDependency[Actor]
    ) -> Response[FacilityView]:
        """Register a facility; it is listed once its credentials are verified."""
        view = await service.create_facility(actor, data)
        return with_etag(view, view.version, status_code=201)

    @post(
        "/facilities/{facility_id:uuid}/assign",
        operation_id="assignFacility",
        guards=[may("facilities.assign")],
        summary="Hand a facility to its organisation",
        status_code=200,
        responses=problems(
            NoSuchFacility,
            FacilityMerged,
            NoSuchOrganisation,
            NotAFacilityOrganisation,
            OrganisationElsewhere,
            StaleVersion,
            VersionUnreadable,
        ),
    )
    async def assign_facility(
        self,
        facility_id: FromPath[UUID],
        data: JSONBody[AssignFacility],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[FacilityView]:
        """Hand a facility to the organisation that runs it, whose staff then manage it."""
        view = await service.assign_facility(
            actor,
            facility_id,
            data.organisation_id,
            version=version_if_sent(if_match),
        )
        return with_etag(view, view.version)
