"""Accreditors, credentials with their history, and the rules by which a facility is listed."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
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

from domain.facilities.tables import Facility


class Accreditor(Table, tablename="accreditor"):
    id = UUID(primary_key=True, default=None)
    name = Text(default=None, null=False, unique=True)
    jurisdiction = Varchar(length=2, default=None, null=True)
    recognised_by = Text(default=None, null=True)
    recognised_from = Date(default=None, null=True)
    recognised_to = Date(default=None, null=True)
    demo = Boolean(default=None, null=False)


class Credential(Table, tablename="credential"):
    id = UUID(primary_key=True, default=None)
    facility_id = ForeignKey(
        references=Facility, default=None, null=False, on_delete=OnDelete.restrict
    )
    kind = Text(default=None, null=False)
    accreditor_id = ForeignKey(
        references=Accreditor, default=None, null=True, on_delete=OnDelete.restrict
    )
    body = Text(default=None, null=False)
    standard = Text(default=None, null=True)
    edition = Text(default=None, null=True)
    specialties = Array(base_column=Text(), default=None, null=False)
    treatments = Array(base_column=Text(), default=None, null=False)
    grade = Text(default=None, null=True)
    certificate_number = Text(default=None, null=False)
    issued = Date(default=None, null=False)
    valid_from = Date(default=None, null=False)
    valid_to = Date(default=None, null=True)
    next_check = Date(default=None, null=True)
    last_survey = Date(default=None, null=True)
    next_survey = Date(default=None, null=True)
    status = Text(default=None, null=False)
    status_before = Text(default=None, null=True)
    status_reason = Text(default=None, null=True)
    status_effective_at = Timestamptz(default=None, null=True)
    suspended_specialties = Array(base_column=Text(), default=None, null=False)
    suspended_treatments = Array(base_column=Text(), default=None, null=False)
    method = Text(default=None, null=True)
    url = Text(default=None, null=True)
    primary_source = Boolean(default=None, null=True)
    checked_at = Timestamptz(default=None, null=True)
    evidence_sha256 = Bytea(default=None, null=True)
    next_check_due = Date(default=None, null=True)
    submitted_by = UUID(default=None, null=True)
    verified_by = UUID(default=None, null=True)
    confirmed_by = UUID(default=None, null=True)
    supersedes = UUID(default=None, null=True)
    demo = Boolean(default=None, null=False)
    version = Integer(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class CredentialChange(Table, tablename="credential_change"):
    id = UUID(primary_key=True, default=None)
    credential_id = ForeignKey(
        references=Credential, default=None, null=False, on_delete=OnDelete.restrict
    )
    version = Integer(default=None, null=False)
    status = Text(default=None, null=False)
    reason = Text(default=None, null=True)
    effective_at = Timestamptz(default=None, null=True)
    changed_by = UUID(default=None, null=True)
    changed_at = Timestamptz(default=None, null=False)
    snapshot = JSONB(default=None, null=False)


class ListingRule(Table, tablename="listing_rule"):
    id = UUID(primary_key=True, default=None)
    jurisdiction = Varchar(length=2, default=None, null=False)
    version = Integer(default=None, null=False)
    valid_from = Timestamptz(default=None, null=True)
    valid_to = Timestamptz(default=None, null=True)
    facility_kinds = Array(base_column=Text(), default=None, null=False)
    groups = JSONB(default=None, null=False)
    source = Text(default=None, null=False)
