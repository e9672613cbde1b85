"""What notices say: a title for each, and the page where the rest can be read.

A title names no treatment, no diagnosis and no patient: it stands in the subject of a mail.
"""

import msgspec

from api.web.languages import N_, Language
from domain.bookings.events import BookingNews
from domain.notifications.types import NoticeKind, NoticeView

_N = BookingNews
NEWS: dict[BookingNews, str] = {
    _N.REQUESTED: N_("A booking waits for the facility's answer"),
    _N.CONFIRMED: N_("An appointment is confirmed"),
    _N.DECLINED: N_("The facility cannot take a booking"),
    _N.CANCELLED_BY_PATIENT: N_("The patient has cancelled an appointment"),
    _N.CANCELLED_BY_FACILITY: N_("The facility has cancelled an appointment"),
    _N.EXPIRED: N_("A booking has run out"),
    _N.RESCHEDULED: N_("An appointment has a new time"),
    _N.CHECKED_IN: N_("The patient has arrived at the facility"),
    _N.ASSESSED: N_("The first examination is done"),
    _N.CHANGE_PROPOSED: N_("The facility proposes a change; please answer"),
    _N.CHANGE_ACCEPTED: N_("The proposed change was accepted"),
    _N.CHANGE_REFUSED: N_("The proposed change was refused"),
    _N.NOT_TREATED: N_("An appointment has ended without treatment"),
    _N.TREATMENT_STARTED: N_("The treatment has begun"),
    _N.EXTENDED: N_("The stay will be longer than planned"),
    _N.TRANSFERRED_OUT: N_("The patient was moved to another facility"),
    _N.LEFT_AGAINST_ADVICE: N_("The patient has left the facility early"),
    _N.DIED: N_("The facility has an important message about a patient; please read it"),
    _N.DISCHARGED: N_("The patient was discharged"),
    _N.COMPLETED: N_("A booking is completed"),
    _N.NO_SHOW: N_("Nobody came to an appointment"),
    _N.CREDENTIAL_LOST: N_("A permission of the facility has changed; please look at the booking"),
    _N.CREDENTIAL_RESTORED: N_("The permission of the facility is in force again"),
    _N.COMPLICATION_REPORTED: N_("A report after the treatment waits to be read"),
    _N.QUESTION_ASKED: N_("A question waits for your answer"),
    _N.QUESTION_ANSWERED: N_("A question of yours was answered"),
    _N.WAITLIST_OFFERED: N_("A time you waited for is free; please take it soon"),
    _N.VARIATION_RECORDED: N_("The facility has noted a change during the treatment"),
    _N.RESCHEDULE_PROPOSED: N_("The facility proposes another time; please answer"),
    _N.VISIT_DUE: N_("A follow-up visit is due"),
}

_TEXTS: dict[NoticeKind, tuple[str, str, str, str]] = {
    NoticeKind.BOOKING: (
        N_("There is news about a booking"), "/bookings", "booking_id", "/me/bookings",
    ),
    NoticeKind.SAVED_SEARCH: (
        N_("New offers match a search of yours"), "/searches", "search_id", "/searches",
    ),
    NoticeKind.TASK: (N_("A task waits for you"), "/bookings", "booking_id", "/me/bookings"),
    NoticeKind.WEBHOOK_DISABLED: (
        N_("Deliveries to a system of yours have stopped"), "/facility/webhooks", "webhook_id",
        "/facility/webhooks",
    ),
}  # fmt: skip
"""The title of each kind, the pages of such things, which one it is, and where they are listed."""


class Told(msgspec.Struct, frozen=True):
    """A notice in its reader's words, and the path where the rest can be read."""

    title: str
    path: str


def told(language: Language, notice: NoticeView) -> Told:
    """Return what a notice says; one from a later version says only what it is about."""
    title, pages, name, listed = _TEXTS[notice.kind]
    if notice.kind is NoticeKind.BOOKING and notice.params.get("news") in set(BookingNews):
        title = NEWS[BookingNews(notice.params["news"])]
    thing = notice.params.get(name)
    return Told(language.gettext(title), listed if thing is None else f"{pages}/{thing}")
