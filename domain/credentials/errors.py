"""What can go wrong with credentials."""

from domain.errors import Conflict, Forbidden, Invalid, NotFound, raised_by


class NoSuchCredential(NotFound):
    code = "credential_not_found"
    title = "There is no such credential among those you may see"


class WrongState(Conflict):
    code = "wrong_state"
    title = "The credential is not in a state that admits this"


@raised_by("credential_four_eyes")
class SameOfficer(Forbidden):
    code = "four_eyes"
    title = "Whoever verified a credential cannot also confirm it; a second officer must"


@raised_by("credential_once")
class CredentialKnown(Conflict):
    code = "credential_known"
    title = "This facility has already handed in a certificate of this body and number"


class UnknownAccreditor(Invalid):
    code = "unknown_accreditor"
    title = "Name a known accreditor, or the body that issued the credential"


class NotRecognised(Invalid):
    code = "accreditor_not_recognised"
    title = "The accreditor was not recognised on the day of issue"


class ImpossibleDates(Invalid):
    code = "impossible_dates"
    title = "The dates of the credential contradict each other"


class EvidenceMissing(Invalid):
    code = "evidence_missing"
    title = "This way of checking needs evidence: a register's address, or the document's SHA-256"


class NothingToSupersede(Invalid):
    code = "nothing_to_supersede"
    title = "The superseded credential is not one of this facility"


class CredentialNotValid(Conflict):
    code = "credential_not_valid"
    title = "The facility's credentials do not cover this treatment at that time"
