"""The events that wait for their handlers."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz
from piccolo.table import Table


class OutboxEvent(Table, tablename="outbox_event"):
    id = UUID(primary_key=True, default=None)
    kind = Text(default=None, null=False)
    payload = JSONB(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    due_at = Timestamptz(default=None, null=False)
    attempts = Integer(default=0, null=False)
    parked_at = Timestamptz(default=None, null=True)
    error = Text(default=None, null=True)
