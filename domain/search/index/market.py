"""The market in memory: how the parts of the index work together.

`columns` turns rows into columns of numbers; `segment` numbers offers in the order of their prices
and has for each value the set of offers with it, so that counts are intersections and pages the
next members of a set; `offers` keeps two segments, so that single offers can change, and lets the
`clock` list and hide; `words` and `directory` have the names; `feed` brings what others write.

No method here waits for anything between reading and answering, although those of the `Market`
protocol are coroutines: all that one answer is made of comes from one moment. `version` grows with
whatever may change an answer.
"""

import functools
import operator
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from pyroaring import BitMap

from domain.money import Currency, Money
from domain.search.index.clock import within
from domain.search.index.columns import Book, Column, Columns
from domain.search.index.directory import Directory, Facility
from domain.search.index.offers import Offers
from domain.search.index.segment import Hit, Row, Segment
from domain.search.index.words import VERSIONS
from domain.search.market import EPOCH, NEVER, Band, Filters, FoundOffer, Position
from domain.search.queries import MOST_VALUES
from domain.search.types import Facet, Point, Sort

_ACCREDITATION = "quality_accreditation"


class _Asked:
    """A question to one segment: each condition as a set, with the facet it belongs to."""

    def __init__(self, segment: Segment, conditions: list[tuple[Facet | None, BitMap]]) -> None:
        self.segment = segment
        self._conditions = conditions
        self.found = self.without(None)

    def without(self, facet: Facet | None) -> BitMap:
        """Return what is found when the facet's own conditions are left out."""
        own = [kept for of, kept in self._conditions if of is None or of is not facet]
        if facet is not None and len(own) == len(self._conditions):
            return self.found
        # One after another: `intersection` begins at the other end, with ranges of numbers, and
        # ends with a set of runs, which takes twenty times as long to count with.
        return functools.reduce(operator.and_, own, self.segment.listed)


class IndexedMarket(Directory):
    """Answers what a market is asked from memory, and takes in what changes."""

    def __init__(self, book: Book, now: datetime) -> None:
        super().__init__(book)
        self.version = next(VERSIONS)
        self._offers, self._now = Offers(book, now), now
        self._metres_last: tuple[Point, int, Column] | None = None
        self._asked_last: tuple[Filters, int, list[_Asked]] | None = None

    @property
    def size(self) -> int:
        """Return how many offers are, or will be, listed."""
        return sum(len(each.present()) for each in self._offers.segments)

    def changed(self) -> None:
        """Let no answer count as given under the same version any more."""
        self.version = next(VERSIONS)

    def turn(self, now: datetime) -> None:
        """Let begin and end what is due."""
        self._now = now
        if self._offers.turn(now):
            self.changed()

    def load(self, columns: Columns) -> None:
        """Take in all offers at once, before anybody asks."""
        self._offers.load(columns)

    def write(self, ids: Sequence[UUID], columns: Columns) -> None:
        """Take in that offers were written: `columns` has those that are still offered."""
        self._offers.write(ids, columns)
        self.changed()

    def place(self, facility: Facility, texts: Sequence[str], folded: Sequence[str]) -> None:
        """Take in a facility with its credentials and the names it is found by."""
        super().place(facility, texts, folded)
        self._offers.hold(self._book.facilities[facility.id], facility.credentials)
        self.changed()

    def renew(self) -> None:
        """Let a new base be begun, or take over, where it is time."""
        if self._offers.renew():
            self.changed()

    def close(self) -> None:
        """End what runs beside."""
        self._offers.close()

    async def total(self, filters: Filters) -> int:
        """Return how many offers a question finds."""
        return sum(len(asked.found) for asked in self._asked(filters))

    async def counts(self, filters: Filters, facet: Facet) -> list[tuple[str, int]]:
        """Return the values of a facet with their counts, the most frequent first."""
        total = np.zeros(0, "i8")
        for asked in self._asked(filters):
            some = asked.segment.counts(asked.without(facet), facet)
            longer, shorter = sorted((total, some), key=len, reverse=True)
            total = longer.copy()
            total[: len(shorter)] += shorter
        codes = np.flatnonzero(total)
        if len(codes) > MOST_VALUES:
            least = np.partition(total[codes], -MOST_VALUES)[-MOST_VALUES]
            codes = codes[total[codes] >= least]
        value = self._book.value_of(facet)
        found = [(value(code), int(total[code])) for code in codes.tolist()]
        return sorted(found, key=lambda each: (-each[1], each[0]))[:MOST_VALUES]

    async def band_counts(self, filters: Filters, facet: Facet, bands: Sequence[Band]) -> list[int]:
        """Return how many offers lie in each band of prices or earliest times."""
        asked = [(each.segment, each.without(facet)) for each in self._asked(filters)]
        if facet is Facet.PRICE:
            return [sum(s.count_priced(found, band) for s, found in asked) for band in bands]
        return [
            sum(found.intersection_cardinality(s.free(band)) for s, found in asked)
            for band in bands
        ]

    async def page(
        self, filters: Filters, *, sort: Sort, after: Position | None, limit: int
    ) -> list[FoundOffer]:
        """Return offers in the wanted order, after a position."""
        metres = self._metres(filters.near) if filters.near is not None else None
        rows: list[Row] = []
        for asked in self._asked(filters):
            last = None
            if after is not None:
                last = after.key, asked.segment.place_after(after.price, after.id)
            hits = self._hits(asked, filters, sort, metres, last, limit)
            keys, numbers = [key for key, _ in hits], [number for _, number in hits]
            rows += [
                {**row, "key": key}
                for key, row in zip(keys, asked.segment.rows(numbers), strict=True)
            ]
        rows.sort(key=operator.itemgetter("key", "price", "high", "low"))
        return [self._offer(row, metres) for row in rows[:limit]]

    def _hits(
        self, asked: _Asked, filters: Filters, sort: Sort, metres: Column | None,
        after: Hit | None, most: int,
    ) -> list[Hit]:  # fmt: skip
        segment, found = asked.segment, asked.found
        if sort is Sort.DISTANCE and metres is not None:
            return segment.nearest(metres, found, after, most)
        if sort in (Sort.EARLIEST, Sort.RATING):
            return segment.sorted_by(sort, found, after, most)
        if sort is Sort.RELEVANCE and len(set((filters.ranks or {}).values())) > 1:
            ranked: dict[int, list[int]] = {}
            for code, rank in (filters.ranks or {}).items():
                ranked.setdefault(rank, []).extend(self._book.treatments.of([code]))
            return segment.ranked(found, ranked, after, most)
        return [(0, n) for n in segment.cheapest(found, after[1] if after else 0, most)]

    def _asked(self, filters: Filters) -> list[_Asked]:
        """Put the question to both segments; the same question of one answer only once."""
        last = self._asked_last
        if last is None or last[0] is not filters or last[1] != self.version:
            segments = self._offers.segments
            asked = [_Asked(each, self._conditions(each, filters)) for each in segments]
            last = self._asked_last = filters, self.version, asked
        return last[2]

    def _conditions(self, segment: Segment, filters: Filters) -> list[tuple[Facet | None, BitMap]]:
        book, found = self._book, list[tuple[Facet | None, BitMap]]()
        named = filters.named_states
        if filters.among is not None:
            found.append((None, BitMap(segment.numbers_of(filters.among))))
        if filters.ranks is not None:
            codes = book.treatments.of(list(filters.ranks))
            found.append((None, segment.having(Facet.TREATMENT, codes)))
        if filters.facilities is not None:
            found.append((None, segment.at(np.array(book.facilities.of(filters.facilities), "u4"))))
        if named is not None:
            found.append((None, segment.having(Facet.STATE, book.states.of(named))))
        if filters.near is not None and filters.metres is not None:
            near = np.flatnonzero(self._metres(filters.near) <= filters.metres)
            found.append((None, segment.at(near)))
        if filters.price is not None:
            found.append((Facet.PRICE, segment.priced(filters.price)))
        if filters.available is not None:
            found.append((Facet.EARLIEST, segment.free(filters.available)))
        for facet, cities in ((None, filters.named_cities), (Facet.CITY, filters.cities)):
            if cities is not None:
                found.append((facet, segment.having(Facet.CITY, book.cities.of(cities))))
        chosen: tuple[tuple[Facet, list[str] | None], ...] = (
            (Facet.STATE, filters.states),
            (Facet.SPECIALTY, filters.specialties),
            (Facet.TREATMENT, filters.treatments),
            (Facet.CREDENTIAL, filters.credentials),
            (Facet.LANGUAGE, filters.languages),
            (Facet.INCLUSION, filters.inclusions),
            (Facet.MODE, filters.modes),
        )
        for own, values in chosen:
            if values is not None:
                found.append((own, segment.having(own, book.codes(own).of(values))))
        return found

    def _offer(self, row: Row, metres: Column | None) -> FoundOffer:
        book = self._book
        facility = self._facilities[row["facility"]]
        treatment = book.treatments.known[row["treatment"]]
        specialty = book.specialties.known[row["specialty"]]
        currency = Currency(book.currencies.known[row["currency"]])
        away = NEVER if metres is None else int(metres[row["facility"]])
        free = row["earliest"]
        return FoundOffer(
            at=Position(row["key"], row["price"], UUID(int=row["high"] << 64 | row["low"])),
            version=row["version"],
            treatment=treatment,
            treatment_names=self._labels[Facet.TREATMENT][treatment],
            specialty=specialty,
            specialty_names=self._labels[Facet.SPECIALTY][specialty],
            facility_id=facility.id,
            facility=facility.name,
            facility_names=facility.names,
            city=facility.city,
            city_names=facility.city_names,
            position_of=facility.position_of,
            state=book.states.known[row["state"]],
            price=Money(row["amount"], currency),
            deposit=Money(row["deposit"], currency),
            mode=book.modes.known[row["mode"]],
            languages=book.languages.words(row["languages"]),
            inclusions=book.inclusions.words(row["inclusions"]),
            accredited=any(
                held.kind == _ACCREDITATION and within(held.during, self._now)
                and held.covers(specialty, treatment)
                for held in facility.credentials
            ),
            earliest_at=None if free >= NEVER else EPOCH + timedelta(microseconds=free),
            rating=row["rating"] or None,
            metres=None if away >= NEVER else away,
            demo=row["demo"],
        )  # fmt: skip

    def _metres(self, near: Point) -> Column:
        last = self._metres_last
        if last is None or last[0] != near or last[1] != self.version:
            last = self._metres_last = near, self.version, self._metres_from(near)
        return last[2]
