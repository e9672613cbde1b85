"""Long histories of many actors at once.

`SHIFAYOL_TORTURE_SEEDS` says how many (20) and `SHIFAYOL_TORTURE_ACTS` how long each is (10,000).
"""

import os
from typing import Any

import pytest

from tests.factories.gateway import ScriptedGateway
from tests.factories.history import AT_ONCE, history, world_of

SEEDS = int(os.environ.get("SHIFAYOL_TORTURE_SEEDS", "20"))
ACTS = int(os.environ.get("SHIFAYOL_TORTURE_ACTS", "10000"))


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_long_history_breaks_nothing(
    person: Any, scripted: ScriptedGateway, seed: int
) -> None:
    world = await world_of(person, scripted, seed)
    assert await history(world, ACTS // AT_ONCE) == []
    assert world.payments
