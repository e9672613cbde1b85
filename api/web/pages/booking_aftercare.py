"""After a stay, for its patient: who looks after them at home, the visits, the questions."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.http.problems import status_of
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.pages.booking_page import facts_of, shown
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.aftercare import service as aftercare
from domain.aftercare.types import (
    AskQuestion,
    PlanAftercare,
    PlanStatus,
    Provider,
    ReportVisit,
)
from domain.catalogue import service as catalogue
from domain.errors import DomainError

_PROVIDER_HINTS = {
    "name": N_("Write the name of the doctor or practice."),
    "address": N_("Write where the doctor or practice is."),
}
QUESTION_HINTS = {"text": N_("Write between 3 and 4000 characters.")}
_VISIT_HINTS = {
    "visited_on": N_("Choose the day of the visit."),
    "report": N_("Write between 3 and 4000 characters."),
}


class BookingAftercarePages(Controller):
    path = "/bookings/{booking_id:uuid}"
    include_in_schema = False

    @get("/aftercare", guards=[may("aftercare.read")])
    async def show(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what comes after the stay."""
        return await _aftercare_page(request, actor, booking_id)

    @post("/aftercare", guards=[may("aftercare.plan")])
    async def plan(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Ask a practice to look after the patient at home, or name who does."""
        form = await read_form(request, language_of(request))
        named = form.value("do") == "name"
        command = _provider(form) if named else form.read(PlanAftercare, provider=None)
        if command is None:
            return await _aftercare_page(request, actor, booking_id, form, status=422)
        try:
            await aftercare.plan_aftercare(actor, booking_id, command)
        except DomainError as error:
            form.refuse(error)
            return await _aftercare_page(request, actor, booking_id, form, status=status_of(error))
        done = "home-care-named" if named else "home-care-asked"
        return go(f"/bookings/{booking_id}/aftercare", done=done)

    @post("/questions", guards=[may("aftercare.ask_question")])
    async def ask(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Ask the facility something after discharge."""
        form = await read_form(request, language_of(request))
        command = form.read(AskQuestion, QUESTION_HINTS)
        if command is None:
            return await _aftercare_page(request, actor, booking_id, form, status=422)
        try:
            await aftercare.ask_question(actor, booking_id, command, form.once(command))
        except DomainError as error:
            form.refuse(error)
            return await _aftercare_page(request, actor, booking_id, form, status=status_of(error))
        return go(f"/bookings/{booking_id}/aftercare", done="question-sent")

    @post("/visits/{visit_id:uuid}", guards=[may("aftercare.report_visit")])
    async def report(
        self,
        request: PageRequest,
        booking_id: FromPath[UUID],
        visit_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Say when a visit took place and what was found."""
        shown_again = partial(_aftercare_page, request, actor, booking_id, open_visit=visit_id)
        there = f"/bookings/{booking_id}/aftercare"
        return await report_visit(request, actor, visit_id, shown_again, there)


async def report_visit(
    request: PageRequest, actor: Actor, visit_id: UUID,
    shown_again: Callable[..., Awaitable[Response[bytes]]], there: str,
) -> Response[bytes]:  # fmt: skip
    """Report a visit and go `there`, or show the page again with what is wrong."""
    form = await read_form(request, language_of(request))
    command = form.read(ReportVisit, _VISIT_HINTS)
    if command is None:
        return await shown_again(form=form, status=422)
    try:
        await aftercare.report_visit(actor, visit_id, command, form.version())
    except DomainError as error:
        form.refuse(error)
        return await shown_again(form=form, status=status_of(error))
    return go(there, done="visit-noted")


def _provider(form: Form) -> PlanAftercare | None:
    provider = form.read(Provider, _PROVIDER_HINTS)
    return None if provider is None else PlanAftercare(provider=provider)


async def _aftercare_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, open_visit: UUID | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    found = await aftercare.show_aftercare(actor, booking_id)
    facts = await facts_of(actor, booking_id, language)
    standing = [plan for plan in found.plans if plan.status is not PlanStatus.REPLACED]
    return page(
        request,
        "booking_aftercare.html",
        status=status,
        form=form,
        **shown(facts),
        found=found,
        plan=standing[-1] if standing else None,
        choices=await aftercare.show_choices(actor, booking_id),
        usual=await catalogue.show_treatment(actor, facts.booking.treatment, language.tag),
        open_visit=open_visit,
        base=f"/bookings/{booking_id}",
    )
