"""What can go wrong between a record and those who bring or read it."""

from domain.errors import Invalid, NotFound


class UnreadableDocument(Invalid):
    code = "unreadable_document"
    title = "The document is not JSON that can be read safely"


class NotAnIps(Invalid):
    code = "not_an_ips"
    title = "The document is not a valid International Patient Summary"


class EmptyForm(Invalid):
    code = "empty_form"
    title = "The form has no line; write down at least one"


class CodeWithoutSystem(Invalid):
    code = "code_without_system"
    title = "A code means something only with the system it comes from, and a system with a code"


class UnreadableCursor(Invalid):
    code = "unreadable_cursor"
    title = "The cursor was not made by this address"


class ImpossibleDate(Invalid):
    code = "impossible_date"
    title = "The date must be a real one, today or in the past"


class UnknownCountry(Invalid):
    code = "unknown_country"
    title = "A country is named by its two-letter code (ISO 3166-1), for example TR"


class NoSuchRecord(NotFound):
    # The same words as for an unknown patient: a stranger must not learn which it is.
    code = "patient_not_found"
    title = "There is no such patient among those you may see"
