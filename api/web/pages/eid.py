"""Going to a provider of electronic identity and coming back: to sign in, or to link it.

The way there is a page that goes on by itself: a form's answer may not lead to another site (the
content security policy's form-action). The way back is believed only in the browser that left,
which has the binder in a cookie.
"""

import re

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.http.problems import status_of
from api.identity.devices import device_of
from api.identity.routes import session_cookie
from api.web import words
from api.web.forms import Form, read_form
from api.web.languages import language_of
from api.web.pages.links import states_of
from api.web.pages.sign_in import home_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page, safe_path
from domain.actor import Actor
from domain.errors import DomainError
from domain.identity.eid import service
from domain.identity.eid.attempts import LASTS
from domain.identity.eid.errors import EidNotLinked, EidRefused
from domain.identity.eid.providers import eid_provider, provider_name
from domain.identity.eid.types import EidClaims, FinishEid, Proof, Purpose
from domain.identity.types import Carrier

BINDER = "__Host-eid"


class EidPages(Controller):
    path = "/"
    include_in_schema = False

    @post("/eid/{provider:str}/sign-in", guards=[may("identity.sign_in")])
    async def sign_in(
        self, request: PageRequest, provider: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Go to the provider, to sign in with what it proves."""
        form = await read_form(request, language_of(request))
        wanted = safe_path(form.value("next"), "") or None
        return await _leave(request, actor, provider, Purpose.SIGN_IN, wanted)

    @post("/eid/{provider:str}/link", guards=[may("identity.list_factors")])
    async def link(
        self, request: PageRequest, provider: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Go to the provider, after a fresh proof, to link the identity with the account."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "identity.link_eid", form):
            return first
        return await _leave(request, actor, provider, Purpose.LINK, None)

    @get("/eid/{provider:str}/return", guards=[may("identity.sign_in")])
    async def come_back(
        self, request: PageRequest, provider: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Finish what this browser began: sign in, or link; whatever comes of it, it was used."""
        eid_provider(provider)
        claims = None
        try:
            proof = await _proved(request, actor, provider)
            if proof.purpose is Purpose.LINK:
                await service.link(actor, proof)
                return go("/account", cookies=[_unbound()], done="eid-linked")
            claims = proof.claims
            token = await service.sign_in(actor, proof, Carrier.COOKIE, device_of(request))
        except DomainError as error:
            return _refused(request, provider, error, claims)
        wanted = safe_path(proof.wanted, home_of(token.role))
        return go(wanted, cookies=[session_cookie(token), _unbound()])


async def _leave(
    request: PageRequest, actor: Actor, provider: str, purpose: Purpose, wanted: str | None
) -> Response[bytes]:
    going = await service.begin(actor, provider, purpose, wanted=wanted)
    bound = _cookie(going.binding, int(LASTS.total_seconds()))
    return page(
        request, "eid_leave.html", cookies=[bound], url=going.url, provider=provider_name(provider)
    )


async def _proved(request: PageRequest, actor: Actor, provider: str) -> Proof:
    sent = {
        name: value
        for name in ("code", "state", "iss")
        if (value := request.query_params.get(name)) is not None
    }
    binder = request.cookies.get(BINDER, "")
    if (reason := request.query_params.get("error")) is not None:
        word = reason if re.fullmatch("[a-z_]{1,40}", reason) else "unreadable_error"
        await service.give_up(actor, provider, sent.get("state", ""), binder, word)
    try:
        answer = msgspec.convert({**sent, "binding": binder}, FinishEid)
    except msgspec.ValidationError as error:
        raise EidRefused from error
    return await service.prove(actor, provider, answer)


def _refused(
    request: PageRequest, provider: str, error: DomainError, claims: EidClaims | None
) -> Response[bytes]:
    language = language_of(request)
    template, form = "eid_refused.html", None
    if isinstance(error, EidNotLinked) and claims is not None:
        # Who has no account yet need not write again what was just proved.
        known = {"given": claims.given, "family": claims.family, "birth_date": claims.birth_date}
        form = Form(language, {name: [text] for name, text in known.items() if text})
        template = "eid_not_linked.html"
    return page(
        request,
        template,
        status=status_of(error),
        problem=words.problem(language, error),
        provider=provider_name(provider),
        form=form,
        next="",
        states=states_of(language),
    )


def _cookie(value: str, seconds: int) -> Cookie:
    return Cookie(
        BINDER, path="/", value=value, max_age=seconds, secure=True, httponly=True, samesite="lax"
    )


def _unbound() -> Cookie:
    return _cookie("", 0)
