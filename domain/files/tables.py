"""Files, and the sealed parts in which the object store keeps their content."""

from piccolo.columns import (
    UUID,
    Array,
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

from domain.identity.tables import Organisation
from domain.patients.tables import Patient


class StoredFile(Table, tablename="stored_file"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=True, on_delete=OnDelete.restrict
    )
    organisation_id = ForeignKey(
        references=Organisation, default=None, null=True, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    purpose = Text(default=None, null=False)
    category = Text(default=None, null=True)
    labels = Array(base_column=Text(), default=None, null=False)
    effective_at = Timestamptz(default=None, null=True)
    media_type = Text(default=None, null=False)
    size = BigInt(default=None, null=False)
    received = BigInt(default=None, null=False)
    name_sealed = Bytea(default=None, null=False)
    sha256_sealed = Bytea(default=None, null=True)
    status = Text(default=None, null=False)
    reason = Text(default=None, null=True)
    scanned = Boolean(default=None, null=False)
    uploaded_by = UUID(default=None, null=False)
    source_organisation_id = UUID(default=None, null=True)
    writer = UUID(default=None, null=True)
    writer_until = Timestamptz(default=None, null=True)
    check_due_at = Timestamptz(default=None, null=True)
    check_attempts = Integer(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    touched_at = Timestamptz(default=None, null=False)
    checked_at = Timestamptz(default=None, null=True)


class FilePart(Table, tablename="file_part"):
    id = UUID(primary_key=True, default=None)
    file_id = ForeignKey(
        references=StoredFile, default=None, null=False, on_delete=OnDelete.restrict
    )
    number = Integer(default=None, null=False)
    size = Integer(default=None, null=False)
