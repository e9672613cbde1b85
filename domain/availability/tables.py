"""Practitioners, pools of interchangeable resources, when they open, and what is reserved."""

from piccolo.columns import (
    UUID,
    Array,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Text,
    Time,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class Practitioner(Table, tablename="practitioner"):
    id = UUID(primary_key=True, default=None)
    name = Text(default=None, null=False)
    specialty_code = Text(default=None, null=False)
    licence_number = Text(default=None, null=False)
    licence_state = Varchar(length=2, default=None, null=False)
    demo = Boolean(default=False, null=False)


class Affiliation(Table, tablename="affiliation"):
    id = UUID(primary_key=True, default=None)
    practitioner_id = ForeignKey(
        references=Practitioner, default=None, null=False, on_delete=OnDelete.restrict
    )
    facility_id = UUID(default=None, null=False)
    since = Timestamptz(default=None, null=False)
    until = Timestamptz(default=None, null=True)
    shown_since = Timestamptz(default=None, null=True)
    languages = Array(base_column=Text(), default=[], null=False)


class ResourcePool(Table, tablename="resource_pool"):
    id = UUID(primary_key=True, default=None)
    facility_id = UUID(default=None, null=False)
    kind = Text(default=None, null=False)
    name = Text(default=None, null=False)
    practitioner_id = ForeignKey(
        references=Practitioner, default=None, null=True, on_delete=OnDelete.restrict
    )
    created_at = Timestamptz(default=None, null=False)
    closes_at = Timestamptz(default=None, null=True)


class Resource(Table, tablename="resource"):
    id = UUID(primary_key=True, default=None)
    practitioner_id = ForeignKey(
        references=Practitioner, default=None, null=True, on_delete=OnDelete.restrict
    )


class PoolLane(Table, tablename="pool_lane"):
    id = UUID(primary_key=True, default=None)
    pool_id = ForeignKey(
        references=ResourcePool, default=None, null=False, on_delete=OnDelete.restrict
    )
    lane = Integer(default=None, null=False)
    resource_id = ForeignKey(
        references=Resource, default=None, null=False, on_delete=OnDelete.restrict
    )


class OpeningRule(Table, tablename="opening_rule"):
    id = UUID(primary_key=True, default=None)
    pool_id = ForeignKey(
        references=ResourcePool, default=None, null=False, on_delete=OnDelete.restrict
    )
    rrule = Text(default=None, null=False)
    opens = Time(default=None, null=False)
    minutes = Integer(default=None, null=False)
    valid_from = Date(default=None, null=False)
    valid_until = Date(default=None, null=True)
    last_day = Date(default=None, null=True)
    observes_holidays = Boolean(default=True, null=False)
    version = Integer(default=1, null=False)


class OpeningException(Table, tablename="opening_exception"):
    id = UUID(primary_key=True, default=None)
    pool_id = ForeignKey(
        references=ResourcePool, default=None, null=False, on_delete=OnDelete.restrict
    )
    day = Date(default=None, null=False)
    opens = Time(default=None, null=True)
    minutes = Integer(default=0, null=False)


class Closure(Table, tablename="closure"):
    id = UUID(primary_key=True, default=None)
    facility_id = UUID(default=None, null=False)
    first_day = Date(default=None, null=False)
    last_day = Date(default=None, null=False)
    reason = Text(default=None, null=False)
    beds_too = Boolean(default=False, null=False)
    created_at = Timestamptz(default=None, null=False)


class OfferNeed(Table, tablename="offer_need"):
    id = UUID(primary_key=True, default=None)
    offer_id = UUID(default=None, null=False)
    pool_id = ForeignKey(
        references=ResourcePool, default=None, null=False, on_delete=OnDelete.restrict
    )
    before_minutes = Integer(default=0, null=False)
    after_minutes = Integer(default=0, null=False)
    nights = Integer(default=0, null=False)


class Reservation(Table, tablename="reservation"):
    id = UUID(primary_key=True, default=None)
    resource_id = ForeignKey(
        references=Resource, default=None, null=False, on_delete=OnDelete.restrict
    )
    booking_id = UUID(default=None, null=True)
    quote_id = UUID(default=None, null=True)
    status = Text(default=None, null=False)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    hold_until = Timestamptz(default=None, null=True)
    reason = Text(default=None, null=True)
    pool_id = ForeignKey(
        references=ResourcePool, default=None, null=True, on_delete=OnDelete.restrict
    )
    before_minutes = Integer(default=0, null=False)
    after_minutes = Integer(default=0, null=False)
    created_at = Timestamptz(default=None, null=False)


class UncoveredBooking(Table, tablename="uncovered_booking"):
    id = UUID(primary_key=True, default=None)
    booking_id = UUID(default=None, null=False)
    pool_id = ForeignKey(
        references=ResourcePool, default=None, null=False, on_delete=OnDelete.restrict
    )
    cause = Text(default=None, null=False)
    told_at = Timestamptz(default=None, null=False)


class CalendarFeed(Table, tablename="calendar_feed"):
    id = UUID(primary_key=True, default=None)
    pool_id = ForeignKey(
        references=ResourcePool, default=None, null=False, on_delete=OnDelete.restrict
    )
    resource_id = ForeignKey(
        references=Resource, default=None, null=False, on_delete=OnDelete.restrict
    )
    organisation_id = UUID(default=None, null=False)
    host = Text(default=None, null=False)
    url = Bytea(default=None, null=False)
    etag = Text(default=None, null=True)
    imported_at = Timestamptz(default=None, null=True)
    last_synced_at = Timestamptz(default=None, null=True)
    last_error = Text(default=None, null=True)
    failures = Integer(default=0, null=False)
    next_sync_at = Timestamptz(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)


class ImportedBusy(Table, tablename="imported_busy"):
    id = UUID(primary_key=True, default=None)
    feed_id = ForeignKey(
        references=CalendarFeed, default=None, null=False, on_delete=OnDelete.cascade
    )
    resource_id = ForeignKey(
        references=Resource, default=None, null=False, on_delete=OnDelete.restrict
    )
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)


class EarliestMark(Table, tablename="earliest_mark"):
    id = UUID(primary_key=True, default=None)
    pool_id = UUID(default=None, null=True)
    offer_id = UUID(default=None, null=True)


class OfferEarliest(Table, tablename="offer_earliest"):
    offer_id = UUID(primary_key=True, default=None)
    due_at = Timestamptz(default=None, null=False)
