"""Where towns lie (GeoNames, CC BY 4.0), for facilities of which no more is known than the town."""

import functools
from pathlib import Path

import msgspec

from domain.text import fold

_FILE = Path(__file__).parent / "reference" / "places.json"


class _Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: str
    names: list[str]
    latitude: float
    longitude: float


@functools.cache
def all_places() -> dict[tuple[str, str], tuple[float, float]]:
    """Return the centres of towns by state and folded name: latitude, longitude (WGS 84)."""
    found = msgspec.json.decode(reference_bytes(), type=list[_Place])
    return {
        (place.state, fold(name)): (place.latitude, place.longitude)
        for place in found
        for name in place.names
    }


def place_of(state: str, city_key: str) -> tuple[float, float] | None:
    """Return the latitude and longitude of a town's centre in degrees (WGS 84), where known.

    `city_key` is the folded name; towns of at least 1,000 people are known.
    """
    return all_places().get((state, city_key))


def reference_bytes() -> bytes:
    """Return what `place_of` knows, so that a caller can tell whether it changed."""
    return _FILE.read_bytes()
