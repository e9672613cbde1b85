"""GET /v1/offers from the index: hostile questions, languages, and answers given again."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from litestar import Litestar

from api.app import create_app
from api.search import repeats
from domain.actor import SYSTEM
from domain.catalogue import service as catalogue_service
from domain.catalogue.types import OfferMode, OfferTerms
from domain.limits import service as limits
from domain.search import service
from domain.search.index.feed import FEED
from domain.settings import Settings
from tests.api.directory.test_directory import code
from tests.conftest import client_of
from tests.factories import directory


@pytest.fixture
async def indexed(catalogue: None) -> AsyncIterator[None]:
    """A process with its index."""
    await FEED.catch_up()
    yield
    FEED.drop()


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 10_000, "q=" + "%F0%9F%A6%B7" * 60, "q=%00%01%1F", "q=%ED%A0%80",
        "q=%ED%B0%80a", "q=%E2%80%AE", "q=a%26b%7C!(", "cursor=abc", "cursor=" + "A" * 1000,
        "cursor=%00",
        "facets=secret", "treatment=%00", "treatment=nothing", "specialty=%ED%A0%80", "state=XX",
        "city=%00", "city=" + "x" * 4000, "price_min=-1", "price_max=1" + "0" * 400,
        "currency=XXX", "limit=1000000000", "limit=1" + "0" * 400, "near=NaN,NaN",
        "near=1e400,1&sort=distance", "within_km=NaN&near=1,1", "price_min=2&price_max=1",
        "available_from=2026-12-02&available_to=2026-12-01", "available_from=0000-00-00",
        "lang=tlh", "language=%00", "credential=x", "mode=", "sort=", "unknown=1", "q&q&q",
        "&".join(f"state={n}" for n in range(40)), "near=,", "near=%00", "facets=,,,",
    ],
)  # fmt: skip
@pytest.mark.parametrize("source", ["tables", "index"])
async def test_bad_input_gets_a_problem_document_at_once(
    client: httpx.AsyncClient, catalogue: None, source: str, query: str
) -> None:
    if source == "index":
        await FEED.catch_up()
    try:
        async with asyncio.timeout(1):
            answer = await client.get(f"/v1/offers?{query}")
    finally:
        FEED.drop()
    assert answer.status_code in (200, 400, 404, 422), answer.text
    if answer.status_code != 200:
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json()["code"] not in ("internal_error", "error")


@pytest.mark.parametrize(
    ("header", "query", "language"),
    [
        ("tr-TR,tr;q=0.9,en;q=0.8", "", "tr"), ("de, fr;q=0.9", "", "en"), ("", "", "en"),
        ("de;q=1, kk-Cyrl-KZ;q=0.2", "", "kk"), ("uz-Cyrl, uz;q=0.5", "", "uz-Cyrl"),
        ("tr;q=0, ru;q=0.1", "", "ru"), ("tr", "&lang=hu", "hu"), ("*", "", "en"),
        ("en;q=x, ru", "", "ru"), ("\x80\xff,,;;q=", "", "en"),
    ],
)  # fmt: skip
async def test_answers_speak_the_language_that_is_asked_for_or_accepted(
    client: httpx.AsyncClient, catalogue: None, header: str, query: str, language: str
) -> None:
    for address in ("/v1/offers?q=tooth&limit=1", "/v1/suggest?q=kne", "/v1/states?x=1"):
        address = address.replace("?x=1", "?" if query else "")
        answer = await client.get(
            address + query, headers={"Accept-Language": header.encode("latin-1")}
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-language"] == language
        assert "Accept-Language" in answer.headers["vary"]


async def test_a_name_is_in_the_language_accepted(client: httpx.AsyncClient, indexed: None) -> None:
    for _ in range(2):
        for language, name in (("tr", "Diz protezi"), ("en", "Knee replacement")):
            answer = await client.get("/v1/suggest?q=knee", headers={"Accept-Language": language})
            labels = [item["label"] for item in answer.json()["items"]]
            assert any(name.casefold() in label.casefold() for label in labels), labels


async def test_an_answer_is_given_again_until_something_changes(
    client: httpx.AsyncClient, indexed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await directory.licensed("AZ", city="Quba")
    offer = await directory.offer(made.id, "ivf", 700_000)
    await FEED.catch_up()
    asked = []
    search = service.search_offers

    async def counted(*args: object) -> object:
        asked.append(args)
        return await search(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "search_offers", counted)

    async def mode() -> str:
        answer = await client.get("/v1/offers?city=Quba&treatment=ivf")
        found = [item for item in answer.json()["items"] if item["id"] == str(offer.id)]
        assert answer.headers["content-type"] == "application/json"
        return str(found[0]["mode"])

    assert [await mode(), await mode(), await mode()] == ["instant"] * 3
    assert len(asked) == 1
    terms = msgspec.structs.asdict(directory.offering("ivf", 700_000, mode=OfferMode.ON_REQUEST))
    del terms["treatment"]
    await catalogue_service.update_offer(
        SYSTEM, made.id, offer.id, OfferTerms(**terms), version=offer.version
    )
    await FEED.catch_up()
    assert [await mode(), await mode()] == ["on_request"] * 2
    assert len(asked) == 2


async def test_an_answer_given_again_still_asks_who_and_how_often(
    client: httpx.AsyncClient, app: Litestar, settings: Settings, indexed: None
) -> None:
    path = "/v1/offers?sort=price&limit=2"
    first = await client.get(path)
    again = await client.get(path)
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    same = {name: value for name, value in first.headers.items() if name != "x-request-id"}
    assert same.items() <= again.headers.items()
    assert (again.content, (await client.head(path)).content) == (first.content, b"")
    for headers in ({"Authorization": "Bearer x"}, {"Cookie": "__Host-sid=x"}):
        assert code(await client.get(path, headers=headers)) == (401, "session_ended")
    assert (await client.post(path)).status_code == 405
    strict = create_app(msgspec.structs.replace(settings, rate_limits=True))
    strict.state.runtime = app.state.runtime
    limits._leases.clear()
    async with client_of(strict) as crawler:
        answers = [await crawler.get(path) for _ in range(62)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert code(answers[-1]) == (429, "too_many_requests")


async def test_an_answer_pushed_out_while_its_asker_is_counted_is_still_given(
    client: httpx.AsyncClient, indexed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/v1/offers?sort=price&limit=3"
    first = await client.get(path)

    async def spend(*_: object) -> None:
        repeats._kept.clear()

    monkeypatch.setattr(repeats, "spend", spend)
    assert (await client.get(path)).content == first.content


async def test_refusals_are_not_remembered(client: httpx.AsyncClient, indexed: None) -> None:
    for _ in range(2):
        assert code(await client.get("/v1/offers?state=XX")) == (422, "unknown_jurisdiction")


async def test_the_tables_answer_what_the_index_answers(
    client: httpx.AsyncClient, indexed: None
) -> None:
    facets = "facets=state,city,specialty,treatment,price,earliest,credential,language,mode"
    for query in (facets, f"q=implant&{facets}", "q=koclear implnt", "state=KZ&sort=rating"):
        remembered = await client.get(f"/v1/offers?{query}&lang=ru")
        FEED.drop()
        from_tables = await client.get(f"/v1/offers?{query}&lang=ru")
        await FEED.catch_up()
        if "q=" not in query:  # words may match other names, in another order
            assert from_tables.json() == remembered.json()
        assert from_tables.json()["total"] == remembered.json()["total"]
