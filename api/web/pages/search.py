"""Searching offers: results with counts, what is chosen, and help when nothing is found."""

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
from domain.money import Currency, Money
from domain.search import service as search
from domain.search.types import MAX_TEXT, Facet, NothingFound, OfferQuery, Sort

E = TypeVar("E", bound=StrEnum)

FILTERS = ("state", "city", "specialty", "treatment", "credential", "language", "inclusion", "mode")
_FACETS = tuple(facet for facet in Facet if facet is not Facet.TREATMENT)
_MAX_CHOSEN = 12


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


def _query(request: PageRequest, language: Language) -> OfferQuery:
    params, chosen = request.query_params, _chosen(request)
    wanted = _known(Currency, [params.get("currency") or ""])
    return OfferQuery(
        q=(params.get("q") or "").strip()[:MAX_TEXT] or None,
        state=tuple(chosen["state"]),
        city=tuple(chosen["city"]),
        specialty=tuple(chosen["specialty"]),
        treatment=tuple(chosen["treatment"]),
        credential=_known(CredentialKind, chosen["credential"]),
        language=tuple(chosen["language"]),
        inclusion=_known(Inclusion, chosen["inclusion"]),
        mode=_known(OfferMode, chosen["mode"]),
        price_max=minor_units(params.get("price_max") or ""),
        currency=wanted[0] if wanted else Currency.EUR,
        sort=Sort.PRICE if params.get("sort") == "price" else Sort.RELEVANCE,
        facets=_FACETS,
        cursor=params.get("cursor") or None,
        lang=language.tag,
    )


class SearchPages(Controller):
    path = "/search"
    include_in_schema = False

    @get(guards=[may("search.read")])
    async def results(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show the offers found; filters that do not exist are dropped and the page says so."""
        language = language_of(request)
        query, notice = _query(request, language), None
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
        chosen = {name: [str(value) for value in getattr(query, name)] for name in FILTERS}
        names = await self._names(actor, query, language)
        return page(
            request,
            "search.html",
            query=query,
            found=found,
            notice=notice,
            chosen=chosen,
            chips=_chips(query, chosen, names, language),
            kept=[(name, value) for name, value in _pairs(query) if name != "q"],
            show=_Shown(language),
            typed={"price_max": request.query_params.get("price_max") or ""},
            currencies=[code.value for code in Currency],
            currency=query.currency,
            without=_without(query, found.nothing_found),
        )

    async def _names(
        self, actor: Actor, query: OfferQuery, language: Language
    ) -> dict[tuple[str, str], str]:
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


def _pairs(query: OfferQuery) -> list[tuple[str, str]]:
    """Return the query as the parameters of an address, without defaults and cursor."""
    pairs = [("q", query.q)] if query.q else []
    pairs += [(name, str(value)) for name in FILTERS for value in getattr(query, name)]
    if query.price_max is not None and query.currency is not None:
        pairs.append(("price_max", str(Money(query.price_max, query.currency).major())))
        pairs.append(("currency", query.currency.value))
    if query.sort is not Sort.RELEVANCE:
        pairs.append(("sort", query.sort.value))
    return pairs


def _address(pairs: list[tuple[str, str]]) -> str:
    sent: dict[str, list[str]] = {}
    for name, value in pairs:
        sent.setdefault(name, []).append(value)
    return address("/search", **sent)


def _chips(
    query: OfferQuery,
    chosen: dict[str, list[str]],
    names: dict[tuple[str, str], str],
    language: Language,
) -> list[dict[str, str]]:
    def text(name: str, value: str) -> str:
        if name == "state":
            return language.state(value)
        if name == "language":
            return language.language(value)
        return names.get((name, value)) or labels.label(language, name, value)

    pairs, chips = _pairs(query), []
    for name, values in chosen.items():
        for value in values:
            rest = [pair for pair in pairs if pair != (name, value)]
            chips.append({"text": text(name, value), "without": _address(rest)})
    if query.price_max is not None and query.currency is not None:
        most = language.money(Money(query.price_max, query.currency))
        rest = [pair for pair in pairs if pair[0] not in ("price_max", "currency")]
        chips.append(
            {
                "text": language.gettext(N_("at most %(money)s")) % {"money": most},
                "without": _address(rest),
            }
        )
    return chips


def _without(query: OfferQuery, nothing: NothingFound | None) -> list[dict[str, Any]]:
    found = []
    for each in nothing.without if nothing else []:
        dropped = ("price_max", "currency") if each.filter == "price" else (each.filter,)
        rest = [pair for pair in _pairs(query) if pair[0] not in dropped]
        found.append({"filter": each.filter, "total": each.total, "href": _address(rest)})
    return found
