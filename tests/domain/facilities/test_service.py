"""Registering, assigning, listing and showing facilities."""

import asyncio
from typing import Any

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, ActorKind, Role
from domain.clock import UnknownZone
from domain.cursor import CursorInvalid
from domain.errors import Forbidden, StaleVersion, Unauthenticated
from domain.facilities import service
from domain.facilities.errors import (
    CoordinatesIncomplete,
    NameWithoutLetters,
    NoSuchFacility,
    NotAFacilityOrganisation,
    OrganisationElsewhere,
)
from domain.facilities.types import (
    CreateFacility,
    FacilityKind,
    FacilityQuery,
    ListedFilter,
)
from domain.identity.errors import NoSuchOrganisation
from domain.ids import new_id
from domain.jurisdictions import UnknownJurisdiction
from domain.languages import UnknownLanguage
from tests.conftest import organisation_of
from tests.factories import directory
from tests.factories.directory import staff

pytestmark = pytest.mark.usefixtures("catalogue")
OPERATOR = Actor(kind=ActorKind.PERSON, role=Role.OPERATOR, account_id=new_id())


def asked(**more: Any) -> CreateFacility:
    values = {"jurisdiction": "KG", "kind": FacilityKind.CLINIC, "name": "A clinic", "city": "Osh"}
    return CreateFacility(**{**values, **more})


async def test_only_operators_register_and_assign() -> None:
    made = await service.create_facility(OPERATOR, asked())
    assert made.zone == "Asia/Bishkek"
    for actor in (staff(new_id()), Actor(kind=ActorKind.PERSON, role=Role.MINISTRY_OFFICER)):
        with pytest.raises(Forbidden):
            await service.create_facility(actor, asked())
        with pytest.raises(Forbidden):
            await service.assign_facility(actor, made.id, new_id())
    with pytest.raises(Unauthenticated):
        await service.create_facility(ANONYMOUS, asked())


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"jurisdiction": "DE"}, UnknownJurisdiction),
        ({"zone": "Mars/Olympus"}, UnknownZone),
        ({"zone": "../../etc/passwd"}, UnknownZone),
        ({"latitude": 1.0}, CoordinatesIncomplete),
        ({"names": {"de": "Eine Klinik"}}, UnknownLanguage),
        ({"name": "!!!"}, NameWithoutLetters),
        ({"city": "——"}, NameWithoutLetters),
    ],
)
async def test_an_inconsistent_facility_is_refused(
    changed: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await service.create_facility(OPERATOR, asked(**changed))


async def test_a_facility_goes_to_a_facility_organisation_of_its_state() -> None:
    made = await service.create_facility(OPERATOR, asked())
    right = await organisation_of(Role.COORDINATOR, "KG")
    with pytest.raises(NoSuchOrganisation):
        await service.assign_facility(OPERATOR, made.id, new_id())
    with pytest.raises(NotAFacilityOrganisation):
        await service.assign_facility(
            OPERATOR, made.id, await organisation_of(Role.REFERRING_DOCTOR, "KG")
        )
    with pytest.raises(OrganisationElsewhere):
        await service.assign_facility(
            OPERATOR, made.id, await organisation_of(Role.COORDINATOR, "TR")
        )
    with pytest.raises(StaleVersion):
        await service.assign_facility(OPERATOR, made.id, right, version=7)
    assigned = await service.assign_facility(OPERATOR, made.id, right, version=1)
    assert (assigned.organisation_id, assigned.version) == (right, 2)
    assert (
        await service.facility_of(staff(right), made.id, "availability.list")
    ).organisation_id == right
    with pytest.raises(NoSuchFacility):
        await service.facility_of(staff(new_id()), made.id, "availability.list")
    with pytest.raises(Forbidden):
        await service.facility_of(
            Actor(kind=ActorKind.PERSON, role=Role.PATIENT), made.id, "availability.list"
        )
    with pytest.raises(NoSuchFacility):
        await service.show_facility(ANONYMOUS, new_id())


async def test_nobody_works_for_a_facility_without_an_organisation() -> None:
    made = await service.create_facility(OPERATOR, asked())
    with pytest.raises(NoSuchFacility):
        await service.facility_of(staff(None), made.id, "availability.list")


async def test_the_list_shows_listed_ones_and_finds_names_and_cities_in_any_script() -> None:
    listed = await directory.licensed(
        "UZ", name="Navbahor shifoxonasi", city="Xorazmshahar", city_names={"ru": "Хорезмшахар"}
    )
    hidden = await directory.facility("UZ", name="Navbahor yopiq klinikasi", city="Xorazmshahar")

    async def ids(**query: Any) -> list[Any]:
        page = await service.list_facilities(ANONYMOUS, FacilityQuery(state=("UZ",), **query))
        assert page.total == len(page.items)
        return [item.id for item in page.items]

    assert await ids(q="navbahor") == [listed.id]
    assert await ids(q="Навбаҳор", listed=ListedFilter.ANY) == [hidden.id, listed.id]
    assert await ids(q="navb shif") == [listed.id]
    assert await ids(city="Хорезмшахар") == [listed.id]
    assert await ids(city="Атлантида") == []
    assert await ids(q="...") == []
    with pytest.raises(UnknownJurisdiction):
        await service.list_facilities(ANONYMOUS, FacilityQuery(state=("XX",)))


async def test_pages_follow_each_other_and_cursors_are_bound() -> None:
    made = [
        await directory.facility("TM", name=f"Sahypa {n % 3} bölüm {n}", city="Mary")
        for n in range(7)
    ]
    query = FacilityQuery(state=("TM",), q="sahypa", listed=ListedFilter.ANY, limit=3)
    seen, cursor = [], None
    while True:
        page = await service.list_facilities(
            ANONYMOUS, FacilityQuery(**{**_fields(query), "cursor": cursor})
        )
        assert page.total == 7
        seen += [item.id for item in page.items]
        if (cursor := page.next) is None:
            break
        other = FacilityQuery(**{**_fields(query), "q": "other", "cursor": cursor})
        with pytest.raises(CursorInvalid):
            await service.list_facilities(ANONYMOUS, other)
    assert sorted(seen) == sorted(item.id for item in made)
    for broken in ("x", "", "!!!!", "é", "AAAA", cursor or "W10"):
        with pytest.raises(CursorInvalid):
            await service.list_facilities(
                ANONYMOUS, FacilityQuery(**{**_fields(query), "cursor": broken})
            )


def _fields(query: FacilityQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in query.__struct_fields__}


async def test_two_imports_of_one_key_make_one_facility() -> None:
    from domain.db import transactional
    from domain.facilities.types import Source

    @transactional
    async def store(actor: Actor) -> Any:
        return await service.store_facility(
            actor, asked(name="Racing clinic"), source=Source.OWN, source_key="race"
        )

    results = await asyncio.gather(*(store(SYSTEM) for _ in range(8)))
    assert len({facility_id for facility_id, _, _ in results}) == 1
    assert sum(new for _, new, _ in results) == 1
