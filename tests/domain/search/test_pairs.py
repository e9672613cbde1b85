"""What people really type, in every language and script, and the treatments that they mean.

A pair holds when the treatment (or the whole specialty, written @code) is among the first three
ranks with at most eight treatments at its rank or before it, and when the place is understood too.
Nonsense finds no place, and no more than names that are called similar.
"""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor
from domain.catalogue.reference import load_reference
from domain.db import connection, transactional
from domain.jurisdictions import LANGUAGES
from domain.search.dictionary import Found, understand
from domain.search.index.feed import FEED
from domain.search.queries import StoredMarket
from domain.search.types import How
from domain.text import fold
from tests.factories import directory

pytestmark = pytest.mark.usefixtures("catalogue", "houses")

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

TOO_FAR = {"каланаскопия", "маммагрофия", "гемадиалис"}
"""Spelled with so many wrong vowels that no three letters in a row are left to know them by."""

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
HOUSES = {
    "Güneş Göz Merkezi": "İstanbul",
    "Anadolu Diş Kliniği": "İstanbul",
    "Marmara Kalp Hastanesi": "Ankara",
    "Almaty Eye Clinic": "Almaty",
    "Сункар Стоматология": "Astana",
    "Ала-Тоо көз клиникасы": "Бишкек",
    "Shifo Nur klinikasi": "Toshkent",
    "Xəzər Diş Mərkəzi": "Bakı",
    "Duna Fogászat": "Budapest",
}
"""Their names have the words of treatments too, and must not stand in front of them."""


@pytest.fixture(scope="module")
async def houses(app: object) -> AsyncIterator[None]:
    """Facilities in the cities that are asked for, some of them with an offer."""
    await load_reference(SYSTEM)
    for city, (state, names) in CITIES.items():
        await directory.facility(state, city=city, city_names=names)
    offers = []
    for name, city in HOUSES.items():
        state, names = CITIES[city]
        made = await directory.licensed(state, name=name, city=city, city_names=names)
        offers.append((await directory.offer(made.id)).id)

    @transactional
    async def close(actor: Actor) -> None:
        await connection().execute("UPDATE offer SET active = false WHERE id = ANY($1)", offers)

    yield
    await close(SYSTEM)


@transactional
async def understood(actor: Actor, pairs: list[Pair]) -> list[Found]:
    names = FEED.market() or StoredMarket()
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
        # Another test may have put a city of this name into another state too.
        keys = {key for _, key in found.cities}
        return (state, fold(city)) in found.cities and keys == {fold(city)} and not found.states
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
async def test_people_find_what_they_mean(kind: str) -> None:
    named, pairs = await treatments(SYSTEM), [pair for pair in PAIRS if pair.kind == kind]
    found = await understood(ANONYMOUS, pairs)
    missed = [
        (pair.query, answer.ranks)
        for pair, answer in zip(pairs, found, strict=True)
        if not holds(pair, answer, named) and pair.query not in TOO_FAR
    ]
    assert missed == []


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


async def test_what_was_typed_on_other_keys_is_called_no_more_than_similar() -> None:
    found = await understood(ANONYMOUS, [pair for pair in PAIRS if pair.kind == "layout"])
    assert {match.how for each in found for match in each.matches.values()} == {How.SIMILAR}
