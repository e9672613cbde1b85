"""The vocabulary of webhooks."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

MOST_WEBHOOKS = 10
"""Ours: how many addresses an organisation has at a time."""

Url = Annotated[
    str,
    msgspec.Meta(
        min_length=9, max_length=500, pattern="^https?://",
        description="A public https:// address; development may also use http on the loopback",
    ),
]  # fmt: skip


class DisabledReason(StrEnum):
    """Why nothing is sent to an address."""

    BY_ADMINISTRATOR = "by_administrator"
    FAILING = "failing"
    GONE = "gone"


class DeliveryStatus(StrEnum):
    """Where one delivery stands; one that failed is replayed or forgotten."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class RegisterWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Have an address told of the bookings of the organisation's facilities."""

    url: Url


class ChangeWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where to send from now on, and whether at all."""

    url: Url
    enabled: bool


class ReplaySince(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when on everything is sent again."""

    since: Annotated[datetime, msgspec.Meta(tz=True)]


class WebhookView(msgspec.Struct, frozen=True, kw_only=True):
    """An address and how it fares; `former_secret_until` says how long two secrets sign."""

    id: UUID
    organisation_id: UUID
    url: str
    enabled: bool
    disabled_reason: DisabledReason | None
    failing_since: datetime | None
    former_secret_until: datetime | None
    version: int
    created_at: datetime


class WebhookSecret(msgspec.Struct, frozen=True):
    """An address with its secret, which is shown now and never again."""

    webhook: WebhookView
    secret: str


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery: its `id` is the `webhook-id`, the same at each attempt and replay."""

    id: UUID
    type: str
    booking_id: UUID
    version: int
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    next_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str | None
    delivered_at: datetime | None


class DeliveryPage(msgspec.Struct, frozen=True):
    """One page of deliveries, newest first; `next` is the cursor of the following page."""

    items: list[DeliveryView]
    next: str | None


class Replayed(msgspec.Struct, frozen=True):
    """How many deliveries are sent again."""

    count: int


class EventData(msgspec.Struct, frozen=True):
    """Which booking has which news, and its version since."""

    booking_id: UUID
    news: str
    version: int


class Event(msgspec.Struct, frozen=True):
    """The body of a delivery: identifiers and codes; the rest is asked for over the API."""

    id: UUID
    type: str
    created_at: datetime
    data: EventData


class Due(msgspec.Struct, frozen=True):
    """A delivery that one worker has taken, with all that sending it needs."""

    delivery_id: UUID
    endpoint_id: UUID
    url: str
    secrets: list[bytes]
    body: bytes
    attempts: int


class Outcome(msgspec.Struct, frozen=True):
    """What came of an attempt: a status, or why there was none."""

    status: int | None
    error: str | None = None

    @property
    def delivered(self) -> bool:
        """Tell whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300
