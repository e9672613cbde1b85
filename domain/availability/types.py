"""The vocabulary of time that can be booked."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.catalogue.types import OfferMode
from domain.identity.types import LanguageTag


class PoolKind(StrEnum):
    """What a pool's lanes are; beds are open round the clock, the others by their rules."""

    PRACTITIONER = "practitioner"
    ROOM = "room"
    DEVICE = "device"
    BED = "bed"


class ReservationStatus(StrEnum):
    """Why a stretch of a resource is, or no longer is, taken."""

    HELD = "held"
    QUOTED = "quoted"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    BLOCKED = "blocked"
    RELEASED = "released"
    EXPIRED = "expired"


Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=1440)]


class NewPractitioner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A professional who works at the facility."""

    name: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    specialty: Annotated[str, msgspec.Meta(max_length=60)]
    licence_number: Annotated[str, msgspec.Meta(min_length=2, max_length=60)]
    licence_state: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]


class NewPool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A pool of `lanes` interchangeable resources; a practitioner is a pool of one."""

    kind: PoolKind
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    lanes: Annotated[int, msgspec.Meta(ge=1, le=200)] = 1
    practitioner: NewPractitioner | None = None


class EndResource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From when on a resource is out of service, or a practitioner works here no more; or now."""

    ends_at: Instant | None = None


class NewOpeningRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Opening hours on the days of an RFC 5545 rule, in the facility's wall clock.

    `rrule` may have FREQ (DAILY, WEEKLY or MONTHLY), INTERVAL, BYMONTH, BYMONTHDAY, BYDAY,
    BYSETPOS and either COUNT or UNTIL, a day. `valid_from` is the day from which it counts. Hours
    may go on past midnight. On public holidays of the facility's state a rule that observes them
    does not open.
    """

    rrule: Annotated[str, msgspec.Meta(max_length=200)]
    opens: time
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)]
    valid_from: date
    valid_until: date | None = None
    observes_holidays: bool = True


class EndOpeningRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The last day on which a rule opens; one before its first takes the rule away."""

    last_day: date


class NewClosure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days on which the whole facility is closed, and why; at most three years.

    Whoever lies in a bed stays, unless `beds_too`.
    """

    first_day: date
    last_day: date
    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    beds_too: bool = False


class BlockTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A stretch of a resource that staff take by hand, and why (never a patient's name).

    `lane` is the number of one room or bed of several; without it the first free one is taken.
    """

    starts_at: Instant
    ends_at: Instant
    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    lane: Annotated[int, msgspec.Meta(ge=1, le=200)] | None = None


class NewOpeningException(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Other hours on one day; without `opens` the day is closed."""

    day: date
    opens: time | None = None
    minutes: Minutes = 0


class NewOfferNeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one booking of an offer takes: one lane of a pool, with buffers, or for nights."""

    pool_id: UUID
    before_minutes: Minutes = 0
    after_minutes: Minutes = 0
    nights: Annotated[int, msgspec.Meta(ge=0, le=365)] = 0


class ShowPractitioner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Show a practitioner to everybody, or no longer; only whoever agreed to it is shown.

    `consents` says that the practitioner has agreed to stand on the facility's page.
    """

    consents: bool
    languages: Annotated[list[LanguageTag], msgspec.Meta(max_length=20)] = []


class PractitionerView(msgspec.Struct, frozen=True):
    """Who works at a facility. `shown` is true for everybody but the facility's own staff.

    `licence_verified` says whether an officer has verified this licence of a member of the
    facility.
    """

    id: UUID
    name: str
    specialty: str
    languages: list[str]
    licence_verified: bool
    shown: bool
    demo: bool


class PoolView(msgspec.Struct, frozen=True):
    """What a facility can be booked for; from `ends_at` on it is out of service."""

    id: UUID
    kind: PoolKind
    name: str
    lanes: int
    practitioner: str | None
    ends_at: datetime | None


class OpeningRule(msgspec.Struct, frozen=True):
    """Recurring hours of a pool, as stored; nothing opens after `last_day`."""

    pool_id: UUID
    rrule: str
    opens: time
    minutes: int
    valid_from: date
    last_day: date | None
    observes_holidays: bool = True


class OpeningRuleView(msgspec.Struct, frozen=True):
    """Recurring hours; `last_day` is where `valid_until`, UNTIL or COUNT ends them."""

    id: UUID
    rrule: str
    opens: time
    minutes: int
    valid_from: date
    valid_until: date | None
    last_day: date | None
    observes_holidays: bool
    version: int


class OpeningExceptionView(msgspec.Struct, frozen=True):
    """One day's other hours; without `opens` it is closed."""

    id: UUID
    day: date
    opens: time | None
    minutes: int


class Closure(msgspec.Struct, frozen=True):
    """Days on which the whole facility is closed, both included."""

    id: UUID
    first_day: date
    last_day: date
    reason: str
    beds_too: bool


class BlockView(msgspec.Struct, frozen=True):
    """A stretch that staff took by hand."""

    id: UUID
    lane: int
    starts_at: datetime
    ends_at: datetime
    reason: str


class PoolTerms(msgspec.Struct, frozen=True):
    """What decides when a pool can be open: its kind, where it is, and when its service ends."""

    id: UUID
    kind: PoolKind
    facility_id: UUID
    zone: str
    state: str
    closes_at: datetime | None


class NewFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The address of a calendar (RFC 5545) that says when one lane of a resource is busy.

    Whoever knows the address can read the calendar, so it is never shown again.
    """

    url: Annotated[str, msgspec.Meta(min_length=8, max_length=2000)]
    lane: Annotated[int, msgspec.Meta(ge=1, le=200)] = 1


class FeedTrouble(StrEnum):
    """Why a calendar could not be had or read the last time."""

    ADDRESS_LOST = "address_lost"
    HOST_REFUSED = "host_refused"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    REDIRECTED = "redirected"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    TOO_MUCH = "too_much"
    UNREADABLE = "unreadable"


class FeedView(msgspec.Struct, frozen=True):
    """A calendar that is fetched. While it fails, what it said last still counts as busy."""

    id: UUID
    host: str
    lane: int
    last_synced_at: datetime | None
    last_error: FeedTrouble | None
    failures: int
    next_sync_at: datetime
    busy_spans: int


class OpeningException(msgspec.Struct, frozen=True):
    """One day's other hours, as stored."""

    pool_id: UUID
    day: date
    opens: time | None
    minutes: int


class Need(msgspec.Struct, frozen=True):
    """What an offer needs of one pool, as stored."""

    pool_id: UUID
    kind: PoolKind
    before_minutes: int
    after_minutes: int
    nights: int


class TimedOffer(msgspec.Struct, frozen=True, eq=False):
    """What decides when an offer can start; one that is withdrawn has no needs."""

    id: UUID
    zone: str
    lead_time_hours: int
    duration_minutes: int
    needs: list[Need]

    @property
    def lead(self) -> timedelta:
        """Return how long before its start it must be booked."""
        return timedelta(hours=self.lead_time_hours)

    @property
    def duration(self) -> timedelta:
        """Return how long the care takes."""
        return timedelta(minutes=self.duration_minutes)


class Span(msgspec.Struct, frozen=True, order=True, gc=False):
    """A half-open stretch of time, aware and in UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two share an instant."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: "Span") -> bool:
        """Tell whether the other lies wholly inside."""
        return self.start <= other.start and other.end <= self.end


class Reserved(msgspec.Struct, frozen=True):
    """A stretch of a lane that a booking has, as stored."""

    id: UUID
    booking_id: UUID | None
    pool_id: UUID
    kind: PoolKind
    lane: UUID
    status: ReservationStatus
    span: Span
    hold_until: datetime | None


class SlotView(msgspec.Struct, frozen=True, gc=False):
    """A time that can be held: the instant, and what the facility's and the asker's clock show."""

    starts_at: datetime
    ends_at: datetime
    local: str
    yours: str | None


class ImportedBusyView(msgspec.Struct, frozen=True):
    """How fresh the calendars are that say when what is needed is busy.

    `synced_at` is when the stalest of them was fetched, null where one never was.
    """

    synced_at: datetime | None
    failing: bool


class SlotList(msgspec.Struct, frozen=True, kw_only=True):
    """The free slots of an offer between two days of the facility's calendar.

    An `on_request` offer's slot is the patient's once the facility has agreed. `imported` is null
    where no calendar is imported; `next` is the first day that was not looked at.
    """

    offer_id: UUID
    offer_version: int
    mode: OfferMode
    zone: str
    your_zone: str | None
    items: list[SlotView]
    imported: ImportedBusyView | None
    next: date | None
    demo: bool
