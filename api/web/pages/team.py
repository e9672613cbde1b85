"""Team administration: members, invitations, and accepting one; licences at an officer's desk."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web import labels
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor, ClientScope
from domain.clients import service as clients
from domain.errors import DomainError
from domain.identity import licences, team
from domain.identity import service as identity
from domain.identity.types import (
    Administers,
    FollowLink,
    Invite,
    RefuseLicence,
    VerifyLicence,
)

_HINTS = {
    "email": N_("Write an e-mail address, for example aigerim@example.org."),
    "display_name": N_("Write the name as patients and colleagues should read it."),
    "register": N_("Write where you found it, for example the register and the entry."),
    "reason": N_("Write what the person should know, for example that there is no such number."),
}


class TeamPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/team", guards=[may("team.list")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show who belongs to the organisation and who is invited."""
        return await team_page(request, actor)

    @post("/team/invitations", guards=[may("team.list")])
    async def invite(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Invite a person to a role, after a fresh proof."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "team.invite", form):
            return first
        command = form.read(
            Invite, _HINTS, administers=form.checked("administers"),
            language=language_of(request).tag,
        )  # fmt: skip
        if command is None:
            return await team_page(request, actor, form, status=422)
        try:
            await team.invite(actor, own_organisation(actor), command)
        except DomainError as error:
            form.refuse(error)
            return await team_page(request, actor, form, status=422)
        return go("/team", done="invited")

    @post("/team/invitations/{invitation_id:uuid}", guards=[may("team.list")])
    async def withdraw(
        self, request: PageRequest, invitation_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Take an invitation back."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "team.withdraw_invitation", form):
            return first
        try:
            await team.withdraw_invitation(actor, own_organisation(actor), invitation_id)
        except DomainError as error:
            form.refuse(error)
            return await team_page(request, actor, form, status=409)
        return go("/team", done="removed")

    @post("/team/members/{membership_id:uuid}", guards=[may("team.list")])
    async def change(
        self, request: PageRequest, membership_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """End a membership, or say whether the member administers."""
        form = await read_form(request, language_of(request))
        ends = form.value("do") == "end"
        action = "team.end_membership" if ends else "team.set_administrator"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if ends:
                await team.end_membership(actor, own_organisation(actor), membership_id)
                return go("/team", done="removed")
            command = Administers(form.value("do") == "appoint")
            await team.set_administrator(actor, own_organisation(actor), membership_id, command)
        except DomainError as error:
            form.refuse(error)
            return await team_page(request, actor, form, status=409)
        return go("/team", done="saved")

    @get("/invitation", guards=[may("pages.read")])
    async def invited(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Ask the invited person to accept, or to sign in first."""
        return _invitation_page(request)

    @post("/invitation", guards=[may("identity.accept_invitation")])
    async def accept(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Join the organisation."""
        form = await read_form(request, language_of(request))
        command = form.read(FollowLink)
        if command is None:
            return _invitation_page(request, form, status=422)
        try:
            await team.accept_invitation(actor, command)
        except DomainError as error:
            form.refuse(error)
            return _invitation_page(request, form, status=422)
        return go("/account", done="joined")

    @get("/officer/licences", guards=[may("licences.list")])
    async def licences(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the licences that wait for the officer's state."""
        return await _licences_page(request, actor)

    @post("/officer/licences/{membership_id:uuid}", guards=[may("licences.list")])
    async def decide(
        self, request: PageRequest, membership_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Verify a licence or refuse it."""
        form = await read_form(request, language_of(request))
        verifying = form.value("decision") == "verify"
        action = "licences.verify" if verifying else "licences.refuse"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if verifying:
                found = form.read(VerifyLicence, _HINTS)
                if found is not None:
                    await licences.verify_licence(actor, membership_id, found)
                    return go("/officer/licences", done="licence-verified")
            else:
                missing = form.read(RefuseLicence, _HINTS)
                if missing is not None:
                    await licences.refuse_licence(actor, membership_id, missing)
                    return go("/officer/licences", done="licence-refused")
        except DomainError as error:
            form.refuse(error)
        return await _licences_page(request, actor, form, membership_id, status=422)


def own_organisation(actor: Actor) -> UUID:
    """Return the organisation whose hat the actor wears; who wears none manages none."""
    return actor.organisation_id or UUID(int=0)


async def team_page(
    request: PageRequest,
    actor: Actor,
    form: Form | None = None,
    chosen: UUID | None = None,
    *,
    status: int = 200,
) -> Response[bytes]:
    """Show the team and, where it runs facilities, their systems; `chosen` is whose form it was."""
    me, language = await identity.me(actor), language_of(request)
    roles = identity.roles_in(me.membership.organisation.kind) if me.membership else []
    systems = (
        await clients.list_clients(actor, own_organisation(actor)) if actor.of_facility else None
    )
    return page(
        request,
        "team.html",
        status=status,
        form=form,
        organisation=me.membership.organisation if me.membership else None,
        me=me,
        members=await team.list_members(actor, own_organisation(actor)),
        invitations=await team.list_invitations(actor, own_organisation(actor)),
        roles=[(role, labels.label(language, "role", role)) for role in roles],
        systems=systems,
        scopes=list(ClientScope),
        chosen=chosen,
    )


def _invitation_page(
    request: PageRequest, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    token = form.value("token") if form else (request.query_params.get("token") or "")
    return page(
        request,
        "invitation.html",
        status=status,
        form=form,
        token=token,
        headers={"Cache-Control": "no-store", "Referrer-Policy": "same-origin"},
    )


async def _licences_page(
    request: PageRequest,
    actor: Actor,
    form: Form | None = None,
    chosen: UUID | None = None,
    *,
    status: int = 200,
) -> Response[bytes]:
    return page(
        request,
        "licences.html",
        status=status,
        form=form,
        chosen=chosen,
        found=await licences.list_licences(actor),
        state=actor.jurisdiction,
    )
