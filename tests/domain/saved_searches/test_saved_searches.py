"""Keeping searches, and being told of what answers them since."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.actor import SYSTEM, Actor
from domain.clock import utc_now
from domain.db import connection, transactional
from domain.money import Currency
from domain.saved_searches import jobs
from tests.conftest import Person, Register
from tests.factories import directory

pytestmark = pytest.mark.usefixtures("catalogue")

ADDRESS = "/v1/me/saved-searches"


@transactional
async def run(actor: Actor, sql: str, *values: object) -> Any:
    """Run one statement as the marketplace itself."""
    return await connection().fetch(sql, *values)


async def listed(treatment: str = "dental-implant", price: int = 50_000, **more: Any) -> Any:
    """A facility of its own with one listed offer."""
    facility = await directory.licensed("KZ")
    return await directory.offer(facility.id, treatment=treatment, price=price, **more)


async def keep(person: Person, tell: bool = True, **query: Any) -> str:
    """Keep a search and return its address."""
    kept = await person.client.post(ADDRESS, json={"query": query, "tell": tell})
    assert kept.status_code == 201, kept.text
    return f"{ADDRESS}/{kept.json()['id']}"


async def finds(person: Person, address: str) -> list[dict[str, Any]]:
    """Look at what answered a search."""
    answer = await person.client.post(f"{address}/look")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def told(person: Person) -> list[str]:
    """Return of which searches somebody was told."""
    rows = await run(
        SYSTEM, "SELECT params ->> 'search_id' AS id FROM notice WHERE account_id = $1"
        " AND kind = 'saved_search'", person.account_id,
    )  # fmt: skip
    return [f"{ADDRESS}/{row['id']}" for row in rows]


async def a_day_later(person: Person) -> None:
    """Let a day pass since the account was told last."""
    await run(
        SYSTEM, "UPDATE saved_search SET told_at = told_at - $2::interval WHERE account_id = $1",
        person.account_id, timedelta(days=1),
    )  # fmt: skip


async def test_an_offer_that_is_listed_later_is_told_once(person: Register) -> None:
    patient = await person()
    known = await listed()
    address = await keep(patient, treatment=["dental-implant"], state=["KZ"])
    await jobs.tell_of_new_offers()
    before = {find["offer"]["id"] for find in await finds(patient, address)}
    fresh = await listed()
    await jobs.tell_of_new_offers()
    await jobs.tell_of_new_offers()
    assert (await told(patient)).count(address) == 1
    found = await finds(patient, address)
    assert str(fresh.id) in {find["offer"]["id"] for find in found} - before
    assert str(known.id) not in {find["offer"]["id"] for find in found} - before
    newest = found[0]
    assert (newest["offer"]["id"], newest["kind"]) == (str(fresh.id), "listed")


async def test_what_was_looked_at_is_fresh_no_longer(person: Register) -> None:
    patient = await person()
    address = await keep(patient, treatment=["dental-implant"])
    fresh = await listed()
    await jobs.tell_of_new_offers()
    assert (await patient.client.get(address)).json()["fresh"] >= 1
    first = {find["offer"]["id"]: find["fresh"] for find in await finds(patient, address)}
    assert first[str(fresh.id)] is True
    again = {find["offer"]["id"]: find["fresh"] for find in await finds(patient, address)}
    assert again[str(fresh.id)] is False
    assert (await patient.client.get(address)).json()["fresh"] == 0


async def test_only_a_lower_price_is_news(person: Register) -> None:
    patient = await person()
    offer = await listed(price=90_000)
    address = await keep(patient, treatment=["dental-implant"], price_max=80_000)
    change = "UPDATE offer SET price_minor = $2, price_eur_minor = $2 WHERE id = $1"
    await run(SYSTEM, change, offer.id, 95_000)
    await jobs.tell_of_new_offers()
    assert str(offer.id) not in {find["offer"]["id"] for find in await finds(patient, address)}
    await run(SYSTEM, change, offer.id, 70_000)
    await a_day_later(patient)
    await jobs.tell_of_new_offers()
    found = {find["offer"]["id"]: find["kind"] for find in await finds(patient, address)}
    assert found[str(offer.id)] == "cheaper"


async def test_nobody_is_told_twice_a_day_and_nothing_is_lost_meanwhile(person: Register) -> None:
    patient = await person()
    address = await keep(patient, treatment=["dental-implant"])
    await listed()
    await jobs.tell_of_new_offers()
    second = await listed()
    await jobs.tell_of_new_offers()
    assert (await told(patient)).count(address) == 1
    await a_day_later(patient)
    await jobs.tell_of_new_offers()
    assert (await told(patient)).count(address) == 2
    assert str(second.id) in {find["offer"]["id"] for find in await finds(patient, address)}


async def test_an_offer_that_is_listed_by_the_clock_is_news_when_its_day_comes(
    person: Register,
) -> None:
    patient = await person()
    address = await keep(patient, treatment=["dental-implant"])
    offer = await listed()
    later = utc_now() + timedelta(days=3)
    await run(
        SYSTEM, "UPDATE offer SET listed_during = '{}' WHERE id = $1", offer.id
    )  # fmt: skip
    await run(
        SYSTEM, "UPDATE offer SET listed_during = tstzmultirange(tstzrange($2, NULL))"
        " WHERE id = $1", offer.id, later,
    )  # fmt: skip
    rows = await run(SYSTEM, "SELECT at FROM offer_news WHERE offer_id = $1", offer.id)
    assert rows[0]["at"] == later
    await jobs.tell_of_new_offers()
    assert str(offer.id) not in {find["offer"]["id"] for find in await finds(patient, address)}


async def test_a_search_that_shall_not_tell_is_silent(person: Register) -> None:
    patient = await person()
    address = await keep(patient, tell=False, treatment=["dental-implant"])
    await listed()
    await jobs.tell_of_new_offers()
    assert address not in await told(patient)


async def test_a_forgotten_search_is_gone_with_what_answered_it(person: Register) -> None:
    patient = await person()
    address = await keep(patient, treatment=["dental-implant"])
    await listed()
    await jobs.tell_of_new_offers()
    assert (await patient.client.delete(address)).status_code == 204
    assert (await patient.client.get(address)).status_code == 404
    rows = await run(
        SYSTEM, "SELECT 1 FROM saved_search_find WHERE account_id = $1", patient.account_id
    )
    assert not rows


async def test_what_is_looked_for_is_sealed(person: Register) -> None:
    patient = await person()
    await keep(patient, q="тісті имплантат")
    rows = await run(
        SYSTEM, "SELECT query_sealed FROM saved_search WHERE account_id = $1", patient.account_id
    )
    assert "имплантат".encode() not in bytes(rows[0]["query_sealed"])


async def test_anothers_search_is_not_found(person: Register) -> None:
    patient, stranger = await person(), await person()
    address = await keep(patient, treatment=["dental-implant"])
    for method, path in (("GET", address), ("DELETE", address), ("POST", f"{address}/look")):
        answer = await stranger.client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "saved_search_not_found")
    listed_there = await stranger.client.get(ADDRESS)
    assert listed_there.json()["items"] == []


async def test_twenty_searches_are_kept_however_many_are_sent_at_once(person: Register) -> None:
    patient = await person()
    sent = [
        patient.client.post(ADDRESS, json={"query": {"q": f"word{number}"}}) for number in range(24)
    ]
    codes = sorted(answer.status_code for answer in await asyncio.gather(*sent))
    assert codes == [201] * 20 + [409] * 4
    refused = await patient.client.post(ADDRESS, json={"query": {"q": "one more"}})
    assert refused.json()["code"] == "too_many_saved_searches"


async def test_a_repeated_request_keeps_one_search(person: Register) -> None:
    patient = await person()
    answers = [
        await patient.client.post(
            ADDRESS, json={"query": {"q": "implant"}}, headers={"Idempotency-Key": "keep-once-1"}
        )
        for _ in range(2)
    ]
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "nothing_asked"),
        ({"currency": "USD"}, "nothing_asked"),
        ({"specialty": ["astrology"]}, "unknown_specialty"),
        ({"treatment": ["no-such"]}, "unknown_treatment"),
        ({"state": ["FR"]}, "unknown_jurisdiction"),
        ({"price_min": 9, "price_max": 3}, "prices_crossed"),
        ({"within_km": 5}, "near_needed"),
        ({"price_max": -1}, "invalid_request"),
        ({"surprise": 1}, "invalid_request"),
        ({"q": "x" * 10_000}, "invalid_request"),
        ({"state": ["KZ"] * 50}, "invalid_request"),
    ],
)
async def test_a_search_that_cannot_be_asked_is_refused(
    person: Register, query: dict[str, Any], code: str
) -> None:
    patient = await person()
    answer: httpx.Response = await patient.client.post(ADDRESS, json={"query": query})
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["code"] == code


async def test_news_and_finds_are_forgotten_in_time(person: Register) -> None:
    offer = await listed()
    await run(
        SYSTEM, "UPDATE offer_news SET at = at - interval '9 days' WHERE offer_id = $1", offer.id
    )
    await jobs.forget_old()
    assert not await run(SYSTEM, "SELECT 1 FROM offer_news WHERE offer_id = $1", offer.id)


async def test_prices_are_compared_in_the_currency_of_the_search(person: Register) -> None:
    patient = await person()
    address = await keep(
        patient, treatment=["dental-implant"], price_max=1_000, currency=Currency.EUR.value
    )
    await listed(price=2_000)
    cheap = await listed(price=900)
    await jobs.tell_of_new_offers()
    assert [find["offer"]["id"] for find in await finds(patient, address)] == [str(cheap.id)]
