"""Merges of facilities, and pairs that officers told apart."""

from piccolo.columns import UUID, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.facilities.tables import Facility


class FacilityMerge(Table, tablename="facility_merge"):
    id = UUID(primary_key=True, default=None)
    survivor_id = ForeignKey(
        references=Facility, default=None, null=False, on_delete=OnDelete.restrict
    )
    survivor_version = Integer(default=None, null=False)
    other_id = ForeignKey(
        references=Facility, default=None, null=False, on_delete=OnDelete.restrict
    )
    other_version = Integer(default=None, null=False)
    state = Varchar(length=2, default=None, null=False)
    status = Text(default=None, null=False)
    proposed_by = UUID(default=None, null=False)
    proposed_at = Timestamptz(default=None, null=False)
    decided_by = UUID(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)


class FacilityDistinction(Table, tablename="facility_distinction"):
    id = UUID(primary_key=True, default=None)
    low_id = ForeignKey(references=Facility, default=None, null=False, on_delete=OnDelete.restrict)
    high_id = ForeignKey(references=Facility, default=None, null=False, on_delete=OnDelete.restrict)
    told_by = UUID(default=None, null=False)
    told_at = Timestamptz(default=None, null=False)
