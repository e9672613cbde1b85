"""Searching offers, suggestions, and the states of the network."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.search.parameters import (
    Cursor,
    Lang,
    Limit,
    UnknownParameter,
    Words,
    require_known,
)
from domain.actor import Actor
from domain.catalogue.errors import UnknownSpecialty, UnknownTreatment
from domain.catalogue.types import Inclusion, OfferMode
from domain.credentials.types import CredentialKind
from domain.cursor import CursorInvalid
from domain.errors import Invalid
from domain.jurisdictions import UnknownJurisdiction
from domain.languages import UnknownLanguage
from domain.money import MAX_MINOR_UNITS, Currency
from domain.rates.service import NoRates
from domain.search import service
from domain.search.errors import PricesCrossed
from domain.search.types import (
    Facet,
    OfferPage,
    OfferQuery,
    Sort,
    StateView,
    Suggestions,
)

Price = Annotated[
    int | None,
    QueryParameter(description="Minor units of `currency`", ge=0, le=MAX_MINOR_UNITS),
]
Facets = Annotated[
    list[str] | None,
    QueryParameter(
        description="Count the offers by these, repeated or parted by commas: "
        + ", ".join(facet.value for facet in Facet)
    ),
]
_OFFERS = frozenset(
    [
        "q",
        "state",
        "city",
        "specialty",
        "treatment",
        "price_min",
        "price_max",
        "currency",
        "credential",
        "language",
        "inclusion",
        "mode",
        "sort",
        "facets",
        "cursor",
        "limit",
        "lang",
    ]
)


class UnknownFacet(Invalid):
    code = "unknown_facet"
    title = "Offers cannot be counted by this"


class States(msgspec.Struct, frozen=True):
    items: list[StateView]
    next: str | None = None


def _facets(texts: list[str] | None) -> tuple[Facet, ...]:
    names = [name.strip() for text in texts or [] for name in text.split(",") if name.strip()]
    known = {facet.value for facet in Facet}
    if any(name not in known for name in names):
        raise UnknownFacet(fields={"facets": UnknownFacet.title}, facets=sorted(known))
    return tuple(dict.fromkeys(Facet(name) for name in names))


class SearchController(Controller):
    path = "/v1"
    tags = ["Search"]

    @get(
        "/states",
        operation_id="listStates",
        guards=[may("search.read")],
        summary="The states of the network",
        responses=problems(UnknownLanguage),
    )
    async def states(self, actor: NamedDependency[Actor], lang: Lang = "en") -> States:
        """List members and observers with their zones, currencies and emergency numbers."""
        return States(await service.list_states(actor, lang))

    @get(
        "/offers",
        operation_id="searchOffers",
        guards=[may("search.read")],
        summary="Search offers",
        responses=problems(
            CursorInvalid,
            UnknownParameter,
            UnknownJurisdiction,
            UnknownSpecialty,
            UnknownTreatment,
            UnknownLanguage,
            UnknownFacet,
            PricesCrossed,
            NoRates,
        ),
    )
    async def offers(
        self,
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
        q: Words = None,
        states: Annotated[list[str] | None, QueryParameter(name="state", required=False)] = None,
        city: FromQuery[list[str] | None] = None,
        specialty: FromQuery[list[str] | None] = None,
        treatment: FromQuery[list[str] | None] = None,
        price_min: Price = None,
        price_max: Price = None,
        currency: FromQuery[Currency | None] = None,
        credential: FromQuery[list[CredentialKind] | None] = None,
        language: FromQuery[list[str] | None] = None,
        inclusion: FromQuery[list[Inclusion] | None] = None,
        mode: FromQuery[list[OfferMode] | None] = None,
        sort: FromQuery[Sort] = Sort.RELEVANCE,
        facets: Facets = None,
        cursor: Cursor = None,
        limit: Limit = 20,
        lang: Lang = "en",
    ) -> OfferPage:
        """Find offers that may be booked now, by words in any language and script, and filters.

        Repeat a parameter to choose several of its values. Prices are compared in `currency`
        (EUR by default) under the named reference rates. No payment moves an offer: each says
        under `why` where it stands and by which keys.
        """
        require_known(request, *_OFFERS)
        query = OfferQuery(
            q=q,
            state=tuple(states or ()),
            city=tuple(city or ()),
            specialty=tuple(specialty or ()),
            treatment=tuple(treatment or ()),
            price_min=price_min,
            price_max=price_max,
            currency=currency,
            credential=tuple(credential or ()),
            language=tuple(language or ()),
            inclusion=tuple(inclusion or ()),
            mode=tuple(mode or ()),
            sort=sort,
            facets=_facets(facets),
            cursor=cursor,
            limit=limit,
            lang=lang,
        )
        return await service.search_offers(actor, query)

    @get(
        "/suggest",
        operation_id="suggest",
        guards=[may("search.suggest")],
        summary="What can be searched for",
        responses=problems(UnknownLanguage, UnknownParameter),
    )
    async def suggest(
        self,
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
        q: Words = None,
        lang: Lang = "en",
    ) -> Suggestions:
        """Suggest up to ten treatments, specialties and cities while somebody types."""
        require_known(request, "q", "lang")
        return await service.suggest(actor, q or "", lang)
