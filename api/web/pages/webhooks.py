"""Webhooks at the facility's desk: registered, watched, sent again, stopped."""

from datetime import timedelta
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may, require_admitted
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.pages.step_up import or_step_up
from api.web.pages.team import own_organisation
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.clock import utc_now
from domain.errors import DomainError
from domain.webhooks import service
from domain.webhooks.types import ChangeWebhook, RegisterWebhook, ReplaySince, WebhookSecret

PAGE = 20
REPLAYED = timedelta(days=1)
_HINTS = {"url": N_("Write a public address that begins with https://.")}
_ACTIONS = {
    "rotate": "webhooks.rotate",
    "remove": "webhooks.remove",
    "enable": "webhooks.change",
    "disable": "webhooks.change",
    "replay": "webhooks.replay",
}


class WebhookPages(Controller):
    path = "/facility/webhooks"
    include_in_schema = False

    @get(guards=[may("webhooks.list")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the addresses that are told of bookings."""
        return await _webhooks_page(request, actor)

    @post(guards=[may("webhooks.list")])
    async def register(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Register an address; its secret is shown now only."""
        form = await read_form(request, language_of(request))
        if first := await or_step_up(request, actor, "webhooks.register", form):
            return first
        command = form.read(RegisterWebhook, _HINTS)
        if command is not None:
            try:
                made = await service.register_webhook(actor, own_organisation(actor), command)
            except DomainError as error:
                form.refuse(error)
            else:
                return _secret_page(request, made)
        return await _webhooks_page(request, actor, form, status=422)

    @get("/{webhook_id:uuid}", guards=[may("webhooks.list")])
    async def deliveries(
        self, request: PageRequest, webhook_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show one address, and what was sent to it."""
        return await _webhook_page(request, actor, webhook_id)

    @post("/{webhook_id:uuid}", guards=[may("webhooks.list")])
    async def change(
        self, request: PageRequest, webhook_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Rotate the secret, stop, begin again, send the last day again, or remove the address."""
        form = await read_form(request, language_of(request))
        does, organisation = form.value("do"), own_organisation(actor)
        action = _ACTIONS.get(does, "webhooks.change")
        if action != "webhooks.replay":
            if first := await or_step_up(request, actor, action, form):
                return first
        else:
            await require_admitted(actor, action)
        try:
            if does == "rotate":
                made = await service.rotate_secret(actor, organisation, webhook_id, form.version())
                return _secret_page(request, made)
            if does == "remove":
                await service.remove_webhook(actor, organisation, webhook_id)
                return go("/facility/webhooks", done="removed")
            if does == "replay":
                since = ReplaySince(utc_now() - REPLAYED)
                await service.replay_since(actor, organisation, webhook_id, since)
            elif does in ("enable", "disable"):
                webhook = await service.show_webhook(actor, organisation, webhook_id)
                command = ChangeWebhook(url=webhook.url, enabled=does == "enable")
                await service.change_webhook(
                    actor, organisation, webhook_id, command, form.version()
                )
        except DomainError as error:
            form.refuse(error)
            return await _webhook_page(request, actor, webhook_id, form, status=409)
        return go(f"/facility/webhooks/{webhook_id}", done="saved")

    @post("/{webhook_id:uuid}/deliveries/{delivery_id:uuid}", guards=[may("webhooks.replay")])
    async def replay(
        self, request: PageRequest, webhook_id: FromPath[UUID], delivery_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:  # fmt: skip
        """Send one delivery again."""
        form = await read_form(request, language_of(request))
        try:
            await service.replay_delivery(actor, own_organisation(actor), webhook_id, delivery_id)
        except DomainError as error:
            form.refuse(error)
            return await _webhook_page(request, actor, webhook_id, form, status=409)
        return go(f"/facility/webhooks/{webhook_id}", done="sent")


def _secret_page(request: PageRequest, made: WebhookSecret) -> Response[bytes]:
    return page(request, "webhook_secret.html", made=made, headers={"Cache-Control": "no-store"})


async def _webhooks_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    return page(
        request,
        "webhooks.html",
        status=status,
        form=form,
        webhooks=await service.list_webhooks(actor, own_organisation(actor)),
    )


async def _webhook_page(
    request: PageRequest, actor: Actor, webhook_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    organisation = own_organisation(actor)
    cursor = request.query_params.get("cursor") if form is None else None
    return page(
        request,
        "webhook.html",
        status=status,
        form=form,
        webhook=await service.show_webhook(actor, organisation, webhook_id),
        found=await service.list_deliveries(
            actor, organisation, webhook_id, cursor=cursor, limit=PAGE
        ),
    )
