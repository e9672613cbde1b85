"""The bell in the head of every page: how much its reader has not read."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from api.http.authentication import provide_actor
from domain.actor import ActorKind, Assurance
from domain.notifications import service as notices


async def ring(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Count the unread notices of whoever asks for a page."""
    request: Request[Any, Any, Any] = connection  # type: ignore[assignment]  # an HTTP route
    if connection.scope["path"].startswith("/static/"):
        return
    actor = await provide_actor(request)
    if actor.kind is ActorKind.PERSON and actor.assurance is not Assurance.SINGLE_FACTOR:
        request.state.unread = await notices.count_unread(actor)
