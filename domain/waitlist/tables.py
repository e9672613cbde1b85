"""Who waits for an offer, in the order in which they came."""

from piccolo.columns import UUID, Date, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class WaitlistEntry(Table, tablename="waitlist_entry"):
    id = UUID(primary_key=True, default=None)
    offer_id = UUID(default=None, null=False)
    facility_id = UUID(default=None, null=False)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    episode_id = UUID(default=None, null=False)
    status = Text(default=None, null=False)
    first_day = Date(default=None, null=False)
    last_day = Date(default=None, null=False)
    zone = Text(default=None, null=False)
    # The hold that was made for them, while it lives.
    booking_id = UUID(default=None, null=True)
    queued_at = Timestamptz(default=None, null=False)
    # How often what was offered ran out unanswered.
    missed = Integer(default=0, null=False)
    joined_by = UUID(default=None, null=False)
    joined_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)
