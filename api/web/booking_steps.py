"""What comes next in a booking, for its patient: in words, where to go, and whether it waits."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from api.web.languages import N_, Language
from domain.bookings.types import BookingStatus, BookingView

_S = BookingStatus
HELD = frozenset({_S.HELD, _S.PENDING_PAYMENT})
THERE = frozenset({_S.CHECKED_IN, _S.PRE_OP_ASSESSED, _S.IN_TREATMENT, _S.EXTENDED})
COMING = frozenset({_S.AWAITING_FACILITY, _S.CONFIRMED})


class Step(msgspec.Struct, frozen=True):
    """What comes next, the page where it is done, and whether it waits for the patient."""

    words: str
    path: str
    waits: bool = False


class Listed(msgspec.Struct, frozen=True):
    """A booking in a list, with what comes next in it."""

    booking: BookingView
    step: Step | None


class Lists(msgspec.Struct, frozen=True):
    """A patient's bookings: what waits for them, what comes, and what is over."""

    waiting: list[Listed]
    coming: list[Listed]
    past: list[Listed]


_NEXT: dict[BookingStatus, tuple[str, str]] = {
    _S.CONFIRMED: (N_("Prepare the journey: letter, companions, interpreter"), "items"),
    _S.CHECKED_IN: (N_("The facility looks after you now"), ""),
    _S.PRE_OP_ASSESSED: (N_("The facility looks after you now"), ""),
    _S.IN_TREATMENT: (N_("The facility looks after you now"), ""),
    _S.EXTENDED: (N_("The facility looks after you now"), ""),
    _S.DISCHARGED: (N_("Look at the visits at home, and ask what you want to know"), "aftercare"),
    _S.COMPLETED: (N_("Look at the visits at home, and ask what you want to know"), "aftercare"),
    _S.TRANSFERRED_OUT: (N_("Ask the facility what you want to know"), "aftercare"),
    _S.LEFT_AGAINST_ADVICE: (N_("Ask the facility what you want to know"), "aftercare"),
    _S.CANCELLED_BY_FACILITY: (N_("See where else you can be treated"), "equivalents"),
}


def next_step(language: Language, booking: BookingView, own_zone: str | None) -> Step | None:
    """Return what comes next for the patient of a booking, if anything does."""
    at, say, zone = f"/bookings/{booking.id}", language.gettext, own_zone or booking.zone
    if booking.status in HELD and booking.hold_until is not None:
        until = language.time(booking.hold_until, zone)
        words = say(N_("Pay the deposit or release the time: held until %(time)s"))
        return Step(words % {"time": until}, at, waits=True)
    if booking.change_order_id is not None:
        return Step(say(N_("Answer what the facility proposes")), at, waits=True)
    if booking.needs_attention and booking.status in COMING:
        words = say(N_("The facility lost a permission: decide whether you still go"))
        return Step(words, at, waits=True)
    if booking.status is _S.AWAITING_FACILITY and booking.answer_due_at is not None:
        words = say(N_("The facility answers by %(time)s"))
        return Step(words % {"time": language.moment(booking.answer_due_at, zone)}, at)
    if booking.status is _S.EXPIRED:
        return Step(say(N_("Choose a time again")), f"/offers/{booking.offer_id}")
    if booking.status not in _NEXT:
        return None
    words, page = _NEXT[booking.status]
    return Step(say(words), f"{at}/{page}" if page else at)


def listed(language: Language, bookings: list[BookingView], zones: Mapping[UUID, str]) -> Lists:
    """Sort bookings by what comes next, the soonest first and what is over the latest first.

    `zones` are those in which the patients read a clock.
    """
    lists = Lists([], [], [])
    for booking in sorted(bookings, key=lambda each: each.starts_at):
        step = next_step(language, booking, zones.get(booking.patient_id))
        if step is not None and step.waits:
            lists.waiting.append(Listed(booking, step))
        elif booking.status in COMING | THERE:
            lists.coming.append(Listed(booking, step))
        else:
            lists.past.insert(0, Listed(booking, step))
    return lists
