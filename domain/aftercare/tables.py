"""Who looks after a patient at home, when they are to be seen, and what they asked."""

from piccolo.columns import UUID, Bytea, Date, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class AftercarePlan(Table, tablename="aftercare_plan"):
    id = UUID(primary_key=True, default=None)
    booking_id = UUID(default=None, null=False)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    # A practice of the network, or a name and an address as a text.
    organisation_id = UUID(default=None, null=True)
    provider_sealed = Bytea(default=None, null=True)
    status = Text(default=None, null=False)
    note_sealed = Bytea(default=None, null=True)
    version = Integer(default=1, null=False)
    asked_by = UUID(default=None, null=False)
    asked_at = Timestamptz(default=None, null=False)
    answered_by = UUID(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)


class AftercareVisit(Table, tablename="aftercare_visit"):
    id = UUID(primary_key=True, default=None)
    booking_id = UUID(default=None, null=False)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    day = Integer(default=None, null=False)
    due_on = Date(default=None, null=False)
    told_at = Timestamptz(default=None, null=True)
    visited_on = Date(default=None, null=True)
    report_sealed = Bytea(default=None, null=True)
    reported_by = UUID(default=None, null=True)
    reported_at = Timestamptz(default=None, null=True)
    version = Integer(default=1, null=False)


class AftercareQuestion(Table, tablename="aftercare_question"):
    id = UUID(primary_key=True, default=None)
    booking_id = UUID(default=None, null=False)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    text_sealed = Bytea(default=None, null=False)
    asked_by = UUID(default=None, null=False)
    asked_at = Timestamptz(default=None, null=False)
    due_at = Timestamptz(default=None, null=False)
    answer_sealed = Bytea(default=None, null=True)
    answered_by = UUID(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
    version = Integer(default=1, null=False)
