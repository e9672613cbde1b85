"""What calendars say of bookings: no treatment, no diagnosis, no patient."""

from collections.abc import Iterable

from api.web.languages import N_, Language
from domain.bookings.parties import BookingParties
from domain.calendars.types import Entry, FeedKind

SUFFIX = ".ics"

_NAMES = {
    FeedKind.PATIENT: N_("Appointments at Shifayol"),
    FeedKind.FACILITY: N_("Bookings at Shifayol"),
    FeedKind.PRACTITIONER: N_("Bookings of a practitioner at Shifayol"),
}


def address_of(public_url: str, token: str) -> str:
    """Return the address under which a feed is followed."""
    return f"{public_url}/calendars/{token}{SUFFIX}"


def feed_name(language: Language, kind: FeedKind) -> str:
    """Return what a feed is called in its follower's calendar."""
    return language.gettext(_NAMES[kind])


def entries_of(
    bookings: Iterable[BookingParties], language: Language, public_url: str, *, for_patient: bool
) -> list[Entry]:
    """Return bookings as calendars show them: a facility sees a number only."""
    return [
        Entry(
            booking,
            summary=_summary(booking, language, for_patient=for_patient),
            url=f"{public_url}/bookings/{booking.id}",
            location=" ".join(booking.facility_name.split()) if for_patient else None,
        )
        for booking in bookings
    ]


def _summary(booking: BookingParties, language: Language, *, for_patient: bool) -> str:
    if not for_patient:
        return language.gettext(N_("Booking %(number)s")) % {"number": booking.id}
    facility = " ".join(booking.facility_name.split())
    return language.gettext(N_("Appointment at %(facility)s")) % {"facility": facility}
