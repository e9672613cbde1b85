"""What a patient's side answers: proposals of the facility, the consent to a procedure, cover."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.http.problems import status_of
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.pages.booking_page import booking_page, facts_of, shown
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.bookings import changes, safety
from domain.bookings.stay_types import RecordCover, RefuseChange
from domain.errors import DomainError

_ANSWERS = {"accept": "change-accepted", "refuse": "change-refused", "leave": "change-left"}
_COVER_HINTS = {
    "insurer": N_("Write the name of the insurer."),
    "policy_number": N_("Write the number of the policy."),
    "valid_from": N_("Choose the first day."),
    "valid_to": N_("Choose the last day."),
}


class BookingAnswerPages(Controller):
    path = "/bookings/{booking_id:uuid}"
    include_in_schema = False

    @post("/changes/{change_id:uuid}", guards=[may("pages.patient")])
    async def answer(
        self,
        request: PageRequest,
        booking_id: FromPath[UUID],
        change_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Agree to what the facility proposes, refuse it, or refuse it and end the booking."""
        form = await read_form(request, language_of(request))
        wanted, version = form.value("answer"), form.version()
        if wanted not in _ANSWERS:
            return await booking_page(request, actor, booking_id, form, status=422)
        if first := await or_step_up(request, actor, "bookings.decide_change", form):
            return first
        try:
            if wanted == "accept":
                await changes.accept_change(actor, booking_id, change_id, version)
            else:
                command = RefuseChange(withdraw=wanted == "leave")
                await changes.refuse_change(actor, booking_id, change_id, command, version)
        except DomainError as error:
            form.refuse(error)
            return await booking_page(request, actor, booking_id, form, status=status_of(error))
        return go(f"/bookings/{booking_id}", done=_ANSWERS[wanted])

    @post("/withdraw-consent", guards=[may("bookings.withdraw_consent")])
    async def withdraw_consent(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Take the consent to the procedure back, before it begins."""
        form = await read_form(request, language_of(request))
        try:
            await safety.withdraw_consent(actor, booking_id, form.version())
        except DomainError as error:
            form.refuse(error)
            return await booking_page(request, actor, booking_id, form, status=status_of(error))
        return go(f"/bookings/{booking_id}", done="consent-withdrawn")

    @get("/cover", guards=[may("bookings.record_cover")])
    async def ask_cover(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Ask for insurance against complications."""
        return await _cover_page(request, actor, booking_id)

    @post("/cover", guards=[may("bookings.record_cover")])
    async def record_cover(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Note a policy."""
        form = await read_form(request, language_of(request))
        command = form.read(RecordCover, _COVER_HINTS)
        if command is None:
            return await _cover_page(request, actor, booking_id, form, status=422)
        try:
            await safety.record_cover(actor, booking_id, command, form.once(command))
        except DomainError as error:
            if "valid_to" in error.fields:
                form.complain("valid_to", N_("The last day comes before the first one."))
            form.refuse(error)
            return await _cover_page(request, actor, booking_id, form, status=status_of(error))
        return go(f"/bookings/{booking_id}", done="cover-noted")


async def _cover_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    facts = await facts_of(actor, booking_id, language_of(request))
    return page(request, "booking_cover.html", status=status, form=form, **shown(facts))
