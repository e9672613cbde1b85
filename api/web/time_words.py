"""The words for time: its kinds and states, refusals about it, and what was done with it."""

from api.web.languages import N_

LABELS: dict[str, dict[str, str]] = {
    "pool": {
        "practitioner": N_("Practitioner"),
        "room": N_("Room"),
        "device": N_("Device"),
        "bed": N_("Beds"),
    },
    "busy": {
        "booking": N_("Booking"),
        "quote": N_("Kept for a quote"),
        "block": N_("Blocked"),
        "calendar": N_("Busy by an imported calendar"),
        "elsewhere": N_("Busy at another facility"),
    },
    "reservation": {
        "held": N_("held"),
        "pending": N_("payment under way"),
        "confirmed": N_("booked"),
    },
    "cause": {
        "feed_clash": N_("an imported calendar says busy"),
        "rule_changed": N_("hours were changed"),
        "closure": N_("the facility is closed"),
        "affiliation_ended": N_("the practitioner works here no longer"),
    },
    "feed": {
        "address_lost": N_("Its address can no longer be read; please add it anew."),
        "host_refused": N_("Its host may not, or no longer, be asked."),
        "unreachable": N_("Its host does not answer."),
        "refused": N_("Its host refused to give it; the address may have changed."),
        "redirected": N_("It has moved to another address; please add that one."),
        "too_slow": N_("Its host takes longer than ten seconds."),
        "too_large": N_("It is larger than 5 MiB."),
        "too_much": N_("It repeats more than can be read."),
        "unreadable": N_("What came is no calendar (iCalendar, RFC 5545)."),
    },
    "wait": {
        "waiting": N_("Waiting"),
        "offered": N_("A time is held for you"),
        "taken": N_("Booked"),
        "left": N_("Left"),
        "lapsed": N_("The waiting has ended"),
    },
}

ERRORS: dict[str, tuple[str, str]] = {
    "resource_name_taken": (
        N_("There is a resource of this kind and name already."),
        N_("Please choose another name."),
    ),
    "practitioner_known": (
        N_("Somebody with this licence works here already."),
        N_("You find the person among the resources."),
    ),
    "resource_ended": (
        N_("The end of its service is set already."),
        N_("Please look at the present state on this page."),
    ),
    "opening_rule_unusable": (
        N_("These hours open on no day, or the rule cannot be read."),
        N_("Please choose weekdays and days that fit, or correct the rule."),
    ),
    "opening_exception_known": (
        N_("This day has these other hours already."),
        N_("You find it in the list of single days."),
    ),
    "time_unusable": (
        N_("These times do not fit together, or are over."),
        N_("The end has to lie after the beginning and in the future."),
    ),
    "date_range_unusable": (
        N_("These days cannot be shown."),
        N_("Please choose other days."),
    ),
    "offer_need_known": (
        N_("The offer takes this resource already."),
        N_("To change its minutes or nights, remove it first."),
    ),
    "calendar_feeds_off": (
        N_("This marketplace fetches no calendars yet."),
        N_("Its operator has to name the hosts from which it may. Please ask the operator."),
    ),
    "calendar_host_refused": (
        N_("Calendars are not fetched from this address."),
        N_("It has to begin with https:// and lie on one of the hosts that are named here."),
    ),
    "too_many_feeds": (
        N_("A resource has at most twenty calendars."),
        N_("Please remove one first."),
    ),
    "too_late_to_reschedule": (
        N_("The treatment begins too soon to be moved here."),
        N_("Please ask the facility."),
    ),
    "nothing_reserved": (
        N_("This booking no longer has a time of its own."),
        N_("Please ask the facility."),
    ),
    "waiting_already": (
        N_("This patient waits for this offer already."),
        N_("You find the place under Waitlist."),
    ),
    "time_is_free": (
        N_("There are free times on these days."),
        N_("Please book one of them, or choose other days to wait for."),
    ),
    "waitlist_window_unusable": (
        N_("One cannot wait for these days."),
        N_("Please choose at most three months, from today on and within a year."),
    ),
    "waiting_is_over": (
        N_("This waiting is over already."),
        N_("Please look at the present state on this page."),
    ),
}

DONE: dict[str, str] = {
    "moved": N_("The booking has its new time."),
    "waiting": N_("You are on the waitlist."),
    "left-waitlist": N_("You have left the waitlist."),
    "blocked": N_("The time is blocked."),
    "freed": N_("The time is free again."),
    "resource-added": N_("It is added. Give it hours, and say which offers take it."),
    "resource-ended": N_("Its service has an end now."),
    "rule-added": N_("The hours are added."),
    "rule-changed": N_("The hours are changed."),
    "rule-ended": N_("The hours have an end now."),
    "day-changed": N_("The day has other hours now."),
    "day-usual": N_("The day has its usual hours again."),
    "closed-days": N_("The facility is closed on these days."),
    "reopened": N_("The facility is open again on these days."),
    "need-added": N_("Each new booking of the offer takes it from now on."),
    "need-removed": N_("New bookings of the offer no longer take it."),
    "calendar-added": N_("The calendar is fetched within a minute."),
    "calendar-asked": N_("The calendar is fetched in a few seconds."),
    "calendar-removed": N_("The calendar is forgotten; what it said is free again."),
}
