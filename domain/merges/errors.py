"""What can go wrong when two files of one person are merged."""

from domain.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion, raised_by


class NoSuchMerge(NotFound):
    code = "merge_not_found"
    title = "There is no such proposal to merge two files"


class MergeCodeRefused(Invalid):
    code = "merge_code_refused"
    title = "This code is wrong, was used or has run out; make a new one in the other account"


@raised_by("patient_merge_not_itself", "patient_alias_not_itself")
class SameFile(Invalid):
    code = "same_file"
    title = "Name two different files; a file is not merged with itself"


class OneOfCodeAndNumber(Invalid):
    code = "other_file_unclear"
    title = "Name the other file either by its code or by its number"


class EvidenceNeeded(Invalid):
    code = "evidence_needed"
    title = "Say where it is written that both files are one person's"


class DifferentStates(Invalid):
    code = "different_home_states"
    title = "Files of two home states stand under two laws and are not merged"


@raised_by("patient_alias_once", "patient_alias_of_a_survivor", "patient_alias_marked")
class MergedBefore(Conflict):
    code = "merged_before"
    title = "One of these files was merged before; merge into the file that stayed, or undo that"


class FileHeld(Conflict):
    code = "file_held"
    title = "An authority has ordered that this file be kept as it is; lift that order first"


@raised_by("patient_merge_open_once")
class MergeProposed(Conflict):
    code = "merge_proposed"
    title = "It is proposed already to merge these files"


class MergeOver(Conflict):
    code = "merge_over"
    title = "This proposal is no longer open"


class MergeNotAgreed(Conflict):
    code = "merge_not_agreed"
    title = "The own side of each file must agree first"


class FilesContradict(Conflict):
    code = "files_contradict"
    title = "The files contradict each other; an officer must look and accept each point by name"


class BookingsCross(Conflict):
    code = "bookings_cross"
    title = "Both files hold a booking for the same time; cancel one of them first"


class MergeUsed(Conflict):
    code = "merge_used"
    title = "Something was done since with the merged file; it cannot be told apart again"


class PreviewStale(StaleVersion):
    code = "preview_stale"
    title = "Something has changed since the preview; look at it again before you confirm"


@raised_by("patient_merge_four_eyes")
class SameOfficer(Forbidden):
    code = "four_eyes"
    title = "A second officer confirms what the first proposed"


class OwnFileMerge(Forbidden):
    code = "own_file_merge"
    title = "This is your own file or one you act for; another officer decides about it"
