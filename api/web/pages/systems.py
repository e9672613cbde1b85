"""Systems of the organisation's facilities: registered, given and denied rights, shut out."""

import contextlib
from uuid import UUID

import msgspec
from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.pages.step_up import or_step_up
from api.web.pages.team import own_organisation, team_page
from api.web.rendering import PageRequest, go
from domain.actor import Actor
from domain.clients import service
from domain.clients.errors import PrivateKeySent
from domain.clients.types import AddClientKey, ChangeClient, Jwk, RegisterClient
from domain.errors import DomainError

_HINTS = {
    "name": N_("Write what the system is called, for example the product's name."),
    "key": N_("This is not JSON. Please paste the whole key, from the first { to the last }."),
}


class SystemPages(Controller):
    path = "/team/systems"
    include_in_schema = False

    @post(guards=[may("clients.list")])
    async def register(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Register a system with the public key that was pasted."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "clients.register", form):
            return first
        command = form.read(RegisterClient, _HINTS, keys=[_pasted(form)])
        if command is not None:
            try:
                await service.register_client(actor, own_organisation(actor), command)
            except DomainError as error:
                _refuse(form, error)
            else:
                return go("/team", done="system-registered")
        return await team_page(request, actor, form, status=422)

    @post("/{client_id:uuid}", guards=[may("clients.list")])
    async def change(
        self, request: PageRequest, client_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Give a system another name and other rights, or shut it out."""
        form = await read_form(request, language_of(request))
        revokes = form.value("do") == "revoke"
        action = "clients.revoke" if revokes else "clients.change"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if revokes:
                await service.revoke_client(actor, own_organisation(actor), client_id)
                return go("/team", done="removed")
            command = form.read(ChangeClient, _HINTS)
            if command is not None:
                await service.change_client(actor, own_organisation(actor), client_id, command)
                return go("/team", done="saved")
        except DomainError as error:
            _refuse(form, error)
        return await team_page(request, actor, form, client_id, status=422)

    @post("/{client_id:uuid}/keys", guards=[may("clients.list")])
    async def add_key(
        self, request: PageRequest, client_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Let a system sign with a further key."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "clients.add_key", form):
            return first
        command = form.read(AddClientKey, _HINTS, key=_pasted(form))
        if command is not None:
            try:
                await service.add_key(actor, own_organisation(actor), client_id, command)
            except DomainError as error:
                _refuse(form, error)
            else:
                return go("/team", done="saved")
        return await team_page(request, actor, form, client_id, status=422)

    @post("/{client_id:uuid}/keys/{key_id:uuid}", guards=[may("clients.list")])
    async def retire_key(
        self,
        request: PageRequest,
        client_id: FromPath[UUID],
        key_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Retire a key."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "clients.retire_key", form):
            return first
        try:
            await service.retire_key(actor, own_organisation(actor), client_id, key_id)
        except DomainError as error:
            _refuse(form, error)
            return await team_page(request, actor, form, client_id, status=409)
        return go("/team", done="removed")


def _pasted(form: Form) -> Jwk:
    """Return the key that was pasted; what is no JSON object is complained of."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeEncodeError):
        return msgspec.json.decode(form.value("key"), type=Jwk)
    form.complain("key", _HINTS["key"])
    return {}


def _refuse(form: Form, error: DomainError) -> None:
    form.refuse(error)
    if isinstance(error, PrivateKeySent):
        form.typed.pop("key", None)  # a page is no place for it
