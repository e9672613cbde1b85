"""The vocabulary of facilities that are the same."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.facilities.types import FacilityKind, Source


class FacilityMergeStatus(StrEnum):
    """Where a merge of two facilities stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class DuplicateSide(msgspec.Struct, frozen=True):
    """One of two facilities that may be the same."""

    id: UUID
    name: str
    kind: FacilityKind
    city: str
    address: str | None
    source: Source
    known_since: datetime
    version: int


class DuplicateView(msgspec.Struct, frozen=True):
    """Two facilities that may be the same; `score` runs from 0 to 1, for names that are equal.

    `merge_id` is the proposal that waits for a second officer.
    """

    one: DuplicateSide
    other: DuplicateSide
    score: float
    merge_id: UUID | None


class DuplicatePage(msgspec.Struct, frozen=True):
    """One page of likely duplicates, the surest first, and of equally sure ones the oldest."""

    items: list[DuplicateView]
    next: str | None


class MergeFacilities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Merge the other facility, at the version that was looked at, into this one."""

    other_id: UUID
    other_version: int


class FacilityMergeView(msgspec.Struct, frozen=True):
    """A merge of two facilities: the other's address answers with the survivor once confirmed."""

    id: UUID
    survivor_id: UUID
    survivor_name: str
    other_id: UUID
    other_name: str
    state: str
    status: FacilityMergeStatus
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


class FacilityMergePage(msgspec.Struct, frozen=True):
    """One page of merges, newest first."""

    items: list[FacilityMergeView]
    next: UUID | None


class TellApart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that the other facility is not this one."""

    other_id: UUID
