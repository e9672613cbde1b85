"""What is shown as free can be held, across midnight too, whichever days were asked for."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Role
from domain.availability import hours, resources
from domain.availability import service as availability
from domain.availability.types import NewOfferNeed, NewOpeningRule, NewPool, PoolKind
from domain.catalogue import service as catalogue
from domain.ids import new_id
from tests.factories import directory
from tests.factories.bookable import EVERY_DAY

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def night_room(person: Any) -> UUID:
    """An offer of a room that opens at 20:15 and, by another rule, again at midnight."""
    coordinator = await person(Role.COORDINATOR)
    facility = await directory.licensed("KZ", organisation=coordinator.organisation_id)
    offer = await directory.offer(facility.id, duration_minutes=60, stay_nights=0)
    room = await resources.create_pool(
        SYSTEM, facility.id, NewPool(kind=PoolKind.ROOM, name="Room")
    )
    for opens, minutes in ((time(20, 15), 225), (time(0), 480)):
        opening = NewOpeningRule(
            rrule=EVERY_DAY, opens=opens, minutes=minutes, valid_from=directory.today()
        )
        await hours.add_opening_rule(SYSTEM, room.id, opening)
    await resources.add_offer_need(SYSTEM, offer.id, NewOfferNeed(pool_id=room.id))
    return offer.id


async def test_every_slot_that_is_listed_can_be_held(night_room: UUID) -> None:
    day = directory.today() + timedelta(days=4)
    alone = await availability.list_slots(ANONYMOUS, night_room, day, day)
    around = await availability.list_slots(
        ANONYMOUS, night_room, day - timedelta(days=2), day + timedelta(days=2)
    )
    local = [slot.local for slot in around.items if slot.local.startswith(day.isoformat())]
    assert [slot.local for slot in alone.items] == local
    offer = await catalogue.bookable_offer(ANONYMOUS, night_room)
    until = datetime.now(UTC) + timedelta(minutes=15)
    for slot in alone.items:
        booking_id = new_id()
        ends_at = await availability.take_slot(SYSTEM, offer, slot.starts_at, booking_id, until)
        assert ends_at == slot.ends_at
        await availability.release_slot(SYSTEM, booking_id)


@pytest.mark.parametrize(
    "query",
    [
        {"from": "0001-01-01"},
        {"from": "0001-01-01", "to": "0001-01-02"},
        {"from": "9999-12-31"},
        {"from": "9999-12-25", "to": "9999-12-31"},
        {"to": "9999-12-31"},
    ],
)
async def test_days_at_the_edge_of_the_calendar_are_refused(
    night_room: UUID, client: Any, query: dict[str, str]
) -> None:
    answer = await client.get(f"/v1/offers/{night_room}/slots", params=query)
    assert answer.status_code == 422
    assert answer.json()["code"] == "date_range_unusable"
