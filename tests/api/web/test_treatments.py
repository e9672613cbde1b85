"""Pages about treatments, offers side by side, and what search engines are told."""

import xml.etree.ElementTree as ET

import httpx
from litestar import Litestar

from api.web.languages import PAGES
from domain.actor import Role
from domain.money import Currency
from tests.api.web.conftest import Browser, SignedIn
from tests.domain.catalogue.test_price_lists import FIRST, table
from tests.factories import directory
from tests.factories.bookable import Bookable

CODE = "knee-replacement"


async def test_a_treatment_says_what_to_expect_and_where_it_is_offered(
    browser: Browser, catalogue: None
) -> None:
    facility = await directory.licensed("UZ", city="Termez", city_names={"ru": "Термез"})
    offer = await directory.offer(facility.id, CODE, 412_300)
    shown = (await browser.get(f"/treatments/{CODE}?lang=ru")).text
    assert "Эндопротезирование коленного сустава" in shown
    assert "M17" in shown and "Gonarthrosis" in shown
    assert f"/offers/{offer.id}" in shown
    assert (await browser.get("/treatments/no-such-thing")).status_code == 404


async def test_offers_are_compared_and_what_is_gone_is_said(
    browser: Browser, offered: Bookable
) -> None:
    facility = await directory.licensed("KG", city="Osh")
    other = await directory.offer(facility.id, CODE, 412_300)
    gone = "0199f3a0-5c1e-7d42-9b60-3f2a8c5d7e11"
    asked = (
        f"offer={offered.offer.id}&offer={other.id}&offer={gone}&offer=nonsense&offer={other.id}"
    )
    shown = (await browser.get(f"/compare?{asked}")).text
    assert shown.count('<th scope="col">') == 2
    assert "1 offer is no longer there." in shown
    assert "The most it can become" in shown and "at the reference rate" not in shown
    dollars = await directory.offer(facility.id, CODE, 50_000, currency=Currency.USD)
    mixed = (await browser.get(f"/compare?offer={other.id}&offer={dollars.id}")).text
    assert mixed.count("at the reference rate") == 1
    results = (await browser.get(f"/search?treatment={CODE}")).text
    assert f'name="offer" value="{other.id}" form="compare"' in results
    assert "Choose offers" in (await browser.get("/compare")).text


async def test_the_api_compares_at_most_four(client: httpx.AsyncClient, offered: Bookable) -> None:
    one = (await client.get(f"/v1/compare?offer={offered.offer.id}")).json()
    assert [each["id"] for each in one["items"]] == [str(offered.offer.id)]
    five = "&".join(f"offer=0199f3a0-5c1e-7d42-9b60-3f2a8c5d7e1{n}" for n in range(5))
    refused = await client.get(f"/v1/compare?{five}")
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_compared")
    assert (await client.get("/v1/compare?offer=x")).status_code == 422


async def test_names_tell_their_source_and_whether_somebody_read_them(
    client: httpx.AsyncClient, catalogue: None
) -> None:
    found = (await client.get(f"/v1/treatments/{CODE}/names?language=kk-Latn")).json()["items"]
    assert found[0]["kind"] == "preferred"
    assert {"synonym", "lay"} <= {each["kind"] for each in found}
    assert {each["source"] for each in found} == {"shifayol-reference"}
    assert not any(each["reviewed"] for each in found)
    every = (await client.get(f"/v1/treatments/{CODE}/names")).json()["items"]
    assert {each["language"] for each in every} == set(PAGES)
    assert (await client.get("/v1/treatments/nothing/names")).status_code == 404
    assert (await client.get(f"/v1/treatments/{CODE}/names?language=tlh")).status_code == 422


async def test_search_engines_are_shown_what_is_listed_and_nothing_private(
    browser: Browser, catalogue: None, app: Litestar
) -> None:
    listed = await directory.licensed("UZ", city="Termez")
    unlisted = await directory.facility("UZ", city="Termez")
    robots = (await browser.get("/robots.txt")).text
    assert "Disallow: /me\n" in robots and "Sitemap: https://localhost/sitemap.xml" in robots
    answer = await browser.get("/sitemap.xml")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = ET.fromstring(answer.text)
    places = {each.text for each in root.findall("s:url/s:loc", space)}
    assert f"https://localhost/facilities/{listed.id}" in places
    assert f"https://localhost/facilities/{unlisted.id}" not in places
    assert f"https://localhost/treatments/{CODE}" in places


async def test_real_places_are_marked_up_for_search_engines(
    browser: Browser, catalogue: None
) -> None:
    facility = await directory.licensed("UZ", city="Termez")
    offer = await directory.offer(facility.id, CODE, 412_300)
    shown = (await browser.get(f"/offers/{offer.id}")).text
    assert 'itemtype="https://schema.org/Offer"' in shown
    assert '<meta itemprop="price" content="4123.00">' in shown
    place = (await browser.get(f"/facilities/{facility.id}")).text
    assert 'itemtype="https://schema.org/MedicalOrganization"' in place


async def test_a_price_list_is_uploaded_by_a_form_and_its_rows_reported(
    signed_in: SignedIn, catalogue: None
) -> None:
    browser, coordinator = await signed_in(Role.COORDINATOR)
    place = await directory.licensed("KZ", organisation=coordinator.organisation_id)
    raw = table(FIRST, FIRST | {"reference": "K-18", "amount": "free"})
    chosen = {"facility_id": str(place.id)}
    sent = await browser.send(
        "/facility/offers", chosen, files={"table": ("offers.csv", raw, "text/csv")}
    )
    assert sent.status_code == 200
    assert "1 new, 0 changed, 0 as before" in sent.text and "K-18" in sent.text
    nothing = await browser.send("/facility/offers", chosen)
    assert nothing.status_code == 422 and "Choose the file" in nothing.text
