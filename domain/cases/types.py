"""The vocabulary of cases and episodes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec


class Urgency(StrEnum):
    """How soon the need must be met."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Funding(StrEnum):
    """Who is to pay."""

    SELF = "self"
    THIRD_PARTY = "third_party"
    INSURER = "insurer"
    STATE_COMMISSION = "state_commission"
    BILATERAL_QUOTA = "bilateral_quota"
    CHARITY = "charity"


class EpisodeStatus(StrEnum):
    """Whether a facility may still meet the need, was chosen, or is out."""

    OPEN = "open"
    CHOSEN = "chosen"
    NOT_SELECTED = "not_selected"
    ENDED = "ended"


class OpenCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One patient's need for one treatment."""

    patient_id: UUID
    treatment: Annotated[str, msgspec.Meta(min_length=2, max_length=80)]
    urgency: Urgency = Urgency.ROUTINE
    funding: Funding = Funding.SELF
    description: Annotated[str, msgspec.Meta(max_length=4000)] | None = None


class EpisodeView(msgspec.Struct, frozen=True):
    id: UUID
    case_id: UUID
    patient_id: UUID
    facility_id: UUID
    status: EpisodeStatus
    shared_at: datetime | None


class CaseView(msgspec.Struct, frozen=True):
    id: UUID
    patient_id: UUID
    treatment: str
    urgency: Urgency
    funding: Funding
    description: str | None
    created_at: datetime
    episodes: list[EpisodeView]


class EpisodeRef(msgspec.Struct, frozen=True):
    """What other rooms need to know of an episode."""

    id: UUID
    case_id: UUID
    patient_id: UUID
    home_state: str
    practice_id: UUID | None
    facility_id: UUID
    facility_organisation_id: UUID
    status: EpisodeStatus
