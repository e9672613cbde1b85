"""Why a letter cannot be issued or read."""

from domain.errors import Invalid, NotFound, Unavailable


class NoSuchLetter(NotFound):
    code = "letter_not_found"
    title = "There is no letter of this booking that holds now; issue one"


class PassportNameNeeded(Invalid):
    code = "passport_name_needed"
    title = "Write the name as the passport spells it, in letters from A to Z"


class PrinterUnavailable(Unavailable):
    code = "letters_unavailable"
    title = "Letters cannot be printed at the moment"
