"""Facilities that are the same: likely pairs, merging by four eyes, telling apart."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, VersionNeeded, version_from
from api.search.parameters import Cursor, Limit
from domain.actor import Actor
from domain.cursor import CursorInvalid
from domain.duplicates import service
from domain.duplicates.errors import (
    FacilitiesMoved,
    FacilityElsewhere,
    MergeDecided,
    MergeHindered,
    MergeWaits,
    NoSuchFacilityMerge,
    SameFacility,
    SecondOfficerNeeded,
    StatesDiffer,
)
from domain.duplicates.types import (
    DuplicatePage,
    FacilityMergePage,
    FacilityMergeStatus,
    FacilityMergeView,
    MergeFacilities,
    TellApart,
)
from domain.errors import StaleVersion
from domain.facilities.errors import NoSuchFacility

_After = Annotated[
    UUID | None, QueryParameter(required=False, description="`next` of the page before")
]
_PAIR = (NoSuchFacility, FacilityElsewhere, SameFacility, StatesDiffer)


class DuplicatesController(Controller):
    path = "/v1"
    tags = ["Duplicates"]

    @get(
        "/facility-duplicates",
        operation_id="listFacilityDuplicates",
        guards=[may("duplicates.read")],
        summary="Facilities that may be the same",
        responses=problems(CursorInvalid),
    )
    async def duplicates(
        self, actor: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50
    ) -> DuplicatePage:
        """List pairs of two registers in one city whose names are alike, the surest first."""
        return await service.list_duplicates(actor, cursor=cursor, limit=limit)

    @post(
        "/facilities/{facility_id:uuid}/merge",
        operation_id="mergeFacilities",
        guards=[may("duplicates.merge")],
        summary="Propose that two facilities are one",
        responses=problems(*_PAIR, StaleVersion, VersionNeeded, MergeHindered, MergeWaits),
    )
    async def merge(
        self,
        facility_id: FromPath[UUID],
        data: JSONBody[MergeFacilities],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> FacilityMergeView:
        """Propose to merge the other facility into this one, at the version in If-Match.

        A second officer confirms it. Refused where the other has offers, credentials, staff,
        hours, bookings or patients: those cannot move.
        """
        return await service.propose_merge(actor, facility_id, data, version=version_from(if_match))

    @post(
        "/facilities/{facility_id:uuid}/distinctions",
        operation_id="tellFacilitiesApart",
        guards=[may("duplicates.tell_apart")],
        summary="Say that two facilities are not one",
        status_code=204,
        responses=problems(*_PAIR),
    )
    async def tell_apart(
        self,
        facility_id: FromPath[UUID],
        data: JSONBody[TellApart],
        actor: NamedDependency[Actor],
    ) -> None:
        """Remember that the other facility is not this one: the pair is not listed again."""
        await service.tell_apart(actor, facility_id, data)

    @get(
        "/facility-merges",
        operation_id="listFacilityMerges",
        guards=[may("duplicates.read")],
        summary="Merges of facilities",
    )
    async def merges(
        self,
        actor: NamedDependency[Actor],
        status: FromQuery[FacilityMergeStatus | None] = None,
        cursor: _After = None,
        limit: Limit = 50,
    ) -> FacilityMergePage:
        """List the merges of the officer's own state, or of every state, newest first."""
        return await service.list_merges(actor, status, after=cursor, limit=limit)

    @post(
        "/facility-merges/{facility_merge_id:uuid}/confirm",
        operation_id="confirmFacilityMerge",
        guards=[may("duplicates.confirm")],
        summary="Merge two facilities",
        status_code=200,
        responses=problems(
            NoSuchFacilityMerge, FacilityElsewhere, SecondOfficerNeeded, MergeDecided,
            FacilitiesMoved, MergeHindered,
        ),
    )  # fmt: skip
    async def confirm(
        self, facility_merge_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> FacilityMergeView:
        """Merge as the second officer: the other's address answers with the survivor from now on.

        Every register that knew either finds the survivor; the survivor's own keeps speaking for
        it.
        """
        return await service.confirm_merge(actor, facility_merge_id)

    @post(
        "/facility-merges/{facility_merge_id:uuid}/withdraw",
        operation_id="withdrawFacilityMerge",
        guards=[may("duplicates.withdraw")],
        summary="Close a proposal to merge",
        status_code=200,
        responses=problems(NoSuchFacilityMerge, MergeDecided),
    )
    async def withdraw(
        self, facility_merge_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> FacilityMergeView:
        """Close a proposal without merging anything."""
        return await service.withdraw_merge(actor, facility_merge_id)
