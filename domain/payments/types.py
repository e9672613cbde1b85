"""The vocabulary of money coming in and going back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.money import Money


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    CREATED = "created"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELED = "canceled"
    EXPIRED = "expired"
    FAILED = "failed"


class PaymentPurpose(StrEnum):
    """Which part of the price a payment is for."""

    DEPOSIT = "deposit"
    BALANCE = "balance"


class RefundStatus(StrEnum):
    """Where a refund stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class NewPayment(msgspec.Struct, frozen=True, kw_only=True):
    """What another room asks to be paid, in its own transaction."""

    episode_id: UUID
    booking_id: UUID
    patient_id: UUID
    home_state: str
    purpose: PaymentPurpose
    amount: Money


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as the payer sees it.

    `client_secret` lets the provider's own form in the payer's browser finish the payment; it is
    only there while something is left to do. `demo` marks the built-in gateway, which moves no
    money.
    """

    id: UUID
    episode_id: UUID
    booking_id: UUID | None
    purpose: PaymentPurpose
    status: PaymentStatus
    amount: Money
    refunded: Money
    gateway: str
    demo: bool
    client_secret: str | None
    created_at: datetime


class RefundView(msgspec.Struct, frozen=True):
    id: UUID
    payment_id: UUID
    status: RefundStatus
    amount: Money
    reason: str
    created_at: datetime


class IntentStatus(StrEnum):
    """What a provider says of a payment intent, reduced to what we act on."""

    OPEN = "open"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's payment intent as fetched from the provider itself."""

    ref: str
    payment_id: UUID | None
    status: IntentStatus
    amount: Money
    received: int
    fee: int
    client_secret: str | None


class RefundResult(msgspec.Struct, frozen=True):
    """A provider's answer to a refund."""

    ref: str
    status: RefundStatus


class WebhookEvent(msgspec.Struct, frozen=True):
    """A provider's event whose signature held."""

    id: str
    kind: str
    object_ref: str | None
    body: bytes
