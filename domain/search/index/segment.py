"""A segment: offers numbered in the order of (price, id), and for each value the set that has it.

Because numbers follow prices, a band of prices is a range of numbers and a page by price is the
next few members of a set. Columns, numbers and most sets never change; what does: `gone` (offers
written anew elsewhere), `listed` (those whose window is open now and that are not gone) and the
sets of credentials, which the clock turns.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self
from uuid import UUID

import numpy as np
from pyroaring import BitMap

from domain.search.index.columns import Book, Column, Columns, chosen, halves_of
from domain.search.index.sets import by_bit, by_code, members, order_by, sizes, where
from domain.search.market import NEVER, Band
from domain.search.types import Facet, Sort

FEW = {Facet.SPECIALTY: 80_000, Facet.CITY: 130_000, Facet.TREATMENT: 200_000}
"""Up to so many offers are counted from the column; more by intersecting the values' sets.

Where they meet, measured at a million; the few values of the other facets always intersect.
"""

SORTED_AT_ONCE = 50_000
"""Up to so many offers are sorted for a page; more are walked in the wanted order."""

MANY_FACILITIES = 1_000
"""Up to so many facilities' offers are put together; more are picked from the column."""

FIRST_PIECE, FIRST_RING = 1_024, 64
"""So many offers, or facilities, a walk looks at first; then four times as many each time."""

_CODED = {
    Facet.STATE: "state", Facet.CITY: "city", Facet.SPECIALTY: "specialty",
    Facet.TREATMENT: "treatment", Facet.MODE: "mode",
}  # fmt: skip
_MASKED = {Facet.LANGUAGE: "languages", Facet.INCLUSION: "inclusions"}

Row = dict[str, Any]
"""An offer by the names of the columns."""

Hit = tuple[int, int]
"""The sort key of an offer and its number."""


class Segment:
    """Offers in the order of their prices; `open_windows` and `held` say what the clock says."""

    def __init__(self, columns: Columns, book: Book, open_windows: Column, held: Column) -> None:
        order = np.lexsort((columns["low"], columns["high"], columns["price"]))
        self.columns = chosen(columns, order)
        self.size = len(order)
        self._book = book
        self.gone = BitMap()
        self._columns_made: dict[str, Column] = {}
        self._free_sets: dict[Band, BitMap] = {}
        self.listed = where(open_windows[self.columns["window"]])
        self._sets = {
            facet: by_code(self.columns[name], book.count(facet))
            for facet, name in _CODED.items()
            if not _few(facet, self.size)
        } | {
            facet: by_bit(self.columns[name], book.count(facet)) for facet, name in _MASKED.items()
        }
        self._credentials = by_bit(held[self.columns["facility"]], 16)
        self._by_facility = order_by(self.columns["facility"])
        offers_of = np.bincount(self.columns["facility"], minlength=len(book.facilities))
        self._facility_starts = np.concatenate(([0], np.cumsum(offers_of)))

    # What changes ------------------------------------------------------------------------------

    def forget(self, numbers: Column) -> None:
        """Take offers out: they are written anew elsewhere, or no more."""
        self.gone.update(numbers)
        self.listed -= self.gone

    def turn_windows(self, opened: Sequence[int], closed: Sequence[int]) -> None:
        """List the offers with these windows and hide those with others."""
        windows = self.columns["window"]
        if opened:
            self.listed |= where(np.isin(windows, opened)) - self.gone
        if closed:
            self.listed -= where(np.isin(windows, closed))

    def turn_credentials(self, facility: int, held: int) -> None:
        """Let the offers of a facility have these kinds of credentials and no others."""
        those = BitMap(self._numbers_at(np.array([facility])))
        for bit, having in enumerate(self._credentials):
            if held >> bit & 1:
                having |= those
            else:
                having -= those

    def present(self, gone: BitMap | None = None) -> Column:
        """Return the numbers of the offers that are not gone."""
        return members(BitMap(range(self.size)) - (self.gone if gone is None else gone))

    # Finding -----------------------------------------------------------------------------------

    def having(self, facet: Facet, codes: Sequence[int]) -> BitMap:
        """Return the offers that have any of these values."""
        if facet is Facet.CREDENTIAL:
            return BitMap().union(*(self._credentials[code] for code in codes))
        if (sets := self._sets.get(facet)) is not None:
            return BitMap().union(*(sets[code] for code in codes if code < len(sets)))
        return where(np.isin(self.columns[_CODED[facet]], codes))

    def priced(self, band: Band) -> BitMap:
        """Return the offers whose prices lie in a band."""
        return BitMap(range(*self._price_range(band)))

    def free(self, band: Band) -> BitMap:
        """Return the offers whose first free time is known and lies in a band."""
        low, high = band
        known = self._free_sets
        if band not in known:
            if len(known) >= 64:
                known.clear()
            earliest = self.columns["earliest"]
            known[band] = where(
                (earliest >= (-NEVER if low is None else low))
                & (earliest <= (NEVER - 1 if high is None else high))
            )
        return known[band]

    def at(self, facilities: Column) -> BitMap:
        """Return the offers of facilities."""
        if len(facilities) <= MANY_FACILITIES:
            return BitMap(self._numbers_at(facilities))
        wanted = np.zeros(len(self._book.facilities), bool)
        wanted[facilities] = True
        return where(wanted[self.columns["facility"]])

    # Counting ----------------------------------------------------------------------------------

    def counts(self, found: BitMap, facet: Facet) -> Column:
        """Return how many of the offers found have each value of a facet, by its code."""
        if facet is Facet.CREDENTIAL:
            return sizes(found, self._credentials)
        sets = self._sets.get(facet)
        if sets is None or _few(facet, len(found)):
            return np.bincount(self.columns[_CODED[facet]][members(found)])
        return sizes(found, sets)

    def count_priced(self, found: BitMap, band: Band) -> int:
        """Return how many of the offers found have a price in a band."""
        return found.range_cardinality(*self._price_range(band))

    def rows(self, numbers: Sequence[int]) -> Iterator[Row]:
        """Yield the offers with these numbers."""
        taken = [column[numbers].tolist() for column in self.columns.values()]
        return (dict(zip(self.columns, values, strict=True)) for values in zip(*taken, strict=True))

    # Paging ------------------------------------------------------------------------------------

    def place_after(self, price: int, identifier: UUID) -> int:
        """Return the number of the first offer that stands after (price, id)."""
        prices, (high, low) = self.columns["price"], halves_of(identifier)
        first, last = _span(prices, price, 0, self.size)
        first, last = _span(self.columns["high"], np.uint64(high), first, last)
        return _span(self.columns["low"], np.uint64(low), first, last)[1]

    def cheapest(self, found: BitMap, start: int, most: int) -> list[int]:
        """Return the first of the offers found from a number on."""
        return list(itertools.islice(found.iter_equal_or_larger(start), most))

    def ranked(
        self, found: BitMap, ranks: Mapping[int, Sequence[int]], after: Hit | None, most: int
    ) -> list[Hit]:
        """Return offers by the rank of their treatment, then by price; ranks map to treatments."""
        hits: list[Hit] = []
        for rank in sorted(ranks):
            if len(hits) >= most or (after is not None and rank < after[0]):
                continue
            start = after[1] if after is not None and rank == after[0] else 0
            those = found & self.having(Facet.TREATMENT, ranks[rank])
            hits += [(rank, n) for n in self.cheapest(those, start, most - len(hits))]
        return hits

    def sorted_by(self, sort: Sort, found: BitMap, after: Hit | None, most: int) -> list[Hit]:
        """Return offers by their earliest time or rating, then by price."""
        if len(found) <= SORTED_AT_ONCE:
            numbers = members(found)
            return _first(numbers, self._key(sort)[numbers], after, most)
        key, order = self._key(sort), self._orders(sort)
        start = 0
        if after is not None:
            start = int(np.searchsorted(key, after[0], sorter=order))
        return self._walk(key, _growing(order[start:]), found, after, most)

    def nearest(self, metres: Column, found: BitMap, after: Hit | None, most: int) -> list[Hit]:
        """Return offers by the distance of their facility, then by price."""
        if len(found) <= SORTED_AT_ONCE:
            numbers = members(found)
            keys = metres[self.columns["facility"][numbers]]
            return _first(numbers, keys, after, most)
        order = order_by(metres)
        if after is not None:
            order = order[np.searchsorted(metres, after[0], sorter=order) :]
        rings = (self._numbers_at(ring) for ring in _growing(order, metres[order]))
        return self._walk(metres, rings, found, after, most, by_facility=True)

    def _walk(
        self,
        key: Column,
        pieces: Iterable[Column],
        found: BitMap,
        after: Hit | None,
        most: int,
        *,
        by_facility: bool = False,
    ) -> list[Hit]:
        hits: list[Hit] = []
        for piece in pieces:
            last = len(piece) > SORTED_AT_ONCE
            if last:
                hits = []
            numbers = members(found if last else BitMap(piece) & found)
            keys = key[self.columns["facility"][numbers] if by_facility else numbers]
            hits += _first(numbers, keys, after, most - len(hits))
            if last or len(hits) >= most:
                break
        return hits

    def _key(self, sort: Sort) -> Column:
        if sort is Sort.EARLIEST:
            return self.columns["earliest"]
        return self._made("ratings", lambda: -self.columns["rating"].astype("i8"))

    def _orders(self, sort: Sort) -> Column:
        return self._made(sort.value, lambda: order_by(self._key(sort)))

    def _ids(self) -> tuple[Column, Column]:
        """Return the numbers in the order of the ids, and the high halves in this order."""
        low, high = self.columns["low"], self.columns["high"]
        order = self._made("ids", lambda: np.lexsort((low, high)).astype("u4"))
        return order, self._made("highs", lambda: high[order])

    def _made(self, name: str, make: Callable[[], Column]) -> Column:
        # Not functools.cached_property: its lock is one for all segments (until Python 3.12), so
        # a thread that makes a new base would hold up everybody.
        made = self._columns_made.get(name)
        if made is None:
            made = self._columns_made[name] = make()
        return made

    def warmed(self, like: Self | None = None) -> Self:
        """Make now what is otherwise made when it is first asked for, as of another segment."""
        _ = self._ids(), self._orders(Sort.EARLIEST), self._orders(Sort.RATING)
        for band in list(like._free_sets) if like is not None else ():
            self.free(band)
        return self

    def numbers_of(self, ids: Sequence[UUID]) -> Column:
        """Return the numbers of those of the offers that stand here."""
        order, highs = self._ids()
        wanted = np.array([halves_of(each) for each in ids], "u8").reshape(-1, 2)
        places, found = np.searchsorted(highs, wanted[:, 0]), [np.empty(0, "u4")]
        while len(wanted):
            # Ids of one instant share their high half, so the next in order is looked at too.
            there = places < self.size
            places, wanted = places[there], wanted[there]
            same = highs[places] == wanted[:, 0]
            places, wanted = places[same], wanted[same]
            numbers = order[places]
            hit = self.columns["low"][numbers] == wanted[:, 1]
            found.append(numbers[hit])
            places, wanted = places[~hit] + 1, wanted[~hit]
        return np.concatenate(found)

    def _numbers_at(self, facilities: Column) -> Column:
        known = facilities[facilities < len(self._facility_starts) - 1]
        starts, ends = self._facility_starts[known].tolist(), self._facility_starts[known + 1]
        slices = [self._by_facility[a:b] for a, b in zip(starts, ends.tolist(), strict=True)]
        return np.concatenate(slices) if slices else np.empty(0, "u4")

    def _price_range(self, band: Band) -> tuple[int, int]:
        low, high = band
        prices = self.columns["price"]
        return (
            0 if low is None else int(np.searchsorted(prices, low)),
            self.size if high is None else int(np.searchsorted(prices, high, "right")),
        )


def _few(facet: Facet, offers: int) -> bool:
    return facet in FEW and offers <= FEW[facet]


def _span(column: Column, value: Any, first: int, last: int) -> tuple[int, int]:
    """Return where a value begins and ends in a sorted stretch of a column."""
    stretch = column[first:last]
    return (
        first + int(np.searchsorted(stretch, value)),
        first + int(np.searchsorted(stretch, value, "right")),
    )


def _growing(order: Column, keys: Column | None = None) -> Iterator[Column]:
    """Yield pieces of an order, each longer than the one before; equal keys stay together."""
    start, length = 0, FIRST_PIECE if keys is None else FIRST_RING
    while start < len(order):
        end = min(start + length, len(order))
        if keys is not None:
            end = int(np.searchsorted(keys, keys[end - 1], "right"))
        yield order[start:end]
        start, length = end, length * 4


def _first(numbers: Column, keys: Column, after: Hit | None, most: int) -> list[Hit]:
    """Return the first hits by (key, number) after one of them; numbers come in rising order."""
    if after is not None:
        later = (keys > after[0]) | ((keys == after[0]) & (numbers >= after[1]))
        numbers, keys = numbers[later], keys[later]
    if len(keys) > most:
        edge = np.partition(keys, most - 1)[most - 1]
        sure = np.flatnonzero(keys < edge)
        tied = np.flatnonzero(keys == edge)[: most - len(sure)]
        picked = np.concatenate((sure, tied))
        numbers, keys = numbers[picked], keys[picked]
    order = np.lexsort((numbers, keys))
    return list(zip(keys[order].tolist(), numbers[order].tolist(), strict=True))
