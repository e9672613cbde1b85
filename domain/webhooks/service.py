"""Registering webhooks of an organisation's facilities, and sending again what was missed.

An administrator manages those of their own organisation; an operator manages any.
"""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities.errors import NotAFacilityOrganisation
from domain.identity.team import managed_organisation
from domain.identity.types import OrganisationKind, OrganisationView
from domain.ids import new_id
from domain.keys.service import Place, SubjectKind, data_key_or_new
from domain.webhooks import queries, rules
from domain.webhooks.errors import (
    NoSuchDelivery,
    NoSuchWebhook,
    TooManyWebhooks,
    UnusableSince,
    WebhookDisabled,
)
from domain.webhooks.sending import sender
from domain.webhooks.tables import WebhookEndpoint
from domain.webhooks.types import (
    MOST_WEBHOOKS,
    ChangeWebhook,
    DeliveryPage,
    DeliveryStatus,
    DeliveryView,
    DisabledReason,
    RegisterWebhook,
    Replayed,
    ReplaySince,
    WebhookSecret,
    WebhookView,
)


def sealed_at(endpoint_id: UUID) -> Place:
    """Return where an endpoint's secrets are sealed: the one in use, and the one before it."""
    return Place("webhook_endpoint", "secret", endpoint_id)


@transactional
async def list_webhooks(actor: Actor, organisation_id: UUID) -> list[WebhookView]:
    """Return the webhooks of an organisation; raises NoSuchOrganisation."""
    await managed_organisation(actor, organisation_id)
    now = utc_now()
    return [queries.webhook_view(row, now) for row in await queries.endpoints(organisation_id)]


@transactional
async def show_webhook(actor: Actor, organisation_id: UUID, webhook_id: UUID) -> WebhookView:
    """Return one webhook; raises NoSuchOrganisation and NoSuchWebhook."""
    await managed_organisation(actor, organisation_id)
    return queries.webhook_view(await _endpoint(organisation_id, webhook_id), utc_now())


async def _endpoint(organisation_id: UUID, webhook_id: UUID, version: int | None = None) -> Any:
    row = await queries.endpoint(organisation_id, webhook_id)
    if row is None:
        raise NoSuchWebhook(subject=("webhook", webhook_id))
    if version is not None and row["version"] != version:
        raise StaleVersion(version_now=row["version"])
    return row


@transactional
async def register_webhook(
    actor: Actor, organisation_id: UUID, command: RegisterWebhook
) -> WebhookSecret:
    """Have an address told of the bookings of the organisation's facilities, from now on.

    Raises NoSuchOrganisation, NotAFacilityOrganisation, UnusableUrl, WebhookKnown and
    TooManyWebhooks.
    """
    organisation = await managed_organisation(actor, organisation_id)
    if organisation.kind is not OrganisationKind.FACILITY:
        raise NotAFacilityOrganisation
    rules.require_usable_url(command.url, loopback=sender().loopback)
    if len(await queries.endpoints(organisation_id)) >= MOST_WEBHOOKS:
        raise TooManyWebhooks
    webhook_id, secret = new_id(), secrets.token_bytes(rules.SECRET_BYTES)
    keyring = await data_key_or_new(SubjectKind.ORGANISATION, organisation_id)
    await queries.insert_endpoint(
        WebhookEndpoint(
            id=webhook_id,
            organisation_id=organisation_id,
            url=command.url,
            secret_sealed=keyring.seal(sealed_at(webhook_id), secret),
            former_secret_sealed=None,
            former_until=None,
            failing_since=None,
            disabled_at=None,
            disabled_reason=None,
            busy_until=None,
            version=1,
            created_by=actor.account_id,
            created_at=utc_now(),
            removed_at=None,
        )
    )
    await _note(actor, "register", webhook_id, organisation)
    view = await show_webhook(actor, organisation_id, webhook_id)
    return WebhookSecret(view, rules.shown_secret(secret))


@transactional
async def change_webhook(
    actor: Actor, organisation_id: UUID, webhook_id: UUID, command: ChangeWebhook, version: int
) -> WebhookView:
    """Send elsewhere, stop sending, or begin again with what comes from now on.

    Raises NoSuchOrganisation, NoSuchWebhook, StaleVersion, UnusableUrl and WebhookKnown.
    """
    organisation = await managed_organisation(actor, organisation_id)
    row = await _endpoint(organisation_id, webhook_id, version)
    rules.require_usable_url(command.url, loopback=sender().loopback)
    disabled_at, reason = None, None
    if not command.enabled:
        disabled_at = row["disabled_at"] or utc_now()
        reason = DisabledReason(row["disabled_reason"] or DisabledReason.BY_ADMINISTRATOR)
        await queries.stop_deliveries(webhook_id)
    await queries.change_endpoint(webhook_id, command.url, disabled_at, reason)
    await _note(actor, "change", webhook_id, organisation, enabled=command.enabled)
    return await show_webhook(actor, organisation_id, webhook_id)


@transactional
async def rotate_secret(
    actor: Actor, organisation_id: UUID, webhook_id: UUID, version: int
) -> WebhookSecret:
    """Make a new secret; for a day what is sent is signed with both.

    Raises NoSuchOrganisation, NoSuchWebhook and StaleVersion.
    """
    organisation = await managed_organisation(actor, organisation_id)
    row = await _endpoint(organisation_id, webhook_id, version)
    secret = secrets.token_bytes(rules.SECRET_BYTES)
    keyring = await data_key_or_new(SubjectKind.ORGANISATION, organisation_id)
    await queries.set_secrets(
        webhook_id, keyring.seal(sealed_at(webhook_id), secret), row["secret_sealed"],
        utc_now() + rules.OVERLAP,
    )  # fmt: skip
    await _note(actor, "rotate", webhook_id, organisation)
    view = await show_webhook(actor, organisation_id, webhook_id)
    return WebhookSecret(view, rules.shown_secret(secret))


@transactional
async def remove_webhook(actor: Actor, organisation_id: UUID, webhook_id: UUID) -> None:
    """Send nothing to an address any more; raises NoSuchOrganisation and NoSuchWebhook."""
    organisation = await managed_organisation(actor, organisation_id)
    await _endpoint(organisation_id, webhook_id)
    await queries.remove_endpoint(webhook_id, utc_now())
    await _note(actor, "remove", webhook_id, organisation)


@transactional
async def list_deliveries(
    actor: Actor,
    organisation_id: UUID,
    webhook_id: UUID,
    status: DeliveryStatus | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> DeliveryPage:
    """Return the deliveries of 30 days, newest first.

    Raises NoSuchOrganisation, NoSuchWebhook and CursorInvalid.
    """
    await managed_organisation(actor, organisation_id)
    await _endpoint(organisation_id, webhook_id)
    question = ("webhook_deliveries", webhook_id, status)
    before = None if cursor is None else read_cursor(cursor, question, UUID)
    found = await queries.deliveries(webhook_id, status=status, before=before, limit=limit + 1)
    items = found[:limit]
    return DeliveryPage(items, make_cursor(question, items[-1].id) if len(found) > limit else None)


@transactional
async def replay_delivery(
    actor: Actor, organisation_id: UUID, webhook_id: UUID, delivery_id: UUID
) -> DeliveryView:
    """Send one delivery again, under its own id.

    Raises NoSuchOrganisation, NoSuchWebhook, NoSuchDelivery and WebhookDisabled.
    """
    await _replay(actor, organisation_id, webhook_id, only=delivery_id)
    (found,) = await queries.deliveries(webhook_id, only=delivery_id)
    return found


@transactional
async def replay_since(
    actor: Actor, organisation_id: UUID, webhook_id: UUID, command: ReplaySince
) -> Replayed:
    """Send everything again that happened at an instant or later.

    Raises NoSuchOrganisation, NoSuchWebhook, UnusableSince and WebhookDisabled.
    """
    return Replayed(await _replay(actor, organisation_id, webhook_id, since=command.since))


async def _replay(
    actor: Actor, organisation_id: UUID, webhook_id: UUID, *, only: UUID | None = None,
    since: datetime | None = None,
) -> int:  # fmt: skip
    organisation = await managed_organisation(actor, organisation_id)
    row, now = await _endpoint(organisation_id, webhook_id), utc_now()
    if since is not None and not now - rules.KEPT_FOR <= since <= now:
        raise UnusableSince(fields={"since": UnusableSince.title})
    if row["disabled_at"] is not None:
        raise WebhookDisabled
    count = await queries.replay(webhook_id, now, only=only, since=since)
    if only is not None and not count:
        raise NoSuchDelivery(subject=("webhook_delivery", only))
    await _note(actor, "replay", webhook_id, organisation, count=count)
    return count


async def _note(
    actor: Actor, operation: str, webhook_id: UUID, organisation: OrganisationView, **detail: Any
) -> None:
    await audit.record(
        actor, f"webhooks.{operation}", subject=("webhook", webhook_id),
        home_state=organisation.jurisdiction, detail=detail,
    )  # fmt: skip
