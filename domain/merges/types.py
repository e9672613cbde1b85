"""The vocabulary of merging: proposals, what two files hold, and where they contradict."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec


class MergeStatus(StrEnum):
    """Where the merging of two files stands."""

    PROPOSED = "proposed"
    MERGED = "merged"
    UNDONE = "undone"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Contradiction(StrEnum):
    """What the two files say differently, though one human has it once."""

    BIRTH_DATE = "birth_date"
    NAME = "name"
    BLOOD_GROUP = "blood_group"


class Side(StrEnum):
    """One of the two files."""

    SURVIVOR = "survivor"
    ALIAS = "alias"


Why = Annotated[str, msgspec.Meta(min_length=3, max_length=300)]


class MergeCode(msgspec.Struct, frozen=True):
    """A code that proves whose side one is; it works once and for half an hour."""

    id: UUID
    code: str
    expires_at: datetime


class ProposeMerge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two files are one person's: the first stays, the other becomes another number of it.

    A patient names the other file by the `code` made there, or by `alias_id` where the same account
    is its own side too. An officer names both by their numbers, with `evidence`: where it is
    written that they are one person's.
    """

    survivor_id: UUID
    alias_id: UUID | None = None
    code: Annotated[str, msgspec.Meta(min_length=10, max_length=60)] | None = None
    evidence: Why | None = None


class ConfirmMerge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Merge what the preview showed; `accept` names every contradiction that is put up with."""

    preview: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    accept: list[Contradiction] = []


class CloseMerge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a proposal is withdrawn, or a merge undone."""

    reason: Why


class MergeView(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal to merge two files, or the merge itself.

    `waits_for` names the files whose own side has not agreed yet.
    """

    id: UUID
    survivor_id: UUID
    alias_id: UUID
    home_state: str
    status: MergeStatus
    proposed_at: datetime
    proposed_by_me: bool
    waits_for: list[Side]
    accepted: list[Contradiction]
    merged_at: datetime | None
    closed_at: datetime | None


class Contents(msgspec.Struct, frozen=True):
    """How much lies in one file; `people` may act for it, `practices` care for it."""

    cases: int
    referrals: int
    bookings: int
    consents: int
    entries: int
    files: int
    people: int
    practices: int


class MergePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What comes together, before it does.

    `preview` is sent back to confirm exactly this. The contents of a file are null to whoever is
    not its own side before that has agreed. `contradictions` say what differs, never how;
    `needs_officer` tells that agreement alone does not suffice.
    """

    merge_id: UUID
    preview: str
    survivor: Contents | None
    alias: Contents | None
    contradictions: list[Contradiction]
    waits_for: list[Side]
    needs_officer: bool
