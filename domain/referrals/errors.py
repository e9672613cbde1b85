"""Why a referral or a quote cannot be moved."""

from domain.errors import Conflict, Forbidden, Invalid, NotFound, raised_by


class NoSuchReferral(NotFound):
    code = "referral_not_found"
    title = "There is no such referral among those you may see"


class ReferralOver(Forbidden):
    code = "referral_over"
    title = "This referral has ended without your facility; its letter and person are closed to it"


class NoSuchQuote(NotFound):
    code = "quote_not_found"
    title = "There is no such quote among those you may see"


class NoSuchWorklist(NotFound):
    code = "worklist_not_found"
    title = "There is no worklist of this name for your role"


class WrongState(Conflict):
    code = "wrong_state"
    title = "The referral is not in a state that allows this"


class InterestNotDeclared(Invalid):
    code = "interest_not_declared"
    title = "A referral needs the doctor's declaration that nobody pays for it"


class FacilityNotListed(Conflict):
    code = "facility_not_listed"
    title = "This facility may not be referred to at present: its credentials do not cover it"


class QuoteExpired(Conflict):
    code = "quote_expired"
    title = "The quote has expired; ask the facility for a new one"


@raised_by("quote_open_once")
class QuoteOpen(Conflict):
    code = "quote_open"
    title = "There is already an open quote for this referral"


class QuoteUnsound(Invalid):
    code = "quote_unsound"
    title = "The lines of the quote do not add up to a price with a deposit"
