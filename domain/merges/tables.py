"""Proposals to merge two files, and which file answers to which old number."""

from piccolo.columns import UUID, Array, Bytea, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.patients.tables import Patient


class PatientMerge(Table, tablename="patient_merge"):
    id = UUID(primary_key=True, default=None)
    survivor_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    alias_id = ForeignKey(references=Patient, default=None, null=False, on_delete=OnDelete.restrict)
    home_state = Varchar(length=2, default=None, null=False)
    status = Text(default=None, null=False)
    evidence_sealed = Bytea(default=None, null=True)
    proposed_by = UUID(default=None, null=False)
    proposed_at = Timestamptz(default=None, null=False)
    survivor_agreed_by = UUID(default=None, null=True)
    alias_agreed_by = UUID(default=None, null=True)
    accepted = Array(base_column=Text(), default=None, null=False)
    merged_by = UUID(default=None, null=True)
    officer_id = UUID(default=None, null=True)
    merged_at = Timestamptz(default=None, null=True)
    closed_by = UUID(default=None, null=True)
    closed_at = Timestamptz(default=None, null=True)
    closed_reason_sealed = Bytea(default=None, null=True)


class PatientAlias(Table, tablename="patient_alias"):
    id = UUID(primary_key=True, default=None)
    alias_id = ForeignKey(references=Patient, default=None, null=False, on_delete=OnDelete.restrict)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    merge_id = ForeignKey(
        references=PatientMerge, default=None, null=False, on_delete=OnDelete.restrict
    )
    merged_at = Timestamptz(default=None, null=False)
