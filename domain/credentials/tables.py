"""Accreditors, credentials with their history, and the rules by which a facility is listed."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
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

from domain.facilities.tables import Facility
from domain.files.tables import StoredFile
from domain.identity.tables import Organisation


class Accreditor(Table, tablename="accreditor"):
    id = UUID(primary_key=True, default=None)
    name = Text(default=None, null=False, unique=True)
    jurisdiction = Varchar(length=2, default=None, null=True)
    demo = Boolean(default=None, null=False)


class AccreditorRecognition(Table, tablename="accreditor_recognition"):
    id = UUID(primary_key=True, default=None)
    accreditor_id = ForeignKey(
        references=Accreditor, default=None, null=False, on_delete=OnDelete.restrict
    )
    jurisdiction = Varchar(length=2, default=None, null=True)
    reference = Text(default=None, null=False)
    source_url = Text(default=None, null=True)
    recognised_from = Date(default=None, null=True)
    recognised_to = Date(default=None, null=True)
    recorded_by = UUID(default=None, null=True)
    recorded_at = Timestamptz(default=None, null=False)
    confirmed_by = UUID(default=None, null=True)
    confirmed_at = Timestamptz(default=None, null=True)
    ended_by = UUID(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    end_reason = Text(default=None, null=True)
    version = Integer(default=None, null=False)


class Credential(Table, tablename="credential"):
    id = UUID(primary_key=True, default=None)
    facility_id = ForeignKey(
        references=Facility, default=None, null=True, on_delete=OnDelete.restrict
    )
    organisation_id = ForeignKey(
        references=Organisation, default=None, null=True, on_delete=OnDelete.restrict
    )
    jurisdiction = Varchar(length=2, default=None, null=True)
    zone = Text(default=None, null=True)
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
    status_reason = Text(default=None, null=True)
    status_effective_at = Timestamptz(default=None, null=True)
    standing_before = JSONB(default=None, null=True)
    decided_by = UUID(default=None, null=True)
    decided_version = Integer(default=None, null=True)
    stayed_at = Timestamptz(default=None, null=True)
    stay_until = Timestamptz(default=None, null=True)
    conditions = Text(default=None, null=True)
    conditions_until = Date(default=None, null=True)
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
    move = Text(default=None, null=True)
    jurisdiction = Varchar(length=2, default=None, null=True)
    organisation_id = UUID(default=None, null=True)
    position = BigInt(default=None, null=True)


class CredentialAppeal(Table, tablename="credential_appeal"):
    id = UUID(primary_key=True, default=None)
    credential_id = ForeignKey(
        references=Credential, default=None, null=False, on_delete=OnDelete.restrict
    )
    against_version = Integer(default=None, null=False)
    against_officer = UUID(default=None, null=True)
    status = Text(default=None, null=False)
    grounds = Text(default=None, null=False)
    filed_by = UUID(default=None, null=True)
    filed_at = Timestamptz(default=None, null=False)
    closed_by = UUID(default=None, null=True)
    closed_at = Timestamptz(default=None, null=True)
    reason = Text(default=None, null=True)


class CredentialRenewal(Table, tablename="credential_renewal"):
    id = UUID(primary_key=True, default=None)
    credential_id = ForeignKey(
        references=Credential, default=None, null=False, on_delete=OnDelete.restrict
    )
    status = Text(default=None, null=False)
    reference_number = Text(default=None, null=False)
    file_id = ForeignKey(
        references=StoredFile, default=None, null=True, on_delete=OnDelete.restrict
    )
    evidence_sha256 = Bytea(default=None, null=False)
    filed_by = UUID(default=None, null=True)
    filed_at = Timestamptz(default=None, null=False)
    decided_by = UUID(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    reason = Text(default=None, null=True)


class CredentialReminder(Table, tablename="credential_reminder"):
    id = UUID(primary_key=True, default=None)
    credential_id = ForeignKey(
        references=Credential, default=None, null=False, on_delete=OnDelete.restrict
    )
    what = Text(default=None, null=False)
    due_on = Date(default=None, null=False)
    days = Integer(default=None, null=False)
    noted_at = Timestamptz(default=None, null=False)


class ListingRule(Table, tablename="listing_rule"):
    id = UUID(primary_key=True, default=None)
    jurisdiction = Varchar(length=2, default=None, null=False)
    version = Integer(default=None, null=False)
    valid_from = Timestamptz(default=None, null=True)
    valid_to = Timestamptz(default=None, null=True)
    facility_kinds = Array(base_column=Text(), default=None, null=False)
    groups = JSONB(default=None, null=False)
    source = Text(default=None, null=False)
