"""Signing in by electronic identity through an independent provider on another site."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.browser.conftest import open_account
from tests.browser.test_pages import RULES
from tests.factories.eid import Running, came_back, someone

pytestmark = pytest.mark.browser

FONTS = "https://fonts.googleapis.com/**"


@pytest.fixture(autouse=True)
def no_fonts(page: Any) -> None:
    """The provider's own pages ask another site for their letters; ours never do."""
    page.route(FONTS, lambda route: route.fulfill(status=200, content_type="text/css", body=""))


def prove(page: Any, login: str) -> None:
    """Sign in at the provider, and agree that it tells who we are."""
    page.wait_for_selector("input[name=login]")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", "any")
    page.click("button[type=submit]")
    page.wait_for_selector("text=Authorize")
    page.click("button[type=submit]")


def test_an_identity_is_linked_opens_the_account_and_is_unlinked(
    page: Any, address: str, passkey: Any, eid_provider: Running, axe: str
) -> None:
    open_account(page, address)
    with page.expect_navigation(url="**/sign-in?done=passkey-added"):
        page.click("form[data-passkey=create] button")
    with page.expect_navigation(url="**/me"):
        page.click("form[data-passkey=get] button")
    page.goto(f"{address}/account")
    page.click("button:has-text('Link Test ESI')")
    prove(page, someone("Akbota"))
    page.wait_for_url("**/account?done=eid-linked")
    shown = page.inner_text("section:has(#eid)")
    assert "Akbota Testova" in shown and "Identity proved on" in shown
    assert "substantial assurance" in shown and "Link Test ESI" not in shown

    page.click("form[action='/sign-out'] button")
    page.wait_for_url(f"{address}/?done=signed-out")
    page.goto(f"{address}/sign-in?next=/me/family")
    page.click("button:has-text('Sign in with Test ESI')")
    page.wait_for_url(f"{address}/me/family")
    assert "__Host-eid" not in {cookie["name"] for cookie in page.context.cookies()}
    page.goto(f"{address}/account")
    assert "national eID" in page.inner_text("section:has(#sessions)")

    page.click("form[action^='/account/eid/'] button")
    page.wait_for_url("**/account?done=removed")
    assert "Akbota Testova" not in page.inner_text("main")
    page.click("form[action='/sign-out'] button")
    page.goto(f"{address}/sign-in")
    page.click("button:has-text('Sign in with Test ESI')")
    page.wait_for_selector("text=No account is linked with this identity.")
    assert page.input_value("#given") == "Akbota"
    assert page.input_value("#birth_date") == "1980-02-29"
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert [each["id"] for each in found["violations"]] == []


def test_it_works_without_scripts(chromium: Any, address: str, eid_provider: Running) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.click("button[value=demo-patient]")
    page.goto(f"{address}/account")
    born = page.request.get(f"{address}/v1/patients").json()[0]["birth_date"]
    page.click("button:has-text('Link Test ESI')")
    prove(page, someone("Demo", born=born))
    page.wait_for_url("**/account?done=eid-linked")
    page.click("form[action='/sign-out'] button")
    page.goto(f"{address}/sign-in")
    page.click("button:has-text('Sign in with Test ESI')")
    page.wait_for_url(f"{address}/me")
    context.close()


def test_an_answer_that_began_in_another_browser_signs_nobody_in(
    page: Any, address: str, eid_provider: Running
) -> None:
    going = httpx.post(f"{address}/v1/eid/kg/authorizations").json()
    with ThreadPoolExecutor() as beside:  # Playwright's loop runs in this thread already
        sent = beside.submit(asyncio.run, came_back(going["url"], someone("Attacker"))).result()
    page.goto(f"{address}/sign-in")
    page.click("button:has-text('Sign in with Test ESI')")
    page.wait_for_selector("input[name=login]")
    assert "__Host-eid" in {cookie["name"] for cookie in page.context.cookies()}
    page.goto(f"{address}/eid/kg/return?{urlencode(sent)}")
    assert "Your identity was not proved." in page.inner_text("main")
    assert "__Host-sid" not in {cookie["name"] for cookie in page.context.cookies()}
