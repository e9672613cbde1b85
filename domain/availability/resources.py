"""What a facility can be booked for: its practitioners, rooms, devices and beds."""

from uuid import UUID

from domain import clock
from domain.actor import Actor, ActorKind
from domain.audit import service as audit
from domain.availability import queries, uncovered
from domain.availability.errors import (
    NoSuchNeed,
    NoSuchPool,
    NoSuchPractitioner,
    ResourceEnded,
    UnusableTime,
)
from domain.availability.events import Cause
from domain.availability.hours import require_pool
from domain.availability.tables import (
    Affiliation,
    OfferNeed,
    Practitioner,
    ResourcePool,
)
from domain.availability.types import (
    EndResource,
    NewOfferNeed,
    NewPool,
    NewPractitioner,
    PoolKind,
    PoolView,
    PractitionerView,
    ShowPractitioner,
)
from domain.catalogue import service as catalogue
from domain.db import transactional
from domain.errors import Invalid
from domain.facilities import service as facilities
from domain.ids import new_id
from domain.languages import require_languages
from domain.text import cleaned


@transactional
async def create_pool(
    actor: Actor, facility_id: UUID, command: NewPool, *, demo: bool = False
) -> PoolView:
    """Add a room, device, bed pool or practitioner to a facility of the actor's organisation.

    A practitioner whose licence is known already, from whichever facility, is the same person:
    their name stays, and their time is sold once. Raises PoolNameTaken and PractitionerKnown.
    """
    await facilities.facility_of(actor, facility_id, "availability.change")
    command = cleaned(command)
    if (command.kind is PoolKind.PRACTITIONER) != (command.practitioner is not None):
        raise Invalid(
            "A practitioner's pool names the practitioner, and no other pool does",
            fields={"practitioner": "belongs to kind practitioner"},
        )
    pool_id, practitioner_id = new_id(), None
    if command.practitioner is None:
        lanes = await queries.insert_resources(command.lanes)
    else:
        practitioner_id, resource = await _affiliate(facility_id, command.practitioner, demo)
        lanes = [resource]
    await queries.insert_pool(
        ResourcePool(
            id=pool_id,
            facility_id=facility_id,
            kind=command.kind.value,
            name=command.name,
            practitioner_id=practitioner_id,
            created_at=clock.utc_now(),
            closes_at=None,
        ),
        lanes,
    )
    await audit.record(actor, "availability.create_pool", subject=("resource_pool", pool_id))
    return (await queries.pools_of(facility_id, pool_id))[0]


async def _affiliate(facility_id: UUID, command: NewPractitioner, demo: bool) -> tuple[UUID, UUID]:
    practitioner_id, resource = await queries.practitioner_of(
        Practitioner(
            id=new_id(),
            name=command.name,
            specialty_code=command.specialty,
            licence_number=command.licence_number,
            licence_state=command.licence_state,
            demo=demo,
        )
    )
    await queries.insert_affiliation(
        Affiliation(
            id=new_id(),
            practitioner_id=practitioner_id,
            facility_id=facility_id,
            since=clock.utc_now(),
            until=None,
        )
    )
    return practitioner_id, resource


@transactional
async def end_resource(actor: Actor, pool_id: UUID, command: EndResource) -> PoolView:
    """Take a pool out of service from a moment on, and end a practitioner's affiliation with it.

    Bookings beyond stay, and are told of. Raises NoSuchPool, UnusableTime and ResourceEnded.
    """
    facility = await require_pool(actor, pool_id)
    now = clock.utc_now()
    ends_at = command.ends_at or now
    if ends_at < now or not clock.plausible(ends_at):
        raise UnusableTime(fields={"ends_at": "is over, or no moment that somebody may mean"})
    await queries.lock_pools([pool_id])
    if not await queries.close_pool(pool_id, ends_at):
        raise ResourceEnded(subject=("resource_pool", pool_id))
    (pool,) = await queries.pools_of(facility.id, pool_id)
    person = pool.kind is PoolKind.PRACTITIONER
    cause = Cause.AFFILIATION_ENDED if person else Cause.RULE_CHANGED
    await uncovered.tell_uncovered([pool_id], cause)
    await audit.record(actor, "availability.end_resource", subject=("resource_pool", pool_id))
    return pool


@transactional
async def list_pools(actor: Actor, facility_id: UUID) -> list[PoolView]:
    """Return the pools of a facility of the actor's organisation."""
    await facilities.facility_of(actor, facility_id, "availability.list")
    return await queries.pools_of(facility_id)


@transactional
async def list_practitioners(actor: Actor, facility_id: UUID) -> list[PractitionerView]:
    """Return who works at a facility and agreed to be shown; its own staff see the others too."""
    facility = await facilities.facility_ref(actor, facility_id)
    own = actor.kind is ActorKind.SYSTEM or (
        actor.of_facility and actor.organisation_id == facility.organisation_id
    )
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
async def remove_offer_need(actor: Actor, offer_id: UUID, pool_id: UUID) -> None:
    """Let bookings of an offer take a pool no longer; those that have it keep it until they move.

    Raises NoSuchOffer and NoSuchNeed.
    """
    offer = await catalogue.bookable_offer(actor, offer_id)
    await facilities.facility_of(actor, offer.facility_id, "availability.change")
    await queries.lock_pools([pool_id])
    if not await queries.delete_need(offer_id, pool_id):
        raise NoSuchNeed(subject=("resource_pool", pool_id))
    await audit.record(actor, "availability.remove_offer_need", subject=("offer", offer_id))
