"""Who is told of which news about a booking."""

from collections.abc import Iterable
from enum import StrEnum

from domain.bookings.events import BookingNews


class Side(StrEnum):
    """Those whom a booking concerns."""

    PATIENT = "patient"
    PRACTICE = "practice"
    DESK = "desk"


def _all(news: Iterable[BookingNews], *sides: Side) -> dict[BookingNews, frozenset[Side]]:
    return dict.fromkeys(news, frozenset(sides))


_N = BookingNews
AUDIENCES: dict[BookingNews, frozenset[Side]] = {
    **_all(
        (_N.CONFIRMED, _N.CANCELLED_BY_PATIENT, _N.RESCHEDULED, _N.CREDENTIAL_LOST,
         _N.CREDENTIAL_RESTORED),
        *Side,
    ),
    **_all((_N.REQUESTED,), Side.PATIENT, Side.DESK),
    **_all(
        (_N.DECLINED, _N.CANCELLED_BY_FACILITY, _N.CHECKED_IN, _N.ASSESSED, _N.NOT_TREATED,
         _N.TREATMENT_STARTED, _N.EXTENDED, _N.TRANSFERRED_OUT, _N.DISCHARGED, _N.COMPLETED,
         _N.NO_SHOW, _N.VISIT_DUE),
        Side.PATIENT, Side.PRACTICE,
    ),
    **_all((_N.EXPIRED, _N.CHANGE_PROPOSED, _N.QUESTION_ANSWERED, _N.WAITLIST_OFFERED,
         _N.VARIATION_RECORDED, _N.RESCHEDULE_PROPOSED), Side.PATIENT),
    **_all((_N.CHANGE_ACCEPTED, _N.CHANGE_REFUSED, _N.QUESTION_ASKED), Side.DESK),
    **_all((_N.COMPLICATION_REPORTED,), Side.PRACTICE, Side.DESK),
    # A family hears of these from a person, never from a machine.
    **_all((_N.DIED, _N.LEFT_AGAINST_ADVICE), Side.PRACTICE),
}  # fmt: skip
"""Every news has its audience; the test of it fails for a new one without."""
