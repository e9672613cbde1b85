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


class TooEarly(Conflict):
    code = "too_early"
    title = "It is too early for this"


class ImpossibleTime(Invalid):
    code = "impossible_time"
    title = "The time contradicts what is known of the stay"


class Contradictory(Invalid):
    code = "contradictory_request"
    title = "The parts of the request contradict each other"


@raised_by("booking_consented")
class ProcedureConsentMissing(Conflict):
    code = "procedure_consent_missing"
    title = "The signed consent to the procedure must be recorded before treatment begins"


@raised_by("procedure_consent_once")
class ProcedureConsentKnown(Conflict):
    code = "procedure_consent_known"
    title = "The consent to the procedure is recorded already"


class CoverMissing(Conflict):
    code = "complication_cover_missing"
    title = "The state asks for insurance against complications before treatment begins"


class NotAssessed(Conflict):
    code = "not_assessed"
    title = "The assessment must end with `proceed`, or its change be accepted, first"


@raised_by("booking_letter")
class LetterMissing(Conflict):
    code = "discharge_letter_missing"
    title = "The discharge letter must be there before the stay is completed"


class NoSuchChange(NotFound):
    code = "change_order_not_found"
    title = "The booking has no such change"


@raised_by("change_order_open_once")
class ChangeOpen(Conflict):
    code = "change_order_open"
    title = "Another change waits for the patient's answer"


class ChangeDecided(Conflict):
    code = "change_order_decided"
    title = "The change was decided already"


class ChangeUnsound(Invalid):
    code = "change_order_unsound"
    title = "The lines of the change do not add up to a price that can be charged"


class LimitExceeded(Conflict):
    code = "price_limit_exceeded"
    title = "The price would rise above what the patient agreed to at most"


class NoSuchComplication(NotFound):
    code = "complication_not_found"
    title = "The booking has no such complication"


class NoSuchItem(NotFound):
    code = "booking_item_not_found"
    title = "The booking has no such item"


class NoSuchClaim(NotFound):
    code = "cancellation_claim_not_found"
    title = "There is no such claim among those you may see"


@raised_by("cancellation_claim_open_once")
class ClaimKnown(Conflict):
    code = "cancellation_claim_known"
    title = "A ground for cancelling this booking was claimed already"


class ClaimDecided(Conflict):
    code = "cancellation_claim_decided"
    title = "The claim was decided already"


class TooLateToMove(Conflict):
    code = "too_late_to_reschedule"
    title = "The treatment begins too soon to be put off; ask the facility"


class ItemIncomplete(Invalid):
    code = "booking_item_incomplete"
    title = "The item leaves out what it needs"


class TooManyItems(Conflict):
    code = "too_many_booking_items"
    title = "The booking has as many items as it can have"
