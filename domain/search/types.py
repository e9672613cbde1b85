"""The vocabulary of the search: what may be asked, and how an answer explains itself."""

from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

import msgspec

from domain.catalogue.types import Inclusion, Named, OfferMode
from domain.credentials.types import CredentialKind
from domain.facilities.types import PositionOf
from domain.jurisdictions import Standing
from domain.money import Currency, Money
from domain.search.errors import PointUnreadable

MAX_LIMIT = 100
MAX_TEXT = 200


class Sort(StrEnum):
    """The order of the offers found."""

    RELEVANCE = "relevance"
    PRICE = "price"
    EARLIEST = "earliest"
    DISTANCE = "distance"
    RATING = "rating"


class Facet(StrEnum):
    """What the offers found may be counted by."""

    STATE = "state"
    CITY = "city"
    SPECIALTY = "specialty"
    TREATMENT = "treatment"
    PRICE = "price"
    EARLIEST = "earliest"
    CREDENTIAL = "credential"
    LANGUAGE = "language"
    INCLUSION = "inclusion"
    MODE = "mode"


class How(StrEnum):
    """How a name answered the words that were asked for, best first."""

    EXACT_NAME = "exact_name"
    ALL_WORDS = "all_words"
    SPECIALTY = "specialty"
    WORD_BEGINNINGS = "word_beginnings"
    SIMILAR = "similar"


class Point(msgspec.Struct, frozen=True):
    """A place on the earth in degrees (WGS 84)."""

    latitude: float
    longitude: float

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the place that `latitude,longitude` names; raises PointUnreadable."""
        try:
            latitude, longitude = (float(part) for part in text.split(",", 2))
        except ValueError:
            raise PointUnreadable(fields={"near": PointUnreadable.title}) from None
        # A comparison with what is not a number is false.
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise PointUnreadable(fields={"near": PointUnreadable.title})
        return cls(latitude, longitude)


class OfferQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked; several values of one filter mean any of them.

    Prices are minor units of `currency`, in which prices are also compared (EUR by default).
    `available_from` and `available_to` are days of UTC between which the first free time lies.
    """

    q: str | None = None
    state: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    near: Point | None = None
    within_km: float | None = None
    specialty: tuple[str, ...] = ()
    treatment: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    currency: Currency | None = None
    credential: tuple[CredentialKind, ...] = ()
    language: tuple[str, ...] = ()
    inclusion: tuple[Inclusion, ...] = ()
    mode: tuple[OfferMode, ...] = ()
    available_from: date | None = None
    available_to: date | None = None
    sort: Sort = Sort.RELEVANCE
    facets: tuple[Facet, ...] = ()
    cursor: str | None = None
    limit: int = 20
    lang: str = "en"


class Match(msgspec.Struct, frozen=True):
    """The name through which the words found an offer."""

    kind: str
    text: str
    how: How


class Why(msgspec.Struct, frozen=True):
    """Why an offer stands where it stands: its match, then the keys of the order.

    Nothing that anybody pays moves an offer.
    """

    matched: Match | None
    order: list[str]


class FoundFacility(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    city: str
    state: str
    position_of: PositionOf | None
    demo: bool


class ComparedPrice(msgspec.Struct, frozen=True):
    """A price under a dated reference rate: to compare, never what is charged."""

    amount: int
    currency: Currency
    rate_set: str


class OfferItem(msgspec.Struct, frozen=True):
    """One offer found.

    `earliest_at` is its first free time where that is known, `rating` the mean of its reviews (1
    to 5) where there are any, `distance_km` as the crow flies from `near`:
    to the middle of the town where no more is known (`position_of` of the facility).
    """

    id: UUID
    version: int
    treatment: Named
    specialty: Named
    facility: FoundFacility
    price: Money
    price_compared: ComparedPrice
    deposit: Money
    mode: OfferMode
    languages: list[str]
    inclusions: list[str]
    accredited: bool
    earliest_at: datetime | None
    rating: float | None
    distance_km: float | None
    demo: bool
    why: Why


class FacetCount(msgspec.Struct, frozen=True):
    """How many offers there are of one value, the other filters applied.

    A price is `<price_min>-<price_max>` in minor units of the query's currency, open at its last;
    an earliest date is an `available_to`, so its counts contain those of earlier ones.
    """

    value: str
    count: int
    label: str


class Without(msgspec.Struct, frozen=True):
    """How many offers there would be without one of the filters."""

    filter: str
    total: int


class Suggestion(msgspec.Struct, frozen=True):
    """Something that can be searched for: `kind` names the parameter that takes `value`."""

    kind: str
    value: str
    label: str
    state: str | None = None


class NearbyCity(msgspec.Struct, frozen=True):
    """A city with offers, and how far it lies from the one asked for."""

    value: str
    label: str
    state: str
    distance_km: float
    total: int


class NothingFound(msgspec.Struct, frozen=True):
    """Why there is no result, and what is near.

    `reason` is `no_such_name` when no name answers the words, else `filters_exclude_all`.
    """

    reason: str
    without: list[Without]
    similar: list[Suggestion]
    nearby: list[NearbyCity]


class OfferPage(msgspec.Struct, frozen=True):
    """One page of offers with the exact number of all.

    `did_you_mean` corrects words that only names spelled like them answered.
    """

    items: list[OfferItem]
    next: str | None
    total: int
    facets: dict[str, list[FacetCount]]
    rate_set: str
    did_you_mean: str | None
    nothing_found: NothingFound | None


class Suggestions(msgspec.Struct, frozen=True):
    items: list[Suggestion]
    next: str | None = None


class StateView(msgspec.Struct, frozen=True):
    """A state of the network; XN is Northern Cyprus, which has no ISO 3166-1 code of its own."""

    code: str
    name: str
    standing: Standing
    zone: str
    currency: Currency
    languages: list[str]
    emergency_number: str
    authority: str
