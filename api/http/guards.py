"""The first of three answers to "may this actor?": the permission table, asked on the route."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler

from api.http.authentication import provide_actor
from api.http.limits import spend
from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.errors import Forbidden
from domain.permissions.service import PERMISSIONS, admit

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]

_ACTIONS: dict[object, str] = {}


class RouteWithoutAction(RuntimeError):
    """A route names no action, or two: nobody could say who may use it."""


def may(action: str) -> Guard:
    """Admit whom the permission table admits to this action; raises KeyError if it has no row."""
    PERMISSIONS[action]

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        request: Request[Any, Any, Any] = connection  # type: ignore[assignment]  # an HTTP route
        actor = await provide_actor(request)
        await spend(request, actor, action)
        await require_admitted(actor, action)

    _ACTIONS[guard] = action
    return guard


async def require_admitted(actor: Actor, action: str) -> None:
    """Refuse, and audit, whom the table does not admit; for pages whose one form does several."""
    try:
        admit(actor, action, utc_now())
    except Forbidden as error:
        if actor.signed_in:
            await audit.record_denial(actor, action, error)
        raise


def action_of(guards: Iterable[object]) -> str | None:
    """Return the one action that a handler's guards name; raises RouteWithoutAction for two."""
    named = [_ACTIONS[guard] for guard in guards if guard in _ACTIONS]
    if len(named) > 1:
        raise RouteWithoutAction(f"a route names several actions: {', '.join(named)}")
    return named[0] if named else None


def require_actions(app: Litestar) -> None:
    """Refuse to start with a route that does not name its action; raises RouteWithoutAction."""
    nameless = sorted(
        {
            f"{'/'.join(sorted(handler.http_methods))} {route.path}"
            for route in app.routes
            for handler in getattr(route, "route_handlers", ())
            if isinstance(handler, HTTPRouteHandler)
            and handler.http_methods != {"OPTIONS"}
            and action_of(handler.resolve_guards()) is None
        }
    )
    if nameless:
        raise RouteWithoutAction("these routes name no action: " + "; ".join(nameless))
