"""What can go wrong between a request for consent and its use."""

from domain.errors import Conflict, Forbidden, Invalid, NotFound, raised_by


class NoSuchConsent(NotFound):
    code = "consent_not_found"
    title = "There is no such consent among those you may see"


class NoSuchGrantee(Invalid):
    code = "grantee_unknown"
    title = "The organisation that should receive the data is not part of the network"


class WrongConsentState(Conflict):
    code = "wrong_consent_state"
    title = "The consent is not in a state that allows this"


class ConsentWithdrawn(Forbidden):
    code = "consent_withdrawn"
    title = "The patient's consent to this has ended; ask for a new one"


class ConsentNeeded(Conflict):
    code = "consent_needed"
    title = "The patient has to consent to this first"


@raised_by("consent_at_most_a_year")
class ConsentTooLong(Invalid):
    code = "consent_too_long"
    title = "A consent lasts at most twelve months"


@raised_by("consent_period", "consent_data_period")
class EmptyPeriod(Invalid):
    code = "empty_period"
    title = "The period is over before it begins, or already past"


class BroaderThanAsked(Invalid):
    code = "broader_than_asked"
    title = "More cannot be granted than was asked for"


class TextNotOffered(Invalid):
    code = "consent_language"
    title = "The consent cannot be shown in this language yet"


class OtherTextShown(Conflict):
    code = "other_text_shown"
    title = "These terms give another text than the one that was shown; show it again"


class UnreadableCursor(Invalid):
    code = "unreadable_cursor"
    title = "The cursor was not made by this address"
