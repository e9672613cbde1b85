"""Pure decisions of the search: what a word weighs, and which similar names are near enough."""

import math
from collections.abc import Mapping, Sequence

NEAR_ENOUGH = 0.45
OF_THE_BEST = 0.85
SOME_WORDS = 0.33
OF_SOME_WORDS = 0.5
"""Names that have other words of a question are told apart only roughly by their scores."""
COMPLETE = 0.99

UNKNOWN = 0.3
"""What a word weighs that no name has: it is spelled wrongly, or beside the point."""

COMMON = 200
"""A word that so many names have finds no candidates while a rarer one is there."""
LONG = 5
"""Shorter words are like too many others, and find no candidates beside longer ones."""


def weight(names_with_it: int) -> float:
    """Return what a word weighs: one that many names have tells little."""
    return 1 / (1 + math.log(1 + names_with_it))


def shares(named: Mapping[str, int]) -> dict[str, float]:
    """Return how much of a question each word is, from how many things are named with it."""
    weights = {word: weight(count) if count else UNKNOWN for word, count in named.items()}
    return {word: each / sum(weights.values()) for word, each in weights.items()}


def telling(words: Sequence[str], counts: Sequence[int]) -> list[str]:
    """Return the words worth looking for, rarest first: at most two, at least one."""
    by_rarity = sorted(zip(counts, words, strict=True))
    rare = [word for count, word in by_rarity if count <= COMMON]
    long = [word for word in rare if len(word) >= LONG]
    return (long or rare)[:2] or [word for _, word in by_rarity[:1]]


def near_enough(scores: Sequence[float]) -> list[int]:
    """Return the places of the scores that are good, and near the best: one good answer hides
    many poor ones."""
    return _at_least(scores, max(NEAR_ENOUGH, OF_THE_BEST * max(scores, default=0.0)))


def enough_words(scores: Sequence[float]) -> list[int]:
    """Return the places of the scores of names that have enough of a question's words."""
    return _at_least(scores, max(SOME_WORDS, OF_SOME_WORDS * max(scores, default=0.0)))


def _at_least(scores: Sequence[float], floor: float) -> list[int]:
    return [place for place, score in enumerate(scores) if score >= floor]
