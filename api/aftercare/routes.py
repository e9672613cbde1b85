"""Aftercare: who looks after a patient at home, visits, and questions after discharge."""

from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from domain.actor import Actor
from domain.aftercare import service
from domain.aftercare.errors import (
    Answered,
    ImpossibleDay,
    NoSuchPlan,
    NoSuchPractice,
    NoSuchQuestion,
    NoSuchVisit,
    OneProvider,
    PlanKnown,
    WrongMoment,
)
from domain.aftercare.types import (
    AftercareView,
    AnswerPlan,
    AnswerQuestion,
    AskQuestion,
    PlanAftercare,
    PlanList,
    PlanView,
    QuestionView,
    ReportVisit,
    VisitView,
)
from domain.bookings.errors import NoSuchBooking
from domain.errors import Forbidden, StaleVersion
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.patients.errors import NoSuchPatient

_BOOKING = (NoSuchBooking, NoSuchPatient, Forbidden)
_ANSWER = (Forbidden, StaleVersion, VersionNeeded, Answered)


class BookingAftercareController(Controller):
    path = "/v1/bookings/{booking_id:uuid}"
    tags = ["Aftercare"]

    @get(
        "/aftercare",
        operation_id="showAftercare",
        guards=[may("aftercare.read")],
        summary="What comes after a stay",
        responses=problems(*_BOOKING),
    )
    async def show(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> AftercareView:
        """Return who looks after the patient at home, the visits, and the questions."""
        return await service.show_aftercare(actor, booking_id)

    @put(
        "/aftercare",
        operation_id="planAftercare",
        guards=[may("aftercare.plan")],
        summary="Name who looks after the patient at home",
        responses=problems(*_BOOKING, OneProvider, NoSuchPractice, WrongMoment, PlanKnown),
    )
    async def plan(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[PlanAftercare],
        actor: NamedDependency[Actor],
    ) -> Response[PlanView]:
        """Ask a practice of the network, or name somebody outside it; an earlier plan ends."""
        view = await service.plan_aftercare(actor, booking_id, data)
        return with_etag(view, view.version)

    @post(
        "/questions",
        operation_id="askQuestion",
        guards=[may("aftercare.ask_question")],
        summary="Ask the facility after discharge",
        responses=problems(*_BOOKING, WrongMoment, KeyReused, RequestInProgress, UnusableKey),
    )
    async def ask(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[AskQuestion],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> Response[QuestionView]:
        """Ask something; the facility answers within 24 hours."""
        view = await service.ask_question(actor, booking_id, data, once(idempotency_key, data))
        return with_etag(view, view.version, status_code=201)


class AftercareController(Controller):
    path = "/v1/aftercare"
    tags = ["Aftercare"]

    @get(
        "/plans",
        operation_id="listAftercarePlans",
        guards=[may("aftercare.list_plans")],
        summary="Whom my practice was asked to look after",
    )
    async def list_plans(self, actor: NamedDependency[Actor]) -> PlanList:
        """List what one's practice was asked or has accepted, the latest first."""
        return await service.list_plans(actor)

    @post(
        "/plans/{plan_id:uuid}/answer",
        operation_id="answerAftercarePlan",
        guards=[may("aftercare.answer_plan")],
        summary="Accept or decline to look after a patient",
        status_code=200,
        responses=problems(*_ANSWER, NoSuchPlan, WrongMoment),
    )
    async def answer_plan(
        self,
        plan_id: FromPath[UUID],
        data: JSONBody[AnswerPlan],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[PlanView]:
        """Answer, as the practice that was asked, before the patient is discharged."""
        view = await service.answer_plan(actor, plan_id, data, version_from(if_match))
        return with_etag(view, view.version)

    @put(
        "/visits/{visit_id:uuid}/report",
        operation_id="reportVisit",
        guards=[may("aftercare.report_visit")],
        summary="Report a visit",
        responses=problems(*_ANSWER, NoSuchVisit, NoSuchPatient, ImpossibleDay),
    )
    async def report_visit(
        self,
        visit_id: FromPath[UUID],
        data: JSONBody[ReportVisit],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[VisitView]:
        """Say when the visit took place and what was found."""
        view = await service.report_visit(actor, visit_id, data, version_from(if_match))
        return with_etag(view, view.version)

    @post(
        "/questions/{question_id:uuid}/answer",
        operation_id="answerQuestion",
        guards=[may("aftercare.answer_question")],
        summary="Answer a question",
        status_code=200,
        responses=problems(*_ANSWER, NoSuchQuestion, NoSuchBooking),
    )
    async def answer_question(
        self,
        question_id: FromPath[UUID],
        data: JSONBody[AnswerQuestion],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[QuestionView]:
        """Answer a patient's question after discharge, once."""
        view = await service.answer_question(actor, question_id, data, version_from(if_match))
        return with_etag(view, view.version)
