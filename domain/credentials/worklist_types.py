"""The vocabulary of an officer's worklists, and of dates that come near."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.credentials.types import CredentialKind, CredentialView


class CredentialList(StrEnum):
    """What waits for an officer of the state."""

    PENDING = "pending"
    RENEWALS = "renewals"
    APPEALS = "appeals"
    DUE = "due"


class Due(StrEnum):
    """Which date of a credential comes near: its last day, or the next check of it."""

    LAST_DAY = "last_day"
    NEXT_CHECK = "next_check"


class WorklistItem(msgspec.Struct, frozen=True):
    """A credential that waits: since when, or which date of it comes near."""

    credential: CredentialView
    since: datetime | None
    due: Due | None
    due_on: date | None


class CredentialWorklist(msgspec.Struct, frozen=True):
    """One page of a worklist, the oldest first, with how many wait in each list."""

    items: list[WorklistItem]
    next: str | None
    counts: dict[str, int]


class Reminder(msgspec.Struct, frozen=True):
    """What the holder's administrators are told of a date that comes near."""

    id: UUID
    organisation_id: UUID
    holder_name: str
    kind: CredentialKind
    body: str
    certificate_number: str
    due: Due
    due_on: date
