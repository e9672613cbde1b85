"""Searching offers, and suggesting what can be searched for."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from domain.actor import Actor
from domain.clock import utc_now
from domain.db import transactional
from domain.jurisdictions import JURISDICTIONS
from domain.languages import require_languages
from domain.rates import service as rates
from domain.rates.types import RateSet
from domain.search.answers import answer, answering, first_centre, suggestions
from domain.search.index import feed
from domain.search.index.feed import FEED
from domain.search.places import state_name
from domain.search.queries import StoredMarket
from domain.search.types import OfferItem, OfferPage, OfferQuery, Point, StateView, Suggestions

follow_changes, forget_changes = FEED.follow, feed.forget_changes


def index_age() -> float:
    """Return how many seconds ago the index last read what changed; not a number without one."""
    return FEED.age


def moment() -> tuple[int, date] | None:
    """Return what all answers of this moment share: under an equal one they would be the same.

    None while the tables answer, for then nobody knows when they change.
    """
    market = FEED.market()
    return None if market is None else (market.version, utc_now().date())


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


async def search_offers(actor: Actor, query: OfferQuery) -> OfferPage:
    """Return one page of the offers that are listed now and answer the question.

    The index of this process answers; while it is not there or not fresh, the tables do. Raises
    CursorInvalid for a cursor of another question, and Invalid for values that do not exist.
    """
    rate_set = await rates.current_rates(actor)
    market = FEED.market()
    if market is None:
        return await _search_stored(actor, query, rate_set)
    return await answer(market, query, rate_set)


@transactional
async def _search_stored(actor: Actor, query: OfferQuery, rate_set: RateSet) -> OfferPage:
    return await answer(StoredMarket(), query, rate_set)


@transactional
async def matching(actor: Actor, query: OfferQuery, among: Sequence[UUID]) -> dict[UUID, OfferItem]:
    """Return those of some offers that answer a question now, by their ids, from the tables.

    Raises Invalid for values that do not exist, even when there are no offers to look at.
    """
    rate_set = await rates.current_rates(actor)
    return {item.id: item for item in await answering(StoredMarket(), query, rate_set, among)}


async def suggest(actor: Actor, text: str, language: str = "en") -> Suggestions:
    """Return up to ten treatments, specialties and cities whose names begin like the words."""
    require_languages([language])
    market = FEED.market()
    if market is None:
        return await _suggest_stored(actor, text, language)
    return Suggestions(await suggestions(market, text, language, near=False))


async def centre_of(actor: Actor, city: str) -> Point | None:
    """Return where a city of this name in any language lies, or None for one we do not know."""
    market = FEED.market()
    return await (_centre_stored(actor, city) if market is None else first_centre(market, city))


@transactional
async def _centre_stored(actor: Actor, city: str) -> Point | None:
    return await first_centre(StoredMarket(), city)


@transactional
async def _suggest_stored(actor: Actor, text: str, language: str) -> Suggestions:
    return Suggestions(await suggestions(StoredMarket(), text, language, near=False))
