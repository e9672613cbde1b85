"""Proving a strong factor again before what matters most, without losing what was typed."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from api.http.guards import may, require_admitted
from api.identity.factors import stepped_up
from api.identity.routes import session_cookie
from api.web.csrf import FIELD
from api.web.forms import Form, credential_of, read_form
from api.web.languages import language_of
from api.web.rendering import PageRequest, go, page, safe_path
from domain.actor import Actor
from domain.errors import DomainError
from domain.identity import authenticators
from domain.identity.types import StepUp
from domain.permissions.errors import StepUpNeeded

_CARRIED = "carried:"


class StepUpPages(Controller):
    path = "/step-up"
    include_in_schema = False

    @get(guards=[may("identity.step_up")])
    async def ask(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Ask for a passkey or a code."""
        wanted = safe_path(request.query_params.get("next"), "/account")
        return await _step_up_page(request, actor, wanted, {})

    @post(guards=[may("identity.step_up")])
    async def prove(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Renew the session; a form that waited for it is shown once more, ready to be sent."""
        form = await read_form(request, language_of(request))
        wanted = safe_path(form.value("next"), "/account")
        carried = {
            name.removeprefix(_CARRIED): form.values(name)
            for name in form.typed
            if name.startswith(_CARRIED)
        }
        command = StepUp(
            credential=credential_of(form) or None,
            code=form.value("code").strip()[:12] or None,
            demo=form.checked("demo"),
        )
        try:
            token = await stepped_up(request, actor, command)
        except DomainError as error:
            form.refuse(error)
            return await _step_up_page(request, actor, wanted, carried, form, status=422)
        if not carried:
            return go(wanted, cookies=[session_cookie(token)])
        # The new session needs a new form token: the page is made by the next request.
        request.cookies["__Host-sid"] = token.token
        return page(
            request, "confirmed.html", cookies=[session_cookie(token)], next=wanted, carried=carried
        )


async def or_step_up(
    request: PageRequest, actor: Actor, action: str, form: Form
) -> Response[bytes] | None:
    """Return the page that asks for a fresh factor first, with the form kept; None to go on.

    Raises what `require_admitted` raises otherwise.
    """
    try:
        await require_admitted(actor, action)
    except StepUpNeeded:
        return await _step_up_page(request, actor, request.url.path, form.typed, status=403)
    return None


async def _step_up_page(
    request: PageRequest,
    actor: Actor,
    wanted: str,
    carried: dict[str, list[str]],
    form: Form | None = None,
    *,
    status: int = 200,
) -> Response[bytes]:
    factors = await authenticators.list_factors(actor)
    return page(
        request,
        "step_up.html",
        status=status,
        form=form,
        next=wanted,
        carried={_CARRIED + name: values for name, values in carried.items() if name != FIELD},
        factors=factors,
    )
