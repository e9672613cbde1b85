"""Signing in as people do: a passkey, an app's code, step-up, and ending a session elsewhere."""

import time
from typing import Any

import pyotp
import pytest

from tests.browser.conftest import PASSPHRASE, open_account, sign_in

pytestmark = pytest.mark.browser


def test_a_passkey_is_registered_and_is_the_way_in_from_then_on(
    page: Any, address: str, passkey: Any
) -> None:
    open_account(page, address)
    assert "One more step" in page.inner_text("main")
    page.fill("form[data-passkey=create] #label", "Testing phone")
    with page.expect_navigation(url="**/sign-in?done=passkey-added"):
        page.click("form[data-passkey=create] button")
    with page.expect_navigation(url="**/me"):
        page.click("form[data-passkey=get] button")
    page.goto(f"{address}/account")
    assert page.input_value("input[name=label] >> nth=0") == "Testing phone"
    assert "Last used" in page.inner_text("main")


def test_a_passkey_whose_user_turns_away_is_asked_for_again(
    page: Any, address: str, passkey: Any
) -> None:
    session, name = passkey
    session.send("WebAuthn.setUserVerified", {"authenticatorId": name, "isUserVerified": False})
    open_account(page, address)
    page.click("form[data-passkey=create] button")
    page.wait_for_selector("form[data-passkey=create] [data-refused]:visible", timeout=20_000)
    assert page.url.endswith("/account")


def test_an_app_is_set_up_by_its_code_and_opens_the_account(page: Any, address: str) -> None:
    email = open_account(page, address)
    with page.expect_navigation():
        page.click("form[action='/account/authenticator'] button[value=begin]")
    totp = pyotp.TOTP(page.input_value("input[name=secret]"))
    page.fill("#code", totp.at(time.time() - 30))
    with page.expect_navigation():
        page.click("main form button")
    assert page.locator("ol.card li").count() == 10
    page.goto(f"{address}/me")
    assert "Nothing waits for you" in page.inner_text("main")
    with page.expect_navigation():
        page.click("form[action='/sign-out'] button")
    page.goto(f"{address}/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSPHRASE)
    page.fill("#code", totp.now())
    with page.expect_navigation(url="**/me"):
        page.click("form[action='/sign-in']:has(#email) button")


def test_step_up_comes_back_with_what_was_filled_in(page: Any, address: str, passkey: Any) -> None:
    open_account(page, address)
    with page.expect_navigation(url="**/sign-in?done=passkey-added"):
        page.click("form[data-passkey=create] button")
    with page.expect_navigation(url="**/me"):
        page.click("form[data-passkey=get] button")
    page.goto(f"{address}/step-up?next=/account")
    with page.expect_navigation(url="**/account"):
        page.click("form[data-passkey=get] button")


def test_a_session_is_ended_from_another_device(chromium: Any, page: Any, address: str) -> None:
    sign_in(page, address, "demo-patient")
    other = chromium.new_context(user_agent="Mozilla/5.0 (Android 16) Firefox/150.0")
    phone = other.new_page()
    sign_in(phone, address, "demo-patient")
    page.goto(f"{address}/account")
    row = page.locator("li", has_text="Firefox, Android").first
    assert row.count() == 1
    with page.expect_navigation():
        row.locator("button").click()
    phone.goto(f"{address}/me")
    assert "/sign-in" in phone.url
    other.close()


def test_a_mandate_is_given_at_the_desk_and_scanned_by_the_daughters_phone(
    chromium: Any, page: Any, address: str
) -> None:
    patient = chromium.new_context().new_page()
    sign_in(patient, address, "demo-patient")
    patient.goto(f"{address}/me/care-code")
    with patient.expect_navigation():
        patient.click("main form button")
    code = patient.inner_text("p.code")
    sign_in(page, address, "demo-doctor")
    page.fill("#code", code)
    with page.expect_navigation():
        page.click("form[action='/practice/care-codes'] button")
    page.goto(f"{address}/practice")
    page.locator("li", has_text="Aigerim Demo").locator("a", has_text="Mandate").first.click()
    page.check("input[value=view]")
    page.fill("#identity_checked", "identity card, shown in person")
    with page.expect_navigation():
        page.click("main form button")
    assert page.locator(".qr svg").count() == 1
    scanned = page.inner_text("#mandate-code")

    daughter = chromium.new_context().new_page()
    email = open_account(daughter, address)
    assert email
    with daughter.expect_navigation():
        daughter.click("form[action='/account/authenticator'] button[value=begin]")
    totp = pyotp.TOTP(daughter.input_value("input[name=secret]"))
    daughter.fill("#code", totp.now())
    with daughter.expect_navigation():
        daughter.click("main form button")
    daughter.goto(f"{address}/mandate?code={scanned}")
    with daughter.expect_navigation(url="**/me/family?done=mandate-taken"):
        daughter.click("main form button")
    assert "given at a doctor's desk" in daughter.inner_text("main")
    patient.goto(f"{address}/me/family")
    row = patient.locator("li", has_text="given at a doctor's desk").first
    with patient.expect_navigation(url="**/me/family?done=mandate-ended"):
        row.locator("button").click()
    daughter.reload()
    assert "given at a doctor's desk" not in daughter.inner_text("main")
    daughter.context.close()
    patient.context.close()
