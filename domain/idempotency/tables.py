"""What was already done under a caller's key."""

from piccolo.columns import UUID, Bytea, Text, Timestamptz
from piccolo.table import Table


class IdempotencyKey(Table, tablename="idempotency_key"):
    id = UUID(primary_key=True, default=None)
    principal_id = UUID(default=None, null=False)
    key = Text(default=None, null=False)
    operation = Text(default=None, null=False)
    request_hash = Bytea(default=None, null=False)
    resource_id = UUID(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
