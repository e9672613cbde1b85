"""What of bookings a calendar shows, and for how long."""

from datetime import timedelta

from domain.bookings.types import BookingStatus
from domain.calendars.errors import CalendarIncomplete
from domain.calendars.types import CreateCalendar, FeedKind

PAST_KEPT_FOR = timedelta(days=90)
CANCELLED_KEPT_FOR = timedelta(days=60)
"""So long a cancelled booking stays in a feed as such, for subscribers who ask rarely."""

_S = BookingStatus
STATUS: dict[BookingStatus, str] = {
    _S.AWAITING_FACILITY: "TENTATIVE",
    **dict.fromkeys(
        (
            _S.CONFIRMED, _S.CHECKED_IN, _S.PRE_OP_ASSESSED, _S.IN_TREATMENT, _S.EXTENDED,
            _S.TRANSFERRED_OUT, _S.LEFT_AGAINST_ADVICE, _S.DIED, _S.DISCHARGED, _S.COMPLETED,
        ),
        "CONFIRMED",
    ),
    **dict.fromkeys(
        (_S.CANCELLED_BY_PATIENT, _S.CANCELLED_BY_FACILITY, _S.NO_SHOW, _S.NOT_TREATED),
        "CANCELLED",
    ),
}  # fmt: skip
"""How RFC 5545, section 3.8.1.11, calls each state; a time that is only held is in no calendar."""


def require_complete(command: CreateCalendar) -> None:
    """Refuse a calendar that does not say whose it is, or says too much; CalendarIncomplete."""
    given = (command.facility_id is not None, command.practitioner_id is not None)
    wanted = {
        FeedKind.PATIENT: (False, False),
        FeedKind.FACILITY: (True, False),
        FeedKind.PRACTITIONER: (True, True),
    }
    if given != wanted[command.kind]:
        raise CalendarIncomplete(fields={"kind": CalendarIncomplete.title})
