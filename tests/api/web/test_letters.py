"""The letter on its pages: issued by its patient, verified by whoever holds the code."""

import re
from typing import Any

from tests.api.web.conftest import Browser, SignedIn
from tests.factories.bookable import Bookable
from tests.factories.mailbox import delivered


async def confirmed(browser: Browser, who: Any, offered: Bookable) -> str:
    held = await who.client.post("/v1/bookings", json=offered.hold(who.patient_id))
    path = f"/v1/bookings/{held.json()['id']}"
    payment = await who.client.post(f"{path}/payments")
    await who.client.post(f"/v1/demo/payments/{payment.json()['id']}/confirm")
    await delivered()
    return f"/bookings/{held.json()['id']}/letter"


async def test_a_patient_issues_the_letter_and_a_stranger_verifies_it(
    signed_in: SignedIn, offered: Bookable, browser: Browser
) -> None:
    mine, who = await signed_in()
    path = await confirmed(mine, who, offered)
    assert path in (await mine.get(path.removesuffix("/letter"))).text
    unspelled = await mine.send(path, {"passport_name": ""})
    assert unspelled.status_code == 409 and "passport spells" in unspelled.text
    cyrillic = await mine.send(path, {"passport_name": "Айгерім"})
    assert cyrillic.status_code == 422
    made = await mine.send(path, {"passport_name": "Aygerim Serikkyzy"})
    assert made.status_code == 303
    shown = await mine.get(path)
    check = re.search(r'href="(/letters/[\w-]+)"', shown.text)
    assert check and "Download the PDF" in shown.text
    seen = await browser.get(check[1])
    assert "This letter is valid" in seen.text and seen.headers["x-robots-tag"] == "noindex"
    for hidden in ("AYGERIM", who.email, str(who.patient_id)):
        assert hidden not in seen.text
    await who.client.post(f"/v1{path.removesuffix('/letter')}/cancel", json={})
    assert "This letter was revoked" in (await browser.get(check[1])).text
    assert "No such letter is known" in (await browser.get("/letters/" + "a" * 43)).text
