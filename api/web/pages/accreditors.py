"""Accreditors at an officer's desk: whom one's state recognises, recorded by one and confirmed."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import language_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.credentials import recognitions
from domain.credentials.recognition_types import EndRecognition, NewAccreditor, RecordRecognition
from domain.errors import DomainError

_HERE = "/officer/accreditors"


class AccreditorPages(Controller):
    path = _HERE
    include_in_schema = False

    @get(guards=[may("credentials.list_queue")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show accreditors by name, with who recognises them."""
        return await _page(request, actor)

    @post(guards=[may("credentials.list_queue")])
    async def add(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Name a body, or record that one's own state recognises one."""
        form = await read_form(request, language_of(request))
        naming = form.value("decision") == "add"
        action = "credentials.add_accreditor" if naming else "credentials.record_recognition"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if naming and (named := form.read(NewAccreditor)) is not None:
                await recognitions.add_accreditor(actor, named)
                return go(_HERE, done="accreditor-added")
            if not naming and (recorded := form.read(RecordRecognition)) is not None:
                await recognitions.record_recognition(actor, recorded)
                return go(_HERE, done="recognition-recorded")
        except DomainError as error:
            form.refuse(error)
        return await _page(request, actor, form, status=422)

    @post("/recognitions/{recognition_id:uuid}", guards=[may("credentials.list_queue")])
    async def decide(
        self, request: PageRequest, recognition_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Confirm a recognition as the second officer, or end it."""
        form = await read_form(request, language_of(request))
        confirming, version = form.value("decision") == "confirm", form.version()
        action = f"credentials.{'confirm' if confirming else 'end'}_recognition"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if confirming:
                await recognitions.confirm_recognition(actor, recognition_id, version=version)
                return go(_HERE, done="recognition-confirmed")
            if (ending := form.read(EndRecognition)) is not None:
                await recognitions.end_recognition(actor, recognition_id, ending, version=version)
                return go(_HERE, done="recognition-ended")
        except DomainError as error:
            form.refuse(error)
        return await _page(request, actor, form, chosen=recognition_id, status=422)


async def _page(
    request: PageRequest, actor: Actor, form: Form | None = None, *,
    chosen: UUID | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    found = await recognitions.list_accreditors(
        actor, cursor=request.query_params.get("after"), limit=100
    )
    return page(
        request,
        "accreditors.html",
        status=status,
        form=form,
        chosen=chosen,
        found=found,
        state=actor.jurisdiction,
    )
