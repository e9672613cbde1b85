"""Where facilities lie that say no more than their town."""

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor
from domain.db import connection, transactional
from domain.facilities import service as facilities
from domain.facilities.places import all_places, place_of
from domain.facilities.types import PositionOf
from domain.jurisdictions import JURISDICTIONS
from domain.text import fold
from tests.factories import directory


@pytest.mark.parametrize(
    ("state", "spelled"),
    [
        ("TR", "İSTANBUL"), ("TR", "Стамбул"), ("TR", "Hatay"), ("KZ", "Алматы"),
        ("KG", "Ош"), ("UZ", "Toshkent"), ("HU", "Győr"), ("AZ", "Gəncə"), ("TM", "Aşgabat"),
        ("XN", "Girne"),
    ],
)  # fmt: skip
def test_a_town_is_found_when_it_is_written_in_a_language_of_ours(state: str, spelled: str) -> None:
    assert place_of(state, fold(spelled)) is not None


def test_a_town_of_another_state_is_not_found() -> None:
    assert place_of("HU", fold("İstanbul")) is None


def test_all_towns_lie_in_states_of_the_network_and_on_their_part_of_the_earth() -> None:
    assert {state for state, _ in all_places()} == set(JURISDICTIONS)
    assert all(34 < lat < 56 and 16 < lon < 88 for lat, lon in all_places().values())


async def test_a_facility_without_a_position_lies_in_the_middle_of_its_town(database: None) -> None:
    made = await directory.facility("KG", city="Ош")
    assert (made.latitude, made.longitude) == place_of("KG", fold("Ош"))
    assert made.position_of is PositionOf.TOWN


async def test_a_facility_with_a_position_keeps_it(database: None) -> None:
    made = await directory.facility("KG", city="Ош", at=(40.5, 72.8))
    assert (made.latitude, made.longitude, made.position_of) == (40.5, 72.8, PositionOf.SITE)


async def test_a_facility_in_an_unknown_town_has_no_position(database: None) -> None:
    made = await directory.facility("KG", city="Nowhere-ville")
    assert (made.latitude, made.longitude, made.position_of) == (None, None, None)


async def test_a_facility_from_before_is_located_when_the_reference_is_loaded(
    database: None,
) -> None:
    old = await directory.facility("KG", city="Ош")
    exact = await directory.facility("KG", city="Ош", at=(40.5, 72.8))

    @transactional
    async def forget(actor: Actor) -> None:
        await connection().execute(
            "UPDATE facility SET latitude = NULL, longitude = NULL, position_of = NULL"
            " WHERE id = $1",
            old.id,
        )

    await forget(SYSTEM)
    await facilities.load_reference(SYSTEM)
    located = await facilities.show_facility(ANONYMOUS, old.id)
    assert located.position_of is PositionOf.TOWN
    kept = await facilities.show_facility(ANONYMOUS, exact.id)
    assert (kept.latitude, kept.position_of) == (40.5, PositionOf.SITE)
