"""Notices: what one was told, and of what one is written to."""

from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.notice_words import told
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.notifications import service
from domain.notifications.types import SetNoticePreferences, Topic

PAGE = 20
_HINTS = {"phone": N_("Write the number with its country code, for example +77011234567.")}


class NoticePages(Controller):
    path = "/notices"
    include_in_schema = False

    @get(guards=[may("notices.list")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show what one was told, newest first."""
        return await _notices_page(request, actor)

    @post("/read", guards=[may("notices.mark_read")])
    async def read_all(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Note that everything is read."""
        await read_form(request, language_of(request))
        await service.mark_all_read(actor)
        return go("/notices")

    @post("/preferences", guards=[may("notices.prefer")])
    async def prefer(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Choose of what one is mailed, and where one is nudged."""
        form = await read_form(request, language_of(request))
        chosen = [topic for topic in Topic if form.checked("mail", topic.value)]
        typed = "".join(char for char in form.value("phone") if char not in " -()\u00a0")
        try:
            command = msgspec.convert(
                {"mail": chosen, "phone": typed or None}, SetNoticePreferences
            )
        except msgspec.ValidationError:
            form.complain("phone", _HINTS["phone"])
            return await _notices_page(request, actor, form, status=422)
        await service.set_preferences(actor, command)
        return go("/notices", done="saved")

    @post("/{notice_id:uuid}", guards=[may("notices.mark_read")])
    async def open(
        self, request: PageRequest, notice_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Go on to what a notice is about; it is read then."""
        language = language_of(request)
        await read_form(request, language)
        return go(told(language, await service.mark_read(actor, notice_id)).path)


async def _notices_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    language = language_of(request)
    cursor = request.query_params.get("cursor") if form is None else None
    found = await service.list_notices(actor, cursor=cursor, limit=PAGE)
    return page(
        request,
        "notices.html",
        status=status,
        form=form,
        found=found,
        notices=[(each, told(language, each).title) for each in found.items],
        preferences=await service.show_preferences(actor),
        topics=list(Topic),
        nudges=request.app.state.settings.nudge_url is not None,
    )
