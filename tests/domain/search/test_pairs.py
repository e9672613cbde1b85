"""What people really type, in every language and script, and the treatments that they mean.

A pair holds when the treatment (or the whole specialty, written @code) is among the first three
ranks with at most eight treatments at its rank or before it, and when the place is understood too.
Nonsense finds no place, and no more than names that are called similar.
"""

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.actor import SYSTEM, Actor
from domain.catalogue.reference import load_reference
from domain.db import connection, transactional
from domain.jurisdictions import LANGUAGES
from domain.search.dictionary import Found, understand
from domain.search.index import queries as index
from domain.search.index.columns import Book
from domain.search.index.directory import Directory
from domain.search.types import Facet, How
from domain.text import fold

pytestmark = pytest.mark.usefixtures("catalogue")

FIRST_RANKS, AT_MOST = 3, 8


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question and what it means; `where` is a state or a state and a city."""

    query: str
    expected: list[str]
    language: str
    kind: str
    where: str | None = None


PAIRS = msgspec.json.decode((Path(__file__).parent / "pairs.json").read_bytes(), type=list[Pair])
KINDS = Counter(pair.kind for pair in PAIRS)

TOO_FAR = {"bademşe bezderın alu"}
"""The known miss: two errors in one word and one in another."""


CITIES = {
    "İstanbul": ("TR", {"ru": "Стамбул", "uz-Cyrl": "Истанбул", "hu": "Isztambul"}),
    "Ankara": ("TR", {"ru": "Анкара"}),
    "Almaty": ("KZ", {"kk": "Алматы", "ru": "Алматы"}),
    "Astana": ("KZ", {"kk": "Астана", "ru": "Астана"}),
    "Бишкек": ("KG", {"en": "Bishkek", "ky": "Бишкек"}),
    "Toshkent": ("UZ", {"en": "Tashkent", "ru": "Ташкент", "uz-Cyrl": "Тошкент"}),
    "Samarqand": ("UZ", {"en": "Samarkand", "uz-Cyrl": "Самарқанд"}),
    "Bakı": ("AZ", {"en": "Baku", "tr": "Bakü", "ru": "Баку"}),
    "Aşgabat": ("TM", {"en": "Ashgabat", "ru": "Ашхабад"}),
    "Budapest": ("HU", {"ru": "Будапешт"}),
}  # fmt: skip
HOUSES = (
    "Güneş Göz Merkezi",
    "Anadolu Diş Kliniği",
    "Marmara Kalp Hastanesi",
    "Almaty Eye Clinic",
    "Сункар Стоматология",
    "Ала-Тоо көз клиникасы",
    "Shifo Nur klinikasi",
    "Xəzər Diş Mərkəzi",
    "Duna Fogászat",
)
"""Their names have the words of treatments too, and must not stand in front of them."""


@pytest.fixture(scope="module")
async def names(app: object) -> Directory:
    """The catalogue with these cities and houses and no others: real cities have more meanings.

    Van is a city and a Hungarian verb, and there is a Taşkent in Konya.
    """
    await load_reference(SYSTEM)
    known = Directory(Book())
    for kind, code, specialty, labels, texts, folded in await catalogue_rows(SYSTEM):
        known.label(Facet(kind), code, specialty, labels, texts or [], folded or [])
    for city, (state, called) in CITIES.items():
        texts = [city, *called.values()]
        known.locate((state, fold(city)), texts, [fold(text) for text in texts], None)
    for number, name in enumerate(HOUSES):
        known.name(("facility", str(UUID(int=number)), None), [name], [fold(name)])
    return known


@transactional
async def catalogue_rows(actor: Actor) -> list[Any]:
    return await index.catalogue()


async def understood(pairs: list[Pair], names: Directory) -> list[Found]:
    return [await understand(pair.query, names) for pair in pairs]


@transactional
async def treatments(actor: Actor) -> dict[str, list[str]]:
    """What may be expected: treatments by their own code, and by that of their specialty."""
    rows = await connection().fetch("SELECT code, specialty_code FROM treatment")
    named = {row["code"]: [row["code"]] for row in rows}
    for row in rows:
        named.setdefault(f"@{row['specialty_code']}", []).append(row["code"])
    return named


def in_place(pair: Pair, found: Found) -> bool:
    state, _, city = (pair.where or "").partition("/")
    if city:
        return found.cities == [(state, fold(city))] and not found.states
    return found.states == [state] * bool(state) and not found.cities


def among_the_first(wanted: list[str], ranks: dict[str, int]) -> bool:
    if not all(code in ranks for code in wanted):
        return False
    last = max(ranks[code] for code in wanted)
    before = [code for code, rank in ranks.items() if rank <= last and code not in wanted[1:]]
    return last in sorted(set(ranks.values()))[:FIRST_RANKS] and len(before) <= AT_MOST


def holds(pair: Pair, found: Found, named: dict[str, list[str]]) -> bool:
    if pair.kind == "nonsense":
        hows = {
            match.how for match in (*found.matches.values(), *(found.facilities or {}).values())
        }
        return in_place(pair, found) and hows <= {How.SIMILAR}
    ranks = found.ranks or {}
    return in_place(pair, found) and any(
        among_the_first(named[each], ranks) for each in pair.expected
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_people_find_what_they_mean(kind: str, names: Directory) -> None:
    named, pairs = await treatments(SYSTEM), [pair for pair in PAIRS if pair.kind == kind]
    found = await understood(pairs, names)
    missed = {
        pair.query: answer.ranks
        for pair, answer in zip(pairs, found, strict=True)
        if not holds(pair, answer, named)
    }
    known = {pair.query for pair in pairs} & TOO_FAR
    assert known <= {*missed}, "no miss any more"
    assert {query: missed[query] for query in {*missed} - known} == {}


async def test_a_question_means_something_else_once_a_name_has_changed(names: Directory) -> None:
    house = UUID(int=99)

    async def found() -> bool:
        return house in ((await understand("zmeyka", names)).facilities or {})

    assert not await found()
    names.name(("facility", str(house), None), ["Zmeyka"], ["zmeyka"])
    assert await found()
    names.name(("facility", str(house), None), ["Kelebek"], ["kelebek"])
    assert not await found()


async def test_the_pairs_are_many_and_of_every_kind_and_language() -> None:
    named = await treatments(SYSTEM)
    assert [each for pair in PAIRS for each in pair.expected if each not in named] == []
    assert [pair for pair in PAIRS if bool(pair.expected) is (pair.kind == "nonsense")] == []
    natural = Counter(
        pair.language for pair in PAIRS if pair.kind not in {"typo", "layout", "nonsense"}
    )
    assert set(natural) == set(LANGUAGES)
    assert min(natural.values()) >= 25
    assert KINDS["typo"] >= 80
    assert KINDS["layout"] >= 40
    assert KINDS["nonsense"] >= 20


async def test_what_was_typed_on_other_keys_is_called_no_more_than_similar(
    names: Directory,
) -> None:
    found = await understood([pair for pair in PAIRS if pair.kind == "layout"], names)
    assert {match.how for each in found for match in each.matches.values()} == {How.SIMILAR}
