"""What offers refer to: facilities and cities with where they lie, specialties, treatments."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
import numpy as np

from domain.facilities.types import PositionOf
from domain.search.answers import names_in
from domain.search.index.clock import Held
from domain.search.index.columns import Book, Column
from domain.search.index.words import VERSIONS, Dictionary
from domain.search.market import NEVER, City
from domain.search.rules import EARTH_METRES
from domain.search.types import Facet, Point


class Facility(msgspec.Struct, frozen=True, kw_only=True):
    """Where offers are carried out, with names as JSON by language."""

    id: UUID
    state: str
    name: str
    names: str
    city: str
    city_key: str
    city_names: str
    at: Point | None
    position_of: PositionOf | None
    credentials: list[Held]


class Directory(Dictionary):
    """Facilities by their codes, and the names of everything."""

    def __init__(self, book: Book) -> None:
        super().__init__()
        self._book = book
        self._facilities: dict[int, Facility] = {}
        self._at_city: dict[City, set[int]] = {}
        self._shown_cities: dict[tuple[City, str], tuple[str, str]] = {}
        self._centres: dict[City, Point] = {}
        self._points: Column = np.full((2, 1024), np.nan)
        self._labels: dict[Facet, dict[str, str]] = {Facet.SPECIALTY: {}, Facet.TREATMENT: {}}
        self._specialty_of: dict[str, str] = {}

    def knows(self, facility_id: UUID) -> bool:
        """Tell whether a facility was ever placed: others have no offers."""
        return self._book.facilities.get(facility_id) in self._facilities

    def place(self, facility: Facility, texts: Sequence[str], folded: Sequence[str]) -> None:
        """Take in a facility and the names it is found by."""
        code = self._book.facilities[facility.id]
        if (before := self._facilities.get(code)) is not None:
            self._at_city[before.state, before.city_key].discard(code)
        self._facilities[code] = facility
        self._at_city.setdefault((facility.state, facility.city_key), set()).add(code)
        self._shown_cities.clear()
        while code >= self._points.shape[1]:
            self._points = np.hstack((self._points, np.full_like(self._points, np.nan)))
        at = facility.at
        self._points[:, code] = (np.nan, np.nan) if at is None else (at.latitude, at.longitude)
        self.name(("facility", str(facility.id), None), texts, folded)

    def locate(
        self, city: City, texts: Sequence[str], folded: Sequence[str], centre: Point | None
    ) -> None:
        """Take in a city's names and where it lies."""
        self.name(("city", city[1], city[0]), texts, folded)
        if centre is not None:
            self._centres[city] = centre

    def label(
        self, facet: Facet, code: str, specialty: str, names: str,
        texts: Sequence[str], folded: Sequence[str],
    ) -> None:  # fmt: skip
        """Take in a specialty, or a treatment of a specialty, with its names."""
        self._labels[facet][code] = names
        if facet is Facet.TREATMENT and self._specialty_of.get(code) != specialty:
            self._specialty_of[code] = specialty
            self.names_version = next(VERSIONS)
        self.name((facet.value, code, None), texts, folded)

    async def labels(self, facet: Facet, codes: Sequence[str]) -> dict[str, str]:
        """Return the names of specialties or treatments that exist, as JSON by language."""
        known = self._labels[facet]
        return {code: known[code] for code in codes if code in known}

    async def treatments_of(self, specialties: Sequence[str]) -> list[tuple[str, str]]:
        """Return the treatments of specialties, each with its specialty."""
        return sorted((code, own) for code, own in self._specialty_of.items() if own in specialties)

    async def city_names(
        self, cities: Sequence[City], language: str
    ) -> dict[City, tuple[str, str]]:
        """Return cities' names: as the facilities there write it, and in that language."""
        return {city: self._shown(city, language) for city in cities if self._at_city.get(city)}

    def _shown(self, city: City, language: str) -> tuple[str, str]:
        shown = self._shown_cities.get((city, language))
        if shown is None:
            there = (self._facilities[code] for code in self._at_city[city])
            named = [(names_in(each.city_names).get(language), each) for each in there]
            label, first = min(named, key=lambda each: (each[0] is None, each[1].id))
            shown = self._shown_cities[city, language] = first.city, label or first.city
        return shown

    async def centres(self, cities: Sequence[City]) -> dict[City, Point]:
        """Return where cities lie: in the middle of their facilities."""
        return {city: self._centres[city] for city in cities if city in self._centres}

    def _metres_from(self, near: Point) -> Column:
        """Return how far each facility lies, by its code, as `metres_between` in SQL does."""
        latitudes, longitudes = self._points[:, : len(self._book.facilities.known)]
        latitude, north = np.radians(near.latitude), np.radians(latitudes - near.latitude)
        east = np.radians(longitudes - near.longitude)
        square = np.sin(north / 2) ** 2 + (
            np.cos(latitude) * np.cos(np.radians(latitudes)) * np.sin(east / 2) ** 2
        )
        metres = np.rint(2 * EARTH_METRES * np.arcsin(np.minimum(1, np.sqrt(square))))
        return np.where(np.isnan(metres), NEVER, np.nan_to_num(metres)).astype("i8")
