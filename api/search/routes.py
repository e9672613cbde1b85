"""Searching offers, suggestions, and the states of the network."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from api.http.guards import may
from api.http.problems import problems
from api.search import repeats
from api.search.parameters import (
    AskedLang,
    Cursor,
    Limit,
    UnknownParameter,
    Words,
    language_of,
    require_known,
    says,
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
from domain.search.errors import (
    DatesCrossed,
    NearNeeded,
    PointUnreadable,
    PricesCrossed,
    UnusableDistance,
)
from domain.search.types import (
    Facet,
    OfferPage,
    OfferQuery,
    Point,
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
Near = Annotated[
    str | None,
    QueryParameter(
        description="`latitude,longitude` in degrees, from which distances are measured",
        max_length=60,
        schema_extra={"examples": ["41.01,28.95"]},
    ),
]
WithinKm = Annotated[
    float | None, QueryParameter(description="At most so far from `near`", gt=0, le=20_100)
]
Free = Annotated[
    date | None,
    QueryParameter(description="A day of UTC; the first free time lies from and to these days"),
]
_OFFERS = frozenset(
    [
        "q",
        "state",
        "city",
        "near",
        "within_km",
        "specialty",
        "treatment",
        "price_min",
        "price_max",
        "currency",
        "credential",
        "language",
        "inclusion",
        "mode",
        "available_from",
        "available_to",
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
    async def states(
        self,
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
        lang: AskedLang = None,
    ) -> Response[States]:
        """List members and observers with their zones, currencies and emergency numbers."""
        language = language_of(request, lang)
        return Response(States(await service.list_states(actor, language)), headers=says(language))

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
            DatesCrossed,
            PointUnreadable,
            NearNeeded,
            UnusableDistance,
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
        near: Near = None,
        within_km: WithinKm = None,
        specialty: FromQuery[list[str] | None] = None,
        treatment: FromQuery[list[str] | None] = None,
        price_min: Price = None,
        price_max: Price = None,
        currency: FromQuery[Currency | None] = None,
        credential: FromQuery[list[CredentialKind] | None] = None,
        language: FromQuery[list[str] | None] = None,
        inclusion: FromQuery[list[Inclusion] | None] = None,
        mode: FromQuery[list[OfferMode] | None] = None,
        available_from: Free = None,
        available_to: Free = None,
        sort: FromQuery[Sort] = Sort.RELEVANCE,
        facets: Facets = None,
        cursor: Cursor = None,
        limit: Limit = 20,
        lang: AskedLang = None,
    ) -> Response[OfferPage]:
        """Find offers that may be booked now, by words in any language and script, and filters.

        Repeat a parameter to choose several of its values. Prices are compared in `currency`
        (EUR by default) under the named reference rates. What is not known (a first free time, a
        rating, a place) sorts last. No payment moves an offer: each says under `why` where it
        stands and by which keys.
        """
        require_known(request, *_OFFERS)
        moment = service.moment()
        language_of_names = language_of(request, lang)
        query = OfferQuery(
            q=q,
            state=tuple(states or ()),
            city=tuple(city or ()),
            near=None if near is None else Point.read(near),
            within_km=within_km,
            specialty=tuple(specialty or ()),
            treatment=tuple(treatment or ()),
            price_min=price_min,
            price_max=price_max,
            currency=currency,
            credential=tuple(credential or ()),
            language=tuple(language or ()),
            inclusion=tuple(inclusion or ()),
            mode=tuple(mode or ()),
            available_from=available_from,
            available_to=available_to,
            sort=sort,
            facets=_facets(facets),
            cursor=cursor,
            limit=limit,
            lang=language_of_names,
        )
        page = await service.search_offers(actor, query)
        return repeats.answered(request, moment, page, says(language_of_names))

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
        lang: AskedLang = None,
    ) -> Response[Suggestions]:
        """Suggest up to ten treatments, specialties and cities while somebody types."""
        require_known(request, "q", "lang")
        moment = service.moment()
        language = language_of(request, lang)
        found = await service.suggest(actor, q or "", language)
        return repeats.answered(request, moment, found, says(language))
