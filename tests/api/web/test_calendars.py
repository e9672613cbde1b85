"""Calendars on their page: an address is shown once, made anew and ended."""

import re

from domain.actor import Role
from tests.api.web.conftest import SignedIn
from tests.factories.bookable import bookable

_ADDRESS = re.compile(r"https://localhost(/calendars/[\w-]{43}\.ics)")


async def test_a_patient_follows_rotates_and_ends(catalogue: None, signed_in: SignedIn) -> None:
    browser, _ = await signed_in()
    made = await browser.send("/account/calendars", {"kind": "patient"})
    assert made.status_code == 200 and made.headers["cache-control"] == "no-store"
    first = _ADDRESS.search(made.text)
    assert first
    listed = await browser.get("/account/calendars")
    assert not _ADDRESS.search(listed.text), "the address is shown once"
    again = await browser.send("/account/calendars", {"kind": "patient"})
    assert again.status_code == 422 and "already" in again.text
    found = re.search(r'action="(/account/calendars/[0-9a-f-]{36})"', listed.text)
    assert found
    fresh = await browser.send(found[1], {"do": "rotate"}, form_on="/account/calendars")
    second = _ADDRESS.search(fresh.text)
    assert second and second[1] != first[1]
    assert (await browser.client.get(first[1])).status_code == 404
    assert (await browser.client.get(second[1])).status_code == 200
    ended = await browser.send(found[1], {"do": "revoke"}, form_on="/account/calendars")
    assert ended.status_code == 303
    assert (await browser.client.get(second[1])).status_code == 404


async def test_staff_are_offered_their_facility_and_who_works_there(
    catalogue: None, signed_in: SignedIn
) -> None:
    browser, who = await signed_in(Role.SCHEDULER)
    assert who.organisation_id is not None
    offer = await bookable(who.organisation_id)
    shown = await browser.get("/account/calendars")
    assert f'value="{offer.facility_id}"' in shown.text and "Dr. T, " in shown.text
    body = {"kind": "facility", "facility_id": str(offer.facility_id)}
    made = await browser.send("/account/calendars", body)
    address = _ADDRESS.search(made.text)
    assert address and (await browser.client.get(address[1])).status_code == 200
