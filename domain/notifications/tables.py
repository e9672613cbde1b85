"""What accounts were told, and how they want to be told."""

from piccolo.columns import JSONB, UUID, Array, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.identity.tables import Account


class Notice(Table, tablename="notice"):
    id = UUID(primary_key=True, default=None)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    kind = Text(default=None, null=False)
    key = Text(default=None, null=False)
    topic = Text(default=None, null=True)
    params = JSONB(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    read_at = Timestamptz(default=None, null=True)


class NoticePreference(Table, tablename="notice_preference"):
    account_id = ForeignKey(
        references=Account, primary_key=True, default=None, null=False, on_delete=OnDelete.restrict
    )
    unmailed = Array(base_column=Text(), default=None, null=False)
    phone_sealed = Bytea(default=None, null=True)
    nudged_at = Timestamptz(default=None, null=True)
    updated_at = Timestamptz(default=None, null=False)
