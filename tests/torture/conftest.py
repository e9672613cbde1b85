"""A PostgreSQL that keeps its promises: nothing acknowledged may be lost by a crash."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL as it is delivered, fsync and all."""
    with EmbeddedPostgres(folder) as server:
        yield server
