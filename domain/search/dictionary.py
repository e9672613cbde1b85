"""From words in any script to treatments, facilities and cities.

Text never searches offers. It searches the names of treatments, specialties, facilities and
cities: for all words first, then for their other forms and for words that begin so, then for what
other keys or a missed blank would have written, then for similar ones.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

import msgspec

from domain.search.keyboards import completed, retyped
from domain.search.market import City, Name, Names
from domain.search.places import take_states
from domain.search.rules import COMPLETE, enough_words, shares
from domain.search.types import How, Match
from domain.search.wording import (
    SHORTEST_STEM,
    forms,
    has_beginning,
    has_form,
    is_form,
    particular,
    same_word,
    stem,
    substance,
)
from domain.text import fold_words

K = TypeVar("K")

MOST_UNDERSTOOD = 500
"""So many questions stay understood while no name changes: people ask one with other filters."""

MOST_PARTED = 2
"""So many words of a question are tried as two, the longest."""

MAX_WORDS = 10
MAX_WORD = 40
_RANKS = {How.EXACT_NAME: 0, How.ALL_WORDS: 1, How.WORD_BEGINNINGS: 3}
_SIMILAR_RANK = 4


class Found(msgspec.Struct, frozen=True):
    """What the words of a question mean.

    `ranks` orders treatments (0 is best); None means the words name no treatment. A question
    without words means everything; `nothing` that no name answers. `rest` are the words that were
    looked for as names; the others named a city or a state, or said nothing.
    """

    ranks: dict[str, int] | None = None
    facilities: dict[UUID, Match] | None = None
    cities: list[City] = []
    states: list[str] = []
    matches: dict[str, Match] = {}
    rest: list[str] = []
    nothing: bool = False


_understood: OrderedDict[tuple[int, str], Found] = OrderedDict()


def words_of(text: str) -> list[str]:
    """Return the folded words of a question, bounded in number and length."""
    return [word[:MAX_WORD] for word in fold_words(text)[:MAX_WORDS]]


async def take_cities(words: list[str], names: Names) -> tuple[list[City], list[str]]:
    """Return the cities (state, key) all of whose words are among these, and the other words.

    A word that is no name may carry the ending of its language: Bakıda, в Астане.
    """
    cities, rest = await _take_cities(words, {word: word for word in words}, names)
    if cities:
        return cities, rest
    bare = {form: word for word in reversed(substance(words)) for form in forms(word)}
    if bare:
        cities, rest = await _take_cities(words, bare, names)
    for word in set(words) - set(rest):
        if await names.names_with([word], beginnings=False):
            return [], words
    return cities, rest


async def _take_cities(
    words: list[str], written: dict[str, str], names: Names
) -> tuple[list[City], list[str]]:
    found = await names.cities_among(list(written))
    longest = max((len(called) for _, called in found), default=0)
    found = [(city, called) for city, called in found if len(called) == longest]
    taken = {written[word] for _, called in found for word in called.split()}
    cities = dict.fromkeys(city for city, _ in found)
    return list(cities), [word for word in words if word not in taken]


async def understand(text: str, names: Names) -> Found:
    """Return what a question's words mean: treatments, else a city or state, else facilities.

    Words count in all their forms. What no name answers was perhaps typed with another keyboard
    layout, or without a blank, and is at last compared with names that are like it or have some
    of its words.
    """
    version = names.names_version
    if version is None:
        return await _understand(text, names)
    found = _understood.get((version, text))
    if found is None:
        found = _understood[version, text] = await _understand(text, names)
        if len(_understood) > MOST_UNDERSTOOD:
            _understood.popitem(last=False)
    else:
        _understood.move_to_end((version, text))
    return found


async def _understand(text: str, names: Names) -> Found:
    words = words_of(text)
    if not words:
        return Found(nothing=True)
    found, rest = await _read(words, names)
    if not found.nothing:
        return msgspec.structs.replace(found, rest=rest)
    typed = dict.fromkeys(tuple(words_of(each)) for each in (*retyped(text), *completed(text)))
    for other in map(list, typed):
        if not (meant := await _guess(other, names)).nothing:
            return msgspec.structs.replace(meant, rest=words)
    for other in await _parted(rest, names):
        if not (meant := await _guess(other, names)).nothing:
            return msgspec.structs.replace(_at(meant, found.states, found.cities), rest=words)
    near = await _found(rest, await _near(particular(rest), names), names)
    return msgspec.structs.replace(_at(near, found.states, found.cities), rest=rest)


class _Answer(msgspec.Struct, frozen=True):
    """A name, how it answers, and how well: 0 is best."""

    name: Name
    how: How
    rank: int


def _answers(names: Iterable[Name], how: How, *, later: int = 0) -> list[_Answer]:
    return [_Answer(name, how, _RANKS[how] + later) for name in names]


async def _read(words: list[str], names: Names) -> tuple[Found, list[str]]:
    """Return what words mean if names have them, and those that say what is looked for."""
    whole = await names.names_with(words, beginnings=False)
    if any(name.kind != "facility" for name in whole):
        return await _found(words, await _with_other_forms(words, whole, names), names), words
    states, rest = take_states(words)
    cities: list[City] = []
    if rest:
        cities, rest = await take_cities(rest, names)
    asked = substance(rest)
    if not asked and (states or cities):
        return Found(cities=cities, states=states), asked
    if whole:
        apart = whole if rest == words else await names.names_with(rest, beginnings=False)
        if all(name.kind == "facility" for name in apart):
            return await _found(words, _answers(whole, How.ALL_WORDS), names), rest
    asked = asked or rest
    known = await names.names_with(asked, beginnings=False) if asked != words else whole
    found = await _found(asked, await _with_other_forms(asked, known, names), names)
    return _at(found, states, cities), asked


async def _with_other_forms(words: list[str], known: list[Name], names: Names) -> list[_Answer]:
    """Return the names that have every word, and unless one is exact, those that nearly have.

    They have every word in some form, or words that begin so, and need not say "operation".
    """
    answers, joined = _answers(known, How.ALL_WORDS), "".join(words)
    if any(name.folded == " ".join(words) for name in known):
        return answers
    plain = particular(words)
    for name in await names.names_with([stem(word) for word in plain], beginnings=True):
        if all(has_form(name.folded, word) for word in plain):
            answers += _answers([name], How.ALL_WORDS, later=1)
        elif all(has_beginning(name.folded, word) for word in plain):
            answers += _answers([name], How.WORD_BEGINNINGS)
    if len(words) > 1:  # what Hungarian writes as one: orr műtét is orrműtét
        answers += _answers(await names.names_with([joined], beginnings=False), How.ALL_WORDS)
    return answers


async def _guess(words: list[str], names: Names) -> Found:
    """Return what the words mean that somebody probably meant, called no more than similar."""
    _, rest = take_states(words)
    longest = max(substance(rest), key=len, default="")
    if len(longest) < SHORTEST_STEM or not await names.names_with([stem(longest)], beginnings=True):
        return Found(nothing=True)
    found, rest = await _read(words, names)
    if found.nothing:
        scores = await _with_some(particular(rest), names)
        complete = [name for name, score in scores.items() if score > COMPLETE]
        answers = _answers(complete, How.ALL_WORDS)
        found = _at(await _found(rest, answers, names), found.states, found.cities)
    return msgspec.structs.replace(
        found,
        matches=_similar(found.matches),
        facilities=None if found.facilities is None else _similar(found.facilities),
    )


async def _parted(words: list[str], names: Names) -> list[list[str]]:
    """Return the words with a long one parted where names have both parts: a blank was missed.

    One of the parts must be a word of names as it stands, the other may be a form.
    """
    parted: dict[tuple[str, str], list[str]] = {}
    longest = sorted(range(len(words)), key=lambda place: len(words[place]))[-MOST_PARTED:]
    for place in longest:
        word = words[place]
        for at in range(SHORTEST_STEM, len(word) - SHORTEST_STEM + 1):
            parts = word[:at], word[at:]
            parted[parts] = [*words[:place], *parts, *words[place + 1 :]]
    known = await names.known_words([part for parts in parted for part in parts])
    return [
        read
        for parts, read in parted.items()
        if not known.isdisjoint(parts)
        and await names.names_with([stem(part) for part in particular(parts)], beginnings=True)
    ]


def _similar(matches: dict[K, Match]) -> dict[K, Match]:
    return {key: Match(each.kind, each.text, How.SIMILAR) for key, each in matches.items()}


async def _near(words: list[str], names: Names) -> list[_Answer]:
    """Return the names that are like the words, and those that have the most telling of them."""
    some = await _with_some(words, names)
    spelled = {word: _as_named(word, some) for word in words}
    unknown = [word for word in words if not spelled[word]]
    scores: dict[Name, float] = {}
    if any(len(word) > SHORTEST_STEM for word in unknown):
        scores = dict(await names.names_like([spelled[word] or word for word in words]))
    if unknown and all(len(w) <= SHORTEST_STEM and w != s for w, s in spelled.items() if s):
        some = {}  # a short word has forms by chance, in one language or another
    least = enough_words(max(some.values(), default=0.0))
    for name, score in some.items():
        if score >= least:
            scores[name] = max(scores.get(name, 0.0), score)
    return [
        _Answer(name, How.SIMILAR, _SIMILAR_RANK + round((1 - score) * 20))
        for name, score in scores.items()
    ]


async def _with_some(words: list[str], names: Names) -> dict[Name, float]:
    """Return the names that have some of the words, with the share of the question they answer."""
    known: dict[Name, None] = {}
    for word in dict.fromkeys(words):
        beginnings = len(word) >= SHORTEST_STEM
        known |= dict.fromkeys(await names.names_with([stem(word)], beginnings=beginnings))
    said = {name: name.folded.split() for name in known}
    every = {each for those in said.values() for each in those}
    having: dict[str, list[Name]] = {}
    for word in words:
        of_word = {each for each in every if is_form(each, word)}
        having[word] = [name for name, those in said.items() if not of_word.isdisjoint(those)]
    parts = shares({word: len({name.target for name in having[word]}) for word in having})
    scores: dict[Name, float] = {}
    for word, answering in having.items():
        for name in answering:
            scores[name] = scores.get(name, 0.0) + parts[word]
    return scores


def _as_named(word: str, names: Iterable[Name]) -> str:
    """Return the word as names have it, in its shortest form if not as it is; else nothing."""
    words = {each for name in names for each in name.folded.split()}
    known = [each for each in words if same_word(word, each)]
    return min(known, key=lambda each: (each != word, len(each), each), default="")


def _at(found: Found, states: list[str], cities: list[City]) -> Found:
    """Return the same in the states and cities that other words name."""
    return msgspec.structs.replace(found, states=states, cities=found.cities or cities)


async def _found(words: list[str], answers: list[_Answer], names: Names) -> Found:
    """Return what the names mean: treatments before cities before facilities."""
    asked = " ".join(words)
    ranks: dict[str, int] = {}
    matches: dict[str, Match] = {}
    by_specialty: dict[str, _Answer] = {}
    for answer in sorted(answers, key=lambda each: each.rank):
        name, how, rank = answer.name, answer.how, answer.rank
        if name.folded == asked:
            how, rank = How.EXACT_NAME, _RANKS[How.EXACT_NAME]
        if name.kind == "specialty":
            by_specialty.setdefault(name.target, answer)
        elif name.kind == "treatment" and rank < ranks.get(name.target, 1000):
            ranks[name.target] = rank
            matches[name.target] = Match("treatment", name.text, how)
    for code, specialty in await names.treatments_of(list(by_specialty)) if by_specialty else ():
        answer = by_specialty[specialty]
        if answer.rank + 1 < ranks.get(code, 1000):
            ranks[code] = answer.rank + 1
            matches[code] = Match("specialty", answer.name.text, How.SPECIALTY)
    if ranks:
        return Found(ranks=ranks, matches=matches)
    known = [answer.name for answer in answers]
    cities = [(name.state or "", name.target) for name in known if name.kind == "city"]
    if cities:
        return Found(cities=list(dict.fromkeys(cities)))
    facilities = {
        UUID(answer.name.target): Match("facility", answer.name.text, answer.how)
        for answer in answers
        if answer.name.kind == "facility"
    }
    return Found(facilities=facilities) if facilities else Found(nothing=True)
