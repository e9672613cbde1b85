"""Who looks after a patient at home, the visits after discharge, and the questions in between."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor, Role
from domain.aftercare import policy, queries, rules, views
from domain.aftercare.errors import (
    Answered,
    NoSuchPlan,
    NoSuchPractice,
    NoSuchQuestion,
    NoSuchVisit,
)
from domain.aftercare.tables import AftercarePlan, AftercareQuestion
from domain.aftercare.types import (
    AftercareChoices,
    AftercareView,
    AnswerPlan,
    AnswerQuestion,
    AskQuestion,
    PlanAftercare,
    PlanList,
    PlanStatus,
    PlanView,
    QuestionView,
    ReportVisit,
    VisitView,
)
from domain.audit import service as audit
from domain.bookings import service as bookings
from domain.bookings.events import BookingNews
from domain.bookings.types import BookingRef
from domain.clock import utc_now, zone
from domain.db import transactional
from domain.errors import StaleVersion
from domain.idempotency.service import Once, done_before, remember
from domain.identity import service as identity
from domain.identity.errors import NoSuchOrganisation
from domain.identity.types import OrganisationKind
from domain.ids import new_id
from domain.keys.notes import notes_of
from domain.patients import service as patients
from domain.permissions import service as permissions
from domain.permissions.types import Relation
from domain.tasks import service as tasks
from domain.tasks.types import NewTask, TaskKind, TaskSide
from domain.text import cleaned

_PLAN, _VISIT, _QUESTION = "aftercare_plan", "aftercare_visit", "aftercare_question"


@transactional
async def plan_aftercare(actor: Actor, booking_id: UUID, command: PlanAftercare) -> PlanView:
    """Ask a practice to look after the patient at home, or name who does; replaces an earlier plan.

    Raises OneProvider, NoSuchPractice and WrongMoment.
    """
    command = cleaned(command)
    rules.require_one(command)
    booking = await bookings.booking_ref(actor, booking_id)
    await policy.require_patients_side(actor, booking, "aftercare.plan")
    rules.require_moment(booking.status, rules.PLANNABLE)
    if command.organisation_id is not None:
        await _require_practice(command.organisation_id)
    plan_id, notes = new_id(), await notes_of(booking.patient_id)
    provider = None
    if command.provider is not None:
        text = msgspec.json.encode(command.provider).decode()
        provider = notes.seal(_PLAN, "provider", plan_id, text)
    await queries.replace_plan(booking_id)
    await queries.insert(
        AftercarePlan(
            id=plan_id,
            booking_id=booking_id,
            patient_id=booking.patient_id,
            home_state=booking.home_state,
            organisation_id=command.organisation_id,
            provider_sealed=provider,
            status=(PlanStatus.STATED if provider else PlanStatus.ASKED).value,
            note_sealed=None,
            version=1,
            asked_by=actor.account_id,
            asked_at=utc_now(),
            answered_by=None,
            answered_at=None,
        )
    )
    await _note(actor, booking, "plan", ("aftercare_plan", plan_id))
    return await _plan(actor, plan_id)


@transactional
async def show_choices(actor: Actor, booking_id: UUID) -> AftercareChoices:
    """Tell what the actor may do now for the patient; the practices are those that care already.

    Raises NoSuchBooking.
    """
    booking = await bookings.booking_ref(actor, booking_id)
    held = await patients.scopes_of(actor, booking.patient_id)

    def admitted(action: str) -> bool:
        return bool(held) and any(
            row.relation is Relation.ACCESS and row.scopes <= held
            for row in permissions.rows_for(actor, action)
        )

    may_plan = booking.status in rules.PLANNABLE and admitted("aftercare.plan")
    may_ask = booking.status in rules.AFTER_DISCHARGE and admitted("aftercare.ask_question")
    known = await patients.practices_of(actor, booking.patient_id) if may_plan else []
    practices = [await identity.organisation_ref(SYSTEM, each) for each in known]
    return AftercareChoices(may_plan, may_ask, practices)


async def _require_practice(organisation_id: UUID) -> None:
    try:
        found = await identity.organisation_ref(SYSTEM, organisation_id)
    except NoSuchOrganisation:
        found = None
    if found is None or found.kind is not OrganisationKind.PRACTICE:
        raise NoSuchPractice(fields={"organisation_id": NoSuchPractice.title})


@transactional
async def list_plans(actor: Actor) -> PlanList:
    """Return whom the actor's practice was asked to look after."""
    rows = await queries.plans_of_organisation(visible_to=actor)
    return PlanList([await _plan_view(row) for row in rows])


@transactional
async def answer_plan(actor: Actor, plan_id: UUID, command: AnswerPlan, version: int) -> PlanView:
    """Accept or decline, as the practice that was asked, to look after a patient at home.

    Raises NoSuchPlan, StaleVersion, Answered and WrongMoment.
    """
    row = await _row(actor, _PLAN, plan_id, NoSuchPlan, lock=True)
    policy.require_practice(actor, row, "aftercare.answer_plan")
    _require_version(row, version, ("aftercare_plan", plan_id))
    if row["status"] != PlanStatus.ASKED.value:
        raise Answered(subject=("aftercare_plan", plan_id))
    booking = await bookings.booking_ref(SYSTEM, row["booking_id"])
    rules.require_moment(booking.status, rules.PLANNABLE)
    notes = await notes_of(row["patient_id"])
    note = notes.seal_if(_PLAN, "note", plan_id, command.note)
    status = PlanStatus.ACCEPTED if command.accepted else PlanStatus.DECLINED
    await queries.answer_plan(plan_id, status.value, note, actor.account_id, utc_now())
    await _note(actor, booking, status.value, ("aftercare_plan", plan_id))
    return await _plan(actor, plan_id)


@transactional
async def show_aftercare(actor: Actor, booking_id: UUID) -> AftercareView:
    """Return plans, visits and questions of a stay to those who may see them.

    Raises NoSuchBooking for strangers, also for a practice that has not accepted.
    """
    plans = await queries.of_booking(_PLAN, booking_id, visible_to=actor)
    reader = SYSTEM if _looks_after(actor, plans) else actor
    booking = await bookings.booking_ref(reader, booking_id)
    if actor.role is Role.PATIENT:
        await policy.require_patients_side(actor, booking, "aftercare.read")
    notes = await notes_of(booking.patient_id)
    visits = await queries.of_booking(_VISIT, booking_id, visible_to=actor)
    questions = await queries.of_booking(_QUESTION, booking_id, visible_to=actor)
    await _note(actor, booking, "read", ("booking", booking_id))
    return AftercareView(
        booking_id,
        [await _plan_view(row) for row in plans],
        [views.visit_view(row, notes, booking) for row in visits],
        [views.question_view(row, notes) for row in questions],
    )


def _looks_after(actor: Actor, plans: Iterable[Any]) -> bool:
    return actor.organisation_id is not None and any(
        row["organisation_id"] == actor.organisation_id
        and row["status"] == PlanStatus.ACCEPTED.value
        for row in plans
    )


@transactional
async def report_visit(
    actor: Actor, visit_id: UUID, command: ReportVisit, version: int
) -> VisitView:
    """Report a visit: the patient, the facility, or who looks after the patient at home.

    Raises NoSuchVisit, StaleVersion, Answered and ImpossibleDay.
    """
    row = await _row(actor, _VISIT, visit_id, NoSuchVisit, lock=True)
    booking = await bookings.booking_ref(SYSTEM, row["booking_id"])
    plans = await queries.of_booking(_PLAN, booking.id, visible_to=actor)
    await policy.require_reporter(actor, booking, looks_after=_looks_after(actor, plans))
    _require_version(row, version, ("aftercare_visit", visit_id))
    if row["reported_at"] is not None:
        raise Answered(subject=("aftercare_visit", visit_id))
    now, where = utc_now(), zone(booking.zone)
    discharged_on = (booking.discharged_at or now).astimezone(where).date()
    rules.require_visit_day(command.visited_on, discharged_on, now.astimezone(where).date())
    notes = await notes_of(row["patient_id"])
    report = notes.seal(_VISIT, "report", visit_id, command.report)
    await queries.report_visit(visit_id, command.visited_on, report, actor.account_id, now)
    await tasks.end_tasks(
        SYSTEM, row["booking_id"], [TaskKind.FOLLOW_UP], focus_id=visit_id, by=actor.account_id
    )
    await _note(actor, booking, "report_visit", ("aftercare_visit", visit_id))
    return views.visit_view(await _row(actor, _VISIT, visit_id, NoSuchVisit), notes, booking)


@transactional
async def ask_question(
    actor: Actor, booking_id: UUID, command: AskQuestion, once: Once | None = None
) -> QuestionView:
    """Ask the facility something after discharge; it answers within 24 hours.

    Raises NoSuchBooking and WrongMoment.
    """
    if (done := await done_before(actor, "aftercare.ask_question", once)) is not None:
        return await _question(actor, done)
    booking = await bookings.booking_ref(actor, booking_id)
    await policy.require_patients_side(actor, booking, "aftercare.ask_question")
    rules.require_moment(booking.status, rules.AFTER_DISCHARGE)
    question_id, now = new_id(), utc_now()
    notes, due_at = await notes_of(booking.patient_id), now + rules.ANSWERED_WITHIN
    await queries.insert(
        AftercareQuestion(
            id=question_id,
            booking_id=booking_id,
            patient_id=booking.patient_id,
            home_state=booking.home_state,
            text_sealed=notes.seal(_QUESTION, "text", question_id, command.text),
            asked_by=actor.account_id,
            asked_at=now,
            due_at=due_at,
            answer_sealed=None,
            answered_by=None,
            answered_at=None,
            version=1,
        )
    )
    await tasks.open_task(
        SYSTEM, task_for(booking, TaskKind.ANSWER_QUESTION, due_at, focus_id=question_id)
    )
    await bookings.tell_news(SYSTEM, booking_id, BookingNews.QUESTION_ASKED)
    await _note(actor, booking, "ask_question", ("aftercare_question", question_id))
    await remember(actor, "aftercare.ask_question", once, question_id)
    return await _question(actor, question_id)


@transactional
async def answer_question(
    actor: Actor, question_id: UUID, command: AnswerQuestion, version: int
) -> QuestionView:
    """Answer a question as the facility, once; raises NoSuchQuestion, StaleVersion, Answered."""
    row = await _row(actor, _QUESTION, question_id, NoSuchQuestion, lock=True)
    booking = await bookings.booking_ref(actor, row["booking_id"])
    policy.require_facility(actor, booking, "aftercare.answer_question")
    _require_version(row, version, ("aftercare_question", question_id))
    if row["answered_at"] is not None:
        raise Answered(subject=("aftercare_question", question_id))
    notes = await notes_of(row["patient_id"])
    answer = notes.seal(_QUESTION, "answer", question_id, command.answer)
    await queries.answer_question(question_id, answer, actor.account_id, utc_now())
    await tasks.end_tasks(
        SYSTEM, row["booking_id"], [TaskKind.ANSWER_QUESTION], focus_id=question_id,
        by=actor.account_id,
    )  # fmt: skip
    await bookings.tell_news(SYSTEM, row["booking_id"], BookingNews.QUESTION_ANSWERED)
    await _note(actor, booking, "answer_question", ("aftercare_question", question_id))
    return await _question(actor, question_id)


def task_for(booking: BookingRef, kind: TaskKind, due_at: Any, *, focus_id: UUID) -> NewTask:
    """Return a task of the facility about something after a stay."""
    return NewTask(
        kind=kind,
        side=TaskSide.FACILITY,
        facility_id=booking.facility_id,
        facility_organisation_id=booking.facility_organisation_id,
        booking_id=booking.id,
        patient_id=booking.patient_id,
        home_state=booking.home_state,
        due_at=due_at,
        focus_id=focus_id,
    )


async def _row(
    actor: Actor, table: str, row_id: UUID, error: type[Any], *, lock: bool = False
) -> Any:
    found = await queries.row(table, row_id, visible_to=actor, lock=lock)
    if found is None:
        raise error(subject=(table, row_id))
    return found


def _require_version(row: Any, version: int, subject: tuple[str, UUID]) -> None:
    if row["version"] != version:
        raise StaleVersion(version_now=row["version"], subject=subject)


async def _plan(actor: Actor, plan_id: UUID) -> PlanView:
    return await _plan_view(await _row(actor, _PLAN, plan_id, NoSuchPlan))


async def _plan_view(row: Any) -> PlanView:
    # Who was asked need not see the booking itself, only what the plan tells of it.
    booking = await bookings.booking_ref(SYSTEM, row["booking_id"])
    name = None
    if row["organisation_id"] is not None:
        name = (await identity.organisation_ref(SYSTEM, row["organisation_id"])).name
    return views.plan_view(row, await notes_of(row["patient_id"]), booking, name)


async def _question(actor: Actor, question_id: UUID) -> QuestionView:
    row = await _row(actor, _QUESTION, question_id, NoSuchQuestion)
    return views.question_view(row, await notes_of(row["patient_id"]))


async def _note(actor: Actor, booking: BookingRef, verb: str, subject: tuple[str, UUID]) -> None:
    await audit.record(
        actor, f"aftercare.{verb}", subject=subject, patient_id=booking.patient_id,
        home_state=booking.home_state,
    )  # fmt: skip
