"""The first of three answers to "may this actor?": the role, asked on the route."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from api.http.authentication import provide_actor
from domain.actor import FACILITY_ROLES, Role
from domain.audit import service as audit
from domain.errors import Forbidden, Unauthenticated

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Admit any person with a session."""
    if not (await provide_actor(connection)).signed_in:  # type: ignore[arg-type]  # an HTTP route
        raise Unauthenticated


_ADMITTED: dict[object, frozenset[Role]] = {}


def admitted_by(guards: Iterable[object]) -> tuple[bool, frozenset[Role]]:
    """Tell whether guards ask for a session, and which roles they admit (none named: any)."""
    guards = list(guards)
    named = [_ADMITTED[guard] for guard in guards if guard in _ADMITTED]
    return bool(guards), frozenset.intersection(*named) if named else frozenset()


def roles(*admitted: Role) -> Guard:
    """Admit sessions that wear one of these hats."""

    async def guard(
        connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        actor = await provide_actor(connection)  # type: ignore[arg-type]  # an HTTP route
        if not actor.signed_in:
            raise Unauthenticated
        if actor.role not in admitted:
            wanted = ", ".join(role.value for role in admitted)
            error = Forbidden(f"This is for another role: {wanted}")
            await audit.record_denial(actor, f"route.{handler.name or handler.handler_name}", error)
            raise error

    _ADMITTED[guard] = frozenset(admitted)
    return guard


patient_only = roles(Role.PATIENT)
doctor_only = roles(Role.REFERRING_DOCTOR)
facility_only = roles(*sorted(FACILITY_ROLES))
officer_only = roles(Role.MINISTRY_OFFICER)
operator_only = roles(Role.OPERATOR)
