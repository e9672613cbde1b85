"""What can go wrong between a file, its parts and whoever wants them."""

from domain.errors import Conflict, Invalid, NotFound, Unavailable, raised_by


class NoSuchFile(NotFound):
    code = "file_not_found"
    title = "There is no such file among those you may see"


class UnusableName(Invalid):
    code = "unusable_name"
    title = "Give the file a name that people can read"


class TypeNotAllowed(Invalid):
    code = "media_type_not_allowed"
    title = "Files of this type are not taken here"


class TooLarge(Invalid):
    code = "file_too_large"
    title = "A document has at most 25 MiB, and imaging at most 4 GiB"


class ImpossibleMoment(Invalid):
    code = "impossible_moment"
    title = "The moment must be a real one and not in the future"


class TooManyUploads(Conflict):
    code = "too_many_uploads"
    title = "Too many uploads are unfinished; finish or delete some of them first"


class WrongOffset(Conflict):
    code = "wrong_offset"
    title = "The upload stands at another offset; continue from there"


class UploadBusy(Conflict):
    code = "upload_busy"
    title = "Somebody is sending this file at this moment; ask for its offset and continue then"


class UploadOver(Conflict):
    code = "upload_over"
    title = "This file takes no more content"


class LargerThanDeclared(Invalid):
    code = "larger_than_declared"
    title = "More was sent than the file was declared to have"


class BodyCutOff(Invalid):
    code = "body_cut_off"
    title = "The connection ended early; what arrived is kept and the upload can be continued"


class NotAvailable(Conflict):
    code = "file_not_available"
    title = "This file cannot be downloaded: it is not complete, not checked yet, or was rejected"


@raised_by("file_part_once")
class PartTaken(Conflict):
    code = "upload_busy"
    title = UploadBusy.title


class StoreUnavailable(Unavailable):
    code = "store_unavailable"
    title = "Files cannot be reached at the moment; please try again in a few seconds"


class ScannerUnavailable(Unavailable):
    code = "scanner_unavailable"
    title = "The virus scanner does not answer"
