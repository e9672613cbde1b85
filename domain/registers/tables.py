"""Imports of registers, and the changes that each of them proposes."""

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

from domain.facilities.tables import Facility


class RegisterImport(Table, tablename="register_import"):
    id = UUID(primary_key=True, default=None)
    format = Text(default=None, null=False)
    file_sha256 = Bytea(default=None, null=False)
    states = Array(base_column=Text(), default=None, null=False)
    status = Text(default=None, null=False)
    rows_new = Integer(default=None, null=False)
    rows_changed = Integer(default=None, null=False)
    rows_gone = Integer(default=None, null=False)
    rows_unchanged = Integer(default=None, null=False)
    rows_refused = Integer(default=None, null=False)
    rows_applied = Integer(default=None, null=False)
    made_by = UUID(default=None, null=True)
    made_at = Timestamptz(default=None, null=False)
    decided_by = UUID(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
    version = Integer(default=None, null=False)


class RegisterChange(Table, tablename="register_change"):
    id = UUID(primary_key=True, default=None)
    import_id = ForeignKey(
        references=RegisterImport, default=None, null=False, on_delete=OnDelete.restrict
    )
    kind = Text(default=None, null=False)
    line = Integer(default=None, null=True)
    source_key = Text(default=None, null=True)
    facility_id = ForeignKey(
        references=Facility, default=None, null=True, on_delete=OnDelete.restrict
    )
    state = Varchar(length=2, default=None, null=True)
    name = Text(default=None, null=True)
    entry = JSONB(default=None, null=True)
    differences = JSONB(default=None, null=False)
    reason = Text(default=None, null=True)
    outcome = Text(default=None, null=True)
