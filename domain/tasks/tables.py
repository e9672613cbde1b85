"""What somebody must see to, and by when."""

from piccolo.columns import UUID, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class Task(Table, tablename="task"):
    id = UUID(primary_key=True, default=None)
    kind = Text(default=None, null=False)
    side = Text(default=None, null=False)
    status = Text(default=None, null=False)
    facility_id = UUID(default=None, null=False)
    facility_organisation_id = UUID(default=None, null=False)
    booking_id = UUID(default=None, null=False)
    # Of which of the booking's things it speaks, where a booking may have several such tasks.
    focus_id = UUID(default=None, null=True)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    reason = Text(default=None, null=True)
    due_at = Timestamptz(default=None, null=False)
    assignee_account_id = UUID(default=None, null=True)
    note_sealed = Bytea(default=None, null=True)
    version = Integer(default=1, null=False)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)
    done_by = UUID(default=None, null=True)
    done_at = Timestamptz(default=None, null=True)
