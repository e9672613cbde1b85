"""Why a booking cannot be made or moved."""

from domain.errors import Conflict, Invalid, NotFound, raised_by


class NoSuchBooking(NotFound):
    code = "booking_not_found"
    title = "There is no such booking among those you may see"


class UnusableInstant(Invalid):
    code = "unusable_instant"
    title = "The instant lies too far from today to mean anything"


class OfferChanged(Conflict):
    code = "offer_changed"
    title = "The offer has changed since you saw it; look at its present price and terms"


class HoldExpired(Conflict):
    code = "hold_expired"
    title = "The time was held for 15 minutes and has been released; please choose it again"


class TooManyHolds(Conflict):
    code = "too_many_holds"
    title = "Three times are already being held for this patient; pay or release one first"


class WrongState(Conflict):
    code = "wrong_state"
    title = "The booking is not in a state that allows this"


@raised_by("booking_live_once")
class EpisodeBooked(Conflict):
    code = "episode_booked"
    title = "There is already a live booking for this episode"
