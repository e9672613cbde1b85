"""What a patient and a practice do with a booking, in a real browser."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.files.types import MediaType
from tests.browser.conftest import AXE_LANGUAGES, sign_in
from tests.browser.test_pages import press, tab_to, violations
from tests.factories.papers import PAPERS

pytestmark = pytest.mark.browser


def demo(address: str, person: str) -> httpx.Client:
    """Return a client of the API that is signed in as an invented person."""
    session = httpx.post(f"{address}/v1/demo/sessions", json={"person": person}).json()
    return httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {session['token']}"}, timeout=30
    )


def booked(address: str, page: Any) -> str:
    """Book at the demo hospital, which accepts; return the booking's number."""
    found = httpx.get(f"{address}/v1/facilities?q=Erguvan&limit=1").json()["items"][0]
    offers = httpx.get(f"{address}/v1/facilities/{found['id']}/offers").json()["items"]
    sign_in(page, address, "demo-patient")
    page.goto(f"{address}/offers/{offers[0]['id']}")
    page.check("input[name=starts_at] >> nth=0", force=True)
    with page.expect_navigation():
        page.click("form[action$='/hold'] button")
    with page.expect_navigation():
        page.click("form[action$='/pay'] button")
    booking = str(page.url.split("/")[-1].split("?")[0])
    if page.locator("text=The facility has to confirm this booking").count():
        answer = demo(address, "demo-coordinator").post(f"/v1/bookings/{booking}/accept")
        assert answer.status_code == 200, answer.text
    return booking


def propose_another_day(address: str, booking: str) -> None:
    """Let the facility propose the first free time of a later day."""
    desk = demo(address, "demo-coordinator")
    shown = desk.get(f"/v1/bookings/{booking}").json()
    slots = desk.get(f"/v1/offers/{shown['offer_id']}/slots").json()["items"]
    later = next(s for s in slots if s["starts_at"][:10] > shown["starts_at"][:10])
    answer = desk.post(
        f"/v1/bookings/{booking}/reschedule", json={"starts_at": later["starts_at"]},
        headers={"If-Match": f'"{shown["version"]}"'},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text


def test_a_patient_answers_arranges_and_hands_in_by_keyboard(
    page: Any, address: str, tmp_path: Path
) -> None:
    booking = booked(address, page)
    at = f"{address}/bookings/{booking}"
    propose_another_day(address, booking)
    page.goto(f"{address}/me/bookings")
    press(page, f"a.btn[href='/bookings/{booking}']")
    before = page.inner_text("#when + dl")
    press(page, "button[value=accept]")
    assert page.url.endswith("?done=change-accepted")
    assert page.inner_text("#when + dl") != before

    page.goto(f"{at}/items/new/transfer")
    tab_to(page, "#pick_up")
    page.keyboard.type("Istanbul Airport, KC 901")
    tab_to(page, "#drop_off")
    page.keyboard.type("The hospital")
    press(page, "main form button")
    assert page.url.endswith("/items?done=item-asked")
    assert "Istanbul Airport, KC 901" in page.inner_text("main")

    paper = tmp_path / "refusal.pdf"
    paper.write_bytes(PAPERS[MediaType.PDF])
    page.goto(f"{at}/cancel")
    tab_to(page, "input[name=ground]")
    page.keyboard.press("Space")
    page.set_input_files("#document", paper)
    press(page, "form[action$='/claims'] button")
    assert page.url.endswith("?done=claimed")
    assert "Waits for the facility's decision" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_same_works_without_scripts(chromium: Any, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="tr")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.click("details summary")
    page.click("button[value=demo-patient]")
    mine = demo(address, "demo-patient")
    held = next((b for b in mine.get("/v1/bookings").json() if b["status"] == "confirmed"), None)
    booking = held["id"] if held else booked(address, page)
    page.goto(f"{address}/bookings/{booking}/aftercare")
    if not page.locator("#name").is_visible():  # open at once where no practice knows them
        page.click("details summary")
    page.fill("#name", "Dr. Ay")
    page.fill("#address", "Abay 1, Taraz")
    page.click("details form button")
    assert page.url.endswith("?done=home-care-named")
    assert "Abay 1, Taraz" in page.inner_text("main")
    context.close()


@pytest.mark.parametrize("language", AXE_LANGUAGES)
def test_axe_finds_no_violation_about_a_booking(
    page: Any, address: str, axe: str, language: str
) -> None:
    booking = booked(address, page)
    propose_another_day(address, booking)
    at = f"/bookings/{booking}"
    paths = (
        at, f"{at}/cancel", f"{at}/items", f"{at}/items/new/medical_transfer",
        f"{at}/items/new/interpreter", f"{at}/aftercare", f"{at}/equivalents", f"{at}/cover",
        f"{at}/letter", "/me", "/me/bookings",
    )  # fmt: skip
    found = violations(page, address, axe, paths, language)
    page.context.clear_cookies()
    sign_in(page, address, "demo-doctor")
    found += violations(page, address, axe, ("/practice", "/practice/aftercare"), language)
    assert found == []
