"""One's rights as pages: the full copy, erasure, and the desk that decides on it."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from api.http.guards import may
from api.http.limits import spend
from api.identity.routes import ended_cookie
from api.rights.routes import export_of
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor, Role
from domain.errors import DomainError
from domain.identity import closing
from domain.patients import service as patients
from domain.rights import export, service
from domain.rights.types import RefuseErasure

_HINTS = {"reason": N_("Write which law keeps the data; the person reads it.")}


class RightsPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/me/data", guards=[may("pages.patient")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show what a person may ask for: a copy of everything, and that it be erased."""
        return await _data_page(request, actor)

    @post("/me/data/{patient_id:uuid}", guards=[may("pages.patient")], response_model=None)
    async def act(
        self, request: PageRequest, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes] | Stream:
        """Send the full copy, or ask for erasure, after a fresh proof."""
        form = await read_form(request, language_of(request))
        copying = form.value("do") == "copy"
        action = "patients.export" if copying else "erasures.ask"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if copying:
                await spend(request, actor, action)
                found = await export.export_patient(actor, patient_id)
                return export_of(actor, patient_id, found)
            if not form.checked("sure"):
                form.complain("sure", N_("Please tick that you have read what erasure means."))
                return await _data_page(request, actor, form, status=422)
            await service.ask_erasure(actor, patient_id)
        except DomainError as error:
            form.refuse(error)
            return await _data_page(request, actor, form, status=409)
        return go("/me/data", done="erasure-asked")

    @post("/me/erasures/{erasure_id:uuid}", guards=[may("erasures.withdraw")])
    async def withdraw(
        self, request: PageRequest, erasure_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Take the request for erasure back."""
        form = await read_form(request, language_of(request))
        try:
            await service.withdraw_erasure(actor, erasure_id)
        except DomainError as error:
            form.refuse(error)
            return await _data_page(request, actor, form, status=409)
        return go("/me/data", done="saved")

    @post("/account/close", guards=[may("identity.list_factors")])
    async def close(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Close the account, after a fresh proof."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "identity.close_account", form):
            return first
        try:
            await closing.close_account(actor)
        except DomainError as error:
            form.refuse(error)
            return page(request, "closed.html", status=409, form=form)
        return go("/", cookies=[ended_cookie()], done="account-closed")

    @get("/erasures", guards=[may("pages.oversight")])
    async def desk(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the requests for erasure to those who decide or watch."""
        return await _desk_page(request, actor)

    @post("/erasures/{erasure_id:uuid}", guards=[may("pages.oversight")])
    async def decide(
        self, request: PageRequest, erasure_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Review, confirm or refuse a request."""
        form = await read_form(request, language_of(request))
        verb = form.value("decision")
        verb = verb if verb in ("review", "confirm") else "refuse"
        if first := await or_step_up(request, actor, f"erasures.{verb}", form):
            return first
        try:
            if verb == "review":
                await service.review_erasure(actor, erasure_id)
            elif verb == "confirm":
                await service.confirm_erasure(actor, erasure_id)
            else:
                command = form.read(RefuseErasure, _HINTS)
                if command is None:
                    return await _desk_page(request, actor, form, erasure_id, status=422)
                await service.refuse_erasure(actor, erasure_id, command)
        except DomainError as error:
            form.refuse(error)
            return await _desk_page(request, actor, form, erasure_id, status=409)
        return go("/erasures", done="saved")


async def _data_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    return page(
        request,
        "data.html",
        status=status,
        form=form,
        patients=await patients.list_patients(actor),
        erasures=await service.list_erasures(actor),
    )


async def _desk_page(
    request: PageRequest,
    actor: Actor,
    form: Form | None = None,
    chosen: UUID | None = None,
    *,
    status: int = 200,
) -> Response[bytes]:
    return page(
        request,
        "erasures.html",
        status=status,
        form=form,
        chosen=chosen,
        found=await service.list_erasures(actor),
        decides=actor.role is Role.OPERATOR,
    )
