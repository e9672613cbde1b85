"""The wrapped data keys, one per subject and version."""

from piccolo.columns import UUID, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table


class DataKey(Table, tablename="data_key"):
    id = UUID(primary_key=True, default=None)
    subject_kind = Text(default=None, null=False)
    subject_id = UUID(default=None, null=False)
    version = Integer(default=1, null=False)
    wrapped = Bytea(default=None, null=False)
    kek_version = Integer(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
