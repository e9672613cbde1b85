"""Caring at home, for a practice: who asks for it, the answer, and the visits after the journey."""

from functools import partial
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.http.problems import status_of
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.pages.booking_aftercare import report_visit
from api.web.pages.patient import treatment_names
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.aftercare import service as aftercare
from domain.aftercare.errors import NoSuchPlan
from domain.aftercare.types import AnswerPlan, PlanStatus
from domain.errors import DomainError
from domain.patients import service as patients

_HINTS = {"note": N_("Write between 3 and 4000 characters, or nothing.")}


class PracticeAftercarePages(Controller):
    path = "/practice/aftercare"
    include_in_schema = False

    @get(guards=[may("aftercare.list_plans")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show whom one's practice was asked to look after, and whom it does."""
        return await _plans_page(request, actor)

    @post("/plans/{plan_id:uuid}", guards=[may("aftercare.answer_plan")])
    async def answer(
        self, request: PageRequest, plan_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Accept or decline to look after somebody at home."""
        form = await read_form(request, language_of(request))
        accepted = form.value("answer") == "accept"
        command = form.read(AnswerPlan, _HINTS, accepted=accepted)
        if command is None or form.value("answer") not in ("accept", "decline"):
            return await _plans_page(request, actor, form, open_plan=plan_id, status=422)
        try:
            await aftercare.answer_plan(actor, plan_id, command, form.version())
        except DomainError as error:
            form.refuse(error)
            return await _plans_page(
                request, actor, form, open_plan=plan_id, status=status_of(error)
            )
        done = "home-care-accepted" if accepted else "home-care-declined"
        return go("/practice/aftercare", done=done)

    @get("/{booking_id:uuid}", guards=[may("aftercare.read")])
    async def stay(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the visits of somebody whom the practice looks after."""
        return await _visits_page(request, actor, booking_id)

    @post("/{booking_id:uuid}/visits/{visit_id:uuid}", guards=[may("aftercare.report_visit")])
    async def report(
        self,
        request: PageRequest,
        booking_id: FromPath[UUID],
        visit_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Say when a visit took place and what was found."""
        shown_again = partial(_visits_page, request, actor, booking_id, open_visit=visit_id)
        there = f"/practice/aftercare/{booking_id}"
        return await report_visit(request, actor, visit_id, shown_again, there)


async def _plans_page(
    request: PageRequest, actor: Actor, form: Form | None = None,
    *, open_plan: UUID | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    plans = (await aftercare.list_plans(actor)).items
    people = await patients.list_patients(actor, list({plan.patient_id for plan in plans}))
    return page(
        request,
        "practice_aftercare.html",
        status=status,
        form=form,
        asked=[plan for plan in plans if plan.status is PlanStatus.ASKED],
        accepted=[plan for plan in plans if plan.status is PlanStatus.ACCEPTED],
        open_plan=open_plan,
        patients={patient.id: patient.name.display for patient in people},
        treatments=await treatment_names(actor, language_of(request)),
    )


async def _visits_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, open_visit: UUID | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    plans = (await aftercare.list_plans(actor)).items
    plan = next((p for p in plans if p.booking_id == booking_id), None)
    if plan is None or plan.status is not PlanStatus.ACCEPTED:
        raise NoSuchPlan(subject=("booking", booking_id))
    people = await patients.list_patients(actor, [plan.patient_id])
    return page(
        request,
        "practice_visits.html",
        status=status,
        form=form,
        plan=plan,
        found=await aftercare.show_aftercare(actor, booking_id),
        open_visit=open_visit,
        base=f"/practice/aftercare/{booking_id}",
        patient=people[0].name.display if people else "",
        treatments=await treatment_names(actor, language_of(request)),
    )
