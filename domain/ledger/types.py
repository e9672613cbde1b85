"""The vocabulary of the ledger: accounts, legs and what a statement shows."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.money import Currency

PSP_CLEARING = "psp_clearing"
PSP_FEES = "psp_fees"


def deposit_of(episode_id: UUID) -> str:
    """Return the account of a patient's money for one episode."""
    return f"deposit:{episode_id}"


def refund_payable_of(episode_id: UUID) -> str:
    """Return the account of what goes back to the patient of one episode."""
    return f"refund_payable:{episode_id}"


def facility_payable_of(facility_id: UUID) -> str:
    """Return the account of what is owed to a facility."""
    return f"facility_payable:{facility_id}"


class AccountKind(StrEnum):
    """How an account's balance is to be read; liabilities are positive."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


_KINDS = {
    "psp_clearing": AccountKind.ASSET,
    "psp_fees": AccountKind.EXPENSE,
    "bank": AccountKind.ASSET,
    "platform_fee": AccountKind.INCOME,
    "deposit": AccountKind.LIABILITY,
    "refund_payable": AccountKind.LIABILITY,
    "facility_payable": AccountKind.LIABILITY,
}


def kind_of(code: str) -> AccountKind:
    """Return the kind of an account by its code's first part; raises KeyError for another."""
    return _KINDS[code.partition(":")[0]]


class Leg(msgspec.Struct, frozen=True):
    """One side of a transaction: a signed number of minor units on one account."""

    account: str
    amount: int
    currency: Currency


class Posting(msgspec.Struct, frozen=True):
    """What is to be written once under (kind, external_reference)."""

    kind: str
    external_reference: str
    legs: tuple[Leg, ...]
    episode_id: UUID | None = None
    memo: str | None = None


class StatementLine(msgspec.Struct, frozen=True):
    posted_at: datetime
    kind: str
    external_reference: str
    amount: Annotated[int, msgspec.Meta(description="signed minor units")]


class AccountView(msgspec.Struct, frozen=True):
    code: str
    kind: AccountKind
    currency: Currency
    balance: Annotated[int, msgspec.Meta(description="signed minor units")]
    entries: list[StatementLine]


class TrialBalanceLine(msgspec.Struct, frozen=True):
    code: str
    kind: AccountKind
    currency: Currency
    balance: int


class TrialBalance(msgspec.Struct, frozen=True):
    """Every account that is not zero; `sums` per currency are zero when the books hold."""

    lines: list[TrialBalanceLine]
    sums: dict[str, int]
