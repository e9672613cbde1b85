"""The dictionary as SQL: words by full-text indexes, typing errors by trigrams."""

from collections.abc import Sequence

from domain.db import connection
from domain.search.market import MOST_NAMES, City, Name
from domain.search.rules import near_enough, telling, weight

# Facilities that offer nothing, as imported registers are full of, answer no search for offers.
_OFFERING = " AND EXISTS (SELECT FROM offer o WHERE o.facility_id = n.facility_id AND o.active)"
_NAMES = (
    ("treatment", "treatment_name", "n.treatment_code", "NULL::text", ""),
    ("specialty", "specialty_name", "n.specialty_code", "NULL::text", ""),
    ("city", "place_name", "n.city_key", "n.jurisdiction", ""),
    ("facility", "facility_name", "n.facility_id::text", "NULL::text", _OFFERING),
)


class StoredNames:
    """The names as the tables have them now; its questions belong into an operation."""

    names_version: int | None = None

    async def names_with(self, words: Sequence[str], *, beginnings: bool) -> list[Name]:
        """Return the names that have every word, or for each a word that begins so."""
        return await _with_words(words, beginnings, _NAMES)

    async def known_words(self, words: Sequence[str]) -> set[str]:
        """Return those of the words that some name has."""
        some = " OR ".join(
            f"EXISTS (SELECT FROM {table} n"
            f" WHERE to_tsvector('simple', n.folded) @@ to_tsquery('simple', word){which})"
            for _, table, _, _, which in _NAMES
        )
        rows = await connection().fetch(
            f"SELECT word FROM unnest($1::text[]) word WHERE {some}", list(words)
        )
        return {row["word"] for row in rows}

    async def names_beginning(self, words: Sequence[str]) -> list[Name]:
        """Return some short names with words that begin so, but of no facility."""
        return await _with_words(words, True, _NAMES[:-1])

    async def names_like(self, words: Sequence[str]) -> list[tuple[Name, float]]:
        """Return names like the words, with a score from 0 to 1, the best first of each kind.

        Every word counts by its rarity, and the name as a whole a little.
        """
        counts, whole = await _names_with_word(words), " ".join(words)
        rows = await connection().fetch(
            "SELECT * FROM names_like($1, $2, $3, $4)",
            list(words), [weight(count) for count in counts], telling(words, counts), whole,
        )  # fmt: skip
        names = [(Name(*list(row)[:5]), row["score"]) for row in rows]
        least = near_enough(max((score for _, score in names), default=0.0))
        return [(name, score) for name, score in names if score >= least]

    async def cities_among(self, words: Sequence[str]) -> list[tuple[City, str]]:
        """Return the cities all of whose words are among these, with those words, longest first."""
        rows = await connection().fetch(
            "SELECT jurisdiction, city_key, folded FROM place_name"
            " WHERE to_tsvector('simple', folded) @@ to_tsquery('simple', $1)"
            " AND string_to_array(folded, ' ') <@ $2::text[]"
            " ORDER BY length(folded) DESC, jurisdiction, city_key LIMIT 50",
            " | ".join(words), list(words),
        )  # fmt: skip
        return [((row["jurisdiction"], row["city_key"]), row["folded"]) for row in rows]

    async def cities_called(self, folded: Sequence[str]) -> list[City]:
        """Return the cities that have one of these folded names."""
        rows = await connection().fetch(
            "SELECT DISTINCT jurisdiction, city_key FROM place_name WHERE folded = ANY($1)"
            " ORDER BY 1, 2",
            list(folded),
        )
        return [(row["jurisdiction"], row["city_key"]) for row in rows]

    async def treatments_of(self, specialties: Sequence[str]) -> list[tuple[str, str]]:
        """Return the treatments of specialties, each with its specialty."""
        rows = await connection().fetch(
            "SELECT code, specialty_code FROM treatment WHERE specialty_code = ANY($1)"
            " ORDER BY code",
            list(specialties),
        )
        return [(row["code"], row["specialty_code"]) for row in rows]


async def _with_words(
    words: Sequence[str], beginnings: bool, kinds: Sequence[tuple[str, str, str, str, str]]
) -> list[Name]:
    query = " & ".join(f"{word}:*" if beginnings else word for word in words)
    parts = " UNION ALL ".join(
        f"(SELECT '{kind}' AS kind, {target} AS target, {state} AS state, n.text, n.folded"
        f" FROM {table} n WHERE to_tsvector('simple', n.folded) @@ to_tsquery('simple', $1)"
        f"{which} ORDER BY length(n.folded), n.folded, n.id LIMIT {MOST_NAMES[kind]})"
        for kind, table, target, state, which in kinds
    )
    return [Name(*row) for row in await connection().fetch(parts, query)]


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
