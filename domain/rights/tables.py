"""Requests for erasure, and the legal holds that stop them."""

from piccolo.columns import UUID, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.patients.tables import Patient


class Erasure(Table, tablename="erasure"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    status = Text(default=None, null=False)
    asked_by = UUID(default=None, null=False)
    asked_at = Timestamptz(default=None, null=False)
    reviewed_by = UUID(default=None, null=True)
    confirmed_by = UUID(default=None, null=True)
    reason = Text(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    done_at = Timestamptz(default=None, null=True)


class LegalHold(Table, tablename="legal_hold"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    authority = Text(default=None, null=False)
    reference = Text(default=None, null=False)
    placed_by = UUID(default=None, null=False)
    placed_at = Timestamptz(default=None, null=False)
    lifted_by = UUID(default=None, null=True)
    lifted_at = Timestamptz(default=None, null=True)
