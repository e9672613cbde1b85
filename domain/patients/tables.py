"""Persons, patients, who may act for them, and which practice cares for them."""

from piccolo.columns import UUID, Array, Bytea, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class Person(Table, tablename="person"):
    id = UUID(primary_key=True, default=None)
    home_state = Varchar(length=2, default=None, null=False)
    names_sealed = Bytea(default=None, null=False)
    birth_date_sealed = Bytea(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)


class Patient(Table, tablename="patient"):
    id = UUID(primary_key=True, default=None)
    person_id = ForeignKey(references=Person, default=None, null=False, on_delete=OnDelete.restrict)
    home_state = Varchar(length=2, default=None, null=False)
    created_at = Timestamptz(default=None, null=False)


class Access(Table, tablename="access"):
    id = UUID(primary_key=True, default=None)
    account_id = UUID(default=None, null=False)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    kind = Text(default=None, null=False)
    scopes = Array(base_column=Text(), default=None, null=False)
    until = Timestamptz(default=None, null=True)
    evidence = Text(default=None, null=True)
    evidence_sealed = Bytea(default=None, null=True)
    relationship = Text(default=None, null=True)
    how_given = Text(default=None, null=True)
    given_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)
    ended_by = UUID(default=None, null=True)


class MandateOffer(Table, tablename="mandate_offer"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    code_hash = Bytea(default=None, null=False, unique=True)
    scopes = Array(base_column=Text(), default=None, null=False)
    until = Timestamptz(default=None, null=False)
    how_given = Text(default=None, null=False)
    offered_by = UUID(default=None, null=False)
    organisation_id = UUID(default=None, null=True)
    identity_checked = Text(default=None, null=True)
    paper_sha256 = Bytea(default=None, null=True)
    witnesses_sealed = Bytea(default=None, null=True)
    confirmed_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    redeemed_at = Timestamptz(default=None, null=True)


class CareCode(Table, tablename="care_code"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    code_hash = Bytea(default=None, null=False, unique=True)
    expires_at = Timestamptz(default=None, null=False)
    used_at = Timestamptz(default=None, null=True)


class CareRelation(Table, tablename="care_relation"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    organisation_id = UUID(default=None, null=False)
    since = Timestamptz(default=None, null=False)
    until = Timestamptz(default=None, null=True)


class FileCode(Table, tablename="file_code"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    purpose = Text(default=None, null=False)
    code_hash = Bytea(default=None, null=False, unique=True)
    made_by = UUID(default=None, null=False)
    organisation_id = UUID(default=None, null=True)
    identity_checked_sealed = Bytea(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    used_at = Timestamptz(default=None, null=True)
    used_by = UUID(default=None, null=True)


class Guardianship(Table, tablename="guardianship"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    account_id = UUID(default=None, null=True)
    status = Text(default=None, null=False)
    order_sealed = Bytea(default=None, null=False)
    identity_checked_sealed = Bytea(default=None, null=True)
    until = Timestamptz(default=None, null=False)
    organisation_id = UUID(default=None, null=True)
    requested_by = UUID(default=None, null=False)
    requested_at = Timestamptz(default=None, null=False)
    code_hash = Bytea(default=None, null=True, unique=True)
    code_expires_at = Timestamptz(default=None, null=True)
    decided_by = UUID(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    access_id = UUID(default=None, null=True)
    ended_by = UUID(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
