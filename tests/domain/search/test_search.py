"""Searching: every script finds the same treatment, errors are forgiven, pages are exact."""

import random
from asyncio import sleep
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor
from domain.catalogue.errors import UnknownSpecialty, UnknownTreatment
from domain.catalogue.types import Inclusion, OfferMode
from domain.credentials.types import CredentialKind
from domain.cursor import CursorInvalid, make_cursor
from domain.db import connection, transactional
from domain.jurisdictions import UnknownJurisdiction
from domain.languages import UnknownLanguage
from domain.money import Currency
from domain.search import service
from domain.search.dictionary import Found, understand
from domain.search.errors import DatesCrossed, NearNeeded, PricesCrossed, UnusableDistance
from domain.search.index.feed import FEED
from domain.search.places import take_states
from domain.search.queries import StoredMarket
from domain.search.types import Facet, How, OfferPage, OfferQuery, Point, Sort
from domain.text import fold_words
from tests.factories import directory

pytestmark = pytest.mark.usefixtures("catalogue", "market")
TREATMENT = "cochlear-implant"
PLACES = {"KZ": (49.8, 73.1), "UZ": (41.0, 71.67), "KG": (None, None)}


@pytest.fixture(params=["tables", "index"], autouse=True)
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where answers come from: every test is asked of the tables and of the index."""
    if request.param == "tables":
        monkeypatch.setattr(FEED, "market", lambda: None)
        monkeypatch.setattr(FEED, "catch_up", partial(sleep, 0))
    return str(request.param)


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
        await settle(SYSTEM, facility.id, *PLACES[state])
    await know(SYSTEM, made["KZ"], [5, 1, None, 40], [455, 480, None, 300])
    await know(SYSTEM, made["KG"], [5, 80, 5, None], [455, 455, 100, None])
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


@transactional
async def settle(
    actor: Actor, facility_id: UUID, latitude: float | None, longitude: float | None
) -> None:
    """Put a facility on the map, or take it off."""
    await connection().execute(
        "UPDATE facility SET latitude = $2, longitude = $3,"
        " position_of = CASE WHEN $2::float8 IS NOT NULL THEN 'site' END WHERE id = $1",
        facility_id, latitude, longitude,
    )  # fmt: skip


@transactional
async def know(
    actor: Actor, offers: list[UUID], days: list[int | None], ratings: list[int | None]
) -> None:
    """Say when offers are first free and how they are rated, as other rooms will."""
    await connection().executemany(
        "UPDATE offer SET earliest_at = date_trunc('hour', now()) + $2 * interval '1 day',"
        " rating = $3 WHERE id = $1",
        list(zip(offers, days, ratings, strict=True)),
    )


async def search(**query: Any) -> OfferPage:
    await FEED.catch_up()
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
async def _understood(actor: Actor, text: str) -> Found:
    return await understand(text, FEED.market() or StoredMarket())


async def found(actor: Actor, text: str) -> Found:
    await FEED.catch_up()
    return await _understood(actor, text)


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


async def test_nearly_every_name_is_found_with_one_wrong_letter(source: str) -> None:
    draw, found = random.Random(4), 0
    some = [row for row in await names(SYSTEM) if len(row["text"]) > 4][::6]
    for row in some:
        text, at = row["text"], draw.randrange(len(row["text"]))
        wrong = draw.choice(
            [text[:at] + text[at + 1 :], text[:at] + draw.choice(text) + text[at:],
             text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]]
        )  # fmt: skip
        ranks = await meaning(SYSTEM, wrong)
        found += row["treatment_code"] in sorted(ranks, key=ranks.__getitem__)[:8]
    assert found > 0.95 * len(some), (found, len(some))


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


async def test_a_facility_is_found_by_its_name_and_hides_no_place(source: str) -> None:
    name = f"Ashgabat Diş Merkezi Yulduz {source}"
    made = await directory.licensed("TM", name=name, city="Ashgabat")
    only = await directory.offer(made.id, "dental-crown")
    await directory.facility("KZ", name="Hospital of the Republic of Kazakhstan")
    page = await search(q=f"yulduz merkezi {source}")
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
    assert only.id in [item.id for item in page.items]
    assert {item.facility.name for item in page.items} == {"Karaganda Ear Clinic"}


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


@pytest.mark.parametrize(
    "query",
    [
        {}, {"q": "cochlear implant"}, {"sort": Sort.PRICE}, {"sort": Sort.EARLIEST},
        {"sort": Sort.RATING}, {"sort": Sort.DISTANCE, "near": Point(43.2, 76.9)},
        {"q": "cochlear implant", "sort": Sort.RATING, "near": Point(43.2, 76.9)},
    ],
)  # fmt: skip
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


async def test_a_cursor_belongs_to_its_question(market: dict[str, list[UUID]]) -> None:
    cursor = (await mine(limit=2)).next
    assert cursor is not None
    assert (await mine(limit=7, cursor=cursor, facets=(Facet.STATE,))).items
    for other in (
        {"state": ("KZ",)}, {"sort": Sort.PRICE}, {"currency": Currency.USD},
        {"sort": Sort.EARLIEST}, {"near": Point(1, 2)}, {"available_to": date(2999, 1, 1)},
    ):  # fmt: skip
        with pytest.raises(CursorInvalid):
            await mine(cursor=cursor, **other)
    question = OfferQuery(treatment=(TREATMENT,)), "reference-2026-09-29"
    asked = (msgspec.structs.replace(question[0], limit=0), question[1])
    forged = [
        make_cursor(asked, position)
        for position in (
            (10**30, 1, market["KZ"][0]), (1, -(10**30), market["KZ"][0]), (1, 2), (1, 2, "x"), {},
            ("0", 1, market["KZ"][0]), (1.5, 1, market["KZ"][0]), None, [],
        )
    ]  # fmt: skip
    assert (await mine(cursor=make_cursor(asked, (0, 0, market["KZ"][0])))).total == 12
    for broken in ("", "x", "!", "é", cursor[:-3], "A" * 500, *forged):
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


def shown(page: OfferPage, name: str) -> list[Any]:
    return [getattr(item, name) for item in page.items]


async def test_what_is_free_first_comes_first_and_what_is_not_known_last() -> None:
    page = await mine(sort=Sort.EARLIEST, limit=100)
    known = [at for at in shown(page, "earliest_at") if at is not None]
    assert len(known) == 6
    assert shown(page, "earliest_at") == [*sorted(known), *[None] * 6]
    assert page.items[0].why.order == ["earliest", "price", "id"]
    tied = [item.price_compared.amount for item in page.items[1:4]]
    assert tied == sorted(tied)


async def test_the_best_rated_come_first_and_the_unrated_last_never_as_zero() -> None:
    page = await mine(sort=Sort.RATING, limit=100)
    assert shown(page, "rating")[:6] == [4.8, 4.55, 4.55, 4.55, 3.0, 1.0]
    assert set(shown(page, "rating")[6:]) == {None}


async def test_distances_are_measured_from_a_place_and_unknown_places_come_last() -> None:
    page = await mine(sort=Sort.DISTANCE, near=Point(43.24, 76.89), limit=100)
    assert [item.facility.state for item in page.items] == ["UZ"] * 4 + ["KZ"] * 4 + ["KG"] * 4
    assert shown(page, "distance_km")[::4] == [497.3, 784.7, None]
    near = await mine(near=Point(43.24, 76.89), within_km=600, facets=(Facet.STATE,))
    assert (near.total, near.facets["state"][0].value) == (4, "UZ")
    assert (await mine(near=Point(43.24, 76.89), within_km=1)).total == 0
    assert set(shown(await mine(), "distance_km")) == {None}


@pytest.mark.parametrize(
    ("ahead", "total"), [((None, None), 12), ((0, 7), 4), ((2, 7), 3), ((41, None), 1), ((8, 9), 0)]
)
async def test_days_filter_by_the_first_free_time(
    ahead: tuple[int | None, int | None], total: int
) -> None:
    today = datetime.now(UTC).date()
    first, last = (None if n is None else today + timedelta(days=n) for n in ahead)
    assert (await mine(available_from=first, available_to=last)).total == total


@pytest.mark.parametrize("currency", [None, Currency.USD, Currency.KZT, Currency.UZS])
async def test_whatever_a_facet_counts_is_found_when_it_is_chosen(
    currency: Currency | None,
) -> None:
    facets = (Facet.PRICE, Facet.EARLIEST)
    page = await mine(currency=currency, price_min=1, price_max=2, facets=facets)
    assert sum(count.count for count in page.facets["price"]) == 12
    for count in page.facets["price"]:
        low, _, high = count.value.partition("-")
        most = int(high) if high else None
        chosen = await mine(currency=currency, price_min=int(low), price_max=most)
        assert chosen.total == count.count
        assert (currency or Currency.EUR).value in count.label
    page = await mine(available_to=date(2000, 1, 1), facets=facets)
    assert [count.count for count in page.facets["earliest"]] == [4, 4, 4, 6]
    for count in page.facets["earliest"]:
        assert (await mine(available_to=date.fromisoformat(count.value))).total == count.count


async def test_misspelled_words_are_answered_and_corrected() -> None:
    page = await search(q="koclear implnt Namangan")
    assert page.did_you_mean is not None
    assert page.did_you_mean.endswith(" Namangan")
    corrected = await search(q=page.did_you_mean)
    assert corrected.did_you_mean is None
    assert [item.id for item in corrected.items] == [item.id for item in page.items]
    assert (await search(q="cochlear implant")).did_you_mean is None


async def test_where_a_city_has_nothing_the_nearest_that_has_are_named() -> None:
    made = await directory.facility("TM", city="Lebap", city_names={"ru": "Лебап"})
    await settle(SYSTEM, made.id, 39.1, 63.6)
    nothing = (await mine(city=("Лебап",), lang="ru")).nothing_found
    assert nothing is not None
    assert [(city.value, city.label, city.state, city.total) for city in nothing.nearby] == [
        ("Namangan", "Наманган", "UZ", 4), ("Qaraghandy", "Караганда", "KZ", 4)
    ]  # fmt: skip
    distances = [city.distance_km for city in nothing.nearby]
    assert distances == sorted(distances)
    assert 690 < distances[0] < 740
    words = await mine(q="cochlear implant Lebap", facets=(Facet.CITY,))
    assert words.nothing_found is not None
    assert [city.value for city in words.nothing_found.nearby] == ["Namangan", "Qaraghandy"]
    assert words.facets == {"city": []}
    elsewhere = (await mine(city=("Atlantis",))).nothing_found
    assert elsewhere is not None
    assert elsewhere.nearby == []


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
        ({"available_from": date(2026, 2, 2), "available_to": date(2026, 2, 1)}, DatesCrossed),
        ({"sort": Sort.DISTANCE}, NearNeeded),
        ({"within_km": 5.0}, NearNeeded),
        ({"near": Point(1, 2), "within_km": float("nan")}, UnusableDistance),
        ({"near": Point(1, 2), "within_km": -1.0}, UnusableDistance),
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


async def test_suggestions_put_what_somebody_offers_first() -> None:
    await search(limit=1)
    found = (await service.suggest(ANONYMOUS, "implant", "en")).items
    treatments = [item.value for item in found if item.kind == "treatment"]
    assert treatments[0] == TREATMENT
    assert len(treatments) > 1


async def test_the_states_are_named_in_every_language() -> None:
    for language in ("en", "kk", "kk-Latn", "uz-Cyrl", "tk", "hu"):
        states = await service.list_states(ANONYMOUS, language)
        assert [state.code for state in states][:5] == ["AZ", "KZ", "KG", "TR", "UZ"]
        assert all(len(state.name) > 2 for state in states)
    latin = {s.code: s.name for s in await service.list_states(ANONYMOUS, "kk-Latn")}
    assert latin["KZ"] == "Qazaqstan"
    with pytest.raises(UnknownLanguage):
        await service.list_states(ANONYMOUS, "de")
