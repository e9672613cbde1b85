"""A short history of many actors at once; `make torture` runs the long ones."""

from typing import Any

import pytest

from tests.factories.gateway import ScriptedGateway
from tests.factories.history import history, world_of


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("seed", [1001, 1002])
async def test_whatever_many_do_at_once_money_and_time_add_up(
    person: Any, scripted: ScriptedGateway, seed: int
) -> None:
    world = await world_of(person, scripted, seed)
    assert await history(world, steps=70) == []
    assert world.payments and world.bookings
