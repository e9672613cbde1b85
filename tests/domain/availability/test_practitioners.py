"""A practitioner is one person: known by licence, working in several places, sold once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.actor import ANONYMOUS, SYSTEM
from domain.availability import resources
from domain.availability import service as availability
from domain.availability.errors import PractitionerKnown, SlotTaken
from domain.availability.types import NewPool, NewPractitioner, PoolKind
from domain.catalogue import service as catalogue
from domain.ids import new_id
from tests.factories import directory
from tests.factories.bookable import Bookable, bookable, practitioner
from tests.factories.desk import sold_twice
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def two_places(database: None) -> tuple[Bookable, Bookable]:
    """One surgeon's offers in Budapest and in Baku, three hours apart."""
    surgeon = practitioner("HU", name="Dr. Szabó")
    nights = {"stay_nights": 0}
    return (
        await bookable(await directory.employer("HU"), "HU", licence=surgeon, **nights),
        await bookable(await directory.employer("AZ"), "AZ", licence=surgeon, **nights),
    )


async def take(offer: Bookable, start: datetime) -> datetime:
    until = datetime.now(UTC) + timedelta(minutes=15)
    terms = await catalogue.bookable_offer(ANONYMOUS, offer.offer.id)
    return await availability.take_slot(SYSTEM, terms, start, new_id(), until)


async def starts(offer: Bookable) -> set[datetime]:
    day = offer.starts[0].date()
    found = await availability.list_slots(ANONYMOUS, offer.offer.id, day, day)
    return {slot.starts_at for slot in found.items}


async def test_what_is_sold_in_one_zone_is_gone_in_the_other(
    two_places: tuple[Bookable, Bookable],
) -> None:
    budapest, baku = two_places
    common = sorted(await starts(budapest) & await starts(baku))
    assert common, "nine in Budapest is noon in Baku"
    await take(baku, common[1])
    gone = {common[1] + timedelta(minutes=minutes) for minutes in (-30, 0, 30)}
    assert not await starts(budapest) & gone
    with pytest.raises(SlotTaken):
        await take(budapest, common[1])
    assert await sold_twice() == []


async def test_of_many_at_both_places_one_gets_the_hour(
    two_places: tuple[Bookable, Bookable],
) -> None:
    common = sorted(await starts(two_places[0]) & await starts(two_places[1]))[0]
    tried = await asyncio.gather(
        *(take(place, common) for place in two_places * 4), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in tried) == ["SlotTaken"] * 7 + ["datetime"]


async def pool_of(facility: Any, who: NewPractitioner) -> Any:
    pool = NewPool(kind=PoolKind.PRACTITIONER, name="Surgeon", practitioner=who)
    return await resources.create_pool(SYSTEM, facility.id, pool)


async def test_somebody_who_is_known_keeps_their_name(database: None) -> None:
    here, there = await directory.licensed("KZ"), await directory.licensed("UZ")
    who = practitioner(name="Dr. Айгүл Серікқызы")
    await pool_of(here, who)
    again = practitioner(
        licence_number=who.licence_number, name="Somebody Else", specialty="cardiology"
    )
    assert (await pool_of(there, again)).practitioner == who.name
    (known,) = await run("SELECT * FROM practitioner WHERE licence_number = $1", who.licence_number)
    assert (known["name"], known["specialty_code"]) == (who.name, "dentistry")
    # The same number in another state is another licence, and so another person.
    third = await directory.licensed("KZ")
    stranger = practitioner("UZ", licence_number=who.licence_number, name="Dr. Other")
    assert (await pool_of(third, stranger)).practitioner == "Dr. Other"


async def test_nobody_works_twice_at_one_place(database: None) -> None:
    facility, who = await directory.licensed("KZ"), practitioner()
    await pool_of(facility, who)
    with pytest.raises(PractitionerKnown):
        await pool_of(facility, who)


async def test_two_places_that_name_a_newcomer_at_once_get_one_person(database: None) -> None:
    facilities = [await directory.licensed("KZ") for _ in range(6)]
    who = practitioner()
    made = await asyncio.gather(*(pool_of(each, who) for each in facilities))
    lanes = await run(
        "SELECT DISTINCT resource_id FROM pool_lane WHERE pool_id = ANY($1)",
        [each.id for each in made],
    )
    assert len(lanes) == 1
