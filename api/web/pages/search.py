"""Searching offers: results with counts, what is chosen, and help when nothing is found."""

import contextlib
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from api.http.guards import may
from api.web import labels
from api.web.forms import minor_units
from api.web.languages import N_, Language, language_of
from api.web.rendering import PageRequest, address, page
from domain.actor import Actor
from domain.catalogue import service as catalogue
from domain.catalogue.types import Inclusion, OfferMode
from domain.credentials.types import CredentialKind
from domain.cursor import CursorInvalid
from domain.errors import Invalid
from domain.jurisdictions import JURISDICTIONS, LANGUAGES
from domain.money import MAX_MINOR_UNITS, Currency, Money
from domain.search import service as search
from domain.search.types import (
    MAX_TEXT,
    Facet,
    FacetCount,
    NothingFound,
    OfferQuery,
    Point,
    Sort,
)

E = TypeVar("E", bound=StrEnum)

FILTERS = ("state", "city", "specialty", "treatment", "credential", "language", "inclusion", "mode")
_FACETS = tuple(facet for facet in Facet if facet is not Facet.TREATMENT)
_MAX_CHOSEN = 12
_SORTS = {
    Sort.RELEVANCE: N_("Best match first"),
    Sort.PRICE: N_("Lowest price first"),
    Sort.RATING: N_("Best rated first"),
    Sort.EARLIEST: N_("Soonest free time first"),
    Sort.DISTANCE: N_("Nearest first"),
}


def _known(kind: type[E], values: list[str]) -> tuple[E, ...]:
    known = {member.value: member for member in kind}
    return tuple(known[value] for value in values if value in known)


def _chosen(request: PageRequest) -> dict[str, list[str]]:
    params = request.query_params
    found = {
        name: [value for value in dict.fromkeys(params.getall(name, [])) if value][:_MAX_CHOSEN]
        for name in FILTERS
    }
    found["state"] = [code for code in found["state"] if code in JURISDICTIONS]
    found["language"] = [tag for tag in found["language"] if tag in LANGUAGES]
    return found


def query_of(request: PageRequest, language: Language, near: Point | None) -> OfferQuery:
    """Return what an address asks for; what does not exist is left out."""
    params, chosen = request.query_params, _chosen(request)
    wanted = _known(Currency, [params.get("currency") or ""])
    sort = next(iter(_known(Sort, [params.get("sort") or ""])), Sort.RELEVANCE)
    low, high = (
        None if (amount := minor_units(params.get(name) or "")) is None
        else min(amount, MAX_MINOR_UNITS)
        for name in ("price_min", "price_max")
    )  # fmt: skip
    if low is not None and high is not None and low > high:
        low, high = high, low
    return OfferQuery(
        q=(params.get("q") or "").strip()[:MAX_TEXT] or None,
        state=tuple(chosen["state"]),
        city=tuple(chosen["city"]),
        near=near,
        specialty=tuple(chosen["specialty"]),
        treatment=tuple(chosen["treatment"]),
        credential=_known(CredentialKind, chosen["credential"]),
        language=tuple(chosen["language"]),
        inclusion=_known(Inclusion, chosen["inclusion"]),
        mode=_known(OfferMode, chosen["mode"]),
        price_min=low,
        price_max=high,
        currency=wanted[0] if wanted else Currency.EUR,
        available_to=_day(params.get("available_to") or ""),
        sort=Sort.RELEVANCE if sort is Sort.DISTANCE and near is None else sort,
        facets=_FACETS,
        cursor=params.get("cursor") or None,
        lang=language.tag,
    )


def _day(text: str) -> date | None:
    with contextlib.suppress(ValueError):
        return date.fromisoformat(text[:10])
    return None


def chosen_in(query: OfferQuery) -> dict[str, list[str]]:
    """Return the values chosen of each filter."""
    return {name: [str(value) for value in getattr(query, name)] for name in FILTERS}


class SearchPages(Controller):
    path = "/search"
    include_in_schema = False

    @get(guards=[may("search.read")])
    async def results(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the offers found; filters that do not exist are dropped and the page says so."""
        language, notice = language_of(request), None
        place = (request.query_params.get("from") or "").strip()[:MAX_TEXT]
        near = await search.centre_of(actor, place) if place else None
        if place and near is None:
            notice = language.gettext(N_("We do not know the city “%(city)s”.")) % {"city": place}
            place = ""
        query = query_of(request, language, near)
        try:
            found = await search.search_offers(actor, query)
        except CursorInvalid:
            query = msgspec.structs.replace(query, cursor=None)
            found = await search.search_offers(actor, query)
        except Invalid:
            notice = language.gettext(
                N_("A filter in this address no longer exists; these are the offers without it.")
            )
            query = msgspec.structs.replace(query, specialty=(), treatment=(), cursor=None)
            found = await search.search_offers(actor, query)
        chosen = chosen_in(query)
        names = await names_of(actor, query, language)
        asked = Asked(query, place, language)
        return page(
            request,
            "search.html",
            query=query,
            found=found,
            notice=notice,
            chosen=chosen,
            chips=asked.chips(chosen, names),
            keep=asked.keep,
            kept=[pair for pair in asked.pairs if pair[0] != "q"],
            show=_Shown(language),
            place=place,
            sorts=[(sort, text) for sort, text in _SORTS.items() if near or sort != Sort.DISTANCE],
            bands=asked.bands(found.facets.get("price", [])),
            days=asked.days(found.facets.get("earliest", [])),
            instead=asked.instead(found.did_you_mean),
            typed={
                name: request.query_params.get(name) or "" for name in ("price_min", "price_max")
            },
            currencies=[code.value for code in Currency],
            currency=query.currency,
            nearby=asked.nearby(found.nothing_found),
            without=asked.without(found.nothing_found),
        )


async def names_of(
    actor: Actor, query: OfferQuery, language: Language
) -> dict[tuple[str, str], str]:
    """Return the names of the treatments and specialties chosen."""
    names: dict[tuple[str, str], str] = {}
    if query.treatment:
        for treatment in await catalogue.list_treatments(actor, language.tag):
            names["treatment", treatment.code] = treatment.name
    if query.specialty:
        for specialty in await catalogue.list_specialties(actor, language.tag):
            names["specialty", specialty.code] = specialty.name
    return names


class _Shown:
    """How the values of a facet are written."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def state(self, count: Any) -> str:
        return self._language.state(count.value)

    def label(self, count: Any) -> str:
        return str(count.label)

    def language(self, count: Any) -> str:
        return self._language.language(count.value)

    def credential(self, count: Any) -> str:
        return labels.label(self._language, "credential", count.value)

    def inclusion(self, count: Any) -> str:
        return labels.label(self._language, "inclusion", count.value)

    def mode(self, count: Any) -> str:
        return labels.label(self._language, "mode", count.value)


class Asked:
    """What is asked, as addresses of this page with something added or left out."""

    def __init__(self, query: OfferQuery, place: str, language: Language) -> None:
        self._query, self._language = query, language
        self._currency = query.currency or Currency.EUR
        pairs = [("q", query.q)] if query.q else []
        pairs += [(name, str(value)) for name in FILTERS for value in getattr(query, name)]
        for name, amount in (("price_min", query.price_min), ("price_max", query.price_max)):
            if amount is not None:
                pairs.append((name, str(Money(amount, self._currency).major())))
        if self._currency is not Currency.EUR or query.price_min or query.price_max is not None:
            pairs.append(("currency", self._currency.value))
        if query.available_to is not None:
            pairs.append(("available_to", query.available_to.isoformat()))
        if place:
            pairs.append(("from", place))
        if query.sort is not Sort.RELEVANCE:
            pairs.append(("sort", query.sort.value))
        self.pairs = pairs

    @staticmethod
    def _without(pairs: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
        dropped = {
            "price": ("price_min", "price_max"), "available": ("available_to",),
        }.get(name, (name,))  # fmt: skip
        return [pair for pair in pairs if pair[0] not in dropped]

    def _address(self, pairs: list[tuple[str, str]], path: str = "/search") -> str:
        sent: dict[str, list[str]] = {}
        for name, value in pairs:
            sent.setdefault(name, []).append(value)
        return address(path, **sent)

    def _money(self, amount: int) -> str:
        return self._language.money(Money(amount, self._currency))

    def _price(self, low: int | None, high: int | None) -> str:
        """Write a chosen range of prices, whose ends are both included."""
        say = self._language.gettext
        if low and high is not None:
            return say(N_("%(low)s to %(high)s")) % {
                "low": self._money(low), "high": self._money(high),
            }  # fmt: skip
        if high is not None:
            return say(N_("at most %(money)s")) % {"money": self._money(high)}
        return say(N_("at least %(money)s")) % {"money": self._money(low or 0)}

    def _by(self, day: date) -> str:
        return self._language.gettext(N_("by %(day)s")) % {"day": self._language.day(day)}

    @property
    def keep(self) -> str | None:
        """The address that keeps the search, unless it asks for nothing."""
        pairs = [pair for pair in self.pairs if pair[0] not in ("from", "sort")]
        return self._address(pairs, "/searches") if pairs else None

    @property
    def address(self) -> str:
        """The address of the search itself."""
        return self._address(self.pairs)

    def chips(
        self, chosen: dict[str, list[str]], names: dict[tuple[str, str], str]
    ) -> list[dict[str, str]]:
        """Return what is chosen, each with the address without it."""

        def text(name: str, value: str) -> str:
            if name == "state":
                return self._language.state(value)
            if name == "language":
                return self._language.language(value)
            return names.get((name, value)) or labels.label(self._language, name, value)

        chips = []
        for name, values in chosen.items():
            for value in values:
                rest = [pair for pair in self.pairs if pair != (name, value)]
                chips.append({"text": text(name, value), "without": self._address(rest)})
        query = self._query
        if query.price_min is not None or query.price_max is not None:
            rest = self._without(self._without(self.pairs, "price"), "currency")
            price = self._price(query.price_min, query.price_max)
            chips.append({"text": price, "without": self._address(rest)})
        if query.available_to is not None:
            rest = self._without(self.pairs, "available")
            chips.append({"text": self._by(query.available_to), "without": self._address(rest)})
        return chips

    def bands(self, counts: list[FacetCount]) -> list[dict[str, Any]]:
        """Return bands of prices with the address of each."""
        found, say = [], self._language.gettext
        rest = self._without(self._without(self.pairs, "price"), "currency")
        for each in counts:
            low, _, high = each.value.partition("-")
            ends = [("price_min", low)] * bool(int(low)) + [("price_max", high)] * bool(high)
            limits = [(n, str(Money(int(v), self._currency).major())) for n, v in ends]
            if not high:
                text = say(N_("%(money)s or more")) % {"money": self._money(int(low))}
            elif not int(low):
                text = say(N_("less than %(money)s")) % {"money": self._money(int(high) + 1)}
            else:
                text = self._price(int(low), int(high) + 1)
            href = self._address([*rest, *limits, ("currency", self._currency.value)])
            found.append({"text": text, "count": each.count, "href": href})
        return found

    def days(self, counts: list[FacetCount]) -> list[dict[str, Any]]:
        """Return days by which offers are free, with the address of each."""
        rest = self._without(self.pairs, "available")
        return [
            {
                "text": self._by(date.fromisoformat(each.value)),
                "count": each.count,
                "href": self._address([*rest, ("available_to", each.value)]),
            }
            for each in counts
        ]

    def instead(self, words: str | None) -> dict[str, str] | None:
        """Return the corrected words with their address."""
        if words is None:
            return None
        rest = self._without(self.pairs, "q")
        return {"words": words, "href": self._address([("q", words), *rest])}

    def nearby(self, nothing: NothingFound | None) -> list[dict[str, Any]]:
        """Return cities nearby that have what the one asked for has not."""
        rest = self._without(self._without(self.pairs, "city"), "state")
        return [
            {
                "label": city.label, "total": city.total,
                "km": self._language.number(round(city.distance_km)),
                "href": self._address([*rest, ("city", city.value), ("state", city.state)]),
            }
            for city in (nothing.nearby if nothing else [])
        ]  # fmt: skip

    def without(self, nothing: NothingFound | None) -> list[dict[str, Any]]:
        """Return how much there would be without each filter, with the address."""
        return [
            {
                "filter": each.filter, "total": each.total,
                "href": self._address(self._without(self.pairs, each.filter)),
            }
            for each in (nothing.without if nothing else [])
        ]  # fmt: skip
