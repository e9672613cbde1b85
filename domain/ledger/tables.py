"""Accounts, transactions and their entries."""

from piccolo.columns import UUID, BigInt, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class LedgerAccount(Table, tablename="ledger_account"):
    id = UUID(primary_key=True, default=None)
    code = Text(default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    kind = Text(default=None, null=False)
    balance_minor = BigInt(default=0, null=False)


class LedgerTransaction(Table, tablename="ledger_transaction"):
    id = UUID(primary_key=True, default=None)
    kind = Text(default=None, null=False)
    external_reference = Text(default=None, null=False)
    episode_id = UUID(default=None, null=True)
    memo = Text(default=None, null=True)
    posted_at = Timestamptz(default=None, null=False)


class LedgerEntry(Table, tablename="ledger_entry"):
    id = UUID(primary_key=True, default=None)
    transaction_id = ForeignKey(
        references=LedgerTransaction, default=None, null=False, on_delete=OnDelete.restrict
    )
    account_id = ForeignKey(
        references=LedgerAccount, default=None, null=False, on_delete=OnDelete.restrict
    )
    currency = Varchar(length=3, default=None, null=False)
    amount_minor = BigInt(default=None, null=False)
