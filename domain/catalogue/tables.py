"""Specialties and treatments with their names, offers with their lines and price history."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Numeric,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.facilities.tables import Facility


class Specialty(Table, tablename="specialty"):
    code = Text(primary_key=True, default=None)
    names = JSONB(default=None, null=False)


class SpecialtyName(Table, tablename="specialty_name"):
    id = UUID(primary_key=True, default=None)
    specialty_code = ForeignKey(
        references=Specialty, default=None, null=False, on_delete=OnDelete.restrict
    )
    language = Text(default=None, null=False)
    text = Text(default=None, null=False)
    folded = Text(default=None, null=False)


class Treatment(Table, tablename="treatment"):
    code = Text(primary_key=True, default=None)
    specialty_code = ForeignKey(
        references=Specialty, default=None, null=False, on_delete=OnDelete.restrict
    )
    duration_minutes = Integer(default=None, null=False)
    stay_nights = Integer(default=None, null=False)
    fit_to_fly_days = Integer(default=None, null=False)
    follow_up_days = Array(base_column=Integer(), default=None, null=False)
    self_referral = Boolean(default=None, null=False)
    restricted_in = Array(base_column=Text(), default=None, null=False)
    indications = Array(base_column=Text(), default=list, null=False)
    record_categories = Array(base_column=Text(), default=None, null=False)
    names = JSONB(default=None, null=False)


class TreatmentName(Table, tablename="treatment_name"):
    id = UUID(primary_key=True, default=None)
    treatment_code = ForeignKey(
        references=Treatment, default=None, null=False, on_delete=OnDelete.restrict
    )
    language = Text(default=None, null=False)
    kind = Text(default=None, null=False)
    text = Text(default=None, null=False)
    folded = Text(default=None, null=False)
    source = Text(default=None, null=False)
    reviewed = Boolean(default=False, null=False)


class ReferenceSet(Table, tablename="reference_set"):
    name = Text(primary_key=True, default=None)
    content_hash = Bytea(default=None, null=False)
    loaded_at = Timestamptz(default=None, null=False)


class Offer(Table, tablename="offer"):
    id = UUID(primary_key=True, default=None)
    facility_id = ForeignKey(
        references=Facility, default=None, null=False, on_delete=OnDelete.restrict
    )
    treatment_code = ForeignKey(
        references=Treatment, default=None, null=False, on_delete=OnDelete.restrict
    )
    specialty_code = ForeignKey(
        references=Specialty, default=None, null=False, on_delete=OnDelete.restrict
    )
    practitioner_id = UUID(default=None, null=True)
    reference = Text(default=None, null=True)
    version = Integer(default=None, null=False)
    state = Varchar(length=2, default=None, null=False)
    city_key = Text(default=None, null=False)
    mode = Text(default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    price_minor = BigInt(default=None, null=False)
    price_eur_minor = BigInt(default=None, null=False)
    deposit_minor = BigInt(default=None, null=False)
    lead_time_hours = Integer(default=None, null=False)
    duration_minutes = Integer(default=None, null=False)
    stay_nights = Integer(default=None, null=False)
    languages = Array(base_column=Text(), default=None, null=False)
    inclusions = Array(base_column=Text(), default=None, null=False)
    tiers = JSONB(default=None, null=False)
    active = Boolean(default=None, null=False)
    demo = Boolean(default=None, null=False)
    # Kept by the rooms of time and of reviews; null until they know.
    earliest_at = Timestamptz(default=None, null=True)
    rating = SmallInt(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class OfferLine(Table, tablename="offer_line"):
    id = UUID(primary_key=True, default=None)
    offer_id = ForeignKey(references=Offer, default=None, null=False, on_delete=OnDelete.restrict)
    position = Integer(default=None, null=False)
    kind = Text(default=None, null=False)
    label = Text(default=None, null=False)
    amount_minor = BigInt(default=None, null=True)
    cap_minor = BigInt(default=None, null=True)
    supplier = Text(default=None, null=True)
    tax_code = Text(default=None, null=True)
    tax_rate = Numeric(default=None, null=True)


class OfferRevision(Table, tablename="offer_revision"):
    id = UUID(primary_key=True, default=None)
    offer_id = ForeignKey(references=Offer, default=None, null=False, on_delete=OnDelete.restrict)
    version = Integer(default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    price_minor = BigInt(default=None, null=False)
    snapshot = JSONB(default=None, null=False)
    changed_by = UUID(default=None, null=True)
    changed_at = Timestamptz(default=None, null=False)
