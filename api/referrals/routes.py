"""Referrals, their moves, quotes, the consented record, and worklists."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from domain.actor import Actor
from domain.cases.service import FacilityAskedAlready, NoSuchCase, TooManyEpisodes
from domain.catalogue.errors import NoSuchTreatment
from domain.consents.errors import ConsentNeeded, ConsentWithdrawn, NoSuchGrantee
from domain.consents.types import Category
from domain.errors import Forbidden, Invalid, StaleVersion
from domain.facilities.errors import NoSuchFacility
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.records.types import SharedRecord
from domain.referrals import service
from domain.referrals.errors import (
    FacilityNotListed,
    InterestNotDeclared,
    NoSuchReferral,
    NoSuchWorklist,
    ReferralOver,
    WrongState,
)
from domain.referrals.types import (
    CreateReferral,
    Decline,
    Move,
    ReferralView,
    Reply,
    SendOutcome,
    Worklist,
)

_MOVES = problems(
    NoSuchReferral, WrongState, StaleVersion, VersionNeeded, ConsentNeeded, Forbidden, ReferralOver
)


def _answer(view: ReferralView, status_code: int = 200) -> Response[ReferralView]:
    return with_etag(view, view.version, status_code=status_code)


class ReferralsController(Controller):
    path = "/v1"
    tags = ["Referrals"]

    @post(
        "/referrals",
        operation_id="createReferral", guards=[may("referrals.create")],
        summary="Draft a referral",
        responses=problems(
            NoSuchCase, NoSuchFacility, FacilityNotListed, FacilityAskedAlready, TooManyEpisodes,
            InterestNotDeclared, KeyReused, RequestInProgress, NoSuchGrantee, NoSuchTreatment,
            Invalid, UnusableKey,
        ),
    )  # fmt: skip
    async def create(
        self,
        data: JSONBody[CreateReferral],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[ReferralView]:
        """Draft a referral and ask the patient for the consent it needs; then submit it."""
        return _answer(await service.create_referral(actor, data, once(idempotency_key, data)), 201)

    @get(
        "/referrals/{referral_id:uuid}",
        operation_id="showReferral",
        guards=[may("referrals.read")],
        summary="One referral",
        responses=problems(NoSuchReferral, ReferralOver),
    )
    async def show(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[ReferralView]:
        """Return a referral with its timeline and quotes; the facility's first look receives it."""
        return _answer(await service.show_referral(actor, referral_id))

    @get(
        "/referrals/{referral_id:uuid}/actions",
        operation_id="listReferralActions",
        guards=[may("referrals.read")],
        summary="What I may do now",
        responses=problems(NoSuchReferral, ReferralOver),
    )
    async def actions(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[Move]:
        """List the moves that the caller may make in the referral's present state."""
        return await service.list_actions(actor, referral_id)

    @get(
        "/referrals/{referral_id:uuid}/record",
        operation_id="readReferralRecord",
        guards=[may("referrals.read_record")],
        summary="The consented part of the record",
        responses=problems(NoSuchReferral, ConsentWithdrawn, ReferralOver),
    )
    async def record(
        self,
        referral_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        category: Annotated[list[Category] | None, QueryParameter(required=False)] = None,
    ) -> SharedRecord:
        """Return exactly what the patient shares for this referral, decided at this very read."""
        return await service.read_record(actor, referral_id, category)

    @post(
        "/referrals/{referral_id:uuid}/submit",
        operation_id="submitReferral",
        guards=[may("referrals.submit")],
        summary="Send it to the facility",
        status_code=200,
        responses=problems(
            NoSuchReferral, WrongState, StaleVersion, VersionNeeded, ConsentNeeded, Forbidden
        ),
    )
    async def submit(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ReferralView]:
        """Submit a draft; the patient's consent must be in force."""
        view = await service.submit_referral(actor, referral_id, version_from(if_match))
        return _answer(view)

    @post(
        "/referrals/{referral_id:uuid}/receive",
        operation_id="receiveReferral",
        guards=[may("referrals.receive")],
        summary="Take note of it",
        status_code=200,
        responses=_MOVES,
    )
    async def receive(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ReferralView]:
        """Acknowledge a referral without opening it."""
        return await self._move(actor, referral_id, Move.RECEIVE, if_match)

    @post(
        "/referrals/{referral_id:uuid}/request-info",
        operation_id="requestReferralInfo",
        guards=[may("referrals.request_info")],
        summary="Ask the doctor",
        status_code=200,
        responses=_MOVES,
    )
    async def request_info(
        self,
        referral_id: FromPath[UUID],
        data: JSONBody[Reply],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ReferralView]:
        """Ask the referring doctor for what is missing."""
        return await self._move(actor, referral_id, Move.REQUEST_INFO, if_match, data.comment)

    @post(
        "/referrals/{referral_id:uuid}/answer",
        operation_id="answerReferral",
        guards=[may("referrals.answer")],
        summary="Answer the facility",
        status_code=200,
        responses=_MOVES,
    )
    async def answer(
        self,
        referral_id: FromPath[UUID],
        data: JSONBody[Reply],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ReferralView]:
        """Give the facility what it asked for."""
        return await self._move(actor, referral_id, Move.ANSWER, if_match, data.comment)

    @post(
        "/referrals/{referral_id:uuid}/advise",
        operation_id="adviseReferral",
        guards=[may("referrals.advise")],
        summary="Answer with advice alone",
        status_code=200,
        responses=_MOVES,
    )
    async def advise(
        self,
        referral_id: FromPath[UUID],
        data: JSONBody[Reply],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ReferralView]:
        """Return advice instead of taking the patient."""
        return await self._move(actor, referral_id, Move.ADVISE, if_match, data.comment)

    @post(
        "/referrals/{referral_id:uuid}/decline",
        operation_id="declineReferral",
        guards=[may("referrals.decline")],
        summary="Decline it",
        status_code=200,
        responses=_MOVES,
    )
    async def decline(
        self,
        referral_id: FromPath[UUID],
        data: JSONBody[Decline],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ReferralView]:
        """Decline with a coded reason; the consent ends with it."""
        version = version_from(if_match)
        return _answer(await service.decline_referral(actor, referral_id, data, version))

    @post(
        "/referrals/{referral_id:uuid}/accept",
        operation_id="acceptReferral",
        guards=[may("referrals.accept")],
        summary="Accept it",
        status_code=200,
        responses=_MOVES,
    )
    async def accept(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ReferralView]:
        """Accept the patient for treatment (a clinician)."""
        return await self._move(actor, referral_id, Move.ACCEPT, if_match)

    @post(
        "/referrals/{referral_id:uuid}/start",
        operation_id="startTreatment",
        guards=[may("referrals.start")],
        summary="Treatment begins",
        status_code=200,
        responses=_MOVES,
    )
    async def start(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ReferralView]:
        """Note that the patient is in treatment."""
        return await self._move(actor, referral_id, Move.START, if_match)

    @post(
        "/referrals/{referral_id:uuid}/report",
        operation_id="reportInterim",
        guards=[may("referrals.report")],
        summary="Report while treatment goes on",
        status_code=200,
        responses=_MOVES,
    )
    async def report(
        self,
        referral_id: FromPath[UUID],
        data: JSONBody[Reply],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ReferralView]:
        """Send the referring doctor an interim report."""
        return await self._move(actor, referral_id, Move.REPORT, if_match, data.comment)

    @post(
        "/referrals/{referral_id:uuid}/discharge",
        operation_id="dischargePatient",
        guards=[may("referrals.discharge")],
        summary="The patient is discharged",
        status_code=200,
        responses=_MOVES,
    )
    async def discharge(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ReferralView]:
        """Note that the patient was discharged; the outcome is due."""
        return await self._move(actor, referral_id, Move.DISCHARGE, if_match)

    @post(
        "/referrals/{referral_id:uuid}/outcome",
        operation_id="sendOutcome",
        guards=[may("referrals.outcome")],
        summary="Report back",
        status_code=200,
        responses=_MOVES,
    )
    async def outcome(
        self,
        referral_id: FromPath[UUID],
        data: JSONBody[SendOutcome],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[ReferralView]:
        """Send the final report home (a clinician)."""
        version = version_from(if_match)
        return _answer(await service.send_outcome(actor, referral_id, data, version))

    @post(
        "/referrals/{referral_id:uuid}/acknowledge",
        operation_id="acknowledgeOutcome",
        guards=[may("referrals.acknowledge")],
        summary="Close the loop",
        status_code=200,
        responses=_MOVES,
    )
    async def acknowledge(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ReferralView]:
        """Acknowledge the outcome, the decline or the advice: the loop is closed."""
        return await self._move(actor, referral_id, Move.ACKNOWLEDGE, if_match)

    @post(
        "/referrals/{referral_id:uuid}/cancel",
        operation_id="cancelReferral",
        guards=[may("referrals.cancel")],
        summary="Cancel it",
        status_code=200,
        responses=_MOVES,
    )
    async def cancel(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ReferralView]:
        """Cancel before money came; afterwards the facility is asked to confirm."""
        return _answer(await service.cancel_referral(actor, referral_id, version_from(if_match)))

    @post(
        "/referrals/{referral_id:uuid}/confirm-cancel",
        operation_id="confirmCancelReferral",
        guards=[may("referrals.confirm_cancel")],
        summary="Confirm a cancellation",
        status_code=200,
        responses=_MOVES,
    )
    async def confirm_cancel(
        self, referral_id: FromPath[UUID], actor: NamedDependency[Actor], if_match: IfMatch = None
    ) -> Response[ReferralView]:
        """Confirm a cancellation after money came; the booking goes with it."""
        return _answer(await service.confirm_cancel(actor, referral_id, version_from(if_match)))

    @get(
        "/worklists/{name:str}",
        operation_id="showWorklist",
        guards=[may("referrals.worklist")],
        summary="One of my worklists",
        responses=problems(NoSuchWorklist),
    )
    async def worklist(self, name: FromPath[str], actor: NamedDependency[Actor]) -> Worklist:
        """Return a worklist of the caller's desk with the counts of all its lists."""
        return await service.worklist(actor, name)

    async def _move(
        self,
        actor: Actor,
        referral_id: UUID,
        move: Move,
        if_match: str | None,
        comment: str | None = None,
    ) -> Response[ReferralView]:
        version = version_from(if_match)
        return _answer(await service.move_referral(actor, referral_id, move, version, comment))
