"""The vocabulary of named grounds for cancelling."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

Note = Annotated[str, msgspec.Meta(min_length=3, max_length=2000)]


class Ground(StrEnum):
    """What nobody who booked could help."""

    VISA_REFUSED = "visa_refused"
    MEDICALLY_UNFIT = "medically_unfit"
    DEATH = "death"


class ClaimStatus(StrEnum):
    """Whether a claimed ground was confirmed."""

    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class ClaimGround(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A ground, and the file of the patient's that proves it."""

    ground: Ground
    file_id: UUID
    note: Note | None = None


class DecideClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether the evidence holds, and what the patient is told."""

    confirmed: bool
    answer: Note | None = None


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed ground; `overdue` tells by the clock that an operator may decide by now."""

    id: UUID
    booking_id: UUID
    ground: Ground
    status: ClaimStatus
    file_id: UUID
    note: str | None
    answer: str | None
    due_at: datetime
    overdue: bool
    claimed_at: datetime
    decided_at: datetime | None
    version: int
