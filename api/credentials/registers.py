"""Public registers: the signed changes of a state's credentials, and who may bring patients."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.credentials.routes import Credentials
from api.http.guards import may
from api.http.problems import problems
from api.http.versions import with_etag
from api.search.parameters import Cursor, Limit
from domain.actor import Actor
from domain.credentials import authorisations, feed
from domain.credentials.errors import (
    CredentialKnown,
    ImpossibleDates,
    NothingToSupersede,
    WrongHolder,
)
from domain.credentials.feed_types import SignedChangePage
from domain.credentials.types import CredentialView, FacilitatorPage, SubmitAuthorisation
from domain.cursor import CursorInvalid
from domain.identity.errors import NoSuchOrganisation
from domain.jurisdictions import UnknownJurisdiction

Position = Annotated[
    int, QueryParameter(description="The last position you have", ge=0, le=2**53 - 1)
]


class CredentialRegistersController(Controller):
    path = "/v1"
    tags = ["Credentials"]

    @get(
        "/states/{code:str}/credential-changes",
        operation_id="listCredentialChanges",
        guards=[may("credentials.read")],
        summary="What was decided about a state's credentials",
        responses=problems(UnknownJurisdiction),
    )
    async def changes(
        self,
        code: FromPath[str],
        actor: NamedDependency[Actor],
        after: Position = 0,
        limit: Limit = 50,
    ) -> SignedChangePage:
        """List every public change in the order it was committed, signed page by page.

        Positions count up without gaps: ask again `after` the last one you have, and nothing is
        missed. `signature` is a detached JWS (RFC 7515, appendix F) over the page without it, as
        canonical JSON (RFC 8785); its key is at `/.well-known/shifayol-keys.json`.
        """
        return await feed.list_changes(actor, code, after=after, limit=limit)

    @get(
        "/facilitators",
        operation_id="listFacilitators",
        guards=[may("credentials.read")],
        summary="Agencies that may bring patients",
        responses=problems(UnknownJurisdiction, CursorInvalid),
    )
    async def facilitators(
        self,
        actor: NamedDependency[Actor],
        in_state: Annotated[str | None, QueryParameter(name="state", required=False)] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> FacilitatorPage:
        """List the agencies whose authorisation holds now, for a state or any, by name."""
        return await authorisations.list_facilitators(actor, in_state, cursor=cursor, limit=limit)

    @get(
        "/organisations/{organisation_id:uuid}/credentials",
        operation_id="listAuthorisations",
        guards=[may("credentials.read")],
        summary="The authorisations of an organisation",
        responses=problems(NoSuchOrganisation),
    )
    async def of_organisation(
        self, organisation_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Credentials:
        """List where an organisation is authorised as facilitator or operator; a facility's
        credentials are listed with the facility.
        """
        return Credentials(await authorisations.list_authorisations(actor, organisation_id))

    @post(
        "/organisations/{organisation_id:uuid}/credentials",
        operation_id="submitAuthorisation",
        guards=[may("credentials.submit_authorisation")],
        summary="Hand in an organisation's authorisation",
        responses=problems(
            NoSuchOrganisation,
            WrongHolder,
            UnknownJurisdiction,
            ImpossibleDates,
            NothingToSupersede,
            CredentialKnown,
        ),
    )
    async def submit(
        self,
        organisation_id: FromPath[UUID],
        data: JSONBody[SubmitAuthorisation],
        actor: NamedDependency[Actor],
    ) -> Response[CredentialView]:
        """Hand in a facilitator's or operator's authorisation; two officers there decide."""
        view = await authorisations.submit_authorisation(actor, organisation_id, data)
        return with_etag(view, view.version, status_code=201)
