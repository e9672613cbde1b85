"""All offers of the index: two segments, and the clock that turns them.

Numbers in the order of prices cannot be changed one by one. So nearly all offers stand in `base`,
and one that is written anew is marked gone there and goes into `fresh`, a segment of a few
thousand that is made anew with every batch of changes. When `fresh` has grown, a thread makes a
new `base` of the two while they go on answering; what changes in the meantime is noted, and done
once more on the new one before it takes over.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import msgspec
from pyroaring import BitMap

from domain.search.index.clock import Clock, Held, Turned
from domain.search.index.columns import Book, Column, Columns, chosen, joined
from domain.search.index.segment import Segment

MOST_FRESH = 4_096
"""So many offers are written anew before a new base is made."""


class _Since(msgspec.Struct):
    """What changed since a new base was begun."""

    written: set[UUID] = set()
    windows: set[int] = set()
    facilities: set[int] = set()


class Offers:
    """The offers that are or will be listed, each in one of the segments."""

    def __init__(self, book: Book, now: datetime) -> None:
        self._book, self._clock, self._now = book, Clock(book), now
        self._base = self._fresh = self._segment(book.columns([]))
        self._thread = ThreadPoolExecutor(1, "search-index")
        self._making: Future[Segment] | None = None
        self._since = _Since()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return the segments that have offers, at least one."""
        return (self._base, self._fresh) if self._fresh.size else (self._base,)

    def load(self, columns: Columns) -> None:
        """Take in all offers at once, before anybody asks."""
        self._clock.learn_windows(self._now)
        self._base = self._segment(columns).warmed()

    def write(self, ids: Sequence[UUID], columns: Columns) -> None:
        """Take in that offers were written: `columns` has those that are still offered."""
        self._clock.learn_windows(self._now)
        self._base.forget(self._base.numbers_of(ids))
        self._fresh.forget(self._fresh.numbers_of(ids))
        kept = chosen(self._fresh.columns, self._fresh.present())
        self._fresh = self._segment(joined([kept, columns]))
        self._since.written |= {*ids}

    def hold(self, facility: int, credentials: list[Held]) -> None:
        """Take in the credentials of a facility, by its code."""
        if self._clock.learn_facility(facility, credentials, self._now):
            self._turn(Turned([], [], [facility]))

    def turn(self, now: datetime) -> bool:
        """Let begin and end what is due; return whether anything did."""
        self._now = now
        if now < self._clock.next_at:
            return False
        turned = self._clock.turn(now)
        self._turn(turned)
        return bool(turned)

    def _turn(self, turned: Turned) -> None:
        for segment in (self._base, self._fresh):
            self._turn_one(segment, turned)
        self._since.windows |= {*turned.opened, *turned.closed}
        self._since.facilities |= {*turned.facilities}

    def _turn_one(self, segment: Segment, turned: Turned) -> None:
        segment.turn_windows(turned.opened, turned.closed)
        for code in turned.facilities:
            segment.turn_credentials(code, int(self._clock.held[code]))

    def renew(self) -> bool:
        """Begin a new base when much was written anew; return whether one took over now."""
        if self._making is None:
            if self._fresh.size > MOST_FRESH or len(self._base.gone) > self._base.size // 4:
                self._since = _Since()
                parts = [(each, each.gone.copy()) for each in (self._base, self._fresh)]
                clock = self._clock.open_windows.copy(), self._clock.held.copy()
                self._making = self._thread.submit(_merged, parts, self._book, *clock)
            return False
        if not self._making.done():
            return False
        base, self._making = self._making.result(), None
        ids, since, is_open = list(self._since.written), self._since, self._clock.open_windows
        base.forget(base.numbers_of(ids))
        opened = [code for code in since.windows if is_open[code]]
        closed = [code for code in since.windows if not is_open[code]]
        self._turn_one(base, Turned(opened, closed, list(since.facilities)))
        written = chosen(self._fresh.columns, self._fresh.numbers_of(ids))
        self._base, self._fresh = base, self._segment(written)
        return True

    def close(self) -> None:
        """End the thread that makes bases."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _segment(self, columns: Columns) -> Segment:
        return Segment(columns, self._book, self._clock.open_windows, self._clock.held)


def _merged(
    parts: Sequence[tuple[Segment, BitMap]], book: Book, open_windows: Column, held: Column
) -> Segment:
    columns = joined([chosen(each.columns, each.present(gone)) for each, gone in parts])
    return Segment(columns, book, open_windows, held).warmed(like=parts[0][0])
