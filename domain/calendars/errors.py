"""What can go wrong with calendars."""

from domain.errors import Conflict, Invalid, NotFound, raised_by


class NoSuchCalendar(NotFound):
    code = "calendar_not_found"
    title = "There is no such calendar, or its address was changed"


class CalendarIncomplete(Invalid):
    code = "calendar_incomplete"
    title = "A facility's calendar names the facility, a practitioner's names both, one's own none"


@raised_by("calendar_subscription_once")
class CalendarKnown(Conflict):
    code = "calendar_known"
    title = "You follow this calendar already; make a new address where you have lost it"


class NotBookedYet(Conflict):
    code = "not_booked_yet"
    title = "A time that is only held, or was released, has no place in a calendar"
