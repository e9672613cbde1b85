"""Forms: only from our own pages, nothing typed is lost, and what they do is what they say."""

import html
import re
import time
from typing import Any

import httpx
import pyotp
import pytest

from api.web.forms import minor_units
from api.worker import HANDLERS
from domain.actor import Role
from domain.outbox import service as outbox
from domain.settings import Settings
from tests.api.web.conftest import HTML, Browser, SignedIn
from tests.conftest import PASSWORD, Register
from tests.factories.bookable import Bookable
from tests.factories.mailbox import delivered, mails_to, token_in

POSTS = (
    "/sign-in", "/sign-up", "/sign-out", "/me/care-code", "/practice/care-codes",
    "/practice/referrals/new",
)  # fmt: skip


async def settle() -> None:
    """Let the worker do what is due."""
    while await outbox.deliver_due(HANDLERS):
        pass


@pytest.mark.parametrize("path", POSTS)
async def test_a_form_without_its_token_is_refused(signed_in: SignedIn, path: str) -> None:
    role = Role.REFERRING_DOCTOR if path.startswith("/practice") else Role.PATIENT
    browser, _ = await signed_in(role)
    await browser.get("/sign-in")
    for data in ({}, {"form_token": "0" * 64}, {"form_token": ""}):
        answer = await browser.client.post(path, data=data, headers=HTML)
        assert answer.status_code == 403, path


async def test_a_token_of_another_browser_is_refused(browser: Browser, signed_in: SignedIn) -> None:
    shown = await browser.get("/sign-in")
    token = shown.text.split('name="form_token" value="')[1][:64]
    other, _ = await signed_in()
    await other.get("/sign-in")
    answer = await other.client.post("/sign-out", data={"form_token": token}, headers=HTML)
    assert answer.status_code == 403


async def test_a_form_from_another_site_is_refused(browser: Browser) -> None:
    shown = await browser.get("/sign-in")
    token = shown.text.split('name="form_token" value="')[1][:64]
    foreign = {**HTML, "Origin": "https://evil.example"}
    data = {"form_token": token, "email": "a@b.co", "password": "x"}
    assert (await browser.client.post("/sign-in", data=data, headers=foreign)).status_code == 403


async def test_signing_up_in_out_and_in_again(browser: Browser, settings: Settings) -> None:
    typed = {"given": "Ғани", "family": "Өтегенұлы", "home_state": "KZ",
             "email": "gani@example.org", "password": PASSWORD}  # fmt: skip
    asked = await browser.send("/sign-up", typed)
    assert (asked.status_code, asked.headers["location"]) == (303, "/check-mail"), asked.text[:300]
    await delivered()
    token = token_in(mails_to(settings.data_dir, typed["email"])[-1])
    link = f"/sign-up/confirm?token={token}"
    for _ in range(2):  # whoever only looks at the link uses nothing up
        assert (await browser.get(link)).status_code == 200
    opened = await browser.send("/sign-up/confirm", {"token": token}, form_on=link)
    assert opened.headers["location"] == "/sign-in?done=account-opened"
    spent = await browser.send("/sign-up/confirm", {"token": token}, form_on=link)
    assert spent.status_code == 422 and "was used already" in spent.text
    opened = await browser.send("/sign-in", {"email": typed["email"], "password": PASSWORD})
    assert (opened.status_code, opened.headers["location"]) == (303, "/account")
    cookie = next(c for c in opened.headers.get_list("set-cookie") if "__Host-sid" in c)
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    # One factor opens nothing but the account itself.
    assert (await browser.get("/me")).headers["location"] == "/account"
    app = await browser.send("/account/authenticator", {"do": "begin"}, form_on="/account")
    shown = {
        name: html.unescape(re.search(f'name="{name}" value="([^"]+)"', app.text)[1])  # type: ignore[index]
        for name in ("secret", "uri", "form_token")
    }
    assert "<svg" in app.text and shown["secret"] in app.text
    totp = pyotp.TOTP(shown["secret"])
    mistyped = await browser.client.post(
        "/account/authenticator/confirm", data={**shown, "code": "000000"}, headers=HTML
    )
    assert mistyped.status_code == 422 and shown["secret"] in mistyped.text
    code = {"code": totp.at(time.time() - 30)}
    codes = await browser.client.post(
        "/account/authenticator/confirm", data={**shown, **code}, headers=HTML
    )
    assert codes.status_code == 200 and codes.text.count("<li>") >= 10
    assert (await browser.get("/me")).status_code == 200
    left = await browser.send("/sign-out", form_on="/me")
    assert left.headers["location"] == "/?done=signed-out"
    assert (await browser.get("/me")).status_code == 303
    wrong = await browser.send("/sign-in", {"email": typed["email"], "password": "not that one"})
    assert wrong.status_code == 422 and typed["email"] in wrong.text
    assert "E-mail, password and code do not match" in wrong.text
    again = await browser.send(
        "/sign-in",
        {"email": typed["email"], "password": PASSWORD, "code": totp.now(), "next": "/me/bookings"},
    )
    assert again.headers["location"] == "/me/bookings"


async def test_complaints_come_all_at_once_and_keep_what_was_typed(browser: Browser) -> None:
    answer = await browser.send("/sign-up", {"given": "Aygül", "email": "no", "password": "short"})
    assert answer.status_code == 422
    for field in ("family", "email", "password", "home_state"):
        assert f'id="{field}-error"' in answer.text
    assert 'value="Aygül"' in answer.text and "short" not in answer.text


async def test_who_is_not_signed_in_comes_back_to_the_chosen_time(
    browser: Browser, offered: Bookable
) -> None:
    path = f"/offers/{offered.offer.id}"
    data = {"starts_at": offered.starts[0].isoformat(), "offer_version": offered.offer.version}
    asked = await browser.send(f"{path}/hold", data, form_on="/sign-in")
    way = httpx.URL(asked.headers["location"])
    assert way.path == "/sign-in" and way.params["next"].startswith(f"{path}/hold?starts_at=")
    assert (await browser.get(way.params["next"])).status_code == 200


async def hold(browser: Browser, offered: Bookable, patient: Any, number: int) -> httpx.Response:
    path = f"/offers/{offered.offer.id}"
    return await browser.send(f"{path}/hold", offered.hold(patient, number), form_on="/sign-in")


async def test_hold_pay_and_cancel_with_the_refund_shown_first(
    signed_in: SignedIn, offered: Bookable
) -> None:
    browser, who = await signed_in()
    held = await hold(browser, offered, who.patient_id, 0)
    assert held.status_code == 303, held.text[:500]
    path = httpx.URL(held.headers["location"]).path
    page = await browser.get(path)
    assert "data-hold-until=" in page.text and "data-server-time=" in page.text
    answer = await browser.send(f"{path}/pay", form_on=path)
    assert answer.status_code == 303, answer.text[:500]
    await settle()
    assert "Your time is booked" in (await browser.get(path)).text
    ask = await browser.get(f"{path}/cancel")
    shown = ask.text.split('name="refund" value="')[1].split('"')[0]
    wrong = await browser.send(f"{path}/cancel", {"refund": int(shown) + 1})
    assert wrong.status_code == 409 and "What comes back has changed" in wrong.text
    version = ask.text.split('name="version" value="')[1].split('"')[0]
    done = await browser.send(f"{path}/cancel", {"refund": shown, "version": version})
    assert done.headers["location"] == f"{path}?done=cancelled"


async def test_a_second_click_finds_the_booking_of_the_first(
    signed_in: SignedIn, offered: Bookable
) -> None:
    browser, who = await signed_in()
    body = offered.hold(who.patient_id, 5) | {"attempt": "one-page-loaded-once"}
    path = f"/offers/{offered.offer.id}/hold"
    answers = [await browser.send(path, body, form_on="/sign-in") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert 'name="attempt"' in (await browser.get(f"/offers/{offered.offer.id}")).text


async def test_a_taken_time_is_said_in_words_with_what_is_free(
    signed_in: SignedIn, offered: Bookable
) -> None:
    first, one = await signed_in()
    second, other = await signed_in()
    assert (await hold(first, offered, one.patient_id, 2)).status_code == 303
    answer = await hold(second, offered, other.patient_id, 2)
    assert answer.status_code == 409
    assert "Somebody else has just taken this time" in answer.text
    assert 'name="starts_at"' in answer.text


async def test_a_changed_offer_is_said_in_words(signed_in: SignedIn, offered: Bookable) -> None:
    browser, who = await signed_in()
    body = offered.hold(who.patient_id, 3) | {"offer_version": offered.offer.version + 1}
    path = f"/offers/{offered.offer.id}/hold"
    answer = await browser.send(path, body, form_on="/sign-in")
    assert answer.status_code == 409 and "has changed this offer" in answer.text


async def test_a_code_brings_a_patient_into_care_and_is_shown_once(signed_in: SignedIn) -> None:
    browser, _ = await signed_in()
    doctor, _ = await signed_in(Role.REFERRING_DOCTOR)
    shown = await browser.send("/me/care-code")
    code = shown.text.split('class="code">')[1].split("<")[0]
    bad = await doctor.send("/practice/care-codes", {"code": "AAAAA-AAAAA"}, form_on="/practice")
    assert bad.status_code == 422 and "This code does not hold" in bad.text
    taken = await doctor.send("/practice/care-codes", {"code": code}, form_on="/practice")
    assert taken.headers["location"].startswith("/practice/referrals/new?patient=")
    assert "Who saw what" in (await browser.get("/me/accesses")).text


async def test_a_person_with_two_roles_is_asked_which(browser: Browser, person: Register) -> None:
    answer = await browser.send("/sign-in", {"email": "nobody@example.org", "password": PASSWORD})
    assert answer.status_code == 422 and "do not match" in answer.text


async def test_nonsense_in_hidden_fields_is_no_fault_of_ours(signed_in: SignedIn) -> None:
    browser, _ = await signed_in()
    nowhere = "01a205b4-e25d-77d7-8dcd-7c224a6f8ae8"
    for path in (f"/me/quotes/{nowhere}", f"/me/consents/{nowhere}", f"/me/referrals/{nowhere}",
                 f"/bookings/{nowhere}/pay", f"/bookings/{nowhere}/cancel"):  # fmt: skip
        for answer in ("choose", "grant", "deny", "\x00"):
            data = {"answer": answer, "referral_id": "x", "version": "x", "move": answer}
            sent = await browser.send(path, data, form_on="/sign-in")
            assert sent.status_code in (404, 422), (path, answer, sent.status_code)


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("1200", 120000), ("1 200,50", 120050), ("1.200,50", 120050), ("1,200.50", 120050),
     ("1.200", 120000), ("0,5", 50), ("-1", None), ("abc", None), ("1e999", None), ("NaN", None)],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(typed: str, minor: int | None) -> None:
    assert minor_units(typed) == minor
