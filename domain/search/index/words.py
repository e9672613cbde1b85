"""The dictionary in memory: which names have which words, and which words are like others.

Names are numbered; for every word there is the set of names that have it, so that a question is an
intersection of sets. A word spelled wrongly is compared with the few tens of thousand words there
are, not with names: first by shared trigrams, then letter by letter.
"""

import itertools
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence

import numpy as np
from pyroaring import BitMap
from rapidfuzz.distance import OSA

from domain.search.index.columns import Codes, Column
from domain.search.index.sets import members
from domain.search.market import MOST_NAMES, City, Name
from domain.search.rules import near_enough, weight

CANDIDATES = 48
"""So many words that share trigrams with one are compared with it letter by letter."""

LIKE_ENOUGH = 0.42
TELLING, ALIKE = 3, 12
"""So many words find candidates, and so many stand for one that is spelled wrongly."""

MOST_LIKE = 200
REMEMBERED = 4_096

SHORTEST = 1_024
"""So many names are looked at for suggestions; the others are longer."""

VERSIONS = itertools.count(1)
"""No two states of any index of this process have one version."""

Target = tuple[str, str, str | None]
"""What is named: its kind, its code, and the state of a city."""


class Dictionary:
    """The names of treatments, specialties, facilities with offers, and cities."""

    def __init__(self) -> None:
        self.names_version: int | None = next(VERSIONS)
        self._names: list[Name | None] = []
        self._targets: Codes[Target] = Codes()
        self._of_target: dict[int, list[int]] = {}
        self._of_kind: dict[str, BitMap] = {}
        self._with_word: dict[str, BitMap] = {}
        self._words: list[str] = []
        self._alphabet: list[str] = []
        self._alike: dict[str, list[tuple[float, str]]] = {}
        self._with_trigram: dict[str, BitMap] = {}
        self._numbers = _Growing()
        self._lengths = _Growing()
        self._trigrams = _Growing()

    def name(self, target: Target, texts: Sequence[str], folded: Sequence[str]) -> None:
        """Give what is named exactly these names, spelled and folded."""
        code = self._targets[target]
        had = self._of_target.get(code, [])
        wanted = list(dict.fromkeys(zip(texts, folded, strict=True)))
        if [(n.text, n.folded) for i in had if (n := self._names[i])] == wanted:
            return
        self.names_version = next(VERSIONS)
        kind, value, state = target
        for number in had:
            name, self._names[number] = self._names[number], None
            self._of_kind[kind].discard(number)
            for word in name.folded.split() if name else ():
                self._with_word[word].discard(number)
        self._of_target[code] = []
        for text, spelled in wanted:
            number = len(self._names)
            self._names.append(Name(kind, value, state, text, spelled))
            self._numbers.append(code)
            self._lengths.append(len(spelled))
            self._of_target[code].append(number)
            self._of_kind.setdefault(kind, BitMap()).add(number)
            for word in spelled.split():
                self._with(word).add(number)

    def _with(self, word: str) -> BitMap:
        known = self._with_word.get(word)
        if known is None:
            known = self._with_word[word] = BitMap()
            insort(self._alphabet, word)
            self._alike.clear()
            trigrams = _trigrams(word)
            for trigram in trigrams:
                self._with_trigram.setdefault(trigram, BitMap()).add(len(self._words))
            self._words.append(word)
            self._trigrams.append(len(trigrams))
        return known

    async def names_with(self, words: Sequence[str], *, beginnings: bool) -> list[Name]:
        """Return names with every word, or words that begin so: of each kind the shortest."""
        having, found = self._having(words, beginnings), list[Name]()
        for kind, most in MOST_NAMES.items():
            numbers = members(having & self._of_kind.get(kind, BitMap()))
            if len(numbers) > most:
                numbers = numbers[np.argpartition(self._lengths.column[numbers], most)[:most]]
            found += [name for n in numbers.tolist() if (name := self._names[n]) is not None]
        return found

    async def known_words(self, words: Sequence[str]) -> set[str]:
        """Return those of the words that some name has."""
        return {word for word in words if self._with_word.get(word)}

    async def names_beginning(self, words: Sequence[str]) -> list[Name]:
        """Return some short names with words that begin so, but of no facility."""
        found = self._having(words, True) - self._of_kind.get("facility", BitMap())
        numbers = members(found)
        lengths = self._lengths.column[numbers]
        if len(numbers) > SHORTEST:
            shortest = np.argpartition(lengths, SHORTEST)[:SHORTEST]
            numbers, lengths = numbers[shortest], lengths[shortest]
        return list(self._best(numbers, lengths))

    async def names_like(self, words: Sequence[str]) -> list[tuple[Name, float]]:
        """Return names like the words, with a score from 0 to 1.

        Every word counts by its rarity, and how much of the name the words cover a little.
        """
        alike = [self._like(word) for word in words]
        shares = [weight(len(self._with_word.get(word, ()))) for word in words]
        # Whatever is like at all has something like one of the words that tell most.
        by_rarity = sorted(range(len(words)), key=shares.__getitem__, reverse=True)
        tell_most = [alike[place] for place in by_rarity if alike[place]][:TELLING]
        likes_of_them = {like for likes in tell_most for _, like in likes}
        numbers = members(BitMap().union(*(self._with_word[like] for like in likes_of_them)))
        total, covered = np.zeros(len(numbers)), np.zeros(len(numbers))
        for word, share, likes in zip(words, shares, alike, strict=True):
            scores = np.zeros(len(numbers))
            for score, like in reversed(likes):
                scores[np.isin(numbers, members(self._with_word[like]), True)] = score
            total += share * scores
            covered += len(word) * scores
        scores = 0.85 * total / sum(shares)
        scores += 0.15 * np.minimum(1, covered / np.maximum(1, self._lengths.column[numbers]))
        near = np.flatnonzero(scores >= near_enough(float(scores.max(initial=0))))
        if len(near) > MOST_LIKE:
            near = near[np.argsort(-scores[near], kind="stable")[:MOST_LIKE]]
        by_number = dict(zip(numbers[near].tolist(), scores[near].tolist(), strict=True))
        best = self._best_numbers(numbers[near], -scores[near])
        return [(name, by_number[n]) for n in best if (name := self._names[n]) is not None]

    async def cities_among(self, words: Sequence[str]) -> list[tuple[City, str]]:
        """Return the cities all of whose words are among these, with those words, longest first."""
        some = BitMap().union(*(self._with_word.get(word, BitMap()) for word in words))
        found = [
            ((name.state or "", name.target), name.folded)
            for name in self._cities(some)
            if set(name.folded.split()) <= set(words)
        ]
        return sorted(found, key=lambda each: (-len(each[1]), each[0]))

    async def cities_called(self, folded: Sequence[str]) -> list[City]:
        """Return the cities that have one of these folded names."""
        found = set()
        for called in folded:
            sets = [self._with_word.get(word, BitMap()) for word in called.split()]
            found |= {
                (name.state or "", name.target)
                for name in self._cities(BitMap.intersection(*sets) if sets else BitMap())
                if name.folded == called
            }
        return sorted(found)

    def _cities(self, numbers: BitMap) -> Iterator[Name]:
        for number in numbers & self._of_kind.get("city", BitMap()):
            if (name := self._names[number]) is not None:
                yield name

    def _having(self, words: Sequence[str], beginnings: bool) -> BitMap:
        sets = [
            BitMap().union(*(self._with_word[each] for each in self._beginning(word)))
            if beginnings
            else self._with_word.get(word, BitMap())
            for word in words
        ]
        return BitMap.intersection(*sets) if sets else BitMap()

    def _best(self, numbers: Column, keys: Column) -> Iterator[Name]:
        """Yield of each target the name with the least key."""
        for number in self._best_numbers(numbers, keys):
            if (name := self._names[number]) is not None:
                yield name

    def _best_numbers(self, numbers: Column, keys: Column) -> list[int]:
        targets = self._numbers.column[numbers]
        order = np.lexsort((numbers, keys, targets))
        first = np.ones(len(order), bool)
        first[1:] = targets[order[1:]] != targets[order[:-1]]
        best: list[int] = numbers[order[first]].tolist()
        return best

    def _beginning(self, word: str) -> list[str]:
        start = bisect_left(self._alphabet, word)
        return self._alphabet[start : bisect_left(self._alphabet, word + "\x7f", start)]

    def _like(self, word: str) -> list[tuple[float, str]]:
        """Return the words like this one with their likeness, the likest first."""
        alike = self._alike.get(word)
        if alike is None:
            if len(self._alike) >= REMEMBERED:
                self._alike.clear()
            alike = self._alike[word] = self._compared(word)
        return alike

    def _compared(self, word: str) -> list[tuple[float, str]]:
        trigrams = _trigrams(word)
        sharing = [
            members(self._with_trigram[trigram])
            for trigram in trigrams
            if trigram in self._with_trigram
        ]
        if not sharing:
            return []
        shared = np.bincount(np.concatenate(sharing), minlength=len(self._words))
        share = shared / (len(trigrams) + self._trigrams.column - shared)
        best = np.argpartition(-share, min(CANDIDATES, len(share) - 1))[:CANDIDATES]
        alike = []
        for number in best.tolist():
            other, common = self._words[number], float(share[number])
            longer, shorter = sorted((len(word), len(other)), reverse=True)
            # No letter-by-letter comparison where even the best would not do.
            if common and (common + shorter / longer) / 2 >= LIKE_ENOUGH:
                # Two neighbours that changed places are one edit (Damerau's distance, restricted).
                score = (common + OSA.normalized_similarity(word, other)) / 2
                if score >= LIKE_ENOUGH:
                    alike.append((score, other))
        return sorted(alike, reverse=True)[:ALIKE]


class _Growing:
    """A column that grows at its end."""

    def __init__(self) -> None:
        self._cells, self._size = np.zeros(1024, "i4"), 0

    @property
    def column(self) -> Column:
        return self._cells[: self._size]

    def append(self, value: int) -> None:
        if self._size == len(self._cells):
            self._cells = np.concatenate((self._cells, np.zeros_like(self._cells)))
        self._cells[self._size] = value
        self._size += 1


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
