"""An answer from a market: the page, its counts, and help where nothing was found."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

import msgspec

from domain.catalogue.errors import UnknownSpecialty, UnknownTreatment
from domain.catalogue.types import Named, OfferMode
from domain.cursor import make_cursor, read_cursor
from domain.jurisdictions import LANGUAGES, jurisdiction
from domain.languages import require_languages
from domain.money import Currency
from domain.rates.types import RateSet
from domain.search import dictionary, rules
from domain.search.dictionary import Found
from domain.search.market import Band, City, Filters, FoundOffer, Market, Name, Names, Position
from domain.search.places import state_name
from domain.search.types import (
    ComparedPrice,
    Facet,
    FacetCount,
    FoundFacility,
    How,
    NearbyCity,
    NothingFound,
    OfferItem,
    OfferPage,
    OfferQuery,
    Point,
    Sort,
    Suggestion,
    Why,
    Without,
)
from domain.text import fold

SUGGESTIONS, LOOKED_AT = 10, 30
NEARBY = 5
_CODED = {Facet.SPECIALTY: UnknownSpecialty, Facet.TREATMENT: UnknownTreatment}
_LABELLED = (Facet.SPECIALTY, Facet.TREATMENT)
_KEYS = {
    Sort.PRICE: ["price", "id"],
    Sort.EARLIEST: ["earliest", "price", "id"],
    Sort.DISTANCE: ["distance", "price", "id"],
    Sort.RATING: ["rating", "price", "id"],
}
_RELAXED: dict[str, dict[str, None]] = {
    "state": {"states": None},
    "city": {"cities": None},
    "within_km": {"metres": None},
    "specialty": {"specialties": None},
    "treatment": {"treatments": None},
    "price": {"price": None},
    "credential": {"credentials": None},
    "language": {"languages": None},
    "inclusion": {"inclusions": None},
    "mode": {"modes": None},
    "available": {"available": None},
    "q": {"ranks": None, "facilities": None, "named_states": None, "named_cities": None},
}


async def answer(market: Market, query: OfferQuery, rate_set: RateSet) -> OfferPage:
    """Return one page of the offers that are listed now and answer the question.

    The order depends on the words, the price and what the sort names, and on nothing that anybody
    pays. Raises CursorInvalid for a cursor of another question, and Invalid for values that do
    not exist.
    """
    question = (msgspec.structs.replace(query, cursor=None, limit=0, facets=()), rate_set.name)
    after = read_cursor(query.cursor, question, Position) if query.cursor else None
    await _require_known(market, query)
    found = Found() if query.q is None else await dictionary.understand(query.q, market)
    filters = await _filters(market, query, found, rate_set)
    if found.nothing:
        nothing = await _nothing(market, query, found, filters)
        return OfferPage([], None, 0, {}, rate_set.name, None, nothing)
    total = await market.total(filters)
    offers = await market.page(filters, sort=query.sort, after=after, limit=query.limit + 1)
    following = None
    if len(offers) > query.limit:
        offers = offers[: query.limit]
        following = make_cursor(question, offers[-1].at)
    items = [_item(offer, query, found, rate_set) for offer in offers]
    return OfferPage(
        items=items,
        next=following,
        total=total,
        facets={
            facet.value: await _facet(market, filters, facet, query, rate_set)
            for facet in dict.fromkeys(query.facets)
        },
        rate_set=rate_set.name,
        did_you_mean=_did_you_mean(query, found, items),
        nothing_found=None if total else await _nothing(market, query, found, filters),
    )


async def answering(
    market: Market, query: OfferQuery, rate_set: RateSet, among: Sequence[UUID]
) -> list[OfferItem]:
    """Return those of some offers that answer a question now, the cheapest first.

    Raises Invalid for values that do not exist.
    """
    await _require_known(market, query)
    found = Found() if query.q is None else await dictionary.understand(query.q, market)
    if found.nothing or not among:
        return []
    filters = await _filters(market, query, found, rate_set)
    filters = msgspec.structs.replace(filters, among=list(among))
    offers = await market.page(filters, sort=Sort.PRICE, after=None, limit=len(among))
    return [_item(offer, query, found, rate_set) for offer in offers]


async def _require_known(market: Market, query: OfferQuery) -> None:
    for code in query.state:
        jurisdiction(code)
    require_languages([*query.language, query.lang])
    rules.require_consistent(query)
    for facet, error in _CODED.items():
        if codes := getattr(query, facet.value):
            unknown = sorted(set(codes) - set(await market.labels(facet, codes)))
            if unknown:
                raise error(fields={facet.value: error.title}, unknown=unknown)


async def _filters(market: Names, query: OfferQuery, found: Found, rate_set: RateSet) -> Filters:
    cities = None
    if query.city:
        cities = await market.cities_called([fold(name) for name in query.city])
    price, days = (query.price_min, query.price_max), (query.available_from, query.available_to)
    return Filters(
        ranks=found.ranks,
        facilities=None if found.facilities is None else list(found.facilities),
        states=list(query.state) or None,
        named_states=found.states or None,
        named_cities=found.cities or None,
        cities=cities,
        near=query.near,
        metres=None if query.within_km is None else round(query.within_km * 1000),
        specialties=list(query.specialty) or None,
        treatments=list(query.treatment) or None,
        price=None
        if price == (None, None)
        else rules.in_euros(price, rate_set, query.currency or Currency.EUR),
        credentials=[kind.value for kind in query.credential] or None,
        languages=list(query.language) or None,
        inclusions=[inclusion.value for inclusion in query.inclusion] or None,
        modes=[mode.value for mode in query.mode] or None,
        available=None if days == (None, None) else rules.instants(*days),
    )


def _item(offer: FoundOffer, query: OfferQuery, found: Found, rate_set: RateSet) -> OfferItem:
    compared = rate_set.convert(offer.price, query.currency or Currency.EUR)
    matched = found.matches.get(offer.treatment)
    if matched is None and found.facilities is not None:
        matched = found.facilities.get(offer.facility_id)
    order = _KEYS.get(query.sort)
    if order is None:
        order = ["match", "price", "id"] if found.ranks is not None else ["price", "id"]
    return OfferItem(
        id=offer.at.id,
        version=offer.version,
        treatment=_named(offer.treatment, offer.treatment_names, query.lang),
        specialty=_named(offer.specialty, offer.specialty_names, query.lang),
        facility=FoundFacility(
            id=offer.facility_id,
            name=_in_language(offer.facility_names, query.lang, offer.facility),
            city=_in_language(offer.city_names, query.lang, offer.city),
            state=offer.state,
            position_of=offer.position_of,
            demo=offer.demo,
        ),
        price=offer.price,
        price_compared=ComparedPrice(compared.amount, compared.currency, rate_set.name),
        deposit=offer.deposit,
        mode=OfferMode(offer.mode),
        languages=[tag for tag in LANGUAGES if tag in offer.languages],
        inclusions=sorted(offer.inclusions),
        accredited=offer.accredited,
        earliest_at=offer.earliest_at,
        rating=None if offer.rating is None else offer.rating / 100,
        distance_km=None if offer.metres is None else round(offer.metres / 1000, 1),
        demo=offer.demo,
        why=Why(matched, order),
    )


@lru_cache(maxsize=16_384)
def names_in(text: str) -> dict[str, str]:
    """Return names by language from their JSON."""
    # The same few hundred names come with every page; decoding them anew was its largest cost.
    return msgspec.json.decode(text, type=dict[str, str])


def _in_language(names: str, language: str, otherwise: str) -> str:
    return names_in(names).get(language) or otherwise


def _named(code: str, names: str, language: str) -> Named:
    known = names_in(names)
    return Named(code, known.get(language) or known.get("en") or code)


async def _facet(
    market: Market, filters: Filters, facet: Facet, query: OfferQuery, rate_set: RateSet
) -> list[FacetCount]:
    language = query.lang
    if facet is Facet.PRICE:
        return await _prices(market, filters, query.currency or Currency.EUR, rate_set)
    if facet is Facet.EARLIEST:
        return await _days(market, filters)
    counts = await market.counts(filters, facet)
    if facet is Facet.STATE:
        return [FacetCount(code, count, state_name(code, language)) for code, count in counts]
    if facet is Facet.CITY:
        cities = [(_city(value), count) for value, count in counts]
        names = await market.city_names([city for city, _ in cities], language)
        return [
            FacetCount(names[city][0], count, names[city][1])
            for city, count in cities
            if city in names
        ]
    if facet in _LABELLED:
        stored = await market.labels(facet, [value for value, _ in counts])
        return [
            FacetCount(code, count, _named(code, stored[code], language).name)
            for code, count in counts
        ]
    return [FacetCount(value, count, value) for value, count in counts]


def _city(value: str) -> City:
    state, _, key = value.partition(" ")
    return state, key


async def _prices(
    market: Market, filters: Filters, currency: Currency, rate_set: RateSet
) -> list[FacetCount]:
    bands = _bands(rate_set, currency)
    counts = await market.band_counts(filters, Facet.PRICE, [euros for _, _, euros in bands])
    return [
        FacetCount(value, count, label)
        for (value, label, _), count in zip(bands, counts, strict=True)
        if count
    ]


_bands_of: dict[tuple[str, Currency], list[tuple[str, str, Band]]] = {}


def _bands(rate_set: RateSet, currency: Currency) -> list[tuple[str, str, Band]]:
    """Return the bands of prices in a currency: value, label, and in EUR. A set never changes."""
    known = _bands_of.get((rate_set.name, currency))
    if known is None:
        bands = rules.price_bands(rules.price_bounds(rate_set, currency))
        known = _bands_of[rate_set.name, currency] = [
            (
                f"{low}-{'' if high is None else high}",
                rules.band_label((low, high), currency),
                rules.in_euros((low, high), rate_set, currency),
            )
            for low, high in bands
        ]
    return known


async def _days(market: Market, filters: Filters) -> list[FacetCount]:
    today = datetime.now(UTC).date()
    days = [today + timedelta(days=ahead) for ahead in rules.SOON_DAYS]
    bands = [rules.instants(None, day) for day in days]
    counts = await market.band_counts(filters, Facet.EARLIEST, bands)
    return [
        FacetCount(day.isoformat(), count, day.isoformat())
        for day, count in zip(days, counts, strict=True)
        if count
    ]


def _did_you_mean(query: OfferQuery, found: Found, items: Sequence[OfferItem]) -> str | None:
    """Return words that find what stands here, where only names spelled like the asked ones did."""
    similar = [item.why.matched for item in items if item.why.matched is not None]
    if query.q is None or not similar or similar[0].how is not How.SIMILAR:
        return None
    return rules.corrected(query.q, found.rest, similar[0].text)


async def _nothing(
    market: Market, query: OfferQuery, found: Found, filters: Filters
) -> NothingFound:
    without: list[Without] = []
    for name, relaxed in _RELAXED.items():
        if found.nothing and name != "q":
            continue
        if all(getattr(filters, field) is None for field in relaxed) and not (
            name == "q" and found.nothing
        ):
            continue
        count = await market.total(msgspec.structs.replace(filters, **relaxed))
        if count:
            without.append(Without(name, count))
    similar: list[Suggestion] = []
    if found.nothing and query.q:
        similar = await suggestions(market, query.q, query.lang, near=True)
    return NothingFound(
        "no_such_name" if found.nothing else "filters_exclude_all",
        without,
        similar,
        [] if found.nothing else await _nearby(market, filters, query.lang),
    )


async def _nearby(market: Market, filters: Filters, language: str) -> list[NearbyCity]:
    """Return the nearest cities that have what the one asked for has not."""
    here = filters.cities if filters.cities is not None else filters.named_cities
    asked = list((await market.centres(here or [])).values())
    if not asked:
        return []
    counts = {
        _city(value): count
        for value, count in await market.counts(
            msgspec.structs.replace(filters, cities=None, named_cities=None), Facet.CITY
        )
    }
    ranked = sorted(
        (min(rules.metres_between(centre, place) for place in asked), city)
        for city, centre in (await market.centres(list(counts))).items()
    )[:NEARBY]
    names = await market.city_names([city for _, city in ranked], language)
    return [
        NearbyCity(*names[city], city[0], round(metres / 1000, 1), counts[city])
        for metres, city in ranked
    ]


async def first_centre(market: Market, city: str) -> Point | None:
    """Return where a city of this name lies, the first by state where several have it."""
    cities = await market.cities_called([fold(city)])
    centres = await market.centres(cities)
    return next((centres[city] for city in cities if city in centres), None)


async def suggestions(market: Market, text: str, language: str, *, near: bool) -> list[Suggestion]:
    """Return treatments, specialties and cities whose names begin like the words, or are like.

    Treatments that nobody offers now come last.
    """
    words = dictionary.words_of(text)
    if not words:
        return []
    names: list[Name] = []
    if not near:
        names = await market.names_beginning(words)
    if names:
        asked = " ".join(words)
        names.sort(key=lambda name: (not name.folded.startswith(asked), len(name.folded)))
    else:
        like = await market.names_like(words)
        names = [name for name, _ in sorted(like, key=lambda found: -found[1])]
    targets = dict.fromkeys(
        (name.kind, name.target, name.state) for name in names if name.kind != "facility"
    )
    likeliest = list(targets)[:LOOKED_AT]
    codes = [target for kind, target, _ in likeliest if kind == Facet.TREATMENT.value]
    asked_for = Filters(ranks=dict.fromkeys(codes, 0))
    offered = {code for code, _ in await market.counts(asked_for, Facet.TREATMENT)}
    likeliest.sort(key=lambda each: each[0] == Facet.TREATMENT.value and each[1] not in offered)
    chosen = likeliest[:SUGGESTIONS]
    cities = [(state or "", target) for kind, target, state in chosen if kind == "city"]
    shown = await market.city_names(cities, language) if cities else {}
    stored: dict[str, str] = {}
    for facet in _LABELLED:
        if codes := [target for kind, target, _ in chosen if kind == facet.value]:
            labels = await market.labels(facet, codes)
            stored |= {f"{facet.value} {code}": names for code, names in labels.items()}
    found = []
    for kind, target, state in chosen:
        if kind == "city":
            if (called := shown.get((state or "", target))) is not None:
                found.append(Suggestion(kind, *called, state))
        else:
            name = _named(target, stored[f"{kind} {target}"], language).name
            found.append(Suggestion(kind, target, name))
    return found
