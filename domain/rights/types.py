"""The vocabulary of the person's rights."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec


class ErasureStatus(StrEnum):
    """Where a request for erasure stands."""

    ASKED = "asked"
    REVIEWED = "reviewed"
    CONFIRMED = "confirmed"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ErasureView(msgspec.Struct, frozen=True):
    """A request for erasure.

    Once it is done, `backups_gone_by` is the day by which the last backup that still has the
    erased key is destroyed.
    """

    id: UUID
    patient_id: UUID
    home_state: str
    status: ErasureStatus
    asked_at: datetime
    reason: str | None
    held: bool
    done_at: datetime | None
    backups_gone_by: datetime | None


class RefuseErasure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the data must be kept, in words for the person who asked."""

    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=1000)]


class PlaceHold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keep a patient's data from erasure: which authority ordered it, under which reference."""

    authority: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    reference: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class HoldView(msgspec.Struct, frozen=True):
    id: UUID
    patient_id: UUID
    authority: str
    reference: str
    placed_at: datetime
    lifted_at: datetime | None
