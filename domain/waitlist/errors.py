"""Why somebody cannot wait."""

from domain.errors import Conflict, Invalid, NotFound, raised_by


class NoSuchWait(NotFound):
    code = "waitlist_entry_not_found"
    title = "There is no such place in a waitlist among yours"


@raised_by("waitlist_once")
class WaitingAlready(Conflict):
    code = "waiting_already"
    title = "This patient waits for the offer already"


class TimeIsFree(Conflict):
    code = "time_is_free"
    title = "The offer has free times on these days; book one of them"


class UnusableWindow(Invalid):
    code = "waitlist_window_unusable"
    title = "Wait from today at the earliest, on at most 92 days within the coming year"


class WaitOver(Conflict):
    code = "waiting_is_over"
    title = "The waiting is over: the time was taken, or the list was left"
