"""Facilities and the names by which people look for them and for their cities."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Boolean,
    DoublePrecision,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.identity.tables import Organisation


class Facility(Table, tablename="facility"):
    id = UUID(primary_key=True, default=None)
    organisation_id = ForeignKey(
        references=Organisation, default=None, null=True, on_delete=OnDelete.restrict
    )
    jurisdiction = Varchar(length=2, default=None, null=False)
    kind = Text(default=None, null=False)
    name = Text(default=None, null=False)
    name_folded = Text(default=None, null=False)
    names = JSONB(default=None, null=False)
    city = Text(default=None, null=False)
    city_key = Text(default=None, null=False)
    city_names = JSONB(default=None, null=False)
    zone = Text(default=None, null=False)
    latitude = DoublePrecision(default=None, null=True)
    longitude = DoublePrecision(default=None, null=True)
    position_of = Text(default=None, null=True)
    address = Text(default=None, null=True)
    phone = Text(default=None, null=True)
    website = Text(default=None, null=True)
    languages = Array(base_column=Text(), default=None, null=False)
    register_specialties = Array(base_column=Text(), default=[], null=False)
    register_gone_at = Timestamptz(default=None, null=True)
    source = Text(default=None, null=False)
    source_key = Text(default=None, null=False)
    merged_into = UUID(default=None, null=True)
    demo = Boolean(default=None, null=False)
    version = Integer(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class FacilityIdentifier(Table, tablename="facility_identifier"):
    id = UUID(primary_key=True, default=None)
    facility_id = ForeignKey(
        references=Facility, default=None, null=False, on_delete=OnDelete.restrict
    )
    source = Text(default=None, null=False)
    source_key = Text(default=None, null=False)


class FacilityName(Table, tablename="facility_name"):
    id = UUID(primary_key=True, default=None)
    facility_id = ForeignKey(
        references=Facility, default=None, null=False, on_delete=OnDelete.restrict
    )
    language = Text(default=None, null=True)
    text = Text(default=None, null=False)
    folded = Text(default=None, null=False)


class PlaceName(Table, tablename="place_name"):
    id = UUID(primary_key=True, default=None)
    jurisdiction = Varchar(length=2, default=None, null=False)
    city_key = Text(default=None, null=False)
    language = Text(default=None, null=True)
    text = Text(default=None, null=False)
    folded = Text(default=None, null=False)
