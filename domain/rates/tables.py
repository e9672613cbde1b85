"""Reference rates by their named set."""

from piccolo.columns import UUID, Date, Numeric, Text, Varchar
from piccolo.table import Table


class FxRate(Table, tablename="fx_rate"):
    id = UUID(primary_key=True, default=None)
    rate_set = Text(default=None, null=False)
    day = Date(default=None, null=False)
    base = Varchar(length=3, default=None, null=False)
    quote = Varchar(length=3, default=None, null=False)
    rate = Numeric(default=None, null=False)
