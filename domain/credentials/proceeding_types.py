"""The vocabulary of appeals and renewals: what holders file, and what officers make of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.credentials.types import AppealStatus, Reason, Sha256, ShortText


class AppealOutcome(StrEnum):
    """How an appeal is decided: the decision stands, or it does not."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"


class RenewalStatus(StrEnum):
    """Where a renewal stands; it counts once an officer has acknowledged it."""

    FILED = "filed"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


class FileRenewal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say that the issuer was asked to renew, under which number, and prove it.

    Name the `file_id` of an evidence file, or the `evidence_sha256` of the issuer's receipt.
    """

    reference_number: ShortText
    file_id: UUID | None = None
    evidence_sha256: Sha256 | None = None


class RefuseRenewal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say why a filed renewal does not count."""

    reason: Reason


class AppealDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Appeal against the suspension or revocation that stands, on these grounds."""

    grounds: Annotated[str, msgspec.Meta(min_length=20, max_length=20_000)]


class StayDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Put off the effect of an appealed decision, until it is lifted or up to a moment."""

    reason: Reason
    until: datetime | None = None


class LiftStay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Let an appealed decision have its effect again."""

    reason: Reason


class DecideAppeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Uphold a decision, or overturn it."""

    outcome: AppealOutcome
    reason: Reason


class AppealView(msgspec.Struct, frozen=True):
    """An appeal as the holder and the officers of the state see it."""

    id: UUID
    status: AppealStatus
    against_version: int
    grounds: str
    filed_at: datetime
    closed_at: datetime | None
    reason: str | None


class RenewalView(msgspec.Struct, frozen=True):
    """A filed renewal as the holder and the officers of the state see it."""

    id: UUID
    status: RenewalStatus
    reference_number: str
    file_id: UUID | None
    evidence_sha256: str
    filed_at: datetime
    decided_at: datetime | None
    reason: str | None
