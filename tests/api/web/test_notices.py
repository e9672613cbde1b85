"""The page of notices and the bell: what a reader sees, opens and chooses."""

from domain.actor import SYSTEM
from domain.bookings.events import BookingNews
from domain.notifications import service as notices
from domain.notifications.types import NoticeKind
from tests.api.web.conftest import SignedIn


async def test_the_bell_counts_and_opening_a_notice_reads_it(signed_in: SignedIn) -> None:
    browser, reader = await signed_in()
    assert '<span class="tag look">1' not in (await browser.get("/me")).text
    booking = "0199f3a0-5c1e-7d42-9b60-000000000007"
    params = {"booking_id": booking, "news": BookingNews.CONFIRMED.value}
    await notices.notify(SYSTEM, reader.account_id, NoticeKind.BOOKING, "b-1", params)
    assert '<span class="tag look">1' in (await browser.get("/me")).text
    shown = await browser.get("/notices?lang=tr")
    assert "Bir randevu onaylandı" in shown.text
    (notice,) = (await reader.client.get("/v1/me/notices")).json()["items"]
    opened = await browser.send(f"/notices/{notice['id']}", form_on="/notices")
    assert (opened.status_code, opened.headers["location"]) == (303, f"/bookings/{booking}")
    assert '<span class="tag look">1' not in (await browser.get("/me")).text


async def test_all_is_read_at_once(signed_in: SignedIn) -> None:
    browser, reader = await signed_in()
    for number in range(25):
        await notices.notify(SYSTEM, reader.account_id, NoticeKind.SAVED_SEARCH, f"s-{number}", {})
    shown = await browser.get("/notices")
    assert "Earlier notices" in shown.text
    await browser.send("/notices/read", form_on="/notices")
    assert "Mark all as read" not in (await browser.get("/notices")).text


async def test_mail_is_chosen_on_the_page(signed_in: SignedIn) -> None:
    browser, reader = await signed_in()
    answer = await browser.send(
        "/notices/preferences", {"mail": ["referrals", "weather"]}, form_on="/notices"
    )
    assert answer.status_code == 303
    chosen = (await reader.client.get("/v1/me/notice-preferences")).json()
    assert chosen == {"mail": ["referrals"], "phone": None}
    wrong = await browser.send("/notices/preferences", {"phone": "later"}, form_on="/notices")
    assert wrong.status_code == 422
    assert (await reader.client.get("/v1/me/notice-preferences")).json() == chosen


async def test_whoever_is_not_signed_in_hears_no_bell(browser: object) -> None:
    shown = await browser.get("/sign-in")  # type: ignore[attr-defined]
    assert shown.status_code == 200 and 'href="/notices"' not in shown.text
