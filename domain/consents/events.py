"""What other rooms are told about consents."""

from typing import Literal
from uuid import UUID

import msgspec


class ConsentGranted(msgspec.Struct, frozen=True):
    """A consent was granted, or resumed after a suspension."""

    consent_id: UUID
    patient_id: UUID
    episode_id: UUID | None


class ConsentDenied(msgspec.Struct, frozen=True):
    """The patient refused."""

    consent_id: UUID
    patient_id: UUID
    episode_id: UUID | None


class ConsentEnded(msgspec.Struct, frozen=True):
    """Reading under a consent is over.

    `expired` is published with the grant and falls due at `valid_until`: a consent that ended
    earlier is told of twice.
    """

    consent_id: UUID
    patient_id: UUID
    episode_id: UUID | None
    reason: Literal["revoked", "suspended", "expired"]
