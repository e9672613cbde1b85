"""Whose name is printed, in which languages, and what ends a letter."""

import re
from datetime import datetime

from domain.bookings.events import BookingNews
from domain.bookings.types import BookingStatus
from domain.identity.types import PersonName
from domain.letters.errors import PassportNameNeeded

_PASSPORT = re.compile("[A-Za-z]+([ -][A-Za-z]+)*")

_N = BookingNews
REVOKES = frozenset(
    {
        _N.DECLINED, _N.CANCELLED_BY_PATIENT, _N.CANCELLED_BY_FACILITY, _N.EXPIRED,
        _N.RESCHEDULED, _N.NO_SHOW, _N.NOT_TREATED,
    }
)  # fmt: skip
"""After these news a letter says what is no longer so."""

_S = BookingStatus
ENDED = frozenset(
    {
        _S.CANCELLED_BY_PATIENT, _S.CANCELLED_BY_FACILITY, _S.EXPIRED, _S.NO_SHOW, _S.NOT_TREATED,
        _S.HELD, _S.PENDING_PAYMENT, _S.AWAITING_FACILITY,
    }
)  # fmt: skip


def printed_name(typed: str | None, known: PersonName) -> str:
    """Return the name in a passport's letters: as typed, else as known; PassportNameNeeded."""
    for name in (typed, known.passport, known.display):
        if name is not None and _PASSPORT.fullmatch(name.strip()):
            return name.strip().upper()
    raise PassportNameNeeded(fields={"passport_name": PassportNameNeeded.title})


def languages_of(reader: str, state_languages: tuple[str, ...]) -> list[str]:
    """Return the patient's language and the state's; English where both are the same."""
    there = state_languages[0]
    same = there.partition("-")[0] == reader.partition("-")[0]
    return [reader, "en" if same else there]


def holds(status: BookingStatus, starts_at: datetime, letter_starts_at: datetime) -> bool:
    """Tell whether a booking is still what its letter says: on, and at that time."""
    return status not in ENDED and starts_at == letter_starts_at
