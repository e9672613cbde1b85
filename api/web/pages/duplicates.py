"""The officer's desk for facilities that are the same: merging by four eyes, telling apart."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may, require_admitted
from api.web.forms import Form, read_form
from api.web.languages import language_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.duplicates import service
from domain.duplicates.types import MergeFacilities, TellApart
from domain.errors import DomainError

PATH = "/officer/duplicates"


class DuplicatePages(Controller):
    path = PATH
    include_in_schema = False

    @get(guards=[may("duplicates.read")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show likely pairs beside each other, and the merges that were proposed."""
        return await _duplicates_page(request, actor)

    @post("/{facility_id:uuid}", guards=[may("duplicates.read")])
    async def decide(
        self, request: PageRequest, facility_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Propose to keep this one of a pair, after a fresh proof, or tell the two apart."""
        form = await read_form(request, language_of(request))
        apart = form.value("decision") == "apart"
        action = "duplicates.tell_apart" if apart else "duplicates.merge"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if apart:
                distinct = form.read(TellApart)
                if distinct is not None:
                    await service.tell_apart(actor, facility_id, distinct)
                    return go(PATH, done="saved")
            else:
                command = form.read(MergeFacilities)
                if command is not None:
                    await service.propose_merge(actor, facility_id, command, version=form.version())
                    return go(PATH, done="saved")
        except DomainError as error:
            form.refuse(error)
            return await _duplicates_page(request, actor, form, status=409)
        return await _duplicates_page(request, actor, form, status=422)

    @post("/merges/{merge_id:uuid}", guards=[may("duplicates.read")])
    async def close(
        self, request: PageRequest, merge_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Confirm a merge as the second officer, after a fresh proof, or withdraw it."""
        form = await read_form(request, language_of(request))
        try:
            if form.value("decision") == "withdraw":
                await require_admitted(actor, "duplicates.withdraw")
                await service.withdraw_merge(actor, merge_id)
                return go(PATH, done="saved")
            if first := await or_step_up(request, actor, "duplicates.confirm", form):
                return first
            await service.confirm_merge(actor, merge_id)
        except DomainError as error:
            form.refuse(error)
            return await _duplicates_page(request, actor, form, status=409)
        return go(PATH, done="saved")


async def _duplicates_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    return page(
        request,
        "duplicates.html",
        status=status,
        form=form,
        found=await service.list_duplicates(actor, limit=30),
        merges=(await service.list_merges(actor, limit=30)).items,
    )
