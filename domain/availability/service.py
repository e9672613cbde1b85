"""Managing what can be booked, showing free slots, and taking, keeping or giving back time."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import clock
from domain.actor import Actor
from domain.audit import service as audit
from domain.availability import queries, rules
from domain.availability.errors import (
    NoSuchPool,
    NoSuchPractitioner,
    NoSuchSlot,
    SlotTaken,
    UnusableRange,
)
from domain.availability.tables import (
    Affiliation,
    OfferNeed,
    Practitioner,
    Resource,
    ResourcePool,
)
from domain.availability.tables import OpeningException as ExceptionRow
from domain.availability.tables import OpeningRule as RuleRow
from domain.availability.types import (
    Need,
    NewOfferNeed,
    NewOpeningException,
    NewOpeningRule,
    NewPool,
    PoolKind,
    PoolView,
    PractitionerView,
    ReservationStatus,
    ShowPractitioner,
    SlotList,
    SlotView,
    Span,
)
from domain.catalogue import service as catalogue
from domain.catalogue.types import BookableOffer
from domain.db import transactional
from domain.errors import Invalid
from domain.facilities import service as facilities
from domain.ids import new_id
from domain.languages import require_languages
from domain.text import cleaned

MAX_DAYS = 31
_AROUND = timedelta(days=2)


@transactional
async def create_pool(
    actor: Actor, facility_id: UUID, command: NewPool, *, demo: bool = False
) -> PoolView:
    """Add a room, device, bed pool or practitioner to a facility of the actor's organisation."""
    await facilities.facility_of(actor, facility_id, "availability.change")
    command = cleaned(command)
    if (command.kind is PoolKind.PRACTITIONER) != (command.practitioner is not None):
        raise Invalid(
            "A practitioner's pool names the practitioner, and no other pool does",
            fields={"practitioner": "belongs to kind practitioner"},
        )
    now, pool_id = clock.utc_now(), new_id()
    practitioner = affiliation = None
    if command.practitioner is not None:
        practitioner = Practitioner(
            id=new_id(),
            name=command.practitioner.name,
            specialty_code=command.practitioner.specialty,
            licence_number=command.practitioner.licence_number,
            licence_state=command.practitioner.licence_state,
            demo=demo,
        )
        affiliation = Affiliation(
            id=new_id(),
            practitioner_id=practitioner.id,
            facility_id=facility_id,
            since=now,
            until=None,
        )
    pool = ResourcePool(
        id=pool_id,
        facility_id=facility_id,
        kind=command.kind.value,
        name=command.name,
        practitioner_id=practitioner.id if practitioner else None,
        created_at=now,
    )
    lanes = 1 if command.kind is PoolKind.PRACTITIONER else command.lanes
    await queries.insert_pool(
        pool,
        [Resource(id=new_id(), pool_id=pool_id, lane=lane) for lane in range(1, lanes + 1)],
        practitioner,
        affiliation,
    )
    await audit.record(actor, "availability.create_pool", subject=("resource_pool", pool_id))
    return (await queries.pools_of(facility_id, pool_id))[0]


@transactional
async def list_pools(actor: Actor, facility_id: UUID) -> list[PoolView]:
    """Return the pools of a facility of the actor's organisation."""
    await facilities.facility_of(actor, facility_id, "availability.list")
    return await queries.pools_of(facility_id)


@transactional
async def list_practitioners(actor: Actor, facility_id: UUID) -> list[PractitionerView]:
    """Return who works at a facility and agreed to be shown; its own staff see the others too."""
    facility = await facilities.facility_ref(actor, facility_id)
    own = actor.of_facility and actor.organisation_id == facility.organisation_id
    return await queries.practitioners_of(facility_id, shown_only=not own)


@transactional
async def show_practitioner(
    actor: Actor, facility_id: UUID, practitioner_id: UUID, command: ShowPractitioner
) -> PractitionerView:
    """Show a practitioner of one's own facility, who agreed to it, or no longer.

    Raises NoSuchFacility, NoSuchPractitioner and UnknownLanguage.
    """
    facility = await facilities.facility_of(actor, facility_id, "profiles.write")
    require_languages(command.languages)
    if not await queries.show_practitioner(facility_id, practitioner_id, command, clock.utc_now()):
        raise NoSuchPractitioner(subject=("practitioner", practitioner_id))
    await audit.record(
        actor, "availability.show_practitioner", subject=("practitioner", practitioner_id),
        home_state=facility.jurisdiction,
        detail={"facility_id": str(facility_id), "consents": command.consents},
    )  # fmt: skip
    everybody = await queries.practitioners_of(facility_id, shown_only=False)
    return next(each for each in everybody if each.id == practitioner_id)


async def _require_pool(actor: Actor, pool_id: UUID) -> None:
    facility_id = await queries.facility_of_pool(pool_id)
    if facility_id is None:
        raise NoSuchPool(subject=("resource_pool", pool_id))
    await facilities.facility_of(actor, facility_id, "availability.change")


@transactional
async def add_opening_rule(actor: Actor, pool_id: UUID, command: NewOpeningRule) -> UUID:
    """Open a pool every week at these hours of the facility's clock; raises UnusableRule."""
    rules.weekdays_of(command.rrule)
    await _require_pool(actor, pool_id)
    await queries.lock_pools([pool_id])
    rule_id = new_id()
    await queries.insert_rule(
        RuleRow(
            id=rule_id,
            pool_id=pool_id,
            rrule=command.rrule.strip().upper(),
            opens=command.opens.replace(tzinfo=None),
            minutes=command.minutes,
            valid_from=command.valid_from,
            valid_until=command.valid_until,
        )
    )
    await audit.record(actor, "availability.add_opening_rule", subject=("resource_pool", pool_id))
    return rule_id


@transactional
async def add_opening_exception(actor: Actor, pool_id: UUID, command: NewOpeningException) -> UUID:
    """Give a pool other hours on one day, or close it."""
    await _require_pool(actor, pool_id)
    if (command.opens is None) != (command.minutes == 0):
        raise Invalid(
            "An open day has both `opens` and `minutes`, a closed one neither",
            fields={"minutes": "goes together with opens"},
        )
    await queries.lock_pools([pool_id])
    exception_id = new_id()
    await queries.insert_exception(
        ExceptionRow(
            id=exception_id,
            pool_id=pool_id,
            day=command.day,
            opens=command.opens.replace(tzinfo=None) if command.opens else None,
            minutes=command.minutes,
        )
    )
    await audit.record(
        actor, "availability.add_opening_exception", subject=("resource_pool", pool_id)
    )
    return exception_id


@transactional
async def add_offer_need(actor: Actor, offer_id: UUID, command: NewOfferNeed) -> UUID:
    """Let each booking of an offer take one lane of a pool of the same facility."""
    offer = await catalogue.bookable_offer(actor, offer_id)
    await facilities.facility_of(actor, offer.facility_id, "availability.change")
    if await queries.facility_of_pool(command.pool_id) != offer.facility_id:
        raise NoSuchPool(fields={"pool_id": NoSuchPool.title})
    need_id = new_id()
    await queries.insert_need(
        OfferNeed(
            id=need_id,
            offer_id=offer_id,
            pool_id=command.pool_id,
            before_minutes=command.before_minutes,
            after_minutes=command.after_minutes,
            nights=command.nights,
        )
    )
    await audit.record(actor, "availability.add_offer_need", subject=("offer", offer_id))
    return need_id


@transactional
async def list_slots(
    actor: Actor, offer_id: UUID, first: date | None, last: date | None
) -> SlotList:
    """Return the free slots of an offer from `first` to `last`, days of the facility's calendar.

    Without dates: the 14 days from the earliest bookable one. At most 31 days at once; raises
    UnusableRange and the catalogue's NoSuchOffer.
    """
    offer = await catalogue.bookable_offer(actor, offer_id)
    where = clock.zone(offer.zone)
    not_before = _not_before(offer)
    first = first or not_before.astimezone(where).date()
    if not clock.EARLIEST <= first <= clock.LATEST:
        raise UnusableRange(fields={"from": UnusableRange.title})
    last = last or first + timedelta(days=13)
    if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
        raise UnusableRange(fields={"to": UnusableRange.title})
    needs = await queries.needs_of(offer_id)
    duration = timedelta(minutes=offer.duration_minutes)
    open_spans = await _open_spans(needs, where, first, last, duration)
    longest = duration + timedelta(days=max((need.nights for need in needs), default=0))
    within = Span(
        datetime(first.year, first.month, first.day, tzinfo=UTC) - _AROUND,
        datetime(last.year, last.month, last.day, tzinfo=UTC) + _AROUND + longest,
    )
    busy = await queries.busy_lanes([need.pool_id for need in needs], within)
    starts = [
        start
        for start in rules.free_starts(needs, open_spans, busy, duration, where, not_before)
        if first <= start.astimezone(where).date() <= last
    ]
    return SlotList(
        offer_id=offer_id,
        offer_version=offer.version,
        zone=offer.zone,
        items=[
            SlotView(
                start,
                rules.booking_end(needs, start, duration, where),
                start.astimezone(where).isoformat(),
            )
            for start in starts
        ],
        next=last + timedelta(days=1) if needs else None,
        demo=offer.demo,
    )


def _not_before(offer: BookableOffer) -> datetime:
    return clock.utc_now() + timedelta(hours=offer.lead_time_hours)


async def _open_spans(
    needs: list[Need], where: ZoneInfo, first: date, last: date, duration: timedelta
) -> dict[UUID, list[Span]]:
    # An opening may begin the day before and last past midnight; a treatment may end days later.
    first, last = first - timedelta(days=1), last + timedelta(days=1 + duration.days)
    pools = [need.pool_id for need in needs if need.kind is not PoolKind.BED]
    weekly = await queries.opening_rules(pools)
    exceptions = await queries.opening_exceptions(pools, first, last)
    return {
        pool: rules.openings(
            [rule for rule in weekly if rule.pool_id == pool],
            [exception for exception in exceptions if exception.pool_id == pool],
            where,
            first,
            last,
        )
        for pool in pools
    }


@transactional
async def take_slot(
    actor: Actor, offer: BookableOffer, starts_at: datetime, booking_id: UUID, hold_until: datetime
) -> datetime:
    """Hold everything a booking of the offer at `starts_at` needs, all or none.

    Returns when the booking ends. One operation at a time decides about a pool, and the exclusion
    constraint stands behind it. Raises NoSuchSlot when the offer never starts then, and SlotTaken
    when somebody was faster.
    """
    where = clock.zone(offer.zone)
    needs = await queries.needs_of(offer.id)
    duration = timedelta(minutes=offer.duration_minutes)
    await queries.lock_pools([need.pool_id for need in needs])
    local_day = starts_at.astimezone(where).date()
    open_spans = await _open_spans(needs, where, local_day, local_day, duration)
    possible = rules.candidate_starts(needs, open_spans, _not_before(offer))
    whole = {pool: rules.merged(spans) for pool, spans in open_spans.items()}
    if starts_at not in possible or not rules.fits(needs, whole, starts_at, duration):
        raise NoSuchSlot
    now = clock.utc_now()
    for need in needs:
        span = rules.needed(need, starts_at, duration, where)
        busy = await queries.busy_lanes([need.pool_id], span)
        lane = rules.free_lane(busy[need.pool_id], span)
        if lane is None:
            raise SlotTaken
        await queries.expire_overlaps(lane, span)
        taken = await queries.insert_reservation(
            new_id(), lane, span, booking_id, ReservationStatus.HELD, hold_until, now
        )
        if not taken:
            raise SlotTaken
    return rules.booking_end(needs, starts_at, duration, where)


@transactional
async def extend_hold(actor: Actor, booking_id: UUID, hold_until: datetime) -> None:
    """Keep a booking's time while its payment is under way."""
    await queries.move_reservations(booking_id, ReservationStatus.PENDING, hold_until)


@transactional
async def keep_slot(actor: Actor, booking_id: UUID) -> None:
    """Make a booking's time its own for good.

    Works after the hold ended too, as long as nobody else took the time; else raises SlotTaken.
    """
    await queries.lock_pools(await queries.pools_of_booking(booking_id))
    await queries.expire_rivals(booking_id)
    if not await queries.move_reservations(booking_id, ReservationStatus.CONFIRMED, None):
        raise SlotTaken


@transactional
async def release_slot(actor: Actor, booking_id: UUID, *, expired: bool = False) -> None:
    """Give a booking's time back."""
    status = ReservationStatus.EXPIRED if expired else ReservationStatus.RELEASED
    await queries.move_reservations(booking_id, status, None)
