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


@raised_by("credential_appeal_four_eyes")
class OwnDecision(Forbidden):
    code = "own_decision"
    title = "Whoever took a decision cannot judge the appeal against it; another officer must"


@raised_by("credential_once", "credential_of_organisation_once")
class CredentialKnown(Conflict):
    code = "credential_known"
    title = "This holder has already handed in a certificate of this body and number"


class UnknownAccreditor(Invalid):
    code = "unknown_accreditor"
    title = "Name a known accreditor, or the body that issued the credential"


class NotRecognised(Invalid):
    code = "accreditor_not_recognised"
    title = "The accreditor was not recognised in this state on the day of issue"


class ImpossibleDates(Invalid):
    code = "impossible_dates"
    title = "The dates of the credential contradict each other"


class UnknownScope(Invalid):
    code = "unknown_scope"
    title = "A suspension names specialties and treatments of the catalogue"


class EvidenceMissing(Invalid):
    code = "evidence_missing"
    title = "This way of checking needs evidence: a register's address, or the document's SHA-256"


class EvidenceUnusable(Invalid):
    code = "evidence_unusable"
    title = "Name an evidence file of your own organisation that has been checked"


class NothingToSupersede(Invalid):
    code = "nothing_to_supersede"
    title = "The superseded credential is not one of this holder"


class CredentialNotValid(Conflict):
    code = "credential_not_valid"
    title = "The facility's credentials do not cover this treatment at that time"


class NotToRenew(Conflict):
    code = "not_to_renew"
    title = "Only a credential with a last day that has not passed can be renewed"


@raised_by("credential_renewal_once")
class RenewalFiled(Conflict):
    code = "renewal_filed"
    title = "A renewal already waits for an officer"


class NoRenewalFiled(Conflict):
    code = "no_renewal_filed"
    title = "No renewal waits for an officer"


@raised_by("credential_appeal_once")
class AppealFiled(Conflict):
    code = "appeal_filed"
    title = "This decision has already been appealed"


class NoAppealFiled(Conflict):
    code = "no_appeal_filed"
    title = "No appeal against the present decision is open"


class WrongHolder(Invalid):
    code = "wrong_holder"
    title = "A credential of this kind is not held by this kind of facility or organisation"


@raised_by("credential_authorisation_once")
class AlreadyAuthorised(Conflict):
    code = "already_authorised"
    title = "The organisation already has an authorisation of this kind there at that time"


@raised_by("accreditor_name_key")
class AccreditorKnown(Conflict):
    code = "accreditor_known"
    title = "An accreditor of this name is already known"


class NoSuchRecognition(NotFound):
    code = "recognition_not_found"
    title = "There is no such recognition among those you may see"


@raised_by("recognition_once")
class RecognitionKnown(Conflict):
    code = "recognition_known"
    title = "This decision on the accreditor has already been recorded"


class RecognitionConfirmed(Conflict):
    code = "recognition_confirmed"
    title = "A second officer has already confirmed this recognition"


class RecognitionOver(Conflict):
    code = "recognition_over"
    title = "This recognition ends that day or earlier already"


@raised_by("recognition_four_eyes")
class SameRecorder(Forbidden):
    code = "four_eyes"
    title = "Whoever recorded a recognition cannot also confirm it; a second officer must"


class NoSuchList(NotFound):
    code = "list_not_found"
    title = "There is no worklist of this name"
