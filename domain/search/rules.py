"""Pure decisions of the search: which names are near enough, which prices are round, how far."""

import math
from collections.abc import Mapping, Sequence
from datetime import date

from domain.money import Currency, Money
from domain.rates.types import RateSet
from domain.search.errors import (
    DatesCrossed,
    NearNeeded,
    PricesCrossed,
    UnusableDistance,
)
from domain.search.market import Band
from domain.search.types import OfferQuery, Point, Sort
from domain.text import fold_words

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


def near_enough(best: float) -> float:
    """Return the least score that is good, and near the best: one good answer hides poor ones."""
    return max(NEAR_ENOUGH, OF_THE_BEST * best)


def enough_words(best: float) -> float:
    """Return the least score of names that have enough of a question's words."""
    return max(SOME_WORDS, OF_SOME_WORDS * best)


NARROWEST, WIDEST = 100_00, 50_000_00
"""Between these prices, in minor units of EUR, the bands of prices have their bounds."""

SOON_DAYS = (7, 14, 30, 90)
"""The facet of earliest dates counts what is free within so many days."""

MICROSECONDS = 1_000_000
EARTH_METRES = 6_371_008.8
FARTHEST_KM = 20_100
"""Half of the way round the earth, and a little."""


def price_bounds(rates: RateSet, currency: Currency) -> list[int]:
    """Return round amounts (1, 2 or 5 and zeros) that part prices, in minor units."""
    bounds = []
    for zeros in range(2, 12):
        for digit in (1, 2, 5):
            amount = Money(digit * 10**zeros, currency)
            if NARROWEST <= rates.convert(amount, Currency.EUR).amount <= WIDEST:
                bounds.append(amount.amount)
    return bounds


def price_bands(bounds: Sequence[int]) -> list[Band]:
    """Return the bands between bounds: each ends one minor unit before the next begins."""
    starts, ends = [0, *bounds], [bound - 1 for bound in bounds]
    return [*zip(starts, ends, strict=False), (starts[-1], None)]


def band_label(band: Band, currency: Currency) -> str:
    """Return how a band between round bounds is written, in major units."""
    low, high = f"{(band[0] or 0) // 100:,}", band[1]
    between = f"{low}+" if high is None else f"{low} – {(high + 1) // 100:,}"
    return f"{between} {currency.value}"


def in_euros(band: Band, rates: RateSet, currency: Currency) -> Band:
    """Return a band of prices in minor units of EUR, in which all prices are compared."""

    def euros(amount: int | None) -> int | None:
        if amount is None:
            return None
        return rates.convert(Money(amount, currency), Currency.EUR).amount

    return euros(band[0]), euros(band[1])


def instants(first: date | None, last: date | None) -> Band:
    """Return the microseconds since 1970 from the start of one day to the end of another."""

    def start(day: date) -> int:
        return (day - date(1970, 1, 1)).days * 86_400 * MICROSECONDS

    return (
        None if first is None else start(first),
        None if last is None else start(last) + 86_400 * MICROSECONDS - 1,
    )


def metres_between(a: Point, b: Point) -> int:
    """Return the great-circle distance on a sphere of the earth's mean radius."""
    north, east = math.radians(b.latitude - a.latitude), math.radians(b.longitude - a.longitude)
    square = math.sin(north / 2) ** 2 + (
        math.cos(math.radians(a.latitude))
        * math.cos(math.radians(b.latitude))
        * math.sin(east / 2) ** 2
    )
    return round(2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(square))))


def corrected(text: str, rest: Sequence[str], name: str) -> str:
    """Return the question with a name in place of the words that were spelled wrongly.

    The words that named a city or a state stay as they were typed.
    """
    wrong = set(rest)
    kept = [word for word in text.split() if (folded := fold_words(word)) and not wrong & {*folded}]
    return " ".join([name, *kept])


def require_consistent(query: OfferQuery) -> None:
    """Refuse ranges that end before they begin, and distances from nowhere.

    Raises PricesCrossed, DatesCrossed, NearNeeded and UnusableDistance.
    """
    low, high = query.price_min, query.price_max
    if low is not None and high is not None and low > high:
        raise PricesCrossed(fields={"price_min": PricesCrossed.title})
    first, last = query.available_from, query.available_to
    if first is not None and last is not None and first > last:
        raise DatesCrossed(fields={"available_from": DatesCrossed.title})
    if query.near is None and (query.sort is Sort.DISTANCE or query.within_km is not None):
        raise NearNeeded(fields={"near": NearNeeded.title})
    if query.within_km is not None and not 0 < query.within_km <= FARTHEST_KM:
        raise UnusableDistance(fields={"within_km": UnusableDistance.title})
