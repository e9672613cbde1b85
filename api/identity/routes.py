"""Accounts, sessions, the signed-in person, and organisations with their members."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.authentication import COOKIE
from api.http.guards import may
from api.http.limits import address_to_slow
from api.http.problems import problems
from api.identity.devices import device_of
from domain.actor import Actor
from domain.clock import utc_now
from domain.errors import NotFound
from domain.identity import service, sessions
from domain.identity.errors import (
    AttemptTooEarly,
    ChooseMembership,
    DemoOnly,
    NoSuchAccount,
    PasskeyRequired,
    SignInBusy,
    WrongCredentials,
)
from domain.identity.types import (
    Carrier,
    DemoPerson,
    Me,
    NewOrganisation,
    OrganisationView,
    SessionToken,
    SessionView,
    SignIn,
)
from domain.jurisdictions import UnknownJurisdiction
from domain.permissions.service import permissions_of
from domain.permissions.types import PermissionView


class NewAccount(msgspec.Struct, frozen=True):
    account_id: UUID


class DemoSignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which invented person to be; development mode only."""

    person: Annotated[str, msgspec.Meta(max_length=60)]


def session_cookie(token: SessionToken) -> Cookie:
    """Return the cookie that carries a browser's session."""
    return Cookie(
        key=COOKIE, value=token.token, path="/", secure=True, httponly=True, samesite="lax"
    )


def ended_cookie() -> Cookie:
    """Return the cookie that takes a browser's session away."""
    return Cookie(
        key=COOKIE, value="", path="/", secure=True, httponly=True, samesite="lax", max_age=0
    )


class IdentityController(Controller):
    path = "/v1"
    tags = ["People"]

    @post(
        "/sessions",
        operation_id="signIn",
        guards=[may("identity.sign_in")],
        summary="Sign in by password",
        responses=problems(
            WrongCredentials, ChooseMembership, PasskeyRequired, AttemptTooEarly, SignInBusy
        ),
    )
    async def sign_in(
        self, data: JSONBody[SignIn], request: Request[Any, Any, Any]
    ) -> SessionToken:
        """Start a session; send its token as `Authorization: Bearer` from then on.

        Without a second factor its `assurance` is `single_factor`, which opens nothing but the
        account itself, to add a passkey or an authenticator app.
        """
        return await service.sign_in(
            data, Carrier.BEARER, address=address_to_slow(request), device=device_of(request)
        )

    @get(
        "/demo/people",
        operation_id="listDemoPeople",
        guards=[may("identity.sign_in_demo")],
        summary="The invented people of the demo",
    )
    async def demo_people(
        self, request: Request[Any, Any, Any], actor: NamedDependency[Actor]
    ) -> list[DemoPerson]:
        """List who can be signed in with one click; empty outside development mode."""
        if request.app.state.settings.production:
            return []
        return await service.demo_people(actor)

    @post(
        "/demo/sessions",
        operation_id="signInAsDemoPerson",
        guards=[may("identity.sign_in_demo")],
        summary="Sign in as an invented person (development mode only)",
        responses=problems(DemoOnly, NoSuchAccount, WrongCredentials, ChooseMembership),
    )
    async def sign_in_demo(
        self, data: JSONBody[DemoSignIn], request: Request[Any, Any, Any]
    ) -> SessionToken:
        """Start a session without a password; refused in production."""
        development = not request.app.state.settings.production
        return await sessions.sign_in_demo(
            data.person, Carrier.BEARER, development=development, device=device_of(request)
        )

    @delete(
        "/sessions/current",
        operation_id="signOut",
        guards=[may("identity.sign_out")],
        summary="Sign out",
    )
    async def sign_out(self, actor: NamedDependency[Actor]) -> Response[None]:
        """End the current session at once."""
        await sessions.sign_out(actor)
        return Response(None, status_code=204, cookies=[ended_cookie()])

    @get("/me", operation_id="me", guards=[may("identity.me")], summary="The signed-in person")
    async def me(self, actor: NamedDependency[Actor]) -> Me:
        """Return who is signed in, under which role, and which other roles they have."""
        return await service.me(actor)

    @get(
        "/me/permissions",
        operation_id="listPermissions",
        guards=[may("identity.permissions")],
        summary="What I may do now",
    )
    async def permissions(self, actor: NamedDependency[Actor]) -> list[PermissionView]:
        """List what the session may do, to what, in which states, and what asks for step-up."""
        return permissions_of(actor, utc_now())

    @get(
        "/me/sessions", operation_id="listSessions", summary="Where I am signed in",
        guards=[may("identity.list_sessions")],
    )  # fmt: skip
    async def sessions(self, actor: NamedDependency[Actor]) -> list[SessionView]:
        """List the live sessions of the account."""
        return await sessions.list_sessions(actor)

    @delete(
        "/me/sessions",
        operation_id="signOutElsewhere",
        guards=[may("identity.sign_out_elsewhere")],
        summary="End all my other sessions",
    )
    async def sign_out_elsewhere(self, actor: NamedDependency[Actor]) -> None:
        """End every session of the account but this one."""
        await sessions.sign_out_elsewhere(actor)

    @delete(
        "/me/sessions/{session_id:uuid}",
        operation_id="revokeSession",
        guards=[may("identity.revoke_session")],
        summary="End one of my sessions",
        responses=problems(NotFound),
    )
    async def revoke(self, session_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """End another session of the same account at once."""
        await sessions.sign_out(actor, session_id)

    @post(
        "/organisations",
        operation_id="createOrganisation",
        guards=[may("identity.create_organisation")],
        summary="Register an organisation",
        responses=problems(UnknownJurisdiction),
    )
    async def create_organisation(
        self, data: JSONBody[NewOrganisation], actor: NamedDependency[Actor]
    ) -> OrganisationView:
        """Register a practice, a facility's operator, a ministry or a payer."""
        return await service.create_organisation(actor, data)
