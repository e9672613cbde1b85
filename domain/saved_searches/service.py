"""Keeping searches, looking at what answered them, and forgetting them."""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.idempotency.service import Once, done_before, remember
from domain.identity import readers
from domain.ids import new_id
from domain.keys.service import Place, SubjectKind, data_key
from domain.permissions.service import require_account
from domain.saved_searches import queries
from domain.saved_searches.errors import NoSuchSavedSearch, NothingAsked, TooManySavedSearches
from domain.saved_searches.types import (
    MOST_KEPT,
    Find,
    NewsKind,
    SavedSearchView,
    SaveSearch,
    Wanted,
)
from domain.search import service as search
from domain.text import cleaned

SHOWN = 100


@transactional
async def save_search(
    actor: Actor, command: SaveSearch, once: Once | None = None
) -> SavedSearchView:
    """Keep a search of the actor's own, sealed under their key.

    Raises NothingAsked, TooManySavedSearches, and what the search says of impossible values.
    """
    if (done := await done_before(actor, "saved_searches.save", once)) is not None:
        return await show_search(actor, done)
    account_id = require_account(actor)
    command = cleaned(command)
    wanted = command.query
    if msgspec.structs.replace(wanted, currency=None) == Wanted():
        raise NothingAsked
    await search.matching(actor, wanted.question(), [])
    await queries.serialise(account_id)
    if await queries.count(account_id) >= MOST_KEPT:
        raise TooManySavedSearches
    search_id = new_id()
    keyring = await data_key(SubjectKind.PERSON, await readers.person_of(actor, account_id))
    sealed = keyring.seal(_place(search_id), msgspec.json.encode(wanted))
    await queries.insert(search_id, account_id, sealed, utc_now(), tell=command.tell)
    await audit.record(actor, "saved_searches.save", subject=("saved_search", search_id))
    await remember(actor, "saved_searches.save", once, search_id)
    return await show_search(actor, search_id)


def _place(search_id: UUID) -> Place:
    return Place("saved_search", "query", search_id)


async def opened(actor: Actor, row: Any) -> Wanted:
    """Return what a stored search looks for; raises KeyDestroyed."""
    keyring = await data_key(SubjectKind.PERSON, await readers.person_of(actor, row["account_id"]))
    return msgspec.json.decode(keyring.open(_place(row["id"]), row["query_sealed"]), type=Wanted)


async def _view(actor: Actor, row: Any) -> SavedSearchView:
    return SavedSearchView(
        row["id"], await opened(actor, row), row["tell"], row["created_at"], row["fresh"]
    )


@transactional
async def list_searches(actor: Actor) -> list[SavedSearchView]:
    """Return the searches that the actor keeps, newest first."""
    return [await _view(actor, row) for row in await queries.searches(require_account(actor))]


@transactional
async def show_search(actor: Actor, search_id: UUID) -> SavedSearchView:
    """Return a search that the actor keeps; raises NoSuchSavedSearch."""
    return await _view(actor, await _row(actor, search_id))


async def _row(actor: Actor, search_id: UUID) -> Any:
    found = await queries.searches(require_account(actor), search_id)
    if not found:
        raise NoSuchSavedSearch(subject=("saved_search", search_id))
    return found[0]


@transactional
async def look_at_finds(actor: Actor, search_id: UUID, language: str = "en") -> list[Find]:
    """Return what answered a search lately and still can be booked, and note that it was seen.

    At most a hundred, newest first. Raises NoSuchSavedSearch.
    """
    row = await _row(actor, search_id)
    rows = await queries.finds(search_id, SHOWN)
    query = msgspec.structs.replace((await opened(actor, row)).question(), lang=language)
    offers = await search.matching(actor, query, [each["offer_id"] for each in rows])
    await queries.mark_seen(search_id, utc_now())
    return [
        Find(NewsKind(each["kind"]), each["at"], each["seen_at"] is None, offers[each["offer_id"]])
        for each in rows
        if each["offer_id"] in offers
    ]


@transactional
async def forget_search(actor: Actor, search_id: UUID) -> None:
    """Forget a search and what answered it; raises NoSuchSavedSearch."""
    await _row(actor, search_id)
    await _forget(SYSTEM, search_id)
    await audit.record(actor, "saved_searches.forget", subject=("saved_search", search_id))


@transactional
async def _forget(actor: Actor, search_id: UUID) -> None:
    await queries.delete(search_id)
