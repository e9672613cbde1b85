"""Pure decisions of the search: what a word weighs, and which similar names are near enough."""

import math
from collections.abc import Sequence

NEAR_ENOUGH = 0.45
OF_THE_BEST = 0.85
COMMON = 200
"""A word that so many names have finds no candidates while a rarer one is there."""


def weight(names_with_it: int) -> float:
    """Return what a word weighs: one that many names have tells little."""
    return 1 / (1 + math.log(1 + names_with_it))


def telling(words: Sequence[str], counts: Sequence[int]) -> list[str]:
    """Return the words worth looking for, rarest first: at most three, at least one."""
    by_rarity = sorted(zip(counts, words, strict=True))
    rare = [word for count, word in by_rarity if count <= COMMON]
    return rare[:3] or [word for _, word in by_rarity[:1]]


def near_enough(scores: Sequence[float]) -> list[int]:
    """Return the places of the scores that are good, and near the best: one good answer hides
    many poor ones."""
    floor = max(NEAR_ENOUGH, OF_THE_BEST * max(scores, default=0.0))
    return [place for place, score in enumerate(scores) if score >= floor]
