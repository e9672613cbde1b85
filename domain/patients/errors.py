"""What can go wrong around a patient's file."""

from domain.errors import Conflict, Forbidden, Invalid, NotFound, raised_by


class NoSuchPatient(NotFound):
    code = "patient_not_found"
    title = "There is no such patient among those you may see"


class CareCodeUnknown(NotFound):
    code = "care_code_unknown"
    title = "This code does not hold; ask the patient for a new one"


class MandateRefused(Invalid):
    code = "mandate_refused"
    title = "This code is wrong, was used or has run out; ask for a new one"


class NoSuchMandate(NotFound):
    code = "mandate_not_found"
    title = "There is no such mandate that waits for your practice"


class MandateTooLong(Invalid):
    code = "mandate_too_long"
    title = "A mandate lasts for two years at most, and ends in the future"


class OwnMandate(Conflict):
    code = "own_mandate"
    title = "This is your own file; you need no mandate for it"


@raised_by("access_once")
class AccessKnown(Conflict):
    code = "access_known"
    title = "This account may act for the patient already; withdraw that first"


class NoSuchAccess(NotFound):
    code = "access_not_found"
    title = "There is no such access"


class NoSuchOffer(NotFound):
    code = "mandate_offer_not_found"
    title = "There is no such mandate waiting at this practice"


class NotAMinor(Invalid):
    code = "not_a_minor"
    title = "Adults have their own account, or give a mandate"


class CourtOrderNeeded(Invalid):
    code = "court_order_needed"
    title = "For an adult ward, name the day on which the court's order ends, at most five years on"


class NotOfAge(Invalid):
    code = "not_of_age"
    title = "The patient is not of age yet, or their date of birth is not known"


class StillRepresented(Conflict):
    code = "still_represented"
    title = "Somebody acts for this patient by law, or the patient has an account already"


class RepresentativesAccount(Forbidden):
    code = "representatives_account"
    title = "Whoever acted for the patient cannot claim the file; it needs an account of their own"


class NoSuchMerge(NotFound):
    code = "merge_not_found"
    title = "There is no such proposal to merge two files"


class NothingToMerge(Invalid):
    code = "nothing_to_merge"
    title = "Two different files of one home state can be merged, and none that was merged before"


@raised_by("patient_merge_open_once")
class MergeProposed(Conflict):
    code = "merge_proposed"
    title = "One of these files is part of another open proposal"


class MergeNotAgreed(Conflict):
    code = "merge_not_agreed"
    title = "Both people who sign in to these files must agree first"


@raised_by("patient_merge_four_eyes")
class SameOfficer(Forbidden):
    code = "four_eyes"
    title = "A second officer confirms what the first proposed"


@raised_by("mandate_offer_four_eyes")
class SameWitness(Forbidden):
    code = "four_eyes"
    title = "A second member of the practice confirms a mandate on paper"


class ImpossibleBirthDate(Invalid):
    code = "impossible_birth_date"
    title = "The date of birth must be a past date"
