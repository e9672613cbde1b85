"""No page has a fault that axe-core finds."""

from typing import Any

import httpx
import pytest

from tests.browser.conftest import AXE_LANGUAGES, sign_in
from tests.browser.test_pages import (
    OF_PERSON,
    PUBLIC,
    booked,
    of_one_resource,
    preview_suspension,
    register_system,
    stays,
    violations,
    violations_here,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", AXE_LANGUAGES)
def test_axe_finds_no_violation(page: Any, address: str, axe: str, language: str) -> None:
    offer = httpx.get(f"{address}/v1/offers?limit=1").json()["items"][0]
    facility = f"/facilities/{offer['facility']['id']}"
    own = (f"/offers/{offer['id']}", facility, f"{facility}/credentials")
    found = violations(page, address, axe, (*PUBLIC, *own, "/docs"), language)
    for person, paths in OF_PERSON.items():
        page.context.clear_cookies()
        sign_in(page, address, person)
        if person == "demo-patient":
            paths = (*paths, f"{booked(page, address)}/reschedule")
        if person == "demo-coordinator":
            register_system(page, address)
        if person in ("demo-coordinator", "demo-clinician"):
            paths = (*paths, *stays(page, address))
        if person == "demo-coordinator":
            paths = (*paths, *of_one_resource(page, address))
        found += violations(page, address, axe, paths, language)
        if person == "demo-officer-tr-1":
            preview_suspension(page, address)
            found += violations_here(page, axe)
    assert found == []
