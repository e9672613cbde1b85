"""What an answer is made from, wherever it comes from: the database, or the index in memory."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Protocol
from uuid import UUID

import msgspec

from domain.facilities.types import PositionOf
from domain.money import Money
from domain.search.types import Facet, Point, Sort

City = tuple[str, str]
"""A city by its state and its key, the folded name."""

Band = tuple[int | None, int | None]
"""From and to, both included; None is open."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NEVER = 2**62
"""The sort key of what is not known: last, and never mistaken for a good value."""

Key = Annotated[int, msgspec.Meta(ge=-NEVER, le=NEVER)]


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the keys of its last offer.

    `key` is what the sort compares: the rank of the match, microseconds since 1970, metres, or
    the rating negated; 0 where the price alone decides.
    """

    key: Key
    price: Key
    id: UUID


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """A question in the terms of the tables; None means unrestricted, an empty list nothing.

    What is `named` is so by the words, the rest is chosen; only offers `among` these
    are looked at. Prices are EUR minor units, `available` microseconds since 1970; `metres` reach
    from `near`.
    """

    among: list[UUID] | None = None
    ranks: dict[str, int] | None = None
    facilities: list[UUID] | None = None
    states: list[str] | None = None
    named_states: list[str] | None = None
    named_cities: list[City] | None = None
    cities: list[City] | None = None
    near: Point | None = None
    metres: int | None = None
    specialties: list[str] | None = None
    treatments: list[str] | None = None
    price: Band | None = None
    credentials: list[str] | None = None
    languages: list[str] | None = None
    inclusions: list[str] | None = None
    modes: list[str] | None = None
    available: Band | None = None


class FoundOffer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An offer of a page, with names as JSON by language."""

    at: Position
    version: int
    treatment: str
    treatment_names: str
    specialty: str
    specialty_names: str
    facility_id: UUID
    facility: str
    facility_names: str
    city: str
    city_names: str
    position_of: PositionOf | None
    state: str
    price: Money
    deposit: Money
    mode: str
    languages: Sequence[str]
    inclusions: Sequence[str]
    accredited: bool
    earliest_at: datetime | None
    rating: int | None
    metres: int | None
    demo: bool


class Name(msgspec.Struct, frozen=True):
    """One name of the dictionary and what it names."""

    kind: str
    target: str
    state: str | None
    text: str
    folded: str


MOST_NAMES = {"treatment": 600, "specialty": 100, "city": 100, "facility": 300}
"""So many names of each kind, the shortest, answer one question at the most."""


class Names(Protocol):
    """The dictionary: the names of treatments, specialties, facilities with offers, and cities.

    Under one `names_version` every answer stays the same; None where nobody knows.
    """

    @property
    def names_version(self) -> int | None:
        """Return what changes with the names."""

    async def names_with(self, words: Sequence[str], *, beginnings: bool) -> list[Name]:
        """Return the names that have every word, or for each a word that begins so."""

    async def known_words(self, words: Sequence[str]) -> set[str]:
        """Return those of the words that some name has."""

    async def names_beginning(self, words: Sequence[str]) -> list[Name]:
        """Return some short names with words that begin so, but of no facility."""

    async def names_like(self, words: Sequence[str]) -> list[tuple[Name, float]]:
        """Return names like the words, with a score from 0 to 1, the best first of each kind."""

    async def cities_among(self, words: Sequence[str]) -> list[tuple[City, str]]:
        """Return the cities all of whose words are among these, with those words, longest first."""

    async def cities_called(self, folded: Sequence[str]) -> list[City]:
        """Return the cities that have one of these folded names."""

    async def treatments_of(self, specialties: Sequence[str]) -> list[tuple[str, str]]:
        """Return the treatments of specialties, each with its specialty."""


class Market(Names, Protocol):
    """The offers that may be booked now. Every method speaks of the present moment."""

    async def total(self, filters: Filters) -> int:
        """Return how many offers a question finds."""

    async def counts(self, filters: Filters, facet: Facet) -> list[tuple[str, int]]:
        """Return the values of a facet with their counts, the most frequent first.

        The facet's own filter is left out. A city is its state and key, parted by a blank.
        """

    async def band_counts(self, filters: Filters, facet: Facet, bands: Sequence[Band]) -> list[int]:
        """Return how many offers lie in each band of prices or earliest times."""

    async def page(
        self, filters: Filters, *, sort: Sort, after: Position | None, limit: int
    ) -> list[FoundOffer]:
        """Return offers in the wanted order, after a position."""

    async def labels(self, facet: Facet, codes: Sequence[str]) -> Mapping[str, str]:
        """Return the names of specialties or treatments that exist, as JSON by language."""

    async def city_names(
        self, cities: Sequence[City], language: str
    ) -> Mapping[City, tuple[str, str]]:
        """Return cities' names: as the facilities there write it, and in that language."""

    async def centres(self, cities: Sequence[City]) -> Mapping[City, Point]:
        """Return where cities lie: in the middle of their facilities."""
