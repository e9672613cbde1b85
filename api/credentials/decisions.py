"""What officers decide about credentials in force: conditions, suspension, the end."""

from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.credentials.routes import DECISION
from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, version_from, with_etag
from domain.actor import Actor
from domain.credentials import decisions
from domain.credentials.errors import ImpossibleDates, UnknownScope
from domain.credentials.types import (
    CredentialView,
    ImposeConditions,
    LiftConditions,
    ReinstateCredential,
    RevokeCredential,
    SuspendCredential,
)


class CredentialDecisionsController(Controller):
    path = "/v1"
    tags = ["Credentials"]

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
