"""Offers as columns of numbers, and the codes that stand in them."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from domain.search.types import Facet

V = TypeVar("V", bound=Hashable)

Column = NDArray[Any]
Columns = dict[str, Column]

KINDS = {
    "price": "i8", "high": "u8", "low": "u8", "facility": "u4", "treatment": "u2",
    "specialty": "u2", "city": "u2", "state": "u1", "mode": "u1", "currency": "u1",
    "amount": "i8", "deposit": "i8", "languages": "u4", "inclusions": "u2", "demo": "?",
    "version": "i4", "earliest": "i8", "rating": "i2", "window": "u4",
}  # fmt: skip
"""`price` is what is compared, in EUR minor units; `high` and `low` are the halves of the id."""


class Codes(dict[V, int], Generic[V]):
    """Numbers values in the order in which they are first asked for."""

    def __init__(self) -> None:
        self.known: list[V] = []

    def __missing__(self, value: V) -> int:
        code = self[value] = len(self.known)
        self.known.append(value)
        return code

    def of(self, values: Sequence[V]) -> list[int]:
        """Return the codes of those values that have one."""
        return [code for value in values if (code := self.get(value)) is not None]


class Sets(Codes[str]):
    """Numbers sets of short words, written as PostgreSQL writes arrays, by one bit a word."""

    def __init__(self) -> None:
        super().__init__()
        self._masks: dict[str, int] = {}
        self._words: dict[int, list[str]] = {}

    def mask(self, text: str) -> int:
        """Return the bits of a set."""
        mask = self._masks.get(text)
        if mask is None:
            words = text.strip("{}").split(",") if text != "{}" else []
            mask = self._masks[text] = sum(1 << self[word.strip('"')] for word in set(words))
        return mask

    def words(self, mask: int) -> list[str]:
        """Return the words of a mask; whoever gets them leaves the list as it is."""
        words = self._words.get(mask)
        if words is None:
            words = [word for bit, word in enumerate(self.known) if mask >> bit & 1]
            self._words[mask] = words
        return words


class Book:
    """All the codes of one index: they only ever grow, so columns stay readable."""

    def __init__(self) -> None:
        self.facilities: Codes[UUID] = Codes()
        self.treatments: Codes[str] = Codes()
        self.specialties: Codes[str] = Codes()
        self.cities: Codes[tuple[str, str]] = Codes()
        self.states: Codes[str] = Codes()
        self.modes: Codes[str] = Codes()
        self.currencies: Codes[str] = Codes()
        self.windows: Codes[str] = Codes()
        self.languages, self.inclusions, self.credentials = Sets(), Sets(), Sets()

    def codes(self, facet: Facet) -> Codes[str]:
        """Return the codes of a facet's values; those of cities are in `cities`."""
        return {
            Facet.STATE: self.states,
            Facet.SPECIALTY: self.specialties,
            Facet.TREATMENT: self.treatments,
            Facet.MODE: self.modes,
            Facet.LANGUAGE: self.languages,
            Facet.INCLUSION: self.inclusions,
            Facet.CREDENTIAL: self.credentials,
        }[facet]

    def count(self, facet: Facet) -> int:
        """Return how many values a facet has."""
        return len(self.cities if facet is Facet.CITY else self.codes(facet))

    def value_of(self, facet: Facet) -> Callable[[int], str]:
        """Return what gives a facet's value for its code; a city is its state and key."""
        if facet is Facet.CITY:
            return lambda code: " ".join(self.cities.known[code])
        return self.codes(facet).known.__getitem__

    def columns(self, rows: Sequence[Any]) -> Columns:
        """Return the columns of rows as `queries.OFFERS` selects them."""
        if not rows:
            return {name: np.empty(0, kind) for name, kind in KINDS.items()}
        (
            ids, facilities, treatments, specialties, states, cities, modes, currencies,
            languages, inclusions, windows, *plain,
        ) = zip(*rows, strict=True)  # fmt: skip
        halves = np.frombuffer(b"".join(ids), ">u8").astype("u8").reshape(-1, 2)
        found: dict[str, Any] = {
            "high": halves[:, 0].copy(),
            "low": halves[:, 1].copy(),
            "facility": map(self.facilities.__getitem__, facilities),
            "treatment": map(self.treatments.__getitem__, treatments),
            "specialty": map(self.specialties.__getitem__, specialties),
            "city": map(self.cities.__getitem__, zip(states, cities, strict=True)),
            "state": map(self.states.__getitem__, states),
            "mode": map(self.modes.__getitem__, modes),
            "currency": map(self.currencies.__getitem__, currencies),
            "languages": map(self.languages.mask, languages),
            "inclusions": map(self.inclusions.mask, inclusions),
            "window": map(self.windows.__getitem__, windows),
        }
        names = ("price", "amount", "deposit", "demo", "version", "earliest", "rating")
        found |= zip(names, plain, strict=True)
        return {
            name: values
            if isinstance(values := found[name], np.ndarray)
            else np.fromiter(values, kind, len(rows))
            for name, kind in KINDS.items()
        }


def joined(parts: Sequence[Columns]) -> Columns:
    """Return several columns as one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in KINDS}


def chosen(columns: Columns, which: Column) -> Columns:
    """Return the rows that an index or a mask chooses."""
    return {name: column[which] for name, column in columns.items()}


def halves_of(identifier: UUID) -> tuple[int, int]:
    """Return the halves of an id, as they stand in the columns."""
    return identifier.int >> 64, identifier.int & (1 << 64) - 1
