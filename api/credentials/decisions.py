"""What officers decide about credentials in force: conditions, suspension, the end."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.credentials.routes import DECISION
from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, version_from, with_etag
from domain.actor import Actor
from domain.credentials import decisions
from domain.credentials.errors import (
    ImpossibleDates,
    NoSuchCredential,
    UnknownScope,
    WrongState,
)
from domain.credentials.types import (
    CredentialView,
    ImposeConditions,
    LiftConditions,
    ReinstateCredential,
    RevokeCredential,
    SuspendCredential,
    SuspensionScope,
)
from domain.suspensions import service as suspensions
from domain.suspensions.types import SuspensionPreview

Codes = Annotated[
    list[str] | None, QueryParameter(description="Repeat to name several", required=False)
]


class CredentialDecisionsController(Controller):
    path = "/v1"
    tags = ["Credentials"]

    @get(
        "/credentials/{credential_id:uuid}/suspension-preview",
        operation_id="previewSuspension",
        guards=[may("credentials.preview_suspension")],
        summary="What a suspension would touch",
        responses=problems(NoSuchCredential, WrongState, ImpossibleDates, UnknownScope),
    )
    async def preview(
        self,
        credential_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        specialties: Codes = None,
        treatments: Codes = None,
        effective_at: FromQuery[datetime | None] = None,
    ) -> SuspensionPreview:
        """Count what a suspension would hide and whom it would touch; nothing is changed.

        The parameters are those of the suspension. The suspension is tried and taken back, so
        that what it would do and what it then does cannot differ.
        """
        scope = SuspensionScope(
            effective_at=effective_at,
            specialties=specialties or [],
            treatments=treatments or [],
        )
        return await suspensions.preview_suspension(actor, credential_id, scope)

    @post(
        "/credentials/{credential_id:uuid}/suspend",
        operation_id="suspendCredential",
        guards=[may("credentials.suspend")],
        summary="Suspend a credential",
        status_code=200,
        responses=problems(*DECISION, ImpossibleDates, UnknownScope),
    )
    async def suspend(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[SuspendCredential],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Suspend a credential, wholly or in part; offers it covered hide at that moment."""
        view = await decisions.suspend_credential(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/reinstate",
        operation_id="reinstateCredential",
        guards=[may("credentials.reinstate")],
        summary="End a suspension",
        status_code=200,
        responses=problems(*DECISION),
    )
    async def reinstate(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[ReinstateCredential],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """End a suspension: the credential is again what it was before; an open appeal lapses."""
        view = await decisions.reinstate_credential(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/revoke",
        operation_id="revokeCredential",
        guards=[may("credentials.revoke")],
        summary="Revoke a credential",
        status_code=200,
        responses=problems(*DECISION, ImpossibleDates),
    )
    async def revoke(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[RevokeCredential],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """End a credential for good."""
        view = await decisions.revoke_credential(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/impose-conditions",
        operation_id="imposeConditions",
        guards=[may("credentials.impose_conditions")],
        summary="Let a credential hold on conditions",
        status_code=200,
        responses=problems(*DECISION, ImpossibleDates),
    )
    async def impose_conditions(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[ImposeConditions],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Name conditions and a last day; unless they are lifted, the credential ends with it."""
        view = await decisions.impose_conditions(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/lift-conditions",
        operation_id="liftConditions",
        guards=[may("credentials.lift_conditions")],
        summary="Lift the conditions of a credential",
        status_code=200,
        responses=problems(*DECISION),
    )
    async def lift_conditions(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[LiftConditions],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Let a credential hold without conditions again; a filed renewal stays filed."""
        view = await decisions.lift_conditions(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)
