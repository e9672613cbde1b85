"""A desk's own list of bookings: by day there, by state, and by what is read of a number."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.actor import Actor, ActorKind, Role
from domain.bookings import service
from domain.bookings.errors import UnusableInstant
from domain.bookings.types import BookingStatus, DeskQuery
from domain.cursor import CursorInvalid
from domain.facilities.errors import NoSuchFacility
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


def actor_of(person: Any, role: Role = Role.COORDINATOR) -> Actor:
    return Actor(
        kind=ActorKind.PERSON, role=role, account_id=person.account_id,
        organisation_id=person.organisation_id,
    )  # fmt: skip


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person)


async def found(stay: Stay, **query: Any) -> list[str]:
    shown = await service.list_desk(
        actor_of(stay.coordinator), stay.offer.facility_id, DeskQuery(**query)
    )
    return [str(each.id) for each in shown.items]


async def test_a_day_is_a_day_of_the_facility(stay: Stay) -> None:
    where = ZoneInfo("Asia/Almaty")
    day = stay.offer.starts[0].astimezone(where).date()
    assert await found(stay, first=day) == [stay.id]
    assert await found(stay, first=day - timedelta(days=1)) == []
    assert await found(stay, first=day - timedelta(days=1), days=2) == [stay.id]
    assert await found(stay, first=day + timedelta(days=1)) == []
    with pytest.raises(UnusableInstant):
        await found(stay, first=date(1, 1, 1))


async def test_states_and_parts_of_the_number_choose(stay: Stay) -> None:
    assert await found(stay, status=(BookingStatus.CONFIRMED,)) == [stay.id]
    assert await found(stay, status=(BookingStatus.CHECKED_IN,)) == []
    digits = stay.id.replace("-", "")
    for part in (digits, digits[-8:], digits[6:14]):
        assert await found(stay, reference=part) == [stay.id]
    assert await found(stay, reference="0" * 31) == []


async def test_pages_follow_each_other_without_gaps(person: Any, stay: Stay) -> None:
    later = await stay_of(person, offer=stay.offer, number=4, coordinator=stay.coordinator)
    desk = actor_of(stay.coordinator)
    first = await service.list_desk(desk, stay.offer.facility_id, DeskQuery(limit=1))
    assert [str(each.id) for each in first.items] == [stay.id] and first.next
    query = DeskQuery(limit=1, cursor=first.next)
    second = await service.list_desk(desk, stay.offer.facility_id, query)
    assert [str(each.id) for each in second.items] == [later.id] and second.next is None
    other = DeskQuery(limit=1, cursor=first.next, status=(BookingStatus.CONFIRMED,))
    with pytest.raises(CursorInvalid):
        await service.list_desk(desk, stay.offer.facility_id, other)


async def test_another_facility_has_nothing_here(person: Any, stay: Stay) -> None:
    stranger = actor_of(await person(Role.COORDINATOR))
    with pytest.raises(NoSuchFacility):
        await service.list_desk(stranger, stay.offer.facility_id, DeskQuery())
    seen = await service.show_bookings(actor_of(stay.coordinator), [stay.offer.facility_id])
    assert seen == {}
