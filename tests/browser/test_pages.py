"""What people do with the pages, in a real browser."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from tests.browser.conftest import sign_in

pytestmark = pytest.mark.browser

PUBLIC = (
    "/",
    "/search?q=dental",
    "/search?q=%E2%80%A6",
    "/treatments/dental-implant",
    "/compare",
    "/sign-in",
    "/sign-up",
    "/enrol",
    "/check-mail",
    "/password/forgotten",
    "/password/new?token=x",
    "/invitation?token=x",
    "/eid/kg/return?state=x",
    "/demo/mail",
    "/facilitators?state=KZ",
    "/letters/unknown",
    "/nowhere",
)
OF_PERSON = {
    "demo-patient": (
        "/account",
        "/account/calendars",
        "/notices",
        "/searches",
        "/step-up",
        "/me",
        "/me/bookings",
        "/me/waitlist",
        "/me/consents",
        "/me/care-code",
        "/me/family",
        "/mandate",
        "/me/accesses",
        "/me/data",
    ),
    "demo-doctor": ("/practice", "/practice/referrals/new"),
    "demo-coordinator": (
        "/facility",
        "/facility/offers",
        "/facility/profile",
        "/facility/webhooks",
        "/account/calendars",
        "/facility/credentials",
        "/facility/bookings",
        "/facility/bookings?reference=x",
        "/facility/schedule",
        "/facility/schedule?view=week",
        "/facility/time",
        "/facility/needs",
        "/facility/calendars",
        "/team",
    ),
    "demo-clinician": ("/facility", "/facility?tasks=done", "/facility/bookings?list=all"),
    "demo-officer-tr-1": (
        "/officer",
        "/officer?list=active",
        "/officer?list=due",
        "/officer/accreditors",
        "/officer/licences",
        "/officer/duplicates",
        "/registers",
    ),
    "demo-operator": ("/erasures", "/registers", "/authorisations"),
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            outline = page.evaluate(
                "() => { const e = document.activeElement; const shown = e.closest('label') || e;"
                " return getComputedStyle(shown).outlineStyle + getComputedStyle(e).outlineStyle }"
            )
            assert "solid" in outline or "auto" in outline, f"no visible focus on {selector}"
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard on {page.url}")


def press(page: Any, selector: str, key: str = "Enter") -> None:
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press(key)


def test_a_patient_books_by_keyboard_alone(page: Any, address: str) -> None:
    page.goto(address)
    tab_to(page, "#q")
    page.keyboard.type("diş kaplama")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/search?q=" in page.url
    press(page, "ol.results h3 a")
    assert "/offers/" in page.url
    tab_to(page, "input[name=starts_at]")
    page.keyboard.press("Space")
    press(page, "form[action$='/hold'] button")
    assert "/sign-in?next=" in page.url
    press(page, "button[value=demo-patient]")
    assert "/hold?starts_at=" in page.url
    press(page, "form[action$='/hold'] button")
    assert page.url.endswith("?done=held")
    clock = page.inner_text("[data-left]")
    minutes, seconds = (int(part) for part in clock.split(":"))
    assert 14 * 60 <= minutes * 60 + seconds <= 15 * 60
    press(page, "form[action$='/pay'] button")
    assert page.url.endswith("?done=paid")
    assert "Your time is booked" in page.inner_text("main")
    assert "demo" in page.inner_text("main")


def test_the_clock_of_a_hold_counts_down_by_the_servers_time(page: Any, address: str) -> None:
    page.clock.install(time="2031-01-01T00:00:00Z")  # the device's own clock is years wrong
    sign_in(page, address, "demo-patient")
    page.goto(f"{address}/search?q=cataract")
    page.click("ol.results h3 a >> nth=0")
    page.check("input[name=starts_at] >> nth=0", force=True)
    page.click("form[action$='/hold'] button")
    page.wait_for_url("**/bookings/**")
    page.clock.run_for(65_000)
    assert page.inner_text("[data-left]").startswith("13:5")
    page.click("text=Release this time")
    page.click("main form button")
    page.wait_for_url("**?done=released")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_sticks_out_and_no_foreign_server_is_asked(
    chromium: Any, address: str, width: int, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, locale="kk"
    )
    page = context.new_page()
    foreign: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(address) else foreign.append(r.url))
    offer = httpx.get(f"{address}/v1/offers?limit=1").json()["items"][0]
    facility = f"/facilities/{offer['facility']['id']}"
    for path in (*PUBLIC, f"/offers/{offer['id']}", facility, f"{facility}/credentials"):
        page.goto(address + path)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, (path, width)
        assert page.get_attribute("html", "lang") == "kk"
    context.close()
    assert foreign == []


def test_everything_works_without_scripts(chromium: Any, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="tr")
    page = context.new_page()
    page.goto(f"{address}/search?q=katarakt")
    page.click("ol.results h3 a >> nth=0")
    page.check("input[name=starts_at] >> nth=1", force=True)
    page.click("form[action$='/hold'] button")
    page.click("button[value=demo-patient]")
    page.click("form[action$='/hold'] button")
    assert page.url.endswith("?done=held")
    page.click("form[action$='/pay'] button")
    assert page.url.endswith("?done=paid")
    context.close()


WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((seen) => window.shifts.push(...seen.getEntries().map((e) => e.value)))
  .observe({ type: "layout-shift", buffered: true });
"""
PUSH = "document.querySelector('main').before(document.createElement('hr'))"


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_while_a_page_comes(chromium: Any, address: str, width: int) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, locale="ru", timezone_id="Asia/Tokyo"
    )
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    offers = httpx.get(f"{address}/v1/offers?q=dental&limit=2").json()["items"]
    facility = f"/facilities/{offers[0]['facility']['id']}"
    compared = "&".join(f"offer={offer['id']}" for offer in offers)
    own = (f"/offers/{offers[0]['id']}", facility, f"{facility}/credentials")
    for path in (*PUBLIC, *own, f"/compare?{compared}"):
        page.goto(address + path, wait_until="networkidle")
        assert sum(page.evaluate("window.shifts")) < 0.001, (path, width)
    page.evaluate(PUSH)
    page.wait_for_function("window.shifts.length > 0")  # it would have been seen
    context.close()


def stays(page: Any, address: str) -> list[str]:
    """Return the pages of all stays that the demo's desk sees, each in another state."""
    page.goto(f"{address}/facility/bookings?list=all")
    links = page.locator("main li a[href^='/facility/bookings/']")
    found = [str(link.get_attribute("href")) for link in links.all()]
    assert len(found) >= 5
    return found


def booked(page: Any, address: str) -> str:
    """Book the first time of an offer and return the path of the booking."""
    offer = httpx.get(f"{address}/v1/offers?q=cataract&limit=1").json()["items"][0]
    page.goto(f"{address}/offers/{offer['id']}")
    page.check("input[name=starts_at] >> nth=0", force=True)
    send(page, "form[action$='/hold'] button")
    send(page, "form[action$='/pay'] button")
    return str(page.url).removeprefix(address).split("?")[0]


def of_one_resource(page: Any, address: str) -> tuple[str, ...]:
    """Return the pages about one resource of the facility: its hours, a rule, blocking it."""
    page.goto(f"{address}/facility/time")
    resource = page.get_attribute("main a[href*='/resources/'] >> nth=-1", "href")
    page.goto(address + resource)
    rule = page.get_attribute("main a[href*='/rules/']", "href")
    return resource, rule, f"/facility/schedule/block?pool={resource.split('/')[-1]}"


@pytest.mark.parametrize("width", [360, 1280])
def test_the_facilitys_time_fits_on_a_phone_and_on_a_desk(
    chromium: Any, address: str, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="ru")
    page = context.new_page()
    sign_in(page, address, "demo-coordinator")
    time = [path for path in OF_PERSON["demo-coordinator"] if path.startswith("/facility/")]
    for path in (*time, *of_one_resource(page, address)):
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, (path, width)
    page.goto(f"{address}/facility/schedule")
    # The table by the hour is the desk's, the list by resource the phone's; never both.
    shown = page.is_visible(".grid-week"), page.is_visible(".phone-only")
    assert shown == (width == 1280, width == 360)
    context.close()


def test_a_scheduler_blocks_and_frees_time_by_keyboard_alone(page: Any, address: str) -> None:
    sign_in(page, address, "demo-coordinator")
    page.goto(f"{address}/facility/time")
    room = page.get_attribute("main a[href*='/resources/'] >> nth=-1", "href").split("/")[-1]
    page.goto(f"{address}/facility/schedule?view=week&pool={room}")
    press(page, "main nav a[rel=next]")
    tab_to(page, ".phone-only a[href*='/schedule/block']")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "#reason")
    page.keyboard.type("Repair of the lamp")
    press(page, "form[action$='/block'] button")
    assert page.url.endswith("done=blocked") and "view=week" in page.url
    assert "Repair of the lamp" in page.inner_text(".phone-only")
    press(page, ".phone-only form[action$='/free'] button")
    assert page.url.endswith("done=freed")
    assert "Repair of the lamp" not in page.inner_text(".phone-only")


def preview_suspension(page: Any, address: str) -> None:
    """Look at what a suspension would touch, so that the page has everything it can have."""
    page.goto(f"{address}/officer?list=active&lang=en")
    page.click("main .list a >> nth=0")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    send(page, "button[value=preview]")
    assert page.locator("button[value=suspend]").count() == 1


def register_system(page: Any, address: str) -> None:
    """Register a system with two keys, so that the team's page has everything it can have.

    Once is enough: each language looks at the same team, and a system has few keys.
    """
    page.goto(f"{address}/team")
    if page.locator("form[action$='/keys']").count():
        return
    form = page.locator("form[action='/team/systems']")
    form.locator("[name=name]").fill("Hospital information system")
    form.locator("[value='bookings:read']").check()
    form.locator("[name=key]").fill(new_key())
    form.locator("button").click()
    page.wait_for_url("**/team?done=system-registered")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    more = page.locator("form[action$='/keys']").first
    more.locator("[name=key]").fill(new_key())
    more.locator("button").click()
    page.wait_for_url("**/team?done=saved")
    # The name of a key is long and has no place to break at.
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def new_key() -> str:
    """Return the public half of a new key, as its owner would copy it."""
    return json.dumps(ECKey.generate_key("P-256").as_dict(private=False), indent=2)


def violations(
    page: Any, address: str, axe: str, paths: tuple[str, ...], language: str
) -> list[str]:
    found = []
    for path in paths:
        page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
        found += violations_here(page, axe)
    return found


def violations_here(page: Any, axe: str) -> list[str]:
    """Return what axe finds on the page that is shown, with all of it unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.evaluate(axe)
    answer = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{page.url}: {each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in answer["violations"]
    ]


@pytest.fixture
def people(chromium: Any, address: str) -> Iterator[Any]:
    """Pages of several demo people beside each other."""
    contexts = []

    def open_as(person: str) -> Any:
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en")
        contexts.append(context)
        page = context.new_page()
        sign_in(page, address, person)
        return page

    yield open_as
    for context in contexts:
        context.close()


def send(page: Any, selector: str) -> None:
    with page.expect_navigation():
        page.click(selector)


def test_a_referral_closes_its_loop(people: Any, address: str) -> None:
    patient, doctor = people("demo-patient"), people("demo-doctor")
    clinician, coordinator = people("demo-clinician"), people("demo-coordinator")
    patient.goto(f"{address}/me/care-code")
    send(patient, "main form button")
    doctor.fill("#code", patient.inner_text(".code"))
    send(doctor, "form[action$='/care-codes'] button")
    doctor.select_option("#treatment", "coronary-angiography")
    send(doctor, "main form >> nth=0 >> button")
    facility = doctor.locator("#facility_id option", has_text="Erguvan").get_attribute("value")
    doctor.select_option("#facility_id", facility)
    doctor.fill("#letter", "Chest pain on exertion since June, positive stress test.")
    doctor.check("[name=declares_no_interest]")
    send(doctor, "form[method=post] >> nth=1 >> button")
    referral = doctor.url.split("/")[-1].split("?")[0]

    patient.goto(f"{address}/me")
    send(patient, "a[href^='/me/consents/'] >> nth=0")
    patient.check("[name=left_out][value=imaging]")
    send(patient, "button[value=grant]")  # what was never shown cannot be agreed to
    assert "has changed" in patient.inner_text("#problem")
    send(patient, "button[value=grant]")
    assert patient.url.endswith("?done=granted")

    doctor.reload()
    send(doctor, "button:has-text('Send to the facility')")
    clinician.goto(f"{address}/facility/referrals/{referral}")
    send(clinician, "button:has-text('Accept the patient')")
    send(clinician, "text=Write a quote")
    clinician.select_option("#starts_at", index=6)
    send(clinician, "button:has-text('Send the quote')")
    patient.goto(f"{address}/me/referrals/{referral}")
    send(patient, "button[value=choose]")
    send(patient, "form[action$='/pay'] button")
    coordinator.goto(patient.url.split("?")[0])
    send(coordinator, "form[action$='/accept'] button")

    clinician.goto(f"{address}/facility/referrals/{referral}")
    begun = clinician.locator("button:has-text('Treatment has begun')")
    for _ in range(50):  # the worker fixes the date a moment after the booking is confirmed
        if begun.count():
            break
        clinician.wait_for_timeout(100)
        clinician.reload()
    send(clinician, "button:has-text('Treatment has begun')")
    send(clinician, "button:has-text('Discharge')")
    clinician.fill("#summary", "Angiography by the wrist; no narrowing over half. No stent.")
    send(clinician, "button:has-text('Send the report')")
    doctor.goto(f"{address}/practice/referrals/{referral}")
    assert "no narrowing over half" in doctor.inner_text("main")
    send(doctor, "button:has-text('I have read it')")
    assert doctor.url.endswith("?done=closed")
    patient.goto(f"{address}/me/accesses")
    assert "Demo Erguvan Yolu Hospital" in patient.inner_text("main")


def test_a_desk_takes_a_task_and_leads_a_stay_to_its_end(people: Any, address: str) -> None:
    coordinator, clinician = people("demo-coordinator"), people("demo-clinician")
    coordinator.goto(f"{address}/facility")
    press(coordinator, "form[action$='/take'] button")
    coordinator.wait_for_url("**done=taken")
    coordinator.goto(f"{address}/facility?tasks=mine")
    assert "yours" in coordinator.inner_text("section[aria-labelledby=tasks]")
    coordinator.click("summary:has-text('Hand the shift over')")
    coordinator.select_option("#to", label="Onur Demo")
    coordinator.fill("#note-hand-over", "The family rings at four.")
    send(coordinator, "form[action$='/hand-over'] button")
    clinician.goto(f"{address}/facility?tasks=mine")
    assert "The family rings at four." in clinician.inner_text("main")

    clinician.goto(f"{address}/facility/bookings?list=here")
    send(clinician, "a:has-text('Réka Demo')")
    stay = clinician.url.split("?")[0]
    clinician.click("summary:has-text('Discharge')")
    send(clinician, "form[action$='/discharge'] button")
    clinician.wait_for_url("**done=discharged")
    clinician.click("summary:has-text('Discharge letter')")
    clinician.fill("#reference-letter", "Letter 2026/77")
    send(clinician, "form[action$='/add-letter'] button")
    coordinator.goto(stay)
    send(coordinator, "form[action$='/complete'] button")
    coordinator.wait_for_url("**done=completed")
    assert "The file was closed" in coordinator.inner_text("section[aria-labelledby=moves]")


def test_a_suspension_is_seen_before_it_is_decided_and_then_appealed(
    people: Any, address: str
) -> None:
    found = httpx.get(f"{address}/v1/facilities?q=Erguvan&limit=1").json()["items"][0]
    held = httpx.get(f"{address}/v1/facilities/{found['id']}/credentials").json()["items"]
    licence = next(each["id"] for each in held if each["kind"] == "licence")
    officer = people("demo-officer-tr-1")
    officer.goto(f"{address}/officer/credentials/{licence}")
    assert officer.locator("button[value=suspend]").count() == 0
    officer.click("summary:has-text('Suspend')")
    send(officer, "button[value=preview]")
    assert officer.locator("text=Offers that hide").is_visible()
    officer.fill("#reason-suspend", "The survey found open points")
    send(officer, "button[value=suspend]")
    officer.wait_for_url("**?done=credential-suspended")
    listing = httpx.get(f"{address}/v1/facilities/{found['id']}").json()["listing"]
    assert listing["listed"] is False
    coordinator = people("demo-coordinator")
    coordinator.goto(f"{address}/facility/credentials/{licence}")
    coordinator.fill("#grounds", "The points were closed in the week after the survey.")
    send(coordinator, "button[value=appeal]")
    judge = people("demo-officer-tr-2")
    judge.goto(f"{address}/officer?list=appeals")
    send(judge, f"a[href='/officer/credentials/{licence}']")
    judge.click("summary:has-text('Decide the appeal')")
    judge.select_option("#outcome-appeal", "overturned")
    judge.fill("#reason-decide_appeal", "They were closed in time")
    send(judge, "button[value=decide_appeal]")
    judge.wait_for_url("**?done=appeal-decided")
    listing = httpx.get(f"{address}/v1/facilities/{found['id']}").json()["listing"]
    assert listing["listed"] is True
