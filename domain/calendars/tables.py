"""Who follows which bookings by a secret address."""

from piccolo.columns import UUID, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.identity.tables import Account


class CalendarSubscription(Table, tablename="calendar_subscription"):
    id = UUID(primary_key=True, default=None)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    kind = Text(default=None, null=False)
    facility_id = UUID(default=None, null=True)
    practitioner_id = UUID(default=None, null=True)
    token_hash = Bytea(default=None, null=False, unique=True)
    created_at = Timestamptz(default=None, null=False)
    read_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)
