"""Bookings, with everything their terms need frozen on the row."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.cases.tables import Episode


class Booking(Table, tablename="booking"):
    id = UUID(primary_key=True, default=None)
    episode_id = ForeignKey(
        references=Episode, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    practice_id = UUID(default=None, null=True)
    facility_id = UUID(default=None, null=False)
    facility_organisation_id = UUID(default=None, null=False)
    facility_name = Text(default=None, null=False)
    offer_id = UUID(default=None, null=False)
    offer_version = Integer(default=None, null=False)
    treatment_code = Text(default=None, null=False)
    mode = Text(default=None, null=False)
    status = Text(default=None, null=False)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    zone = Text(default=None, null=False)
    hold_until = Timestamptz(default=None, null=True)
    extended = Boolean(default=False, null=False)
    currency = Varchar(length=3, default=None, null=False)
    price_minor = BigInt(default=None, null=False)
    deposit_minor = BigInt(default=None, null=False)
    tiers = JSONB(default=None, null=False)
    deposit_payment_id = UUID(default=None, null=True)
    demo = Boolean(default=False, null=False)
    version = Integer(default=1, null=False)
    booked_by = UUID(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class BookingTransition(Table, tablename="booking_transition"):
    id = UUID(primary_key=True, default=None)
    booking_id = ForeignKey(
        references=Booking, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    from_status = Text(default=None, null=True)
    to_status = Text(default=None, null=False)
    actor_kind = Text(default=None, null=False)
    account_id = UUID(default=None, null=True)
    reason = Text(default=None, null=True)
    version = Integer(default=None, null=False)
    at = Timestamptz(default=None, null=False)
