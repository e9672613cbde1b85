"""Appeals against decisions on credentials, and renewals: filed by holders, decided by officers."""

from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.credentials.routes import DECISION
from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, version_from, with_etag
from domain.actor import Actor
from domain.credentials import appeals, renewals
from domain.credentials.errors import (
    AppealFiled,
    EvidenceMissing,
    EvidenceUnusable,
    ImpossibleDates,
    NoAppealFiled,
    NoRenewalFiled,
    NoSuchCredential,
    NotToRenew,
    OwnDecision,
    RenewalFiled,
)
from domain.credentials.proceeding_types import (
    AppealDecision,
    AppealView,
    DecideAppeal,
    FileRenewal,
    LiftStay,
    RefuseRenewal,
    RenewalView,
    StayDecision,
)
from domain.credentials.types import (
    CredentialView,
)


class Appeals(msgspec.Struct, frozen=True):
    items: list[AppealView]
    next: str | None = None


class Renewals(msgspec.Struct, frozen=True):
    items: list[RenewalView]
    next: str | None = None


class ProceedingsController(Controller):
    path = "/v1"
    tags = ["Credentials"]

    @get(
        "/credentials/{credential_id:uuid}/appeals",
        operation_id="listAppeals",
        guards=[may("credentials.read_proceedings")],
        summary="The appeals of a credential",
        responses=problems(NoSuchCredential),
    )
    async def list_appeals(
        self, credential_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Appeals:
        """List appeals with their grounds, newest first, to the holder and the state's officers."""
        return Appeals(await appeals.list_appeals(actor, credential_id))

    @get(
        "/credentials/{credential_id:uuid}/renewals",
        operation_id="listRenewals",
        guards=[may("credentials.read_proceedings")],
        summary="The renewals of a credential",
        responses=problems(NoSuchCredential),
    )
    async def list_renewals(
        self, credential_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Renewals:
        """List renewals with their evidence, newest first, to the holder and the officers."""
        return Renewals(await renewals.list_renewals(actor, credential_id))

    @post(
        "/credentials/{credential_id:uuid}/appeal",
        operation_id="appealDecision",
        guards=[may("credentials.appeal")],
        summary="Appeal against a decision",
        status_code=200,
        responses=problems(*DECISION, AppealFiled),
    )
    async def appeal(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[AppealDecision],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Appeal, as the holder, against the suspension or revocation that stands."""
        view = await appeals.appeal_decision(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/withdraw-appeal",
        operation_id="withdrawAppeal",
        guards=[may("credentials.withdraw_appeal")],
        summary="Take an appeal back",
        status_code=200,
        responses=problems(*DECISION, NoAppealFiled),
    )
    async def withdraw_appeal(
        self,
        credential_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Take one's appeal back; a stay ends with it, and the decision may be appealed again."""
        view = await appeals.withdraw_appeal(actor, credential_id, version=version_from(if_match))
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/stay",
        operation_id="stayDecision",
        guards=[may("credentials.stay")],
        summary="Stay an appealed decision",
        status_code=200,
        responses=problems(*DECISION, NoAppealFiled, ImpossibleDates),
    )
    async def stay(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[StayDecision],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Put off the effect of an appealed decision: the credential holds meanwhile."""
        view = await appeals.stay_decision(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/lift-stay",
        operation_id="liftStay",
        guards=[may("credentials.lift_stay")],
        summary="Lift a stay",
        status_code=200,
        responses=problems(*DECISION),
    )
    async def lift_stay(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[LiftStay],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Let an appealed decision have its effect again, at once."""
        view = await appeals.lift_stay(actor, credential_id, data, version=version_from(if_match))
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/decide-appeal",
        operation_id="decideAppeal",
        guards=[may("credentials.decide_appeal")],
        summary="Decide an appeal",
        status_code=200,
        responses=problems(*DECISION, NoAppealFiled, OwnDecision),
    )
    async def decide_appeal(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[DecideAppeal],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Judge, as another officer than who decided; overturned, it stands as it did before."""
        view = await appeals.decide_appeal(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/renew",
        operation_id="fileRenewal",
        guards=[may("credentials.file_renewal")],
        summary="File a renewal",
        status_code=200,
        responses=problems(*DECISION, NotToRenew, EvidenceMissing, EvidenceUnusable, RenewalFiled),
    )
    async def file_renewal(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[FileRenewal],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Say, as the holder, that the issuer was asked to renew; an officer acknowledges it."""
        view = await renewals.file_renewal(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/acknowledge-renewal",
        operation_id="acknowledgeRenewal",
        guards=[may("credentials.acknowledge_renewal")],
        summary="Acknowledge a renewal",
        status_code=200,
        responses=problems(*DECISION, NoRenewalFiled),
    )
    async def acknowledge_renewal(
        self,
        credential_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Let a filed renewal count: treatments after the last day are covered."""
        view = await renewals.acknowledge_renewal(
            actor, credential_id, version=version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/credentials/{credential_id:uuid}/refuse-renewal",
        operation_id="refuseRenewal",
        guards=[may("credentials.refuse_renewal")],
        summary="Refuse a renewal",
        status_code=200,
        responses=problems(*DECISION, NoRenewalFiled),
    )
    async def refuse_renewal(
        self,
        credential_id: FromPath[UUID],
        data: JSONBody[RefuseRenewal],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[CredentialView]:
        """Say why a filed renewal does not count; the holder may file another."""
        view = await renewals.refuse_renewal(
            actor, credential_id, data, version=version_from(if_match)
        )
        return with_etag(view, view.version)
