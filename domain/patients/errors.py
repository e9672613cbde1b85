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


class NotAMinor(Invalid):
    code = "not_a_minor"
    title = "Adults have their own account, or give a mandate"


@raised_by("mandate_offer_four_eyes")
class SameWitness(Forbidden):
    code = "four_eyes"
    title = "A second member of the practice confirms a mandate on paper"


class ImpossibleBirthDate(Invalid):
    code = "impossible_birth_date"
    title = "The date of birth must be a past date"
