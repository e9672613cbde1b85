"""Pure decisions about profiles: what is near, and what a photo is called in the store."""

import functools
import math
from pathlib import Path
from uuid import UUID

import msgspec

from domain.profiles.types import Airport, NearAirport, PhotoWidth

EARTH_RADIUS_KM = 6371.0088
"""The mean radius of the Earth (IUGG)."""

NEAR_KM = 400
SHOWN_AIRPORTS = 3
MOST_PHOTOS = 12
PREFIX = "photos/"


@functools.cache
def airports() -> tuple[Airport, ...]:
    """Return the international airports of the network's states."""
    raw = (Path(__file__).parent / "reference" / "airports.json").read_bytes()
    return msgspec.json.decode(raw, type=tuple[Airport, ...])


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance of two positions in degrees, by the haversine formula."""
    (lat, lon), (to_lat, to_lon) = (map(math.radians, position) for position in (one, other))
    half = (
        math.sin((to_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))


def airports_near(latitude: float | None, longitude: float | None) -> list[NearAirport]:
    """Return the nearest airports, nearest first; none where the position is not known."""
    if latitude is None or longitude is None:
        return []
    found = sorted(
        (distance_km((latitude, longitude), (each.latitude, each.longitude)), each.code, each)
        for each in airports()
    )
    return [
        NearAirport(each.code, each.city, each.state, round(distance))
        for distance, _, each in found[:SHOWN_AIRPORTS]
        if distance <= NEAR_KM
    ]


def object_key(photo_id: UUID, width: PhotoWidth) -> str:
    """Return the name under which one width of a photo lies in the store."""
    return f"{PREFIX}{photo_id}-{width.value}.webp"


def photo_of(key: str) -> UUID | None:
    """Return whose object a name of the store is, if it is a photo's."""
    try:
        return UUID(key.removeprefix(PREFIX)[:36]) if key.startswith(PREFIX) else None
    except ValueError:
        return None


def address(photo_id: UUID, width: PhotoWidth) -> str:
    """Return the path under which everybody reads one width of a photo."""
    return f"/v1/facility-photos/{photo_id}/{width.value}"
