"""What payments tell the other rooms, and themselves."""

from uuid import UUID

import msgspec


class PaymentCaptured(msgspec.Struct, frozen=True):
    """Money for an episode has arrived."""

    payment_id: UUID
    episode_id: UUID
    booking_id: UUID | None


class ProviderEventReceived(msgspec.Struct, frozen=True):
    """An event lies in the inbox."""

    event_id: str


class RefundRequested(msgspec.Struct, frozen=True):
    """A refund is to be sent to the provider."""

    refund_id: UUID
