"""The vocabulary of kept searches."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.catalogue.types import Inclusion, OfferMode
from domain.credentials.types import CredentialKind
from domain.identity.types import LanguageTag, StateCode
from domain.money import MAX_MINOR_UNITS, Currency
from domain.search.types import MAX_TEXT, OfferItem, OfferQuery, Point

MOST_KEPT = 20

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Price = Annotated[int, msgspec.Meta(ge=0, le=MAX_MINOR_UNITS)]
_FEW = msgspec.Meta(max_length=12)


class NewsKind(StrEnum):
    """Why an offer is news."""

    LISTED = "listed"
    CHEAPER = "cheaper"


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is looked for, in the parameters of the search; prices in minor units of `currency`."""

    q: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] | None = None
    state: Annotated[list[StateCode], _FEW] = []
    city: Annotated[list[Code], _FEW] = []
    near: Point | None = None
    within_km: Annotated[float, msgspec.Meta(gt=0, le=20_100)] | None = None
    specialty: Annotated[list[Code], _FEW] = []
    treatment: Annotated[list[Code], _FEW] = []
    price_min: Price | None = None
    price_max: Price | None = None
    currency: Currency | None = None
    credential: Annotated[list[CredentialKind], _FEW] = []
    language: Annotated[list[LanguageTag], _FEW] = []
    inclusion: Annotated[list[Inclusion], _FEW] = []
    mode: Annotated[list[OfferMode], _FEW] = []

    def question(self) -> OfferQuery:
        """Return it as the search is asked."""
        return msgspec.convert(msgspec.to_builtins(self), OfferQuery)


class SaveSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keep a search; with `tell` its new and cheaper offers are told, once a day at the most."""

    query: Wanted
    tell: bool = True


class SavedSearchView(msgspec.Struct, frozen=True):
    """A kept search; `fresh` counts what was found since it was last looked at."""

    id: UUID
    query: Wanted
    tell: bool
    created_at: datetime
    fresh: int


class Find(msgspec.Struct, frozen=True):
    """An offer that answers a kept search, and why it is news; `fresh` until looked at."""

    kind: NewsKind
    at: datetime
    fresh: bool
    offer: OfferItem
