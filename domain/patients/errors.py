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


class MandateOutlivesGiver(Invalid):
    code = "mandate_outlives_giver"
    title = "A mandate given for a child or ward ends with the access of whoever gives it"


@raised_by("guardianship_until")
class CourtOrderOver(Invalid):
    code = "court_order_over"
    title = "A court's order ends in the future, and is looked at again after five years at most"


class NoSuchGuardianship(NotFound):
    code = "guardianship_not_found"
    title = "There is no such guardianship among those you may see"


class GuardianshipCodeRefused(Invalid):
    code = "guardianship_code_refused"
    title = "This code is wrong, was used or has run out; ask the practice for a new one"


@raised_by("guardianship_open_once")
class GuardianshipAsked(Conflict):
    code = "guardianship_asked"
    title = "You have asked for this already; an officer has yet to see the order"


class GuardianshipDecided(Conflict):
    code = "guardianship_decided"
    title = "This was decided already"


class OwnGuardianship(Forbidden):
    code = "own_guardianship"
    title = "Nobody is their own guardian, nor the officer who confirms themself"


@raised_by("guardianship_four_eyes")
class GuardianshipFourEyes(Forbidden):
    code = "four_eyes"
    title = "Somebody who neither asked nor will act confirms a guardian"


class ClaimRefused(Invalid):
    code = "claim_refused"
    title = "This code is wrong, was used or has run out; ask the practice for a new one"


class NotOfAge(Invalid):
    code = "not_of_age"
    title = "The patient is not of age yet, or their date of birth is not known"


class StillRepresented(Conflict):
    code = "still_represented"
    title = "Somebody acts for this patient by law, or the patient signs in already"


class RepresentativesAccount(Forbidden):
    code = "representatives_account"
    title = "Whoever acted for the patient does not claim the file; it takes an account of its own"


@raised_by("mandate_offer_four_eyes")
class SameWitness(Forbidden):
    code = "four_eyes"
    title = "A second member of the practice confirms a mandate on paper"


class ImpossibleBirthDate(Invalid):
    code = "impossible_birth_date"
    title = "The date of birth must be a past date"
