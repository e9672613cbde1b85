"""Who works at the demo facilities, when these are open, and what their offers take."""

from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.availability import hours, resources
from domain.availability.types import (
    NewOfferNeed,
    NewOpeningRule,
    NewPool,
    NewPractitioner,
    PoolKind,
    ShowPractitioner,
)
from domain.catalogue import service as catalogue
from domain.clock import utc_now
from domain.demo.types import DemoFacility
from domain.profiles import service as profiles
from domain.profiles.types import WriteProfile

CLEANING_MINUTES = 30


async def open_facility(
    actor: Actor, facility_id: UUID, facility: DemoFacility, offers: dict[str, UUID]
) -> None:
    """Give a demo facility its people, rooms, beds and hours, and each offer what it takes."""
    rooms = await _pool(
        actor, facility_id, facility,
        NewPool(kind=PoolKind.ROOM, name="Treatment rooms", lanes=facility.rooms),
    )  # fmt: skip
    beds = await resources.create_pool(
        actor, facility_id, NewPool(kind=PoolKind.BED, name="Beds", lanes=facility.beds), demo=True
    )
    doctors: dict[str, UUID] = {}
    for number, practitioner in enumerate(facility.practitioners, 1):
        pool = NewPool(
            kind=PoolKind.PRACTITIONER,
            name=practitioner.name,
            practitioner=NewPractitioner(
                name=practitioner.name,
                specialty=practitioner.specialty,
                licence_number=f"{facility.key.upper()}-P{number}",
                licence_state=facility.jurisdiction,
            ),
        )
        made = await _pool(actor, facility_id, facility, pool)
        doctors.setdefault(practitioner.specialty, made)
    await _introduce(actor, facility_id, facility)
    for offer_id in offers.values():
        offer = await catalogue.bookable_offer(actor, offer_id)
        needs = [
            NewOfferNeed(pool_id=doctors[offer.specialty_code]),
            NewOfferNeed(pool_id=rooms, after_minutes=CLEANING_MINUTES),
        ]
        if offer.stay_nights:
            needs.append(NewOfferNeed(pool_id=beds.id, nights=offer.stay_nights))
        for need in needs:
            await resources.add_offer_need(actor, offer_id, need)


async def _introduce(actor: Actor, facility_id: UUID, facility: DemoFacility) -> None:
    """Let a demo facility say what it is, and who of its people agreed to be shown."""
    said = WriteProfile(
        departments=sorted({each.specialty for each in facility.practitioners}),
        languages=facility.languages,
        accessibility=facility.accessibility,
    )
    await profiles.write_profile(actor, facility_id, said, version=0)
    languages = {each.name: each.languages for each in facility.practitioners}
    for each in await resources.list_practitioners(actor, facility_id):
        shown = ShowPractitioner(consents=True, languages=languages[each.name])
        await resources.show_practitioner(actor, facility_id, each.id, shown)


async def _pool(actor: Actor, facility_id: UUID, facility: DemoFacility, pool: NewPool) -> UUID:
    made = await resources.create_pool(actor, facility_id, pool, demo=True)
    opens = datetime.strptime(facility.opening.from_, "%H:%M")  # noqa: DTZ007  a wall-clock hour
    closes = datetime.strptime(facility.opening.to, "%H:%M")  # noqa: DTZ007  a wall-clock hour
    await hours.add_opening_rule(
        actor,
        made.id,
        NewOpeningRule(
            rrule=f"FREQ=WEEKLY;BYDAY={facility.opening.days}",
            opens=opens.time(),
            minutes=int((closes - opens).total_seconds()) // 60,
            valid_from=utc_now().date(),
        ),
    )
    return made.id
