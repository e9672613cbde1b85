"""Where the platform is authorised to list and to collect, and handing in what a state gave."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import language_of
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.credentials import authorisations
from domain.credentials.types import CredentialKind, CredentialView, SubmitAuthorisation
from domain.errors import DomainError, Unauthenticated
from domain.jurisdictions import JURISDICTIONS

_HERE = "/authorisations"


class AuthorisationPages(Controller):
    path = _HERE
    include_in_schema = False

    @get(guards=[may("credentials.submit_authorisation")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show state by state what the operator's organisation holds."""
        return await _page(request, actor)

    @post(guards=[may("credentials.submit_authorisation")])
    async def hand_in(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Hand in an authorisation; two officers of that state decide."""
        form = await read_form(request, language_of(request))
        try:
            command = form.read(SubmitAuthorisation, kind=CredentialKind.OPERATOR_AUTHORISATION)
            if command is not None and actor.organisation_id is not None:
                await authorisations.submit_authorisation(actor, actor.organisation_id, command)
                return go(_HERE, done="authorisation-handed-in")
        except DomainError as error:
            form.refuse(error)
        return await _page(request, actor, form, status=422)


async def _page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    if actor.organisation_id is None:
        raise Unauthenticated
    language = language_of(request)
    held: dict[str, list[CredentialView]] = {code: [] for code in JURISDICTIONS}
    for each in await authorisations.list_authorisations(actor, actor.organisation_id):
        held[each.jurisdiction].append(each)
    return page(
        request,
        "authorisations.html",
        status=status,
        form=form,
        held=held,
        states=[(code, language.state(code)) for code in JURISDICTIONS],
    )
