"""What is counted: failures that slow the next attempt, and the tokens of each bucket."""

from piccolo.columns import Bytea, DoublePrecision, Integer, Timestamptz
from piccolo.table import Table


class Failure(Table, tablename="failure"):
    key = Bytea(primary_key=True, default=None)
    failures = Integer(default=None, null=False)
    last_at = Timestamptz(default=None, null=False)


class Bucket(Table, tablename="bucket"):
    key = Bytea(primary_key=True, default=None)
    tokens = DoublePrecision(default=None, null=False)
    granted = DoublePrecision(default=None, null=False)
    filled_at = Timestamptz(default=None, null=False)
