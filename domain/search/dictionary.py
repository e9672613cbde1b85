"""From words in any script to treatments, facilities and cities: the dictionary of names.

Text never searches offers. It searches the names of treatments, specialties, facilities and
cities: for all words first, then for words that begin so, then for similar ones.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from domain.db import connection
from domain.search.places import take_states
from domain.search.rules import near_enough, telling, weight
from domain.search.types import How, Match
from domain.text import fold_words

MAX_WORDS = 10
MAX_WORD = 40
_RANKS = {How.EXACT_NAME: 0, How.ALL_WORDS: 1, How.SPECIALTY: 2, How.WORD_BEGINNINGS: 3}
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
        list(words), [weight(count) for count in counts],
        list(dict.fromkeys([*telling(words, counts), whole])), whole,
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
    """Return the cities (state, key) all of whose words are among these, and the other words."""
    rows = await connection().fetch(
        "SELECT jurisdiction, city_key, folded FROM place_name"
        " WHERE to_tsvector('simple', folded) @@ to_tsquery('simple', $1)"
        " AND string_to_array(folded, ' ') <@ $2::text[]"
        " ORDER BY length(folded) DESC, jurisdiction, city_key LIMIT 50",
        " | ".join(words), words,
    )  # fmt: skip
    longest = max((len(row["folded"]) for row in rows), default=0)
    rows = [row for row in rows if len(row["folded"]) == longest]
    taken = {word for row in rows for word in row["folded"].split()}
    cities = dict.fromkeys((row["jurisdiction"], row["city_key"]) for row in rows)
    return list(cities), [word for word in words if word not in taken]


async def understand(text: str) -> Found:
    """Return what a question's words mean: treatments, else a city or state, else facilities."""
    words = words_of(text)
    if not words:
        return Found(nothing=True)
    whole = await names_with(words, beginnings=False)
    if any(name.kind != "facility" for name in whole):
        return await _found(words, whole, How.ALL_WORDS)
    states, rest = take_states(words)
    cities: list[tuple[str, str]] = []
    if rest:
        cities, rest = await take_cities(rest)
    if not rest:
        return Found(cities=cities, states=states)
    names = await names_with(rest, beginnings=False) if len(rest) < len(words) else whole
    if whole and all(name.kind == "facility" for name in names):
        return await _found(words, whole, How.ALL_WORDS)
    found = Found(nothing=True)
    if names:
        found = await _found(rest, names, How.ALL_WORDS)
    elif names := await names_with(rest, beginnings=True):
        found = await _found(rest, names, How.WORD_BEGINNINGS)
    elif like := await names_like(rest):
        found = await _found(rest, [name for name, _ in like], How.SIMILAR, dict(like))
    if not found.cities:
        found = msgspec.structs.replace(found, cities=cities)
    return msgspec.structs.replace(found, states=states)


async def _found(
    words: list[str], names: list[Name], how: How, scores: dict[Name, float] | None = None
) -> Found:
    """Return what the names mean: treatments before cities before facilities."""
    asked, known = " ".join(words), scores or {}
    ranks: dict[str, int] = {}
    matches: dict[str, Match] = {}
    base = _RANKS.get(how, _SIMILAR_RANK)
    for name in names:
        if name.kind != "treatment":
            continue
        way, rank = how, base + round((1 - known.get(name, 1.0)) * 20)
        if name.folded == asked:
            way, rank = How.EXACT_NAME, _RANKS[How.EXACT_NAME]
        if rank < ranks.get(name.target, 1000):
            ranks[name.target] = rank
            matches[name.target] = Match("treatment", name.text, way)
    by_specialty = {name.target: name.text for name in names if name.kind == "specialty"}
    for code, specialty in await _treatments_of(list(by_specialty)):
        if code not in ranks:
            ranks[code] = max(_RANKS[How.SPECIALTY], base)
            matches[code] = Match("specialty", by_specialty[specialty], How.SPECIALTY)
    if ranks:
        return Found(ranks=ranks, matches=matches)
    cities = [(name.state or "", name.target) for name in names if name.kind == "city"]
    if cities:
        return Found(cities=list(dict.fromkeys(cities)))
    facilities = {
        UUID(name.target): Match("facility", name.text, how)
        for name in names
        if name.kind == "facility"
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
