"""Webhooks of an organisation's facilities, their deliveries, and sending again."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, VersionNeeded, version_from, with_etag
from api.search.parameters import Cursor, Limit, UnknownParameter, require_known
from domain.actor import Actor
from domain.cursor import CursorInvalid
from domain.errors import StaleVersion
from domain.facilities.errors import NotAFacilityOrganisation
from domain.identity.errors import NoSuchOrganisation
from domain.webhooks import service
from domain.webhooks.errors import (
    NoSuchDelivery,
    NoSuchWebhook,
    TooManyWebhooks,
    UnusableSince,
    UnusableUrl,
    WebhookDisabled,
    WebhookKnown,
)
from domain.webhooks.types import (
    ChangeWebhook,
    DeliveryPage,
    DeliveryStatus,
    DeliveryView,
    RegisterWebhook,
    Replayed,
    ReplaySince,
    WebhookSecret,
    WebhookView,
)


class WebhooksController(Controller):
    path = "/v1/organisations/{organisation_id:uuid}/webhooks"
    tags = ["Webhooks"]

    @get(
        operation_id="listWebhooks",
        guards=[may("webhooks.list")],
        summary="The webhooks of an organisation",
        responses=problems(NoSuchOrganisation),
    )
    async def list_webhooks(
        self, organisation_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[WebhookView]:
        """List the addresses that are told of bookings, and how they fare."""
        return await service.list_webhooks(actor, organisation_id)

    @post(
        operation_id="registerWebhook",
        guards=[may("webhooks.register")],
        summary="Have an address told of bookings",
        responses=problems(
            NoSuchOrganisation, NotAFacilityOrganisation, UnusableUrl, WebhookKnown,
            TooManyWebhooks,
        ),
    )  # fmt: skip
    async def register(
        self,
        organisation_id: FromPath[UUID],
        data: JSONBody[RegisterWebhook],
        actor: NamedDependency[Actor],
    ) -> Response[WebhookSecret]:
        """Register a public https:// address; the secret is shown in this answer only.

        What is sent follows Standard Webhooks 1.0: `webhook-id` (the same at each attempt),
        `webhook-timestamp`, and `webhook-signature` with HMAC-SHA256 over id, timestamp and body.
        Any 2xx within ten seconds ends a delivery; else it is tried again for a day, ever more
        rarely. 410 disables the address at once, three days without success as well.
        """
        made = await service.register_webhook(actor, organisation_id, data)
        return with_etag(made, made.webhook.version, status_code=201)

    @get(
        "/{webhook_id:uuid}",
        operation_id="showWebhook",
        guards=[may("webhooks.list")],
        summary="One webhook",
        responses=problems(NoSuchOrganisation, NoSuchWebhook),
    )
    async def show(
        self,
        organisation_id: FromPath[UUID],
        webhook_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> Response[WebhookView]:
        """Return a webhook, whether it is enabled, and since when it takes nothing."""
        view = await service.show_webhook(actor, organisation_id, webhook_id)
        return with_etag(view, view.version)

    @put(
        "/{webhook_id:uuid}",
        operation_id="changeWebhook",
        guards=[may("webhooks.change")],
        summary="Send elsewhere, stop, or begin again",
        responses=problems(
            NoSuchOrganisation, NoSuchWebhook, StaleVersion, VersionNeeded, UnusableUrl,
            WebhookKnown,
        ),
    )  # fmt: skip
    async def change(
        self,
        organisation_id: FromPath[UUID],
        webhook_id: FromPath[UUID],
        data: JSONBody[ChangeWebhook],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[WebhookView]:
        """Set the address, and whether anything is sent; what was missed can be replayed."""
        view = await service.change_webhook(
            actor, organisation_id, webhook_id, data, version_from(if_match)
        )
        return with_etag(view, view.version)

    @post(
        "/{webhook_id:uuid}/rotate",
        operation_id="rotateWebhookSecret",
        guards=[may("webhooks.rotate")],
        summary="Make a new secret",
        status_code=200,
        responses=problems(NoSuchOrganisation, NoSuchWebhook, StaleVersion, VersionNeeded),
    )
    async def rotate(
        self,
        organisation_id: FromPath[UUID],
        webhook_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[WebhookSecret]:
        """Make a new secret, shown now only; for a day the signature has a mark of both."""
        made = await service.rotate_secret(
            actor, organisation_id, webhook_id, version_from(if_match)
        )
        return with_etag(made, made.webhook.version)

    @delete(
        "/{webhook_id:uuid}",
        operation_id="removeWebhook",
        guards=[may("webhooks.remove")],
        summary="Remove a webhook",
        responses=problems(NoSuchOrganisation, NoSuchWebhook),
    )
    async def remove(
        self,
        organisation_id: FromPath[UUID],
        webhook_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> None:
        """Send nothing to this address any more."""
        await service.remove_webhook(actor, organisation_id, webhook_id)

    @get(
        "/{webhook_id:uuid}/deliveries",
        operation_id="listWebhookDeliveries",
        guards=[may("webhooks.list")],
        summary="What was sent, and what came of it",
        responses=problems(NoSuchOrganisation, NoSuchWebhook, CursorInvalid, UnknownParameter),
    )
    async def deliveries(
        self,
        request: Request[Any, Any, Any],
        organisation_id: FromPath[UUID],
        webhook_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        status: Annotated[DeliveryStatus | None, QueryParameter(required=False)] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> DeliveryPage:
        """List the deliveries of the last 30 days, newest first."""
        require_known(request, "status", "cursor", "limit")
        return await service.list_deliveries(
            actor, organisation_id, webhook_id, status, cursor, limit
        )

    @post(
        "/{webhook_id:uuid}/deliveries/replay",
        operation_id="replayWebhookDeliveries",
        guards=[may("webhooks.replay")],
        summary="Send again what happened since",
        status_code=202,
        responses=problems(NoSuchOrganisation, NoSuchWebhook, UnusableSince, WebhookDisabled),
    )
    async def replay_since(
        self,
        organisation_id: FromPath[UUID],
        webhook_id: FromPath[UUID],
        data: JSONBody[ReplaySince],
        actor: NamedDependency[Actor],
    ) -> Replayed:
        """Send all of it again, also what had arrived, each under the id it had."""
        return await service.replay_since(actor, organisation_id, webhook_id, data)

    @post(
        "/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/replay",
        operation_id="replayWebhookDelivery",
        guards=[may("webhooks.replay")],
        summary="Send one delivery again",
        status_code=202,
        responses=problems(NoSuchOrganisation, NoSuchWebhook, NoSuchDelivery, WebhookDisabled),
    )
    async def replay(
        self,
        organisation_id: FromPath[UUID],
        webhook_id: FromPath[UUID],
        delivery_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> DeliveryView:
        """Send a delivery again under its own id, whatever had come of it."""
        return await service.replay_delivery(actor, organisation_id, webhook_id, delivery_id)
