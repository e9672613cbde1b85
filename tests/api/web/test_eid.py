"""The way to a provider of electronic identity and back, as pages."""

import html
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from litestar import Litestar

from api.http.authentication import COOKIE
from api.web.pages.eid import BINDER
from domain.actor import SYSTEM, Role
from domain.identity.eid.providers import use_eid_providers
from domain.identity.eid.types import Level
from tests.api.web.conftest import HTML, Browser, SignedIn
from tests.conftest import client_of
from tests.factories.desk import one, run
from tests.factories.eid import Vouching

BACK = "/eid/vouching/return"


@pytest.fixture(autouse=True)
async def vouching(app: Litestar) -> AsyncIterator[Vouching]:
    """The deployment knows a stand-in that vouches for whoever is named as code."""
    provider = Vouching(family="<b>Testova</b>", birth_date="1980-02-29")
    use_eid_providers([provider])
    yield provider
    use_eid_providers([])


async def left(browser: Browser, path: str, form_on: str, **data: Any) -> str:
    """Send a button's form and return the state with which the page goes on to the provider."""
    page = await browser.send(path, data, form_on=form_on)
    assert page.status_code == 200, page.text
    refresh = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert refresh
    url = html.unescape(refresh[1])
    assert url.startswith("https://vouching.example/authorize?")
    assert f'href="{html.escape(url)}"' in page.text, "without the refresh there is a link"
    return parse_qs(urlsplit(url).query)["state"][0]


async def back(browser: Browser, **sent: str) -> httpx.Response:
    return await browser.get(f"{BACK}?{urlencode(sent)}")


async def link(browser: Browser, subject: str) -> httpx.Response:
    state = await left(browser, "/eid/vouching/link", "/account")
    return await back(browser, code=subject, state=state)


async def test_a_button_stands_for_each_provider_and_none_without(browser: Browser) -> None:
    assert "Sign in with Vouching" in (await browser.get("/sign-in")).text
    turkish = (await browser.get("/sign-in", **{"Accept-Language": "tr"})).text
    assert "Vouching ile oturum aç" in turkish and "Kırgızistan" in turkish
    use_eid_providers([])
    assert "/eid/" not in (await browser.get("/sign-in")).text


async def test_the_browser_is_bound_and_goes_on(browser: Browser) -> None:
    page = await browser.send("/eid/vouching/sign-in", form_on="/sign-in")
    cookie = next(each for each in page.headers.get_list("set-cookie") if each.startswith(BINDER))
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax", "Max-Age=600"):
        assert part in cookie
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"


async def test_linking_and_signing_in_by_pages(
    app: Litestar, browser: Browser, signed_in: SignedIn
) -> None:
    mine, who = await signed_in()
    done = await link(mine, str(who.account_id))
    assert (done.status_code, done.headers["location"]) == (303, "/account?done=eid-linked")
    account = (await mine.get("/account?done=eid-linked")).text
    assert "Your identity is linked." in account and "Identity proved on" in account
    assert "high assurance" in account and "&lt;b&gt;Testova" in account
    assert "Link Vouching" not in account

    state = await left(browser, "/eid/vouching/sign-in", "/sign-in?next=/me/family",
                       next="/me/family")  # fmt: skip
    answer = await back(browser, code=str(who.account_id), state=state)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/family")
    session = browser.client.cookies[COOKIE]
    assert session != who.token
    assert BINDER not in browser.client.cookies
    async with client_of(app, session) as client:
        assert (await client.get("/v1/me")).json()["account_id"] == str(who.account_id)


async def test_the_way_back_leads_to_no_other_site(browser: Browser, signed_in: SignedIn) -> None:
    mine, who = await signed_in()
    await link(mine, str(who.account_id))
    state = await left(browser, "/eid/vouching/sign-in", "/sign-in", next="//evil.example")
    answer = await back(browser, code=str(who.account_id), state=state)
    assert answer.headers["location"] == "/me"


async def test_only_the_browser_that_left_comes_back(
    app: Litestar, browser: Browser, signed_in: SignedIn
) -> None:
    mine, who = await signed_in()
    await link(mine, str(who.account_id))
    state = await left(browser, "/eid/vouching/sign-in", "/sign-in")
    async with client_of(app) as client:
        other = Browser(client)
        for bound in (False, True):
            if bound:  # by an attempt of its own
                await left(other, "/eid/vouching/sign-in", "/sign-in")
            answer = await back(other, code=str(who.account_id), state=state)
            assert answer.status_code == 422
            assert "Your identity was not proved." in answer.text
            assert COOKIE not in client.cookies
    assert (await back(browser, code=str(who.account_id), state=state)).status_code == 303
    again = await back(browser, code=str(who.account_id), state=state)
    assert again.status_code == 422


async def test_somebody_without_an_account_is_told_what_to_do(browser: Browser) -> None:
    state = await left(browser, "/eid/vouching/sign-in", "/sign-in")
    answer = await back(browser, code="nobody here", state=state)
    assert answer.status_code == 403
    assert "No account is linked with this identity." in answer.text
    assert 'value="Aygul"' in answer.text and 'value="1980-02-29"' in answer.text
    assert "&lt;b&gt;Testova&lt;/b&gt;" in answer.text and "<b>Testova" not in answer.text
    assert 'action="/sign-up"' in answer.text and "/sign-in?next=/account" in answer.text


async def test_who_turns_back_at_the_provider_is_told_and_may_start_again(
    browser: Browser,
) -> None:
    state = await left(browser, "/eid/vouching/sign-in", "/sign-in")
    answer = await back(browser, error="access_denied", state=state)
    assert answer.status_code == 422 and "Your identity was not proved." in answer.text
    assert (await back(browser, code="x", state=state)).status_code == 422
    detail = await one(
        "SELECT detail FROM audit_event WHERE action = 'identity.sign_in_by_eid'"
        " ORDER BY at DESC LIMIT 1"
    )
    assert json.loads(detail)["reason"] == "access_denied"


@pytest.mark.parametrize(
    "query",
    ["", "state=x", "code=x", "code=&state=", "code=x&state=%00", "error=x",
     "state=x&state=y&code=z", "error=%3Cscript%3E&state=x",
     "code=" + "x" * 5000 + "&state=x", "iss=x&code=x&state=x"],
)  # fmt: skip
async def test_odd_ways_back_are_refused_politely(browser: Browser, query: str) -> None:
    answer = await browser.get(f"{BACK}?{query}")
    assert answer.status_code == 422, answer.text
    assert "<script>" not in answer.text


async def test_a_provider_that_is_not_set_up_is_no_page(browser: Browser) -> None:
    for path in ("/eid/nobody/return?code=x&state=y", "/eid/%00/return"):
        assert (await browser.get(path)).status_code == 404


async def test_a_weak_identity_is_refused_with_advice(browser: Browser, vouching: Vouching) -> None:
    use_eid_providers([Vouching(level=Level.LOW)])
    state = await left(browser, "/eid/vouching/sign-in", "/sign-in")
    answer = await back(browser, code="x", state=state)
    assert answer.status_code == 403
    assert "was not sure enough who you are" in answer.text


@pytest.mark.parametrize("path", ["/eid/vouching/sign-in", "/eid/vouching/link"])
async def test_nobody_is_sent_away_by_another_sites_form(signed_in: SignedIn, path: str) -> None:
    browser, _ = await signed_in()
    for headers in (HTML, HTML | {"Origin": "https://evil.example"}):
        answer = await browser.client.post(path, data={}, headers=headers)
        assert answer.status_code == 403
        assert BINDER not in browser.client.cookies


async def test_linking_asks_first_whether_it_is_them(signed_in: SignedIn) -> None:
    browser, who = await signed_in()
    await run(
        SYSTEM, "UPDATE session SET strong_at = strong_at - interval '6 minutes'"
        " WHERE account_id = $1", who.account_id,
    )  # fmt: skip
    asked = await browser.send("/eid/vouching/link", form_on="/account")
    assert asked.status_code == 403 and "Is it you?" in asked.text
    assert 'name="next" value="/eid/vouching/link"' in asked.text or "/step-up" in asked.text


async def test_who_was_signed_out_meanwhile_links_nothing(signed_in: SignedIn) -> None:
    browser, who = await signed_in()
    state = await left(browser, "/eid/vouching/link", "/account")
    await run(SYSTEM, "UPDATE session SET revoked_at = now() WHERE account_id = $1",
              who.account_id)  # fmt: skip
    del browser.client.cookies[COOKIE]
    assert (await back(browser, code=str(who.account_id), state=state)).status_code == 422
    assert await one("SELECT count(*) FROM eid_link WHERE account_id = $1", who.account_id) == 0


async def test_a_professional_sees_how_to_link(signed_in: SignedIn) -> None:
    browser, _ = await signed_in(Role.REFERRING_DOCTOR)
    page = (await browser.get("/account")).text
    assert "To link one, act as yourself." in page and "/eid/vouching/link" not in page


async def test_the_last_way_in_is_not_removed_by_a_button(signed_in: SignedIn) -> None:
    browser, who = await signed_in()
    await link(browser, str(who.account_id))
    page = (await browser.get("/account")).text
    action = re.search(r'action="(/account/eid/[^"]+)"', page)
    assert action
    refused = await browser.send(action[1], form_on="/account")
    assert refused.status_code == 409
    assert "This is the last strong way into your account." in refused.text
