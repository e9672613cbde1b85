"""One's own notices, and how one wants to be told."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.search.parameters import Cursor, Limit, UnknownParameter, require_known
from domain.actor import Actor
from domain.cursor import CursorInvalid
from domain.notifications import service
from domain.notifications.errors import NoSuchNotice
from domain.notifications.types import (
    NoticePage,
    NoticePreferences,
    NoticeView,
    SetNoticePreferences,
)


class NoticesController(Controller):
    path = "/v1/me"
    tags = ["Notices"]

    @get(
        "/notices",
        operation_id="listNotices",
        guards=[may("notices.list")],
        summary="What I was told",
        responses=problems(CursorInvalid, UnknownParameter),
    )
    async def list_notices(
        self,
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
        unread: Annotated[
            bool, QueryParameter(description="Only what was not read yet", required=False)
        ] = False,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> NoticePage:
        """List one's notices, newest first, with the number of those that are unread."""
        require_known(request, "unread", "cursor", "limit")
        return await service.list_notices(actor, unread_only=unread, cursor=cursor, limit=limit)

    @post(
        "/notices/read",
        operation_id="readAllNotices",
        guards=[may("notices.mark_read")],
        summary="Mark everything as read",
        status_code=204,
    )
    async def read_all(self, actor: NamedDependency[Actor]) -> None:
        """Note that everything told until now is read."""
        await service.mark_all_read(actor)

    @post(
        "/notices/{notice_id:uuid}/read",
        operation_id="readNotice",
        guards=[may("notices.mark_read")],
        summary="Mark a notice as read",
        status_code=200,
        responses=problems(NoSuchNotice),
    )
    async def read(self, notice_id: FromPath[UUID], actor: NamedDependency[Actor]) -> NoticeView:
        """Note that a notice is read; what was read stays so, however often it is said."""
        return await service.mark_read(actor, notice_id)

    @get(
        "/notice-preferences",
        operation_id="showNoticePreferences",
        guards=[may("notices.prefer")],
        summary="How I want to be told",
    )
    async def preferences(self, actor: NamedDependency[Actor]) -> NoticePreferences:
        """Return the topics that are mailed, and the number that is nudged."""
        return await service.show_preferences(actor)

    @put(
        "/notice-preferences",
        operation_id="setNoticePreferences",
        guards=[may("notices.prefer")],
        summary="Choose how I am told",
    )
    async def set_preferences(
        self, data: JSONBody[SetNoticePreferences], actor: NamedDependency[Actor]
    ) -> NoticePreferences:
        """Choose the topics that are mailed; a number that is left out is forgotten.

        A nudge to the number says that there is news, and nothing of it.
        """
        return await service.set_preferences(actor, data)
