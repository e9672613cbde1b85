"""Where systems of facilities are told, and what each was told."""

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.identity.tables import Organisation


class WebhookEndpoint(Table, tablename="webhook_endpoint"):
    id = UUID(primary_key=True, default=None)
    organisation_id = ForeignKey(
        references=Organisation, default=None, null=False, on_delete=OnDelete.restrict
    )
    url = Text(default=None, null=False)
    secret_sealed = Bytea(default=None, null=False)
    former_secret_sealed = Bytea(default=None, null=True)
    former_until = Timestamptz(default=None, null=True)
    failing_since = Timestamptz(default=None, null=True)
    disabled_at = Timestamptz(default=None, null=True)
    disabled_reason = Text(default=None, null=True)
    busy_until = Timestamptz(default=None, null=True)
    version = Integer(default=None, null=False)
    created_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    removed_at = Timestamptz(default=None, null=True)


class WebhookDelivery(Table, tablename="webhook_delivery"):
    id = UUID(primary_key=True, default=None)
    endpoint_id = ForeignKey(
        references=WebhookEndpoint, default=None, null=False, on_delete=OnDelete.restrict
    )
    organisation_id = UUID(default=None, null=False)
    booking_id = UUID(default=None, null=False)
    news = Text(default=None, null=False)
    booking_version = Integer(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    attempts = Integer(default=None, null=False)
    next_at = Timestamptz(default=None, null=True)
    last_at = Timestamptz(default=None, null=True)
    last_status = Integer(default=None, null=True)
    last_error = Text(default=None, null=True)
    delivered_at = Timestamptz(default=None, null=True)
