"""What can go wrong between a person and the provider of their electronic identity."""

from domain.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable, raised_by


class NoSuchEidProvider(NotFound):
    code = "eid_provider_not_found"
    title = "This site has no such provider of electronic identity"


class EidRefused(Invalid):
    """One answer for everything that does not prove an identity; the audit trail knows why."""

    code = "eid_refused"
    title = "The electronic identity was not proved; please start again in this browser"


class EidUnavailable(Unavailable):
    code = "eid_unavailable"
    title = "The provider of the electronic identity does not answer; please try again later"
    retry_after_s = 30


class EidLevelTooLow(Forbidden):
    code = "eid_level_too_low"
    title = "The provider does not know you well enough this way; sign in there more strongly"


class EidNotLinked(Forbidden):
    code = "eid_not_linked"
    title = "No account is linked with this identity; sign in otherwise and link it first"


class EidDiffers(Conflict):
    code = "eid_differs"
    title = "The identity has another date of birth than your file; it was not linked"


@raised_by("eid_link_subject_index_key", "eid_link_one_human")
class EidLinkedElsewhere(Conflict):
    code = "eid_linked_elsewhere"
    title = "This identity cannot be linked with your account"


@raised_by("eid_link_once")
class EidKnown(Conflict):
    code = "eid_known"
    title = "Your account is linked with this provider already; remove that link first"


class NoSuchEidLink(NotFound):
    code = "eid_link_not_found"
    title = "Your account has no such link"
