"""A patient's need, and the episodes in which facilities may meet it."""

from piccolo.columns import UUID, Bytea, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class CareCase(Table, tablename="care_case"):
    id = UUID(primary_key=True, default=None)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    practice_id = UUID(default=None, null=True)
    treatment_code = Text(default=None, null=False)
    urgency = Text(default=None, null=False)
    funding = Text(default=None, null=False)
    description_sealed = Bytea(default=None, null=True)
    opened_by = UUID(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)


class Episode(Table, tablename="episode"):
    id = UUID(primary_key=True, default=None)
    case_id = ForeignKey(references=CareCase, default=None, null=False, on_delete=OnDelete.restrict)
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    practice_id = UUID(default=None, null=True)
    facility_id = UUID(default=None, null=False)
    facility_organisation_id = UUID(default=None, null=False)
    status = Text(default=None, null=False)
    shared_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
