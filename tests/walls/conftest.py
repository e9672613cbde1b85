"""A provider of electronic identity for the one patient whom the walls are about."""

from collections.abc import Iterator

import pytest
from litestar import Litestar

from domain.identity.eid.providers import use_eid_providers
from tests.factories.eid import Vouching
from tests.walls.world import VOUCHED


@pytest.fixture(autouse=True)
def vouching(app: Litestar) -> Iterator[None]:
    """The deployment knows a stand-in that vouches for whoever is named to it."""
    use_eid_providers([Vouching(family=VOUCHED)])
    yield
    use_eid_providers([])
