"""Searching offers, and suggesting what can be searched for."""

from functools import lru_cache
from typing import Any

import msgspec

from domain.actor import Actor
from domain.catalogue.errors import UnknownSpecialty, UnknownTreatment
from domain.catalogue.types import Named, OfferMode
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.jurisdictions import JURISDICTIONS, jurisdiction
from domain.languages import require_languages
from domain.money import Currency, Money
from domain.rates import service as rates
from domain.rates.types import RateSet
from domain.search import dictionary, queries
from domain.search.dictionary import Found
from domain.search.errors import PricesCrossed
from domain.search.places import state_name
from domain.search.queries import Filters, Position
from domain.search.types import (
    ComparedPrice,
    Facet,
    FacetCount,
    FoundFacility,
    NothingFound,
    OfferItem,
    OfferPage,
    OfferQuery,
    StateView,
    Suggestion,
    Suggestions,
    Why,
    Without,
)
from domain.text import fold

SUGGESTIONS = 10


async def list_states(actor: Actor, language: str = "en") -> list[StateView]:
    """Return the states of the network, members first."""
    require_languages([language])
    return [
        StateView(
            code=j.code,
            name=state_name(j.code, language),
            standing=j.standing,
            zone=j.zone,
            currency=j.currency,
            languages=list(j.languages),
            emergency_number=j.emergency_number,
            authority=j.authority,
        )
        for j in JURISDICTIONS.values()
    ]


@transactional
async def search_offers(actor: Actor, query: OfferQuery) -> OfferPage:
    """Return one page of the offers that are listed now and answer the question.

    The order depends on nothing but the words and the price. Raises CursorInvalid for a cursor of
    another question, and Invalid for values that do not exist.
    """
    rate_set = await rates.current_rates(actor)
    question = (msgspec.structs.replace(query, cursor=None, limit=0, facets=()), rate_set.name)
    after = read_cursor(query.cursor, question, Position) if query.cursor else None
    await _require_known(query)
    found = Found() if query.q is None else await dictionary.understand(query.q)
    filters = await _filters(query, found, rate_set)
    if found.nothing:
        return OfferPage([], None, 0, {}, rate_set.name, await _nothing(query, found, filters))
    total = await queries.total(filters)
    rows = await queries.page(filters, sort=query.sort, after=after, limit=query.limit + 1)
    following = None
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        last = rows[-1]
        following = make_cursor(
            question, Position(last["rank"], last["price_eur_minor"], last["id"])
        )
    return OfferPage(
        items=[_item(row, query, found, rate_set) for row in rows],
        next=following,
        total=total,
        facets={
            facet.value: await _facet(filters, facet, query.lang)
            for facet in dict.fromkeys(query.facets)
        },
        rate_set=rate_set.name,
        nothing_found=None if total else await _nothing(query, found, filters),
    )


async def _require_known(query: OfferQuery) -> None:
    for code in query.state:
        jurisdiction(code)
    require_languages([*query.language, query.lang])
    low, high = query.price_min, query.price_max
    if low is not None and high is not None and low > high:
        raise PricesCrossed(fields={"price_min": PricesCrossed.title})
    if query.specialty:
        unknown = await queries.unknown_codes(Facet.SPECIALTY, list(query.specialty))
        if unknown:
            raise UnknownSpecialty(fields={"specialty": UnknownSpecialty.title}, unknown=unknown)
    if query.treatment:
        unknown = await queries.unknown_codes(Facet.TREATMENT, list(query.treatment))
        if unknown:
            raise UnknownTreatment(fields={"treatment": UnknownTreatment.title}, unknown=unknown)


async def _filters(query: OfferQuery, found: Found, rate_set: RateSet) -> Filters:
    def euros(amount: int | None) -> int | None:
        if amount is None:
            return None
        asked = Money(amount, query.currency or Currency.EUR)
        return rate_set.convert(asked, Currency.EUR).amount

    cities = None
    if query.city:
        cities = await queries.places([fold(name) for name in query.city])
    if found.cities:
        cities = found.cities if cities is None else [c for c in cities if c in found.cities]
    return Filters(
        ranks=found.ranks,
        facilities=None if found.facilities is None else list(found.facilities),
        states=list(query.state) or None,
        named_states=found.states or None,
        cities=cities,
        specialties=list(query.specialty) or None,
        treatments=list(query.treatment) or None,
        price_min=euros(query.price_min),
        price_max=euros(query.price_max),
        credentials=[kind.value for kind in query.credential] or None,
        languages=list(query.language) or None,
        inclusions=[inclusion.value for inclusion in query.inclusion] or None,
        modes=[mode.value for mode in query.mode] or None,
    )


def _item(row: Any, query: OfferQuery, found: Found, rate_set: RateSet) -> OfferItem:
    price = Money(row["price_minor"], Currency(row["currency"]))
    compared = rate_set.convert(price, query.currency or Currency.EUR)
    matched = found.matches.get(row["treatment_code"])
    if matched is None and found.facilities is not None:
        matched = found.facilities.get(row["facility_id"])
    ranked = found.ranks is not None and query.sort.value == "relevance"
    return OfferItem(
        id=row["id"],
        version=row["version"],
        treatment=_named(row["treatment_code"], row["treatment_names"], query.lang),
        specialty=_named(row["specialty_code"], row["specialty_names"], query.lang),
        facility=FoundFacility(
            id=row["facility_id"],
            name=_in(row["names"], query.lang, row["name"]),
            city=_in(row["city_names"], query.lang, row["city"]),
            state=row["state"],
            demo=row["demo"],
        ),
        price=price,
        price_compared=ComparedPrice(compared.amount, compared.currency, rate_set.name),
        deposit=Money(row["deposit_minor"], price.currency),
        mode=OfferMode(row["mode"]),
        languages=list(row["languages"]),
        inclusions=list(row["inclusions"]),
        accredited=row["accredited"],
        demo=row["demo"],
        why=Why(matched, ["match", "price", "id"] if ranked else ["price", "id"]),
    )


@lru_cache(maxsize=4096)
def _names(text: str) -> dict[str, str]:
    # The same few hundred names come with every page; decoding them anew was its largest cost.
    return msgspec.json.decode(text, type=dict[str, str])


def _in(names: str, language: str, otherwise: str) -> str:
    return _names(names).get(language) or otherwise


def _named(code: str, names: str, language: str) -> Named:
    known = _names(names)
    return Named(code, known.get(language) or known.get("en") or code)


async def _facet(filters: Filters, facet: Facet, language: str) -> list[FacetCount]:
    counts = await queries.facet_counts(filters, facet)
    if facet is Facet.STATE:
        return [FacetCount(code, count, state_name(code, language)) for code, count in counts]
    if facet is Facet.CITY:
        keys = [(value[:2], value[3:]) for value, _ in counts]
        names = await queries.place_names(keys, language)
        return [
            FacetCount(names[key][0], count, names[key][1])
            for key, (_, count) in zip(keys, counts, strict=True)
            if key in names
        ]
    if facet in (Facet.SPECIALTY, Facet.TREATMENT):
        stored = await queries.labels(facet, [value for value, _ in counts])
        return [
            FacetCount(code, count, _named(code, stored[code], language).name)
            for code, count in counts
        ]
    return [FacetCount(value, count, value) for value, count in counts]


_RELAXED: dict[str, dict[str, None]] = {
    "state": {"states": None},
    "city": {"cities": None},
    "specialty": {"specialties": None},
    "treatment": {"treatments": None},
    "price": {"price_min": None, "price_max": None},
    "credential": {"credentials": None},
    "language": {"languages": None},
    "inclusion": {"inclusions": None},
    "mode": {"modes": None},
    "q": {"ranks": None, "facilities": None, "named_states": None},
}


async def _nothing(query: OfferQuery, found: Found, filters: Filters) -> NothingFound:
    without: list[Without] = []
    for name, relaxed in _RELAXED.items():
        if found.nothing and name != "q":
            continue
        if all(getattr(filters, field) is None for field in relaxed) and not (
            name == "q" and found.nothing
        ):
            continue
        count = await queries.total(msgspec.structs.replace(filters, **relaxed))
        if count:
            without.append(Without(name, count))
    similar: list[Suggestion] = []
    if found.nothing and query.q:
        similar = await _suggestions(query.q, query.lang, near=True)
    return NothingFound(
        "no_such_name" if found.nothing else "filters_exclude_all", without, similar
    )


@transactional
async def suggest(actor: Actor, text: str, language: str = "en") -> Suggestions:
    """Return up to ten treatments, specialties and cities whose names begin like the words."""
    require_languages([language])
    return Suggestions(await _suggestions(text, language, near=False))


async def _suggestions(text: str, language: str, *, near: bool) -> list[Suggestion]:
    words = dictionary.words_of(text)
    if not words:
        return []
    names = [] if near else await dictionary.names_with(words, beginnings=True)
    if not names:
        like = await dictionary.names_like(words)
        names = [name for name, _ in sorted(like, key=lambda found: -found[1])]
    else:
        asked = " ".join(words)
        names.sort(key=lambda name: (not name.folded.startswith(asked), len(name.folded)))
    targets = dict.fromkeys(
        (name.kind, name.target, name.state) for name in names if name.kind != "facility"
    )
    chosen = list(targets)[:SUGGESTIONS]
    cities = [(state or "", target) for kind, target, state in chosen if kind == "city"]
    shown = await queries.place_names(cities, language) if cities else {}
    stored: dict[str, str] = {}
    for facet in (Facet.SPECIALTY, Facet.TREATMENT):
        codes = [target for kind, target, _ in chosen if kind == facet.value]
        if codes:
            stored |= {f"{facet.value} {k}": v for k, v in (
                await queries.labels(facet, codes)
            ).items()}  # fmt: skip
    found = []
    for kind, target, state in chosen:
        if kind == "city":
            if (names_of := shown.get((state or "", target))) is not None:
                found.append(Suggestion(kind, *names_of, state))
        else:
            name = _named(target, stored[f"{kind} {target}"], language).name
            found.append(Suggestion(kind, target, name))
    return found
