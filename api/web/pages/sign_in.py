"""Signing in and out, and the demo's people."""

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from api.http.guards import may
from api.http.limits import address_to_slow
from api.identity.devices import device_of
from api.identity.routes import ended_cookie, session_cookie
from api.web.forms import Form, credential_of, read_form
from api.web.languages import N_, language_of
from api.web.rendering import PageRequest, go, page, safe_path
from domain.actor import FACILITY_ROLES, Actor, Assurance, Role
from domain.errors import DomainError
from domain.identity import passkeys, sessions
from domain.identity import service as identity
from domain.identity.eid.providers import eid_providers
from domain.identity.errors import ChooseMembership
from domain.identity.types import (
    Carrier,
    DemoPerson,
    MembershipView,
    PasskeySignIn,
    SessionToken,
    SignIn,
)

_HINTS = {
    "email": N_("Write an e-mail address, for example aigerim@example.org."),
    "password": N_("Use 8 to 128 characters; a phrase of a few words is best."),
}


def home_of(role: Role | None) -> str:
    """Return the first page of a role."""
    if role is Role.PATIENT:
        return "/me"
    if role is Role.REFERRING_DOCTOR:
        return "/practice"
    if role in FACILITY_ROLES:
        return "/facility"
    return "/officer" if role is Role.MINISTRY_OFFICER else "/"


class SignInPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/sign-in", guards=[may("pages.read")])
    async def ask(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the sign-in form and, in development, the invented people."""
        return await _sign_in_page(request, actor)

    @post("/sign-in", guards=[may("identity.sign_in")])
    async def sign_in(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Sign in by password, or as an invented person of the demo."""
        form = await read_form(request, language_of(request))
        try:
            if form.value("person"):
                token = await sessions.sign_in_demo(
                    form.value("person"),
                    Carrier.COOKIE,
                    development=not request.app.state.settings.production,
                    device=device_of(request),
                )
            else:
                command = form.read(SignIn, _HINTS)
                if command is None:
                    return await _sign_in_page(request, actor, form, status=422)
                token = await identity.sign_in(
                    command, Carrier.COOKIE, address=address_to_slow(request),
                    device=device_of(request),
                )  # fmt: skip
        except ChooseMembership as error:
            hats = msgspec.convert(error.extensions["memberships"], list[MembershipView])
            return await _sign_in_page(request, actor, form, status=422, hats=hats)
        except DomainError as error:
            form.refuse(error)
            return await _sign_in_page(request, actor, form, status=422)
        return _onward(token, form.value("next"))

    @post("/sign-in/passkey", guards=[may("identity.sign_in")])
    async def sign_in_by_passkey(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Sign in with what the browser's passkey answered."""
        form = await read_form(request, language_of(request))
        command = form.read(PasskeySignIn, credential=credential_of(form))
        if command is None:
            return await _sign_in_page(request, actor, form, status=422)
        try:
            token = await passkeys.sign_in(command, Carrier.COOKIE, device_of(request))
        except ChooseMembership as error:
            hats = msgspec.convert(error.extensions["memberships"], list[MembershipView])
            return await _sign_in_page(request, actor, form, status=422, hats=hats)
        except DomainError as error:
            form.refuse(error)
            return await _sign_in_page(request, actor, form, status=422)
        return _onward(token, form.value("next"))

    @post("/sign-out", guards=[may("identity.sign_in")])
    async def sign_out(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """End the session at once."""
        await read_form(request, language_of(request))
        if actor.signed_in:
            await sessions.sign_out(actor)
        return go("/", cookies=[ended_cookie()], done="signed-out")


def _onward(token: SessionToken, wanted: str) -> Response[bytes]:
    """Go on to where the person wanted to be; with one factor alone, to adding the second."""
    if token.assurance is Assurance.SINGLE_FACTOR:
        return go("/account", cookies=[session_cookie(token)])
    return go(safe_path(wanted, home_of(token.role)), cookies=[session_cookie(token)])


async def _sign_in_page(
    request: PageRequest,
    actor: Actor,
    form: Form | None = None,
    *,
    status: int = 200,
    hats: list[MembershipView] | None = None,
) -> Response[bytes]:
    wanted = form.value("next") if form else request.query_params.get("next")
    return page(
        request,
        "sign_in.html",
        status=status,
        form=form,
        next=safe_path(wanted, ""),
        ended=bool(request.query_params.get("ended")),
        hats=hats or [],
        people=await _people(request, actor),
        eid_providers=eid_providers(),
    )


async def _people(request: PageRequest, actor: Actor) -> list[tuple[str, list[DemoPerson]]]:
    if request.app.state.settings.production:
        return []
    found: dict[str, list[DemoPerson]] = {}
    for person in await identity.demo_people(actor):
        found.setdefault(person.role.value, []).append(person)
    order = [role.value for role in Role]
    return sorted(found.items(), key=lambda group: order.index(group[0]))
