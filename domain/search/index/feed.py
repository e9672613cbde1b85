"""Keeping the index of this process: built at the start, then never more than a moment behind."""

import asyncio
import contextlib
import gc
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import structlog

from domain.actor import SYSTEM, Actor
from domain.clock import utc_now
from domain.db import transactional
from domain.facilities.types import PositionOf
from domain.search.index import queries
from domain.search.index.clock import Held, span_of
from domain.search.index.columns import Book, Columns, joined
from domain.search.index.directory import Facility
from domain.search.index.market import IndexedMarket
from domain.search.index.queries import CHUNK, Changes
from domain.search.types import Facet, Point

POLL_S = 0.05
STALE_S = 3.0
"""An index that could not be brought up to date for so long does not answer."""

LOST_S = 300.0
"""After so long without reading, changes may have been forgotten: the index is built anew."""

MOST_CHANGES = 20_000
"""When more offers were written at once, all are read anew, which is faster."""

KEPT_S = 600.0
"""So long changes are kept for processes to read."""

log = structlog.get_logger()


class Feed:
    """The index of one process, and how fresh it is."""

    def __init__(self) -> None:
        self._market: IndexedMarket | None = None
        self._book = Book()
        self._snapshot = ""
        self._read_at = 0.0

    def market(self) -> IndexedMarket | None:
        """Return the index turned to this moment, or None while it cannot be trusted."""
        if self._market is None or self.age > STALE_S:
            return None
        self._market.turn(utc_now())
        return self._market

    @property
    def age(self) -> float:
        """Return how many seconds ago the index last read what changed; not a number without."""
        return time.monotonic() - self._read_at if self._market is not None else math.nan

    async def follow(self, stop: asyncio.Event) -> None:
        """Build the index and keep it fresh until `stop` is set; what fails is tried again."""
        while not stop.is_set():
            pause = POLL_S
            try:
                await self.catch_up()
            except Exception as error:
                log.error("search_index_waits", exc_info=error)
                pause = 1.0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
        self.drop()

    async def catch_up(self) -> None:
        """Read what was written since the last time; the first time, everything."""
        if self._market is None or self.age > LOST_S:
            self.drop()
            await self._build()
            return
        began = time.monotonic()
        changes = await _changes(SYSTEM, self._snapshot)
        if len(changes.offers) > MOST_CHANGES:
            self.drop()
            await self._build()
            return
        if changes:
            await self._take_in(self._market, changes)
        self._market.renew()
        self._snapshot, self._read_at = changes.snapshot, began

    def drop(self) -> None:
        """Forget the index."""
        if self._market is not None:
            self._market.close()
        self._market = None

    async def _build(self) -> None:
        """Read everything. What is written meanwhile is read again with the first changes."""
        began = time.monotonic()
        self._snapshot, self._book = await _snapshot(SYSTEM), Book()
        market = IndexedMarket(self._book, utc_now())
        await _label(market)
        await _locate(market, None)
        parts = await _all_offers(SYSTEM, self._book)
        for some in _parts(self._book.facilities.known, 500):
            for facility, names in await _facilities(some):
                market.place(facility, *names)
        await asyncio.to_thread(market.load, joined(parts))
        changes, read_at = await _changes(SYSTEM, self._snapshot), time.monotonic()
        await self._take_in(market, changes)
        self._market, self._snapshot, self._read_at = market, changes.snapshot, read_at
        # What stays as long as the process need not be looked at by every collection.
        gc.freeze()
        log.info("search_index_built", offers=market.size, seconds=time.monotonic() - began)

    async def _take_in(self, market: IndexedMarket, changes: Changes) -> None:
        if changes.catalogue:
            await _label(market)
        if changes.cities:
            await _locate(market, changes.cities)
        # First all is read, then all is taken in: no answer sees the half of it.
        rows = [row for ids in _parts(changes.offers) for row in await _offers(SYSTEM, ids)]
        known = [each for each in changes.facilities if market.knows(each)]
        new = {row[1] for row in rows if not market.knows(row[1])}
        for facility, names in await _facilities([*known, *new]):
            market.place(facility, *names)
        if changes.offers:
            market.write(changes.offers, self._book.columns(rows))
        market.changed()


FEED = Feed()
"""The index of this process."""


@transactional
async def _snapshot(actor: Actor) -> str:
    return await queries.snapshot()


@transactional
async def _changes(actor: Actor, seen: str) -> Changes:
    return await queries.changes_since(seen)


@transactional
async def _all_offers(actor: Actor, book: Book) -> list[Columns]:
    parts = [book.columns([])]
    async for rows in queries.all_offers():
        parts.append(book.columns(rows))
    return parts


@transactional
async def _offers(actor: Actor, ids: Sequence[UUID]) -> list[Any]:
    return await queries.offers(ids)


@transactional
async def _facility_rows(actor: Actor, ids: Sequence[UUID]) -> tuple[list[Any], list[Any]]:
    return await queries.facilities(ids), await queries.credentials(ids)


@transactional
async def _cities(actor: Actor, keys: Sequence[tuple[str, str]] | None) -> list[Any]:
    return await queries.cities(keys)


@transactional
async def _catalogue(actor: Actor) -> list[Any]:
    return await queries.catalogue()


async def _label(market: IndexedMarket) -> None:
    for rows in _parts(await _catalogue(SYSTEM), 20):
        for kind, code, specialty, names, texts, folded in rows:
            market.label(Facet(kind), code, specialty, names, texts or [], folded or [])
        await asyncio.sleep(0)


async def _locate(market: IndexedMarket, keys: Sequence[tuple[str, str]] | None) -> None:
    for state, key, texts, folded, centre in await _cities(SYSTEM, keys):
        at = None if centre is None or centre[0] is None else Point(*centre)
        market.locate((state, key), texts, folded, at)


async def _facilities(ids: Sequence[UUID]) -> list[tuple[Facility, list[list[str]]]]:
    """Return facilities with their credentials, each with the names it is found by."""
    found = []
    for some in _parts(ids, 500):
        rows, credentials = await _facility_rows(SYSTEM, some)
        held: dict[UUID, list[Held]] = {}
        for facility_id, kind, since, until, specialties, treatments in credentials:
            each = Held(kind, span_of(since, until), list(specialties), list(treatments))
            held.setdefault(facility_id, []).append(each)
        for row in rows:
            identifier, state, name, names, city, key, city_names, north, east, of, *spelled = row
            facility = Facility(
                id=UUID(int=identifier.int),
                state=state,
                name=name,
                names=names,
                city=city,
                city_key=key,
                city_names=city_names,
                at=None if north is None else Point(north, east),
                position_of=PositionOf(of) if of else None,
                credentials=held.get(identifier, []),
            )
            found.append((facility, spelled))
    return found


def _parts(items: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


_marks: list[tuple[float, int]] = []
"""What was the oldest running transaction, and when."""


async def forget_changes() -> None:
    """Forget changes that every process has had time to read (a periodic job).

    What is forgotten had ended long ago, not only begun: a transaction may show its changes long
    after it wrote them.
    """
    now = time.monotonic()
    if old := [mark for at, mark in _marks if now - at >= KEPT_S]:
        await _forget(SYSTEM, max(old))
    _marks[:] = [each for each in _marks if now - each[0] < KEPT_S]
    _marks.append((now, await _oldest_running(SYSTEM)))


@transactional
async def _oldest_running(actor: Actor) -> int:
    return await queries.oldest_running()


@transactional
async def _forget(actor: Actor, before: int) -> None:
    await queries.forget_changes(before)
