"""Bookings, with everything their terms need frozen on the row, and what a stay brings with it."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Bytea,
    Date,
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
    # The most the price may become without a new agreement; null where that is the price itself.
    max_price_minor = BigInt(default=None, null=True)
    reason = Text(default=None, null=True)
    answer_due_at = Timestamptz(default=None, null=True)
    assessment = Text(default=None, null=True)
    procedure_consent_id = UUID(default=None, null=True)
    # The change that waits for the patient's answer.
    change_order_id = UUID(default=None, null=True)
    started_at = Timestamptz(default=None, null=True)
    discharged_at = Timestamptz(default=None, null=True)
    fit_to_fly_on = Date(default=None, null=True)
    letter_file_id = UUID(default=None, null=True)
    letter_reference = Text(default=None, null=True)
    credential_lost_at = Timestamptz(default=None, null=True)
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
    note_sealed = Bytea(default=None, null=True)
    version = Integer(default=None, null=False)
    at = Timestamptz(default=None, null=False)


class ProcedureConsent(Table, tablename="procedure_consent"):
    id = UUID(primary_key=True, default=None)
    booking_id = ForeignKey(
        references=Booking, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    treatment_code = Text(default=None, null=False)
    language = Text(default=None, null=False)
    text_version = Text(default=None, null=False)
    document_sha256 = Bytea(default=None, null=False)
    signed_by = Text(default=None, null=False)
    signatory_sealed = Bytea(default=None, null=False)
    interpreter_sealed = Bytea(default=None, null=True)
    signed_at = Timestamptz(default=None, null=False)
    recorded_by = UUID(default=None, null=False)
    recorded_at = Timestamptz(default=None, null=False)
    withdrawn_at = Timestamptz(default=None, null=True)


class CoverRule(Table, tablename="cover_rule"):
    id = UUID(primary_key=True, default=None)
    state = Varchar(length=2, default=None, null=False)
    valid_from = Date(default=None, null=False)
    required = Boolean(default=None, null=False)
    days = Integer(default=None, null=False)
    source = Text(default=None, null=False)


class ComplicationCover(Table, tablename="complication_cover"):
    id = UUID(primary_key=True, default=None)
    booking_id = ForeignKey(
        references=Booking, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    insurer = Text(default=None, null=False)
    policy_sealed = Bytea(default=None, null=False)
    valid_from = Date(default=None, null=False)
    valid_to = Date(default=None, null=False)
    recorded_by = UUID(default=None, null=False)
    recorded_at = Timestamptz(default=None, null=False)


class Complication(Table, tablename="complication"):
    id = UUID(primary_key=True, default=None)
    booking_id = ForeignKey(
        references=Booking, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    what_sealed = Bytea(default=None, null=False)
    occurred_at = Timestamptz(default=None, null=False)
    insurer_told_at = Timestamptz(default=None, null=True)
    claim_sealed = Bytea(default=None, null=True)
    version = Integer(default=1, null=False)
    recorded_by = UUID(default=None, null=False)
    recorded_at = Timestamptz(default=None, null=False)


class ChangeOrder(Table, tablename="change_order"):
    id = UUID(primary_key=True, default=None)
    booking_id = ForeignKey(
        references=Booking, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    kind = Text(default=None, null=False)
    status = Text(default=None, null=False)
    starts_at = Timestamptz(default=None, null=True)
    currency = Varchar(length=3, default=None, null=False)
    lines = JSONB(default=None, null=False)
    price_minor = BigInt(default=None, null=False)
    max_price_minor = BigInt(default=None, null=False)
    note_sealed = Bytea(default=None, null=True)
    proposed_by = UUID(default=None, null=False)
    proposed_at = Timestamptz(default=None, null=False)
    decided_by = UUID(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    justify_by = Timestamptz(default=None, null=True)
    justified_at = Timestamptz(default=None, null=True)
    justification_sealed = Bytea(default=None, null=True)
    version = Integer(default=1, null=False)


class BookingItem(Table, tablename="booking_item"):
    id = UUID(primary_key=True, default=None)
    booking_id = ForeignKey(
        references=Booking, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    kind = Text(default=None, null=False)
    status = Text(default=None, null=False)
    supplier = Text(default=None, null=True)
    details_sealed = Bytea(default=None, null=False)
    version = Integer(default=1, null=False)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class CancellationClaim(Table, tablename="cancellation_claim"):
    id = UUID(primary_key=True, default=None)
    booking_id = ForeignKey(
        references=Booking, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    facility_organisation_id = UUID(default=None, null=False)
    ground = Text(default=None, null=False)
    status = Text(default=None, null=False)
    file_id = UUID(default=None, null=False)
    note_sealed = Bytea(default=None, null=True)
    answer_sealed = Bytea(default=None, null=True)
    due_at = Timestamptz(default=None, null=False)
    claimed_by = UUID(default=None, null=False)
    claimed_at = Timestamptz(default=None, null=False)
    decided_by = UUID(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    version = Integer(default=1, null=False)


class BookingTerms(Table, tablename="booking_terms"):
    facility_id = UUID(primary_key=True, default=None)
    answer_days = Integer(default=None, null=False)
    version = Integer(default=1, null=False)
    updated_by = UUID(default=None, null=True)
    updated_at = Timestamptz(default=None, null=False)
