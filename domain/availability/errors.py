"""Why a time cannot be had."""

from domain.errors import Conflict, Invalid, NotFound, raised_by


@raised_by("reservation_no_overlap")
class SlotTaken(Conflict):
    code = "slot_taken"
    title = "Somebody else has just taken this time; please choose another one"


class NoSuchSlot(Conflict):
    code = "no_such_slot"
    title = "The offer has no free slot that starts at this time"


class NothingReserved(Conflict):
    code = "nothing_reserved"
    title = "The booking no longer has any time of its own"


class NoSuchPractitioner(NotFound):
    code = "practitioner_not_found"
    title = "No such practitioner works at this facility"


class NoSuchPool(NotFound):
    code = "resource_not_found"
    title = "The facility has no such resource"


class UnusableRule(Invalid):
    code = "opening_rule_unusable"
    title = "An opening rule looks like FREQ=WEEKLY;BYDAY=MO,TU (RFC 5545) and opens on some day"


class NoSuchRule(NotFound):
    code = "opening_rule_not_found"
    title = "The resource has no such opening rule"


class NoSuchException(NotFound):
    code = "opening_exception_not_found"
    title = "The resource has no such exception"


class NoSuchClosure(NotFound):
    code = "closure_not_found"
    title = "The facility has no such closure"


class NoSuchBlock(NotFound):
    code = "block_not_found"
    title = "Nobody has taken such a stretch of this resource by hand"


class NoSuchFeed(NotFound):
    code = "calendar_feed_not_found"
    title = "The resource has no such calendar"


class FeedsOff(Conflict):
    code = "calendar_feeds_off"
    title = "This marketplace fetches no calendars: its operator has named no host for them"


class CalendarHostRefused(Invalid):
    code = "calendar_host_refused"
    title = "Calendars are fetched over https from the hosts that the operator has named"


class TooManyFeeds(Conflict):
    code = "too_many_feeds"
    title = "A resource has at most 20 calendars; remove one first"


class UnusableTime(Invalid):
    code = "time_unusable"
    title = "A stretch of time begins before it ends, lasts at most a year, and is not over"


class ResourceEnded(Conflict):
    code = "resource_ended"
    title = "The resource's service has an end already"


class UnusableRange(Invalid):
    code = "date_range_unusable"
    title = "Ask for at most 90 days, the first not after the last"


@raised_by("resource_pool_name")
class PoolNameTaken(Conflict):
    code = "resource_name_taken"
    title = "The facility already has a resource of this kind and name"


@raised_by("practitioner_licence", "affiliation_once", "resource_pool_practitioner")
class PractitionerKnown(Conflict):
    code = "practitioner_known"
    title = "A practitioner with this licence is already registered here"


@raised_by("offer_need_once")
class NeedKnown(Conflict):
    code = "offer_need_known"
    title = "The offer already needs this resource"


@raised_by("opening_exception_day")
class ExceptionKnown(Conflict):
    code = "opening_exception_known"
    title = "There is already an exception for this day and hour"
