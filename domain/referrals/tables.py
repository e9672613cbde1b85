"""Referrals with their log, and the quotes facilities answer with."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.cases.tables import Episode


class Referral(Table, tablename="referral"):
    id = UUID(primary_key=True, default=None)
    episode_id = ForeignKey(
        references=Episode, default=None, null=False, unique=True, on_delete=OnDelete.restrict
    )
    case_id = UUID(default=None, null=False)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    practice_id = UUID(default=None, null=False)
    doctor_account_id = UUID(default=None, null=False)
    doctor_name = Text(default=None, null=False)
    facility_id = UUID(default=None, null=False)
    facility_organisation_id = UUID(default=None, null=False)
    facility_name = Text(default=None, null=False)
    treatment_code = Text(default=None, null=False)
    priority = Text(default=None, null=False)
    status = Text(default=None, null=False)
    on_hold = Boolean(default=False, null=False)
    consent_id = UUID(default=None, null=True)
    booking_id = UUID(default=None, null=True)
    assignee_account_id = UUID(default=None, null=True)
    letter_sealed = Bytea(default=None, null=False)
    outcome_sealed = Bytea(default=None, null=True)
    version = Integer(default=1, null=False)
    submitted_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class ReferralTransition(Table, tablename="referral_transition"):
    id = UUID(primary_key=True, default=None)
    referral_id = ForeignKey(
        references=Referral, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    practice_id = UUID(default=None, null=False)
    facility_organisation_id = UUID(default=None, null=False)
    move = Text(default=None, null=False)
    from_status = Text(default=None, null=True)
    to_status = Text(default=None, null=False)
    actor_kind = Text(default=None, null=False)
    account_id = UUID(default=None, null=True)
    role = Text(default=None, null=True)
    reason_code = Text(default=None, null=True)
    comment_sealed = Bytea(default=None, null=True)
    version = Integer(default=None, null=False)
    at = Timestamptz(default=None, null=False)


class Quote(Table, tablename="quote"):
    id = UUID(primary_key=True, default=None)
    referral_id = ForeignKey(
        references=Referral, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    practice_id = UUID(default=None, null=False)
    facility_organisation_id = UUID(default=None, null=False)
    number = Integer(default=None, null=False)
    status = Text(default=None, null=False)
    offer_id = UUID(default=None, null=False)
    offer_version = Integer(default=None, null=False)
    starts_at = Timestamptz(default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    lines = JSONB(default=None, null=False)
    total_minor = BigInt(default=None, null=False)
    max_total_minor = BigInt(default=None, null=False)
    deposit_minor = BigInt(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    issued_by = UUID(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
