"""The vocabulary of what a suspension would touch."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from domain.credentials.previews import HiddenOffer


class OfState(msgspec.Struct, frozen=True):
    """How many come from one state."""

    state: str
    count: int


class InWeek(msgspec.Struct, frozen=True):
    """How many fall into the week that begins with this Monday of the facility's calendar."""

    week: date
    count: int


class Affected(msgspec.Struct, frozen=True):
    """How many there are, by the state patients come from, and by week."""

    total: int
    by_state: list[OfState]
    by_week: list[InWeek]


class HiddenOffers(msgspec.Struct, frozen=True):
    """The offers that would hide."""

    total: int
    items: list[HiddenOffer]


class SuspensionPreview(msgspec.Struct, frozen=True):
    """Whom a suspension would touch, in numbers: nothing in it tells who anybody is.

    Bookings are those that begin at `effective_at` or later, by the week they begin in; referrals
    those whose treatment has not begun, by the week they were sent in; `in_treatment` are the
    people who are at the facility now for what would be suspended, and are finished all the same.
    """

    credential_id: UUID
    effective_at: datetime
    facility_stays_listed: bool
    offers: HiddenOffers
    bookings: Affected
    referrals: Affected
    in_treatment: int
