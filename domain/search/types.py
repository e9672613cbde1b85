"""The vocabulary of the search: what may be asked, and how an answer explains itself."""

from enum import StrEnum
from uuid import UUID

import msgspec

from domain.catalogue.types import Inclusion, Named, OfferMode
from domain.credentials.types import CredentialKind
from domain.jurisdictions import Standing
from domain.money import Currency, Money

MAX_LIMIT = 100
MAX_TEXT = 200


class Sort(StrEnum):
    """The order of the offers found."""

    RELEVANCE = "relevance"
    PRICE = "price"


class Facet(StrEnum):
    """What the offers found may be counted by."""

    STATE = "state"
    CITY = "city"
    SPECIALTY = "specialty"
    TREATMENT = "treatment"
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


class OfferQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked; several values of one filter mean any of them.

    Prices are minor units of `currency`, in which prices are also compared (EUR by default).
    """

    q: str | None = None
    state: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    specialty: tuple[str, ...] = ()
    treatment: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    currency: Currency | None = None
    credential: tuple[CredentialKind, ...] = ()
    language: tuple[str, ...] = ()
    inclusion: tuple[Inclusion, ...] = ()
    mode: tuple[OfferMode, ...] = ()
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
    demo: bool


class ComparedPrice(msgspec.Struct, frozen=True):
    """A price under a dated reference rate: to compare, never what is charged."""

    amount: int
    currency: Currency
    rate_set: str


class OfferItem(msgspec.Struct, frozen=True):
    """One offer found."""

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
    demo: bool
    why: Why


class FacetCount(msgspec.Struct, frozen=True):
    """How many offers there are of one value, the other filters applied."""

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


class NothingFound(msgspec.Struct, frozen=True):
    """Why there is no result, and what is near.

    `reason` is `no_such_name` when no name answers the words, else `filters_exclude_all`.
    """

    reason: str
    without: list[Without]
    similar: list[Suggestion]


class OfferPage(msgspec.Struct, frozen=True):
    """One page of offers with the exact number of all."""

    items: list[OfferItem]
    next: str | None
    total: int
    facets: dict[str, list[FacetCount]]
    rate_set: str
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
