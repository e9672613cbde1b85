"""Credentials: what everybody may read, what facilities hand in, what officers verify."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from api.search.parameters import Cursor, Limit
from domain.actor import Actor
from domain.credentials import history, service, worklists
from domain.credentials.errors import (
    CredentialKnown,
    EvidenceMissing,
    ImpossibleDates,
    NoSuchCredential,
    NoSuchList,
    NothingToSupersede,
    NotRecognised,
    SameOfficer,
    UnknownAccreditor,
    WrongHolder,
    WrongState,
)
from domain.credentials.types import (
    CredentialHistory,
    CredentialPage,
    CredentialStatus,
    CredentialView,
    SubmitCredential,
    VerifyCredential,
)
from domain.credentials.worklist_types import CredentialWorklist
from domain.cursor import CursorInvalid
from domain.errors import StaleVersion
from domain.facilities.errors import NoSuchFacility

After = Annotated[
    int, QueryParameter(description="The version to go on after", ge=0, le=2_000_000_000)
]
DECISION = (NoSuchCredential, WrongState, StaleVersion, VersionNeeded)
"""What may be wrong with every move of a credential."""


class Credentials(msgspec.Struct, frozen=True):
    items: list[CredentialView]
    next: str | None = None


class CredentialsController(Controller):
    path = "/v1"
    tags = ["Credentials"]

    @get(
        "/facilities/{facility_id:uuid}/credentials",
        operation_id="listCredentials",
        guards=[may("credentials.read")],
        summary="The credentials of a facility",
        responses=problems(NoSuchFacility),
    )
    async def of_facility(
        self, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Credentials:
        """List what two officers have confirmed; its staff also see what still waits."""
        return Credentials(await service.list_credentials(actor, facility_id))

    @post(
        "/facilities/{facility_id:uuid}/credentials",
        operation_id="submitCredential",
        guards=[may("credentials.submit")],
        summary="Hand in a credential",
        responses=problems(
            NoSuchFacility,
            CredentialKnown,
            UnknownAccreditor,
            NotRecognised,
            ImpossibleDates,
            NothingToSupersede,
            WrongHolder,
        ),
    )
    async def submit(
        self,
        facility_id: FromPath[UUID],
        data: JSONBody[SubmitCredential],
        actor: NamedDependency[Actor],
    ) -> Response[CredentialView]:
        """Hand in a credential of one's own facility; two officers of its state decide."""
        view = await service.submit_credential(actor, facility_id, data)
        return with_etag(view, view.version, status_code=201)

    @get(
        "/credentials",
        operation_id="listCredentialQueue",
        guards=[may("credentials.list_queue")],
        summary="What waits for an officer",
    )
    async def queue(
        self,
        actor: NamedDependency[Actor],
        status: FromQuery[CredentialStatus] = CredentialStatus.PENDING,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> CredentialPage:
        """List the credentials of the officer's own state by their status, oldest first."""
        return await service.list_queue(actor, status, after=cursor, limit=limit)

    @get(
        "/credentials/worklists/{name:str}",
        operation_id="listCredentialWorklist",
        guards=[may("credentials.list_queue")],
        summary="One of an officer's worklists",
        responses=problems(NoSuchList, CursorInvalid),
    )
    async def worklist(
        self,
        name: FromPath[str],
        actor: NamedDependency[Actor],
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> CredentialWorklist:
        """List what waits in the officer's own state, oldest first, with the counts of all lists.

        `pending` waits for its two officers, `renewals` to be acknowledged, `appeals` to be
        decided; `due` are credentials in force whose last day or next check lies within 90 days.
        """
        return await worklists.list_waiting(actor, name, cursor=cursor, limit=limit)

    @get(
        "/credentials/{credential_id:uuid}",
        operation_id="showCredential",
        guards=[may("credentials.read")],
        summary="One credential",
        responses=problems(NoSuchCredential),
    )
    async def show(
        self, credential_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[CredentialView]:
        """Return a credential; before it is confirmed only to those it concerns."""
        view = await service.show_credential(actor, credential_id)
        return with_etag(view, view.version)

    @get(
        "/credentials/{credential_id:uuid}/history",
        operation_id="listCredentialHistory",
        guards=[may("credentials.read")],
        summary="What was done with a credential",
        responses=problems(NoSuchCredential),
    )
    async def list_history(
        self,
        credential_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        after: After = 0,
        limit: Limit = 50,
    ) -> CredentialHistory:
        """List every change, oldest first: the move, its reason and the organisation behind it.

        No person is named. Before a credential is confirmed only those it concerns may read it.
        """
        return await history.list_history(actor, credential_id, after=after, limit=limit)

    @post(
        "/credentials/{credential_id:uuid}/verify",
        operation_id="verifyCredential",
        guards=[may("credentials.verify")],
        summary="Verify a credential",
        status_code=200,
        responses=problems(*DECISION, EvidenceMissing),
    )
    async def verify(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[VerifyCredential],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Attest as the first officer that the credential is genuine; say how it was checked."""
        view = await service.verify_credential(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/confirm",
        operation_id="confirmCredential",
        guards=[may("credentials.confirm")],
        summary="Confirm a credential",
        status_code=200,
        responses=problems(*DECISION, SameOfficer),
    )
    async def confirm(
        self,
        credential_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Put a verified credential into force, as a second officer."""
        view = await service.confirm_credential(
            actor, credential_id, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/recheck",
        operation_id="recheckCredential",
        guards=[may("credentials.recheck")],
        summary="Check a credential again",
        status_code=200,
        responses=problems(*DECISION, EvidenceMissing),
    )
    async def recheck(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[VerifyCredential],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Attest that a credential in force still is, and say when it is checked next."""
        view = await service.recheck_credential(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)
