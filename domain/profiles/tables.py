"""What facilities say of themselves, and their photos; the pictures lie in the object store."""

from piccolo.columns import JSONB, UUID, Array, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.facilities.tables import Facility


class FacilityProfile(Table, tablename="facility_profile"):
    id = UUID(primary_key=True, default=None)
    departments = Array(base_column=Text(), default=None, null=False)
    languages = Array(base_column=Text(), default=None, null=False)
    accessibility = Array(base_column=Text(), default=None, null=False)
    version = Integer(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class FacilityPhoto(Table, tablename="facility_photo"):
    id = UUID(primary_key=True, default=None)
    facility_id = ForeignKey(
        references=Facility, default=None, null=False, on_delete=OnDelete.restrict
    )
    position = Integer(default=None, null=False)
    alt = JSONB(default=None, null=False)
    width = Integer(default=None, null=False)
    height = Integer(default=None, null=False)
    uploaded_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
