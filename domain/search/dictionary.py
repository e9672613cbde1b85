"""From words in any script to treatments, facilities and cities: the dictionary of names.

Text never searches offers. It searches the names of treatments, specialties, facilities and
cities: for all words first, then for their other forms and for words that begin so, then for what
other keys would have written, then for similar ones.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec

from domain.db import connection
from domain.search.keyboards import completed, retyped
from domain.search.places import take_states
from domain.search.rules import COMPLETE, enough_words, near_enough, shares, telling, weight
from domain.search.types import How, Match
from domain.search.wording import (
    SHORTEST_STEM,
    forms,
    has_beginning,
    has_form,
    particular,
    same_word,
    stem,
    substance,
)
from domain.text import fold_words

K = TypeVar("K")

MAX_WORDS = 10
MAX_WORD = 40
_RANKS = {How.EXACT_NAME: 0, How.ALL_WORDS: 1, How.WORD_BEGINNINGS: 3}
_SIMILAR_RANK = 4

# Facilities that offer nothing, as imported registers are full of, answer no search for offers.
_OFFERING = " AND EXISTS (SELECT FROM offer o WHERE o.facility_id = n.facility_id AND o.active)"
_NAMES = (
    ("treatment", "treatment_name", "n.treatment_code", "NULL::text", "", 600),
    ("specialty", "specialty_name", "n.specialty_code", "NULL::text", "", 100),
    ("city", "place_name", "n.city_key", "n.jurisdiction", "", 100),
    ("facility", "facility_name", "n.facility_id::text", "NULL::text", _OFFERING, 300),
)


class Name(msgspec.Struct, frozen=True):
    """One name of the dictionary and what it names."""

    kind: str
    target: str
    state: str | None
    text: str
    folded: str


class Found(msgspec.Struct, frozen=True):
    """What the words of a question mean.

    `ranks` orders treatments (0 is best); None means the words name no treatment. A question
    without words means everything; `nothing` that no name answers.
    """

    ranks: dict[str, int] | None = None
    facilities: dict[UUID, Match] | None = None
    cities: list[tuple[str, str]] = []
    states: list[str] = []
    matches: dict[str, Match] = {}
    nothing: bool = False


def words_of(text: str) -> list[str]:
    """Return the folded words of a question, bounded in number and length."""
    return [word[:MAX_WORD] for word in fold_words(text)[:MAX_WORDS]]


async def names_with(words: Sequence[str], *, beginnings: bool) -> list[Name]:
    """Return the names that have every word, or for each a word that begins so."""
    query = " & ".join(f"{word}:*" if beginnings else word for word in words)
    parts = " UNION ALL ".join(
        f"(SELECT '{kind}' AS kind, {target} AS target, {state} AS state, n.text, n.folded"
        f" FROM {table} n WHERE to_tsvector('simple', n.folded) @@ to_tsquery('simple', $1)"
        f"{which} ORDER BY n.folded, n.id LIMIT {most})"
        for kind, table, target, state, which, most in _NAMES
    )
    return [Name(*row) for row in await connection().fetch(parts, query)]


async def names_like(words: Sequence[str]) -> list[tuple[Name, float]]:
    """Return names like the words, with a score from 0 to 1, the best first of each kind.

    Every word counts by its rarity, and the name as a whole a little.
    """
    counts, whole = await _names_with_word(words), " ".join(words)
    rows = await connection().fetch(
        "SELECT * FROM names_like($1, $2, $3, $4)",
        list(words), [weight(count) for count in counts], telling(words, counts), whole,
    )  # fmt: skip
    names = [(Name(*list(row)[:5]), row["score"]) for row in rows]
    return [names[place] for place in near_enough([score for _, score in names])]


async def _names_with_word(words: Sequence[str]) -> list[int]:
    rows = await connection().fetch(
        "SELECT (SELECT count(*) FROM treatment_name n"
        "   WHERE to_tsvector('simple', n.folded) @@ to_tsquery('simple', w.word))"
        " + (SELECT count(*) FROM facility_name n"
        "   WHERE to_tsvector('simple', n.folded) @@ to_tsquery('simple', w.word)) AS names"
        " FROM unnest($1::text[]) WITH ORDINALITY w (word, place) ORDER BY w.place",
        list(words),
    )
    return [row["names"] for row in rows]


async def take_cities(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the cities (state, key) all of whose words are among these, and the other words.

    A word that is no name may carry the ending of its language: Bakıda, в Астане.
    """
    cities, rest = await _take_cities(words, {word: word for word in words})
    if cities:
        return cities, rest
    bare = {form: word for word in reversed(substance(words)) for form in forms(word)}
    if bare:
        cities, rest = await _take_cities(words, bare)
    for word in set(words) - set(rest):
        if await names_with([word], beginnings=False):
            return [], words
    return cities, rest


async def _take_cities(
    words: list[str], written: dict[str, str]
) -> tuple[list[tuple[str, str]], list[str]]:
    rows = await connection().fetch(
        "SELECT jurisdiction, city_key, folded FROM place_name"
        " WHERE to_tsvector('simple', folded) @@ to_tsquery('simple', $1)"
        " AND string_to_array(folded, ' ') <@ $2::text[]"
        " ORDER BY length(folded) DESC, jurisdiction, city_key LIMIT 50",
        " | ".join(written), list(written),
    )  # fmt: skip
    longest = max((len(row["folded"]) for row in rows), default=0)
    rows = [row for row in rows if len(row["folded"]) == longest]
    taken = {written[word] for row in rows for word in row["folded"].split()}
    cities = dict.fromkeys((row["jurisdiction"], row["city_key"]) for row in rows)
    return list(cities), [word for word in words if word not in taken]


async def understand(text: str) -> Found:
    """Return what a question's words mean: treatments, else a city or state, else facilities.

    Words count in all their forms. What no name answers was perhaps typed with another keyboard
    layout, and is at last compared with names that are like it or have some of its words.
    """
    words = words_of(text)
    if not words:
        return Found(nothing=True)
    found, rest = await _read(words)
    if not found.nothing:
        return found
    others = {tuple(words_of(other)): None for other in (*retyped(text), *completed(text))}
    for other in others:
        if not (meant := await _guess(list(other))).nothing:
            return meant
    return _at(await _found(rest, await _near(particular(rest))), found.states, found.cities)


class _Answer(msgspec.Struct, frozen=True):
    """A name, how it answers, and how well: 0 is best."""

    name: Name
    how: How
    rank: int


def _answers(names: Iterable[Name], how: How, *, later: int = 0) -> list[_Answer]:
    return [_Answer(name, how, _RANKS[how] + later) for name in names]


async def _read(words: list[str]) -> tuple[Found, list[str]]:
    """Return what words mean if names have them, and those that say what is looked for."""
    whole = await names_with(words, beginnings=False)
    if any(name.kind != "facility" for name in whole):
        return await _found(words, await _with_other_forms(words, whole)), words
    states, rest = take_states(words)
    cities: list[tuple[str, str]] = []
    if rest:
        cities, rest = await take_cities(rest)
    asked = substance(rest)
    if not asked and (states or cities):
        return Found(cities=cities, states=states), asked
    if whole:
        apart = whole if rest == words else await names_with(rest, beginnings=False)
        if all(name.kind == "facility" for name in apart):
            return await _found(words, _answers(whole, How.ALL_WORDS)), rest
    asked = asked or rest
    names = await names_with(asked, beginnings=False) if asked != words else whole
    found = await _found(asked, await _with_other_forms(asked, names))
    return _at(found, states, cities), asked


async def _with_other_forms(words: list[str], names: list[Name]) -> list[_Answer]:
    """Return the names that have every word, and unless one is exact, those that nearly have.

    They have every word in some form, or words that begin so, and need not say "operation".
    """
    answers, joined = _answers(names, How.ALL_WORDS), "".join(words)
    if any(name.folded == " ".join(words) for name in names):
        return answers
    plain = particular(words)
    for name in await names_with([stem(word) for word in plain], beginnings=True):
        if all(has_form(name.folded, word) for word in plain):
            answers += _answers([name], How.ALL_WORDS, later=1)
        elif all(has_beginning(name.folded, word) for word in plain):
            answers += _answers([name], How.WORD_BEGINNINGS)
    if len(words) > 1:  # what Hungarian writes as one: orr műtét is orrműtét
        answers += _answers(await names_with([joined], beginnings=False), How.ALL_WORDS)
    return answers


async def _guess(words: list[str]) -> Found:
    """Return what the words mean that somebody probably meant, called no more than similar."""
    _, rest = take_states(words)
    longest = max(substance(rest), key=len, default="")
    if len(longest) < SHORTEST_STEM or not await names_with([stem(longest)], beginnings=True):
        return Found(nothing=True)
    found, rest = await _read(words)
    if found.nothing:
        scores = await _with_some(particular(rest))
        complete = [name for name, score in scores.items() if score > COMPLETE]
        answers = _answers(complete, How.ALL_WORDS)
        found = _at(await _found(rest, answers), found.states, found.cities)
    return msgspec.structs.replace(
        found,
        matches=_similar(found.matches),
        facilities=None if found.facilities is None else _similar(found.facilities),
    )


def _similar(matches: dict[K, Match]) -> dict[K, Match]:
    return {key: Match(each.kind, each.text, How.SIMILAR) for key, each in matches.items()}


async def _near(words: list[str]) -> list[_Answer]:
    """Return the names that are like the words, and those that have the most telling of them."""
    some = await _with_some(words)
    spelled = {word: _as_named(word, some) for word in words}
    unknown = [word for word in words if not spelled[word]]
    scores: dict[Name, float] = {}
    if any(len(word) > SHORTEST_STEM for word in unknown):
        scores = dict(await names_like([spelled[word] or word for word in words]))
    if unknown and all(len(w) <= SHORTEST_STEM and w != s for w, s in spelled.items() if s):
        some = {}  # a short word has forms by chance, in one language or another
    names = list(some)
    for place in enough_words(list(some.values())):
        name = names[place]
        scores[name] = max(scores.get(name, 0.0), some[name])
    return [
        _Answer(name, How.SIMILAR, _SIMILAR_RANK + round((1 - score) * 20))
        for name, score in scores.items()
    ]


async def _with_some(words: list[str]) -> dict[Name, float]:
    """Return the names that have some of the words, with the share of the question they answer."""
    names: dict[Name, None] = {}
    for word in dict.fromkeys(words):
        beginnings = len(word) >= SHORTEST_STEM
        names |= dict.fromkeys(await names_with([stem(word)], beginnings=beginnings))
    having = {word: [name for name in names if has_form(name.folded, word)] for word in words}
    parts = shares({word: len({name.target for name in having[word]}) for word in having})
    scores: dict[Name, float] = {}
    for word, answering in having.items():
        for name in answering:
            scores[name] = scores.get(name, 0.0) + parts[word]
    return scores


def _as_named(word: str, names: Iterable[Name]) -> str:
    """Return the word as names have it, in its shortest form if not as it is; else nothing."""
    known = {each for name in names for each in name.folded.split() if same_word(word, each)}
    return min(known, key=lambda each: (each != word, len(each), each), default="")


def _at(found: Found, states: list[str], cities: list[tuple[str, str]]) -> Found:
    """Return the same in the states and cities that other words name."""
    return msgspec.structs.replace(found, states=states, cities=found.cities or cities)


async def _found(words: list[str], answers: list[_Answer]) -> Found:
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
    for code, specialty in await _treatments_of(list(by_specialty)):
        answer = by_specialty[specialty]
        if answer.rank + 1 < ranks.get(code, 1000):
            ranks[code] = answer.rank + 1
            matches[code] = Match("specialty", answer.name.text, How.SPECIALTY)
    if ranks:
        return Found(ranks=ranks, matches=matches)
    names = [answer.name for answer in answers]
    cities = [(name.state or "", name.target) for name in names if name.kind == "city"]
    if cities:
        return Found(cities=list(dict.fromkeys(cities)))
    facilities = {
        UUID(answer.name.target): Match("facility", answer.name.text, answer.how)
        for answer in answers
        if answer.name.kind == "facility"
    }
    return Found(facilities=facilities) if facilities else Found(nothing=True)


async def _treatments_of(specialties: list[str]) -> list[tuple[str, str]]:
    if not specialties:
        return []
    rows = await connection().fetch(
        "SELECT code, specialty_code FROM treatment WHERE specialty_code = ANY($1) ORDER BY code",
        specialties,
    )
    return [(row["code"], row["specialty_code"]) for row in rows]
