"""Kept searches: keep one, see what answered it, forget it."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from api.search.parameters import AskedLang, language_of
from domain.actor import Actor
from domain.catalogue.errors import UnknownSpecialty, UnknownTreatment
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.jurisdictions import UnknownJurisdiction
from domain.languages import UnknownLanguage
from domain.rates.service import NoRates
from domain.saved_searches import service
from domain.saved_searches.errors import NoSuchSavedSearch, NothingAsked, TooManySavedSearches
from domain.saved_searches.types import Find, SavedSearchView, SaveSearch
from domain.search.errors import NearNeeded, PricesCrossed


class SavedSearchList(msgspec.Struct, frozen=True):
    items: list[SavedSearchView]
    next: str | None = None


class FindList(msgspec.Struct, frozen=True):
    items: list[Find]
    next: str | None = None


class SavedSearchesController(Controller):
    path = "/v1/me/saved-searches"
    tags = ["Search"]

    @get(
        operation_id="listSavedSearches",
        guards=[may("saved_searches.read")],
        summary="The searches I keep",
    )
    async def list_searches(self, actor: NamedDependency[Actor]) -> SavedSearchList:
        """List one's own searches, newest first, with how much is fresh in each."""
        return SavedSearchList(await service.list_searches(actor))

    @post(
        operation_id="saveSearch",
        guards=[may("saved_searches.save")],
        summary="Keep a search",
        responses=problems(
            NothingAsked, TooManySavedSearches, KeyReused, RequestInProgress, UnusableKey,
            UnknownJurisdiction, UnknownSpecialty, UnknownTreatment, UnknownLanguage,
            PricesCrossed, NearNeeded, NoRates,
        ),
    )  # fmt: skip
    async def save(
        self,
        data: JSONBody[SaveSearch],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> SavedSearchView:
        """Keep a search, twenty at the most.

        With `tell` a notice comes, and mail where the account wants it, when new or cheaper offers
        answer it: once a day at the most, and without a word of what is looked for.
        """
        return await service.save_search(actor, data, once(idempotency_key, data))

    @get(
        "/{search_id:uuid}",
        operation_id="showSavedSearch",
        guards=[may("saved_searches.read")],
        summary="One search I keep",
        responses=problems(NoSuchSavedSearch),
    )
    async def show(
        self, search_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> SavedSearchView:
        """Show what is looked for."""
        return await service.show_search(actor, search_id)

    @post(
        "/{search_id:uuid}/look",
        operation_id="lookAtFinds",
        guards=[may("saved_searches.read")],
        summary="What answered it",
        status_code=200,
        responses=problems(NoSuchSavedSearch, UnknownLanguage, NoRates),
    )
    async def look(
        self,
        request: Request[Any, Any, Any],
        search_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        lang: AskedLang = None,
    ) -> FindList:
        """Return what answered the search lately and can still be booked, and note it as seen."""
        language = language_of(request, lang)
        return FindList(await service.look_at_finds(actor, search_id, language))

    @delete(
        "/{search_id:uuid}",
        operation_id="forgetSearch",
        guards=[may("saved_searches.forget")],
        summary="Forget a search",
        responses=problems(NoSuchSavedSearch),
    )
    async def forget(self, search_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """Forget a search and what answered it."""
        await service.forget_search(actor, search_id)
