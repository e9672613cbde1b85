"""A facility's price list over HTTP: sent, reported on, sent again, given out."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.actor import Role
from tests.conftest import Person, Register
from tests.domain.catalogue.test_price_lists import FIRST, MORE, table
from tests.factories import directory

pytestmark = pytest.mark.usefixtures("catalogue")
CSV = {"content-type": "text/csv; charset=utf-8"}


@pytest.fixture
async def staff(person: Register) -> tuple[Person, str]:
    """A coordinator, and the address of their facility's price list."""
    coordinator = await person(Role.COORDINATOR, state="UZ")
    facility = await directory.licensed("UZ", organisation=coordinator.organisation_id)
    return coordinator, f"/v1/facilities/{facility.id}/price-list"


async def sent(by: Person, address: str, raw: bytes, **more: Any) -> dict[str, Any]:
    answer = await by.client.put(address, content=raw, headers=CSV, **more)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def offers(by: Person, address: str) -> list[dict[str, Any]]:
    found = await by.client.get(address.replace("price-list", "offers"))
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def test_a_list_sent_twice_changes_nothing_and_a_new_price_is_a_new_version(
    staff: tuple[Person, str],
) -> None:
    by, address = staff
    raw = table(FIRST, MORE, FIRST | {"reference": "K-18", "amount": "not a price"})
    tried = await sent(by, address, raw, params={"try_only": "true"})
    assert (tried["made"], tried["tried_only"]) == (1, True) and await offers(by, address) == []
    first = await sent(by, address, raw)
    assert (first["made"], first["changed"]) == (1, 0)
    assert [(row["line"], row["reference"]) for row in first["refused"]] == [(4, "K-18")]
    again = await sent(by, address, raw)
    assert (again["made"], again["changed"], again["unchanged"]) == (0, 0, 1)
    dearer = await sent(by, address, table(FIRST | {"amount": "5500"}, MORE))
    assert (dearer["changed"], dearer["unchanged"]) == (1, 0)
    (offer,) = await offers(by, address)
    assert (offer["version"], offer["price"]["amount"]) == (2, 550_000)
    prices = (await by.client.get(f"/v1/offers/{offer['id']}/prices")).json()["items"]
    assert [price["price"]["amount"] for price in prices] == [550_000, 540_000]


async def test_what_was_given_out_comes_back_unchanged(staff: tuple[Person, str]) -> None:
    by, address = staff
    await sent(by, address, table(FIRST, MORE, FIRST | {"reference": "=K-18"}))
    await directory.offer(UUID(address.split("/")[3]), "cataract-surgery", 90_000)
    table_out = await by.client.get(address)
    assert table_out.headers["content-type"].startswith("text/csv")
    assert "attachment" in table_out.headers["content-disposition"]
    report = await sent(by, address, table_out.content)
    assert (report["made"], report["changed"], report["unchanged"]) == (0, 0, 3), report


async def test_rules_of_offers_hold_in_lists_too(staff: tuple[Person, str]) -> None:
    by, address = staff
    rows = [
        FIRST | {"reference": "1", "treatment": "no-such-thing"},
        FIRST | {"reference": "2", "deposit": "6000"},
        FIRST | {"reference": "3", "currency": "KZT"},
        FIRST | {"reference": "4", "tiers": "0h:0% 48h:50%"},
        FIRST | {"reference": "5"},
    ]
    report = await sent(by, address, table(*rows))
    assert report["made"] == 1
    reasons = {row["reference"]: row["reasons"][0] for row in report["refused"]}
    assert set(reasons) == {"1", "2", "3", "4"}
    assert reasons["1"].startswith("treatment") and reasons["2"].startswith("deposit")
    other = await sent(by, address, table(FIRST | {"reference": "5", "treatment": "mri-scan"}))
    assert "keeps its treatment" in other["refused"][0]["reasons"][0]


async def test_bad_tables_and_other_people_are_refused(
    staff: tuple[Person, str], person: Register, client: httpx.AsyncClient
) -> None:
    by, address = staff
    broken = await by.client.put(address, content="цена".encode("cp1251"), headers=CSV)
    assert (broken.status_code, broken.json()["code"]) == (422, "price_list_unreadable")
    wrong = await by.client.put(address, content=table(FIRST), headers={"content-type": "x/y"})
    assert wrong.status_code == 415
    large = await by.client.put(address, content=b"x" * (1024 * 1024 + 1), headers=CSV)
    assert large.status_code == 413
    elsewhere = await person(Role.COORDINATOR, state="UZ")
    assert (await elsewhere.client.get(address)).status_code == 404
    foreign = await elsewhere.client.put(address, content=table(FIRST), headers=CSV)
    assert foreign.status_code == 404
    assert (await client.get(address)).status_code == 401
    patient = await person()
    assert (await patient.client.get(address)).status_code == 403
