"""The vocabulary of calendars."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.bookings.parties import BookingParties


class FeedKind(StrEnum):
    """Whose bookings a feed tells."""

    PATIENT = "patient"
    FACILITY = "facility"
    PRACTITIONER = "practitioner"


class CreateCalendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Follow the bookings of the patients one acts for, of one's facility, or of somebody there."""

    kind: FeedKind
    facility_id: UUID | None = None
    practitioner_id: UUID | None = None


class CalendarView(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that one follows; its address is shown once and cannot be read here."""

    id: UUID
    kind: FeedKind
    facility_id: UUID | None
    practitioner_id: UUID | None
    created_at: datetime
    last_read_at: datetime | None


class CalendarSecret(msgspec.Struct, frozen=True):
    """A feed with the secret of its address `/calendars/<token>.ics`, shown now only."""

    calendar: CalendarView
    token: str


class Feed(msgspec.Struct, frozen=True):
    """What a feed tells now, and the language of whoever follows it."""

    kind: FeedKind
    language: str
    bookings: list[BookingParties]


class Entry(msgspec.Struct, frozen=True):
    """One booking in a calendar, in words that name no patient and no treatment."""

    booking: BookingParties
    summary: str
    url: str
    location: str | None = None
