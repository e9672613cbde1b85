"""Every page answers, in the reader's language, to the right people, without a way to inject."""

import html
from datetime import date

import httpx
import pytest

from api.web.languages import PAGES, Language, accepted, of_tag
from api.web.rendering import safe_path
from domain.actor import SYSTEM, Actor, Role
from domain.db import connection, transactional
from domain.money import Currency, Money
from tests.api.web.conftest import Browser, SignedIn
from tests.factories import directory
from tests.factories.bookable import Bookable

PUBLIC = (
    "/",
    "/search",
    "/search?q=zzqqxx",
    "/sign-in",
    "/sign-up",
    "/check-mail",
    "/password/forgotten",
    "/password/new?token=x",
    "/invitation?token=x",
    "/demo/mail",
    "/facilitators",
    "/facilitators?state=KZ",
    "/docs",
)
OF_MEMBERS = ("/team",)
"""Pages of everybody who has a role in an organisation and administers it."""

OF_ROLE = {
    Role.PATIENT: (
        "/me",
        "/me/bookings",
        "/me/consents",
        "/me/care-code",
        "/me/accesses",
        "/me/data",
    ),
    Role.REFERRING_DOCTOR: ("/practice", "/practice/aftercare", "/practice/referrals/new"),
    Role.COORDINATOR: ("/facility", "/facility/offers", "/facility/credentials", "/team"),
    Role.MINISTRY_OFFICER: (
        "/officer",
        "/officer?list=active",
        "/officer?list=due",
        "/officer?list=appeals",
        "/officer/licences",
        "/officer/accreditors",
    ),
    Role.OPERATOR: ("/erasures",),
    Role.AUDITOR: ("/erasures",),
}


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("path", PUBLIC)
async def test_public_pages_in_every_language(
    browser: Browser, catalogue: None, path: str, language: str
) -> None:
    answer = await browser.get(path, **{"Accept-Language": f"{language}-XX,en;q=0.1"})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language
    assert len(answer.content) < 100_000 or path == "/docs"


@pytest.mark.parametrize("language", PAGES)
async def test_offer_and_facility_pages(browser: Browser, offered: Bookable, language: str) -> None:
    facility = f"/facilities/{offered.facility_id}"
    for path in (f"/offers/{offered.offer.id}", facility, f"{facility}/credentials"):
        answer = await browser.get(f"{path}?lang={language}")
        assert answer.status_code == 200, answer.text[:500]
        assert f'<html lang="{language}">' in answer.text


@pytest.mark.parametrize("role", OF_ROLE)
async def test_pages_of_a_role(signed_in: SignedIn, catalogue: None, role: Role) -> None:
    browser, _ = await signed_in(role)
    for language in PAGES:
        for path in OF_ROLE[role]:
            mark = "&" if "?" in path else "?"
            answer = await browser.get(f"{path}{mark}lang={language}")
            assert answer.status_code == 200, (path, answer.text[:500])
            assert f'<html lang="{language}">' in answer.text


@pytest.mark.parametrize("role", OF_ROLE)
async def test_pages_of_other_roles_are_refused(signed_in: SignedIn, role: Role) -> None:
    browser, _ = await signed_in(role)
    for other, paths in OF_ROLE.items():
        if other is not role:
            for path in paths:
                if path not in (*OF_ROLE[role], *OF_MEMBERS):
                    assert (await browser.get(path)).status_code == 403, path


@pytest.mark.parametrize("path", [path for paths in OF_ROLE.values() for path in paths])
async def test_strangers_are_led_to_signing_in_and_back(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 303
    asked = httpx.URL(answer.headers["location"])
    assert (asked.path, asked.params["next"]) == ("/sign-in", path)


async def test_an_ended_session_does_not_lock_anybody_out(browser: Browser) -> None:
    browser.client.cookies.set("__Host-sid", "stale", domain="localhost.local")
    answer = await browser.get("/search?q=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search?q=x")
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_browsers_get_pages_and_machines_get_problems(browser: Browser) -> None:
    page = await browser.get("/nowhere", **{"Accept-Language": "tr"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Bu adreste bir sayfa yok" in page.text
    for path in ("/v1/nowhere", "/health/nowhere"):
        problem = await browser.get(path)
        assert problem.headers["content-type"].startswith("application/problem+json")
    machine = await browser.client.get("/nowhere", headers={"Accept": "application/json"})
    assert machine.headers["content-type"].startswith("application/problem+json")


async def test_a_foreign_booking_is_not_found(signed_in: SignedIn) -> None:
    browser, _ = await signed_in()
    answer = await browser.get("/bookings/01a205b4-e25d-77d7-8dcd-7c224a6f8ae8")
    assert answer.status_code == 404


async def test_the_language_is_remembered(browser: Browser) -> None:
    chosen = await browser.get("/?lang=kk")
    cookie = chosen.headers["set-cookie"]
    assert "__Host-lang=kk" in cookie and "Secure" in cookie and "HttpOnly" in cookie
    assert '<html lang="kk">' in (await browser.get("/", **{"Accept-Language": "tr"})).text


async def test_hostile_words_are_shown_and_not_run(browser: Browser, catalogue: None) -> None:
    answer = await browser.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22onfocus=x")
    assert "<script>alert" not in answer.text and "&lt;script&gt;alert" in answer.text
    for query in ("q=%00", "state=XX&city=%F0%9F%92%A5", "price_max=1e999", "cursor=x&sort=y",
                  "specialty=none", "lang=../../etc", "week=9999-12-31",
                  "price_min=9e9&price_max=1", "price_min=-1&price_max=x",
                  "available_to=9999-12-31", "available_to=0000-00-00",
                  "from=%00", "from=" + "x" * 300, "sort=distance", "sort=distance&from=Almaty",
                  "currency=XXX&price_max=1"):  # fmt: skip
        assert (await browser.get(f"/search?{query}")).status_code == 200, query


async def test_prices_days_distances_and_corrections_are_links_that_keep_the_rest(
    browser: Browser, catalogue: None
) -> None:
    made = await directory.licensed("KZ", city="Taraz", city_names={"ru": "Тараз"})
    offer = await directory.offer(made.id, "colonoscopy", 65_000)
    await run(
        SYSTEM, "UPDATE facility SET latitude = 42.9, longitude = 71.37 WHERE id = $1", made.id
    )  # fmt: skip
    await run(
        SYSTEM, "UPDATE offer SET earliest_at = now() + interval '3 days', rating = 460"
        " WHERE id = $1", offer.id,
    )  # fmt: skip

    async def page(query: str) -> str:
        answer = await browser.get(f"/search?{query}", **{"Accept-Language": "en"})
        assert answer.status_code == 200
        return html.unescape(answer.text)

    shown = await page("city=Taraz&q=colonoscopy")
    assert (
        "/search?q=colonoscopy&city=Taraz&price_min=500.00&price_max=999.99&currency=EUR" in shown
    )
    assert "€500 to €1,000" in shown
    assert "Rated 4.6 of 5" in shown and "First free:" in shown
    assert "Nearest first" not in shown
    chosen = await page("city=Taraz&price_min=500&price_max=999.99&sort=rating")
    assert "1 offer" in chosen and "Better reviews come first" in chosen
    assert 'href="/search?city=Taraz&sort=rating"' in chosen
    none = await page("city=Taraz&price_min=600&available_to=2000-01-01")
    assert "Nothing found" in none and "at least €600" in none and "First free time" in none
    near = await page("city=Taraz&from=Тараз&sort=distance")
    assert "0 km away" in near and "Nearer places come first" in near
    assert "We do not know the city" in await page("from=Atlantis&sort=distance")
    corrected = await page("q=colonoskopy+Taraz&sort=price")
    assert "Search for “" in corrected and "Taraz&sort=price" in corrected
    lost = await directory.facility("KZ", city="Merke")
    await run(
        SYSTEM, "UPDATE facility SET latitude = 42.9, longitude = 73.2 WHERE id = $1", lost.id
    )  # fmt: skip
    nearby = await page("city=Merke&treatment=colonoscopy")
    assert "1 offer in Taraz, 149 km away" in nearby


@transactional
async def run(actor: Actor, sql: str, *values: object) -> None:
    await connection().execute(sql, *values)


@pytest.mark.parametrize("query", ["week=0001-01-01", "week=9999-12-31", "week=x&day=y"])
async def test_odd_weeks_do_not_break_the_slot_picker(
    browser: Browser, offered: Bookable, query: str
) -> None:
    assert (await browser.get(f"/offers/{offered.offer.id}?{query}")).status_code == 200


async def test_a_hostile_name_is_escaped(browser: Browser) -> None:
    name = "<img src=x onerror=alert(1)>"
    typed = {"given": name, "family": "'\"><b>", "home_state": "KZ", "email": "x@example.org"}
    answer = await browser.send("/sign-up", {**typed, "password": "short"})
    assert answer.status_code == 422
    assert "<img src=x" not in answer.text and "&lt;img src=x" in answer.text


async def test_static_files_are_named_by_their_content(browser: Browser) -> None:
    page = await browser.get("/")
    for word in page.text.split('"'):
        if word.startswith("/static/"):
            answer = await browser.get(word)
            assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    assert (await browser.get("/static/nothing.css")).status_code == 404


def test_languages_are_found_by_what_browsers_send() -> None:
    assert accepted("uz-Cyrl-UZ,tr;q=0.8,en;q=0.5") == Language("uz-Cyrl")
    assert accepted("kk-KZ, ru;q=0.9") == Language("kk")
    assert accepted("de-DE,ru;q=0.5,az;q=0.9") == Language("az")
    assert of_tag("uz_Cyrl") == Language("uz-Cyrl")
    assert of_tag("uz-Latn-UZ") == Language("uz")
    assert of_tag("kk-Latn-KZ") == Language("kk-Latn")
    assert accepted("xx;q=nonsense") is None and of_tag("") is None


def test_facts_are_written_as_readers_expect() -> None:
    assert Language("en").money(Money(121500, Currency.EUR)) == "€1,215"
    assert Language("tr").money(Money(121550, Currency.EUR)) == "€1.215,50"
    assert "₸" in Language("kk").money(Money(100, Currency.KZT))
    assert Language("ru").day(date(2026, 5, 3)) == "3 мая 2026\u202fг."
    assert Language("uz-Cyrl").day(date(2026, 5, 3)) == "3 май, 2026"
    # CLDR has no Kazakh in Latin letters and would answer in Cyrillic ones.
    assert Language("kk-Latn").day(date(2026, 5, 3)) == "2026\u202fj. 3 mamyr"
    assert Language("kk-Latn").state("KZ") == "Qazaqstan"
    assert Language("kk-Latn").place_of("Asia/Almaty") == "Almaty"
    assert Language("kk-Latn").language("kk") == "qazaq tılı"
    assert Language("en").language("kk-Latn") == "Qazaqsha"


def test_no_way_leads_to_another_site() -> None:
    for bad in ("//evil.example", "/\\evil.example", "https://evil.example", "", "/\n//x", None):
        assert safe_path(bad) == "/"
    assert safe_path("/me?x=1") == "/me?x=1"
