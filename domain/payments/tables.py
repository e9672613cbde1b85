"""Payments, refunds, the provider's events as received, and the demo gateway's intents."""

from piccolo.columns import UUID, Array, BigInt, Bytea, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class Payment(Table, tablename="payment"):
    id = UUID(primary_key=True, default=None)
    episode_id = UUID(default=None, null=False)
    booking_id = UUID(default=None, null=True)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    purpose = Text(default=None, null=False)
    status = Text(default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
    refunded_minor = BigInt(default=0, null=False)
    gateway = Text(default=None, null=False)
    provider_ref = Text(default=None, null=True, unique=True)
    client_secret_sealed = Bytea(default=None, null=True)
    failure = Text(default=None, null=True)
    paid_by = UUID(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class Refund(Table, tablename="refund"):
    id = UUID(primary_key=True, default=None)
    payment_id = ForeignKey(
        references=Payment, default=None, null=False, on_delete=OnDelete.restrict
    )
    episode_id = UUID(default=None, null=False)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    status = Text(default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
    reason = Text(default=None, null=False)
    provider_ref = Text(default=None, null=True, unique=True)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class ProviderEvent(Table, tablename="provider_event"):
    id = Text(primary_key=True, default=None)
    gateway = Text(default=None, null=False)
    kind = Text(default=None, null=False)
    object_ref = Text(default=None, null=True)
    body = Bytea(default=None, null=False)
    status = Text(default=None, null=False)
    received_at = Timestamptz(default=None, null=False)
    settled_at = Timestamptz(default=None, null=True)


class DemoIntent(Table, tablename="demo_intent"):
    id = Text(primary_key=True, default=None)
    payment_id = UUID(default=None, null=False, unique=True)
    status = Text(default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
    refunded_minor = BigInt(default=0, null=False)
    refunds = Array(base_column=Text(), default=None, null=False)
