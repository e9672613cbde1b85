"""What changed that the search indexes of all processes must read anew."""

from piccolo.columns import BigSerial, Text
from piccolo.table import Table


class SearchChange(Table, tablename="search_change"):
    id = BigSerial(primary_key=True)
    kind = Text(default=None, null=False)
    target = Text(default=None, null=False)
