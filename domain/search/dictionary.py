"""From words in any script to treatments, facilities and cities.

Text never searches offers. It searches the names of treatments, specialties, facilities and
cities: for all words first, then for words that begin so, then for similar ones.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from domain.search.market import City, Name, Names
from domain.search.places import take_states
from domain.search.types import How, Match
from domain.text import fold_words

MAX_WORDS = 10
MAX_WORD = 40
_RANKS = {How.EXACT_NAME: 0, How.ALL_WORDS: 1, How.SPECIALTY: 2, How.WORD_BEGINNINGS: 3}
_SIMILAR_RANK = 4


class Found(msgspec.Struct, frozen=True):
    """What the words of a question mean.

    `ranks` orders treatments (0 is best); None means the words name no treatment. A question
    without words means everything; `nothing` that no name answers. `rest` are the words that were
    looked for as names, the others named a city or a state.
    """

    ranks: dict[str, int] | None = None
    facilities: dict[UUID, Match] | None = None
    cities: list[City] = []
    states: list[str] = []
    matches: dict[str, Match] = {}
    rest: list[str] = []
    nothing: bool = False


def words_of(text: str) -> list[str]:
    """Return the folded words of a question, bounded in number and length."""
    return [word[:MAX_WORD] for word in fold_words(text)[:MAX_WORDS]]


async def understand(text: str, names: Names) -> Found:
    """Return what a question's words mean: treatments, else a city or state, else facilities."""
    words = words_of(text)
    if not words:
        return Found(nothing=True)
    whole = await names.names_with(words, beginnings=False)
    if any(name.kind != "facility" for name in whole):
        return await _found(words, whole, How.ALL_WORDS, names)
    states, rest = take_states(words)
    cities: list[City] = []
    if rest:
        cities, rest = await _take_cities(rest, names)
    if not rest:
        return Found(cities=cities, states=states)
    if whole:
        return await _found(words, whole, How.ALL_WORDS, names)
    found = Found(nothing=True)
    if len(rest) < len(words) and (some := await names.names_with(rest, beginnings=False)):
        found = await _found(rest, some, How.ALL_WORDS, names)
    elif some := await names.names_with(rest, beginnings=True):
        found = await _found(rest, some, How.WORD_BEGINNINGS, names)
    elif like := await names.names_like(rest):
        some = [name for name, _ in like]
        found = await _found(rest, some, How.SIMILAR, names, dict(like))
    if not found.cities:
        found = msgspec.structs.replace(found, cities=cities)
    return msgspec.structs.replace(found, states=states, rest=rest)


async def _take_cities(words: list[str], names: Names) -> tuple[list[City], list[str]]:
    """Return the cities with the longest name among the words, and the words that remain."""
    found = await names.cities_among(words)
    longest = max((len(called) for _, called in found), default=0)
    found = [(city, called) for city, called in found if len(called) == longest]
    taken = {word for _, called in found for word in called.split()}
    cities = dict.fromkeys(city for city, _ in found)
    return list(cities), [word for word in words if word not in taken]


async def _found(
    words: Sequence[str],
    known: list[Name],
    how: How,
    names: Names,
    scores: dict[Name, float] | None = None,
) -> Found:
    """Return what the names mean: treatments before cities before facilities."""
    asked, known_scores = " ".join(words), scores or {}
    ranks: dict[str, int] = {}
    matches: dict[str, Match] = {}
    base = _RANKS.get(how, _SIMILAR_RANK)
    for name in known:
        if name.kind != "treatment":
            continue
        way, rank = how, base + round((1 - known_scores.get(name, 1.0)) * 20)
        if name.folded == asked:
            way, rank = How.EXACT_NAME, _RANKS[How.EXACT_NAME]
        if rank < ranks.get(name.target, 1000):
            ranks[name.target] = rank
            matches[name.target] = Match("treatment", name.text, way)
    by_specialty = {name.target: name.text for name in known if name.kind == "specialty"}
    for code, specialty in await names.treatments_of(list(by_specialty)) if by_specialty else ():
        if code not in ranks:
            ranks[code] = max(_RANKS[How.SPECIALTY], base)
            matches[code] = Match("specialty", by_specialty[specialty], How.SPECIALTY)
    if ranks:
        return Found(ranks=ranks, matches=matches)
    cities = [(name.state or "", name.target) for name in known if name.kind == "city"]
    if cities:
        return Found(cities=list(dict.fromkeys(cities)))
    facilities = {
        UUID(name.target): Match("facility", name.text, how)
        for name in known
        if name.kind == "facility"
    }
    return Found(facilities=facilities) if facilities else Found(nothing=True)
