"""Record entries, sealed per patient, and the imports that brought them."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Bytea,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.patients.tables import Patient


class RecordImport(Table, tablename="record_import"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    sha256 = Bytea(default=None, null=False)
    source_country = Varchar(length=2, default=None, null=False)
    source_organisation_id = UUID(default=None, null=True)
    imported_by = UUID(default=None, null=False)
    entry_count = Integer(default=None, null=False)
    report = JSONB(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)


class RecordEntry(Table, tablename="record_entry"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    category = Text(default=None, null=False)
    resource_type = Text(default=None, null=False)
    body_sealed = Bytea(default=None, null=False)
    body_index = Bytea(default=None, null=False)
    code_index = Bytea(default=None, null=True)
    effective_at = Timestamptz(default=None, null=True)
    labels = Array(base_column=Text(), default=None, null=False)
    source_country = Varchar(length=2, default=None, null=False)
    source_organisation_id = UUID(default=None, null=True)
    author_account_id = UUID(default=None, null=False)
    import_id = UUID(default=None, null=True)
    residency = Varchar(length=2, default=None, null=False)
    status = Text(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
