"""The letters that were issued; what is printed in them lies sealed."""

from piccolo.columns import UUID, Array, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.bookings.tables import Booking


class Letter(Table, tablename="letter"):
    id = UUID(primary_key=True, default=None)
    booking_id = ForeignKey(
        references=Booking, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    booking_version = Integer(default=None, null=False)
    starts_at = Timestamptz(default=None, null=False)
    languages = Array(base_column=Text(), default=None, null=False)
    companions = Integer(default=None, null=False)
    name_sealed = Bytea(default=None, null=False)
    pdf_sealed = Bytea(default=None, null=False)
    pdf_sha256 = Bytea(default=None, null=False)
    signature = Text(default=None, null=False)
    issued_by = UUID(default=None, null=True)
    issued_at = Timestamptz(default=None, null=False)
    revoked_at = Timestamptz(default=None, null=True)
    revoked_reason = Text(default=None, null=True)
