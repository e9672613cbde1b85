"""Searching: every script finds the same treatment, errors are forgiven, pages are exact."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor
from domain.catalogue.errors import UnknownSpecialty, UnknownTreatment
from domain.catalogue.types import Inclusion, OfferMode
from domain.credentials.types import CredentialKind
from domain.cursor import CursorInvalid
from domain.db import connection, transactional
from domain.jurisdictions import UnknownJurisdiction
from domain.languages import UnknownLanguage
from domain.money import Currency
from domain.search import service
from domain.search.dictionary import Found, understand
from domain.search.errors import PricesCrossed
from domain.search.places import take_states
from domain.search.types import Facet, How, OfferPage, OfferQuery, Sort
from domain.text import fold_words
from tests.factories import directory

pytestmark = pytest.mark.usefixtures("catalogue", "market")
TREATMENT = "cochlear-implant"


@pytest.fixture(scope="module")
async def market(app: object) -> AsyncIterator[dict[str, list[UUID]]]:
    """Facilities in three states with offers of one treatment at rising prices."""
    from domain.catalogue.reference import load_reference

    await load_reference(SYSTEM)
    others = await rest(SYSTEM)
    made: dict[str, list[UUID]] = {}
    places = {
        "KZ": ("Qaraghandy", {"kk": "Қарағанды", "ru": "Караганда", "en": "Karaganda"}),
        "UZ": ("Namangan", {"ru": "Наманган", "uz-Cyrl": "Наманган"}),
        "KG": ("Karakol", {"ru": "Каракол"}),
    }
    for number, (state, (city, names)) in enumerate(places.items()):
        facility = await directory.licensed(state, city=city, city_names=names)
        if state == "KZ":
            await directory.credential(facility.id, "KZ", CredentialKind.QUALITY_ACCREDITATION)
        made[state] = [
            (
                await directory.offer(
                    facility.id,
                    TREATMENT,
                    50_000 + 10_000 * step + 1_000 * number,
                    currency=Currency.USD if step % 2 else Currency.EUR,
                    mode=OfferMode.INSTANT if step % 3 else OfferMode.ON_REQUEST,
                    inclusions=[Inclusion.TRANSFER] if step == 1 else [Inclusion.INTERPRETER],
                    languages=["ru", "kk"] if state == "KZ" else ["ru"],
                )
            ).id
            for step in range(4)
        ]
    unlisted = await directory.facility("KZ", city="Qaraghandy")
    made["unlisted"] = [(await directory.offer(unlisted.id, TREATMENT, 1_000)).id]
    yield made
    await wake(SYSTEM, others)


@transactional
async def rest(actor: Actor) -> list[UUID]:
    """Let the offers of other tests rest, so that counts are of this market alone."""
    rows = await connection().fetch("UPDATE offer SET active = false WHERE active RETURNING id")
    return [row["id"] for row in rows]


@transactional
async def wake(actor: Actor, offers: list[UUID]) -> None:
    """Bring them back."""
    await connection().execute("UPDATE offer SET active = true WHERE id = ANY($1)", offers)


async def search(**query: Any) -> OfferPage:
    return await service.search_offers(ANONYMOUS, OfferQuery(**query))


async def mine(**query: Any) -> OfferPage:
    return await search(treatment=(TREATMENT,), **query)


@transactional
async def names(actor: Actor) -> list[Any]:
    return list(
        await connection().fetch(
            "SELECT treatment_code, language, text FROM treatment_name ORDER BY id"
        )
    )


@transactional
async def found(actor: Actor, text: str) -> Found:
    return await understand(text)


async def meaning(actor: Actor, text: str) -> dict[str, int]:
    return (await found(actor, text)).ranks or {}


async def test_every_name_in_every_script_finds_its_treatment() -> None:
    missed = []
    for row in await names(SYSTEM):
        ranks = await meaning(SYSTEM, row["text"])
        if ranks.get(row["treatment_code"]) != 0:
            missed.append((row["language"], row["text"]))
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "cochlear implant", "Cochlear-Implant", "koklear implant", "КОХЛЕАРНАЯ ИМПЛАНТАЦИЯ",
        "кохлеарная имплантация", "kohlear implantasiya", "кохлеарлық имплантация",
    ],
)  # fmt: skip
async def test_spellings_of_one_treatment_find_the_same_offers(text: str) -> None:
    page = await search(q=text, limit=100)
    assert page.items[0].treatment.code == TREATMENT
    assert page.items[0].why.matched is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("koclear implnt", TREATMENT),
        ("hip replacment", "hip-replacement"),
        ("diş implamtı", "dental-implant"),
        ("дис имплантаты", "dental-implant"),
        ("катаркта", "cataract-surgery"),
        ("kolonoskpi", "colonoscopy"),
        ("knee replacement surgery in", "knee-replacement"),
        ("tistimplantati", "dental-implant"),
    ],
)
async def test_typing_errors_are_forgiven(text: str, code: str) -> None:
    ranks = await meaning(SYSTEM, text)
    assert ranks[code] == min(ranks.values())


async def test_words_may_name_a_specialty_a_city_or_a_state_too(
    market: dict[str, list[UUID]],
) -> None:
    assert (await search(q="Караганда")).total >= 4
    assert {item.facility.state for item in (await search(q="Қазақстан")).items} == {"KZ"}
    both = await search(q="кохлеарная имплантация Namangan", limit=100)
    assert [item.id for item in both.items] == market["UZ"]
    state = await search(q="cochlear implant Kyrgyzstan", limit=100)
    assert {item.id for item in state.items} == set(market["KG"])
    page = await search(q="Отоларингология", treatment=(TREATMENT,))
    assert page.items[0].why.matched is not None
    assert page.items[0].why.matched.how is How.SPECIALTY


async def test_a_facility_is_found_by_its_name_and_hides_no_place() -> None:
    made = await directory.licensed("TM", name="Ashgabat Diş Merkezi Yulduz", city="Ashgabat")
    only = await directory.offer(made.id, "dental-crown")
    await directory.facility("KZ", name="Hospital of the Republic of Kazakhstan")
    page = await search(q="yulduz merkezi")
    assert [item.id for item in page.items] == [only.id]
    assert page.items[0].why.matched is not None
    assert page.items[0].why.matched.kind == "facility"
    assert {item.facility.state for item in (await search(q="Kazakhstan")).items} == {"KZ"}
    dental = await search(q="diş implantı Ashgabat", limit=100)
    assert all(item.treatment.code == "dental-implant" for item in dental.items)


async def test_a_facility_keeps_its_name_though_half_of_it_says_nothing() -> None:
    made = await directory.licensed("KZ", name="Karaganda Ear Clinic", city="Qaraghandy")
    only = await directory.offer(made.id, "stapedectomy")
    page = await search(q="Karaganda Ear Clinic")
    assert [item.id for item in page.items] == [only.id]


async def test_a_word_of_a_treatment_is_no_city_with_an_ending() -> None:
    await directory.facility("TR", city="Kars")
    assert (await found(SYSTEM, "koklear implant Kars'ta")).cities == [("TR", "kars")]
    against = await found(SYSTEM, "terlemeye karşı iğne")
    assert not against.cities
    assert against.ranks is not None
    assert "hyperhidrosis-botulinum-toxin" in against.ranks


def test_states_are_known_by_their_names_in_all_languages() -> None:
    for text, code in (
        ("Türkiye", "TR"), ("Turkey", "TR"), ("Түркия", "TR"), ("Magyarország", "HU"),
        ("Ўзбекистон", "UZ"), ("Qazaqstan", "KZ"), ("Kuzey Kıbrıs", "XN"),
    ):  # fmt: skip
        assert take_states(fold_words(f"diş {text}")) == ([code], ["dis"])
    for text in ("в Турции", "Türkiyede", "Туркияда", "Törökországban", "Túrkiyedan"):
        assert take_states(fold_words(text))[0] == ["TR"]
    assert take_states(fold_words("turist")) == ([], ["turist"])
    assert take_states([]) == ([], [])


async def test_only_listed_offers_in_the_order_of_price(market: dict[str, list[UUID]]) -> None:
    page = await mine(limit=100)
    assert page.total == len(page.items) == 12
    assert page.next is None
    prices = [item.price_compared.amount for item in page.items]
    assert prices == sorted(prices)
    assert market["unlisted"][0] not in {item.id for item in page.items}
    assert {item.accredited for item in page.items if item.facility.state == "KZ"} == {True}
    assert {item.accredited for item in page.items if item.facility.state != "KZ"} == {False}
    assert not any(item.demo or item.facility.demo for item in page.items)


@pytest.mark.parametrize("query", [{}, {"q": "cochlear implant"}, {"sort": Sort.PRICE}])
async def test_pages_neither_repeat_nor_lose(query: dict[str, Any]) -> None:
    whole = [item.id for item in (await mine(limit=100, **query)).items]
    seen, cursor = [], None
    while True:
        page = await mine(limit=5, cursor=cursor, **query)
        assert page.total == 12
        seen += [item.id for item in page.items]
        if (cursor := page.next) is None:
            break
    assert seen == whole


async def test_pages_over_several_ranks_neither_repeat_nor_lose() -> None:
    for text in ("implant", "имплант", "implnt"):
        whole = [item.id for item in (await search(q=text, limit=100)).items]
        seen, cursor = [], None
        while True:
            page = await search(q=text, limit=3, cursor=cursor)
            seen += [item.id for item in page.items]
            if (cursor := page.next) is None:
                break
        assert seen[:100] == whole
        assert len(seen) == len(set(seen)) == page.total


async def test_a_cursor_belongs_to_its_question() -> None:
    cursor = (await mine(limit=2)).next
    assert cursor is not None
    assert (await mine(limit=7, cursor=cursor, facets=(Facet.STATE,))).items
    for other in ({"state": ("KZ",)}, {"sort": Sort.PRICE}, {"currency": Currency.USD}):
        with pytest.raises(CursorInvalid):
            await mine(cursor=cursor, **other)
    for broken in ("", "x", "!", "é", cursor[:-3], "A" * 500):
        if broken:
            with pytest.raises(CursorInvalid):
                await mine(cursor=broken)


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ({"state": ("KZ",)}, 4),
        ({"state": ("KZ", "KG")}, 8),
        ({"city": ("Караганда",)}, 4),
        ({"city": ("namangan", "Karakol")}, 8),
        ({"city": ("Atlantis",)}, 0),
        ({"specialty": ("otolaryngology",)}, 12),
        ({"specialty": ("dentistry",)}, 0),
        ({"mode": (OfferMode.ON_REQUEST,)}, 6),
        ({"language": ("kk",)}, 4),
        ({"language": ("kk", "ru")}, 12),
        ({"inclusion": (Inclusion.TRANSFER,)}, 3),
        ({"credential": (CredentialKind.QUALITY_ACCREDITATION,)}, 4),
        ({"price_max": 50_000}, 1),
        ({"price_min": 50_000, "price_max": 52_000}, 3),
        ({"price_min": 60_000, "price_max": 60_000, "currency": Currency.USD}, 1),
    ],
)
async def test_filters_count_exactly(query: dict[str, Any], total: int) -> None:
    page = await mine(limit=100, **query)
    assert (page.total, len(page.items)) == (total, total)
    assert (page.nothing_found is None) == (total > 0)


async def test_facets_leave_their_own_filter_out() -> None:
    page = await mine(state=("KZ",), mode=(OfferMode.ON_REQUEST,), facets=tuple(Facet), lang="ru")
    counts = {
        name: {count.value: count.count for count in values} for name, values in page.facets.items()
    }
    assert counts["state"] == {"KZ": 2, "UZ": 2, "KG": 2}
    assert counts["mode"] == {"instant": 2, "on_request": 2}
    assert counts["city"] == {"Qaraghandy": 2}
    assert counts["language"] == {"kk": 2, "ru": 2}
    assert counts["inclusion"] == {"interpreter": 2}
    assert counts["credential"] == {"licence": 2, "quality_accreditation": 2}
    assert counts["specialty"] == {"otolaryngology": 2}
    labels = {count.value: count.label for count in page.facets["city"]}
    assert labels == {"Qaraghandy": "Караганда"}
    assert (await mine()).facets == {}
    found = await mine(city=tuple(counts["city"]))
    assert found.total == 4


async def test_prices_are_compared_in_the_currency_that_was_asked_for() -> None:
    page = await mine(currency=Currency.KZT, limit=1)
    compared = page.items[0].price_compared
    assert (compared.currency, compared.rate_set) == (Currency.KZT, "reference-2026-09-29")
    assert compared.amount == round(page.items[0].price.amount * 501.27353544)
    assert page.rate_set == "reference-2026-09-29"


async def test_nothing_found_says_why_and_what_is_near() -> None:
    nothing = (await mine(state=("KZ",), inclusion=(Inclusion.NIGHTS,))).nothing_found
    assert nothing is not None
    assert nothing.reason == "filters_exclude_all"
    assert {each.filter: each.total for each in nothing.without} == {"inclusion": 4}
    for text in ("zzzzqqqq", "...", "日本語", "\0", ""):
        page = await search(q=text)
        assert page.nothing_found is not None
        assert page.nothing_found.reason == "no_such_name"
        assert page.items == []


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"state": ("DE",)}, UnknownJurisdiction),
        ({"specialty": ("alchemy",)}, UnknownSpecialty),
        ({"treatment": ("time-travel",)}, UnknownTreatment),
        ({"language": ("de",)}, UnknownLanguage),
        ({"lang": "de"}, UnknownLanguage),
        ({"price_min": 2, "price_max": 1}, PricesCrossed),
    ],
)
async def test_values_that_do_not_exist_are_refused(
    query: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await search(**query)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5000, "a " * 3000, "'; DROP TABLE offer; --", "a & b | !c:*", "((((", "\ud800",
        "🦷 имплант", "İıIi", "%_%", "\\", "ﷺ" * 100, "1e400", "3d-печать",
    ],
)  # fmt: skip
async def test_hostile_words_are_only_words(text: str) -> None:
    page = await search(q=text)
    assert page.total >= 0
    assert await service.suggest(ANONYMOUS, text)


async def test_suggestions_begin_like_the_words_and_speak_the_language() -> None:
    found = (await service.suggest(ANONYMOUS, "кохле", "tr")).items
    assert found[0].kind == "treatment"
    assert found[0].value == TREATMENT
    assert found[0].label.startswith("Koklear")
    cities = (await service.suggest(ANONYMOUS, "караг", "kk")).items
    assert ("city", "Qaraghandy", "Қарағанды", "KZ") in [
        (item.kind, item.value, item.label, item.state) for item in cities
    ]
    assert (await service.suggest(ANONYMOUS, "")).items == []
    assert len((await service.suggest(ANONYMOUS, "a")).items) <= 10


async def test_the_states_are_named_in_every_language() -> None:
    for language in ("en", "kk", "kk-Latn", "uz-Cyrl", "tk", "hu"):
        states = await service.list_states(ANONYMOUS, language)
        assert [state.code for state in states][:5] == ["AZ", "KZ", "KG", "TR", "UZ"]
        assert all(len(state.name) > 2 for state in states)
    latin = {s.code: s.name for s in await service.list_states(ANONYMOUS, "kk-Latn")}
    assert latin["KZ"] == "Qazaqstan"
    with pytest.raises(UnknownLanguage):
        await service.list_states(ANONYMOUS, "de")
