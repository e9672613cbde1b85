"""Facilities of the real registers on the pages, with credentials that only this test knows."""

from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

import pytest

from api.web.languages import PAGES
from domain.actor import SYSTEM, Actor
from domain.credentials.types import CredentialKind
from domain.db import connection, transactional
from domain.registers.service import import_register
from tests.api.web.conftest import Browser
from tests.factories import directory
from tests.factories.registers import FILES

pytestmark = pytest.mark.usefixtures("catalogue")

KINDS = (
    CredentialKind.LICENCE,
    CredentialKind.HEALTH_TOURISM_AUTHORISATION,
    CredentialKind.QUALITY_ACCREDITATION,
)
TREATMENT = "aortic-aneurysm-repair"
OF_EACH = 4


@transactional
async def sample(actor: Actor, source: str) -> list[Any]:
    """Return some facilities of a register, evenly spread over it, whose names are theirs alone."""
    rows = await connection().fetch(
        "SELECT id, name, city, jurisdiction, position_of FROM facility f"
        " WHERE source = $1 AND register_gone_at IS NULL AND NOT EXISTS"
        " (SELECT FROM facility o WHERE o.name = f.name AND o.id <> f.id) ORDER BY source_key",
        source,
    )
    return rows[:: len(rows) // OF_EACH][:OF_EACH]


@pytest.fixture
async def listed(register_data: Path) -> list[tuple[Any, UUID]]:
    """A sample of all three registers, verified by two officers of each state, with an offer."""
    made, rows = [], 0
    for register, (name, taken, skipped) in FILES.items():
        report = await import_register(register, register_data / "facilities" / name)
        assert report.taken + report.updated + report.unchanged == taken
        assert len(report.skipped) == skipped
        rows += taken + skipped
        for facility in await sample(SYSTEM, register):
            for kind in KINDS:
                await directory.credential(facility["id"], facility["jurisdiction"], kind)
            offer = await directory.offer(facility["id"], TREATMENT, 900_000)
            made.append((facility, offer.id))
    assert rows == 1_971
    assert len(made) == OF_EACH * len(FILES)
    return made


async def test_verified_facilities_of_the_registers_are_found_and_shown_in_every_language(
    listed: list[tuple[Any, UUID]], browser: Browser
) -> None:
    languages = [*PAGES] * 2
    for number, (facility, offer) in enumerate(listed):
        lang, name = languages[number], escape(facility["name"], quote=False)
        found = await browser.get(f"/search?q={quote_plus(facility['name'])}&lang={lang}")
        assert found.status_code == 200
        assert f'href="/offers/{offer}' in found.text, (facility["name"], lang)
        shown = await browser.get(f"/facilities/{facility['id']}?lang={lang}")
        assert name in shown.text.replace("&#39;", "'").replace("&#34;", '"')
        assert 'class="tag demo"' not in shown.text
        # A position that is only the town's is never shown as the site's.
        assert ("geo:" in shown.text) is (facility["position_of"] == "site")
        credentials = await browser.get(f"/facilities/{facility['id']}/credentials?lang={lang}")
        assert credentials.text.count('class="tag good"') >= len(KINDS)


async def test_what_no_officer_has_verified_is_in_no_search(
    listed: list[tuple[Any, UUID]], browser: Browser
) -> None:
    known = {facility["id"] for facility, _ in listed}
    for register in FILES:
        other = next(each for each in await everything(SYSTEM, register) if each["id"] not in known)
        answer = await browser.get(f"/search?q={quote_plus(other['name'])}&lang=en")
        assert f'href="/facilities/{other["id"]}"' not in answer.text
        page = await browser.get(f"/facilities/{other['id']}?lang=en")
        assert "Does not take foreign patients here at present" in page.text


@transactional
async def everything(actor: Actor, source: str) -> list[Any]:
    return list(
        await connection().fetch(
            "SELECT id, name FROM facility f WHERE source = $1 AND register_gone_at IS NULL"
            " AND NOT EXISTS (SELECT FROM credential c WHERE c.facility_id = f.id)"
            " ORDER BY source_key DESC LIMIT 40",
            source,
        )
    )
