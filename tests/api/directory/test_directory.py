"""The directory over HTTP: from registering a facility to a patient finding its offer."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.actor import Role
from domain.ids import new_id
from domain.permissions.table import PEOPLE
from tests.factories import directory
from tests.factories.directory import today

pytestmark = pytest.mark.usefixtures("catalogue")
Register = Callable[..., Awaitable[Any]]

LICENCE = {
    "kind": "licence",
    "body": "The ministry",
    "issued": str(today() - timedelta(days=10)),
    "valid_from": str(today() - timedelta(days=10)),
    "valid_to": str(today() + timedelta(days=400)),
}
OFFER = {
    "treatment": "ivf",
    "currency": "EUR",
    "lines": [
        {"kind": "mandatory", "label": "Team", "amount": 200000},
        {"kind": "conditional", "label": "Extra night", "amount": 5000, "cap": 10000},
        {"kind": "excluded", "label": "Travel"},
    ],
    "deposit": 20000,
    "mode": "instant",
    "lead_time_hours": 24,
    "languages": ["az", "ru"],
    "inclusions": ["transfer"],
}


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


async def test_from_registering_to_being_found(person: Register, client: httpx.AsyncClient) -> None:
    operator = await person(Role.OPERATOR)
    coordinator = await person(Role.COORDINATOR, state="AZ")
    first, second = await person(Role.MINISTRY_OFFICER, state="AZ"), None
    second = await person(Role.MINISTRY_OFFICER, state="AZ")
    foreign = await person(Role.MINISTRY_OFFICER, state="TR")

    made = await operator.client.post(
        "/v1/facilities",
        json={"jurisdiction": "AZ", "kind": "clinic", "name": "Şirvan Klinikası", "city": "Şirvan"},
    )
    assert made.status_code == 201, made.text
    address = f"/v1/facilities/{made.json()['id']}"
    assert made.json()["listing"] == {
        "listed": False, "reason": "not_listed", "missing": ["licence"],
    }  # fmt: skip
    assigned = await operator.client.post(
        f"{address}/assign", json={"organisation_id": str(coordinator.organisation_id)}
    )
    assert assigned.status_code == 200, assigned.text

    offer = await coordinator.client.post(f"{address}/offers", json=OFFER)
    assert offer.status_code == 201, offer.text
    offer_id, etag = offer.json()["id"], offer.headers["etag"]
    assert offer.json()["price"] == {"amount": 200000, "currency": "EUR"}
    assert code(await client.get(f"/v1/offers/{offer_id}")) == (404, "offer_not_found")

    handed_in = await coordinator.client.post(
        f"{address}/credentials", json={**LICENCE, "certificate_number": str(new_id())}
    )
    assert handed_in.status_code == 201, handed_in.text
    credential = f"/v1/credentials/{handed_in.json()['id']}"
    version = {"If-Match": handed_in.headers["etag"]}
    check = {"method": "letter", "primary_source": True, "evidence_sha256": "0" * 64}
    assert code(await first.client.post(f"{credential}/verify", json=check)) == (
        422, "if_match_needed",
    )  # fmt: skip
    assert code(await foreign.client.post(f"{credential}/verify", json=check, headers=version)) == (
        404, "credential_not_found",
    )  # fmt: skip
    refused = await coordinator.client.post(f"{credential}/verify", json=check, headers=version)
    assert code(refused) == (403, "wrong_role")
    verified = await first.client.post(f"{credential}/verify", json=check, headers=version)
    assert verified.status_code == 200, verified.text
    version = {"If-Match": verified.headers["etag"]}
    own = await first.client.post(f"{credential}/confirm", headers=version)
    assert code(own) == (403, "four_eyes")
    queue = (await second.client.get("/v1/credentials", params={"status": "pending"})).json()
    assert handed_in.json()["id"] in [item["id"] for item in queue["items"]]
    confirmed = await second.client.post(f"{credential}/confirm", headers=version)
    assert confirmed.status_code == 200, confirmed.text
    again = await second.client.post(f"{credential}/confirm", headers=version)
    assert code(again) == (409, "wrong_state")

    shown = await client.get(f"/v1/offers/{offer_id}", params={"lang": "az"})
    assert shown.status_code == 200
    assert shown.json()["listed"] is True
    assert shown.json()["facility"]["demo"] is False
    found = await client.get("/v1/offers", params={"q": "süni mayalanma", "city": "Şirvan"})
    if not found.json()["items"]:
        found = await client.get("/v1/offers", params={"q": "ivf", "city": "Şirvan"})
    item = found.json()["items"][0]
    assert item["id"] == offer_id
    assert item["treatment"]["code"] == "ivf"
    assert item["facility"]["id"] == made.json()["id"]
    public = (await client.get(f"{address}/credentials")).json()["items"]
    assert [c["status"] for c in public] == ["active"]
    assert "verified_by" not in public[0]

    dearer = {k: v for k, v in OFFER.items() if k != "treatment"} | {"deposit": 0}
    changed = await coordinator.client.put(
        f"{address}/offers/{offer_id}", json=dearer, headers={"If-Match": etag}
    )
    assert changed.status_code == 200, changed.text
    stale = await coordinator.client.put(
        f"{address}/offers/{offer_id}", json=dearer, headers={"If-Match": etag}
    )
    assert code(stale) == (412, "stale_version")
    prices = (await client.get(f"/v1/offers/{offer_id}/prices")).json()["items"]
    assert [price["version"] for price in prices] == [2, 1]

    version = {"If-Match": confirmed.headers["etag"]}
    suspended = await first.client.post(
        f"{credential}/suspend", json={"reason": "Under investigation"}, headers=version
    )
    assert suspended.status_code == 200, suspended.text
    assert code(await client.get(f"/v1/offers/{offer_id}")) == (404, "offer_not_found")
    gone = await client.get("/v1/offers", params={"treatment": "ivf", "city": "Şirvan"})
    assert gone.json()["total"] == 0
    version = {"If-Match": suspended.headers["etag"]}
    await first.client.post(
        f"{credential}/reinstate", json={"reason": "Cleared of it"}, headers=version
    )
    assert (await client.get(f"/v1/offers/{offer_id}")).status_code == 200
    withdrawn = await coordinator.client.post(
        f"{address}/offers/{offer_id}/withdraw", headers={"If-Match": changed.headers["etag"]}
    )
    assert withdrawn.json()["active"] is False


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 401), *((role, 403) for role in sorted(PEOPLE - {Role.OPERATOR}))],
)
async def test_registering_is_for_operators(
    person: Register, client: httpx.AsyncClient, role: Role | None, status: int
) -> None:
    who = client if role is None else (await person(role)).client
    body = {"jurisdiction": "AZ", "kind": "clinic", "name": "A clinic", "city": "Baku"}
    assert (await who.post("/v1/facilities", json=body)).status_code == status


PUBLIC = (
    "/v1/states", "/v1/specialties", "/v1/treatments", "/v1/treatments/ivf", "/v1/offers",
    "/v1/suggest?q=a", "/v1/facilities", "/v1/facilities?listed=any",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
async def test_the_public_side_needs_no_session(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("currency=GBP", "invalid_request"),
        ("currency=eur", "invalid_request"),
        ("state=DE", "unknown_jurisdiction"),
        ("state=KZ&state=XX", "unknown_jurisdiction"),
        ("specialty=alchemy", "unknown_specialty"),
        ("treatment=time-travel", "unknown_treatment"),
        ("credential=badge", "invalid_request"),
        ("language=de", "unknown_language"),
        ("lang=tlh", "unknown_language"),
        ("inclusion=champagne", "invalid_request"),
        ("mode=maybe", "invalid_request"),
        ("sort=commission", "invalid_request"),
        ("facets=state,secret", "unknown_facet"),
        ("cursor=abc", "cursor_invalid"),
        ("limit=0", "invalid_request"),
        ("limit=101", "invalid_request"),
        ("limit=ten", "invalid_request"),
        ("price_min=-1", "invalid_request"),
        ("price_min=1.5", "invalid_request"),
        ("price_min=1e400", "invalid_request"),
        ("price_min=5&price_max=4", "prices_crossed"),
        ("commission=1", "unknown_parameter"),
        ("limit=1000000000", "invalid_request"),
        ("limit=1" + "0" * 400, "invalid_request"),
        ("price_max=1" + "0" * 400, "invalid_request"),
        ("currency=XXX", "invalid_request"),
        ("near=NaN,NaN", "near_unreadable"),
        ("near=nan,5", "near_unreadable"),
        ("near=1e400,5", "near_unreadable"),
        ("near=91,5", "near_unreadable"),
        ("near=5", "near_unreadable"),
        ("near=5,6,7", "near_unreadable"),
        ("near=", "near_unreadable"),
        ("near=" + "1" * 61, "invalid_request"),
        ("near=41,29&within_km=NaN", "invalid_request"),
        ("near=41,29&within_km=-1", "invalid_request"),
        ("near=41,29&within_km=0", "invalid_request"),
        ("near=41,29&within_km=1e400", "invalid_request"),
        ("near=41,29&within_km=far", "invalid_request"),
        ("within_km=5", "near_needed"),
        ("sort=distance", "near_needed"),
        ("available_from=2026-12-02&available_to=2026-12-01", "dates_crossed"),
        ("available_from=2026-13-01", "invalid_request"),
        ("available_from=tomorrow", "invalid_request"),
        ("available_to=99999-01-01", "invalid_request"),
        ("q=" + "x" * 201, "invalid_request"),
        ("treatment=%00", "unstorable_value"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    client: httpx.AsyncClient, query: str, expected: str
) -> None:
    assert code(await client.get(f"/v1/offers?{query}")) == (422, expected)


@pytest.mark.parametrize(
    "query",
    [
        "q=%00", "q=%F0%9F%A6%B7", "q=%ED%A0%80", "q=%FF%FE", "q=", "q=%20", "q=((", "city=%00",
        "city=" + "x" * 4000, "facets=", "facets=state&facets=city,mode", "state=KZ&state=TR",
        "price_max=999999999999&currency=UZS", "price_min=999999999999&currency=EUR",
        "city=%ED%A0%80", "cursor=%00", "limit=100", "near=90,180&sort=distance",
        "near=-90,-180&within_km=20100&facets=price,earliest,city", "available_to=9999-12-31",
        "available_from=0001-01-01&facets=earliest", "near=%20+41.0,29&sort=distance",
        "lang=en&q=%E2%80%AE%E2%80%8B", "facets=price&currency=UZS", "sort=rating&facets=price",
    ],
)  # fmt: skip
async def test_strange_questions_get_an_answer(client: httpx.AsyncClient, query: str) -> None:
    for address in ("/v1/offers", "/v1/facilities", "/v1/suggest"):
        answer = await client.get(f"{address}?{query}")
        assert answer.status_code in (200, 422), answer.text


async def test_facilities_are_paged_and_say_why_they_are_listed(
    client: httpx.AsyncClient,
) -> None:
    made = await directory.licensed("HU", name="Kis Klinika", city="Sopron")
    page = (await client.get("/v1/facilities", params={"state": "HU", "q": "kis klin"})).json()
    assert [item["id"] for item in page["items"]] == [str(made.id)]
    assert page["items"][0]["listing"]["reason"] == "licensed_not_accredited"
    assert page["items"][0]["demo"] is False
    assert code(await client.get("/v1/facilities?listed=none"))[0] == 422
    assert code(await client.get("/v1/facilities?cursor=AAAA")) == (422, "cursor_invalid")
    assert code(await client.get(f"/v1/facilities/{new_id()}")) == (404, "facility_not_found")
    assert code(await client.get(f"/v1/facilities/{new_id()}/credentials"))[0] == 404
    assert code(await client.get(f"/v1/facilities/{new_id()}/offers"))[0] == 404


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"currency": "TRY"}, "currency_not_collected"),
        ({"currency": "GBP"}, "invalid_request"),
        ({"deposit": 200001}, "deposit_too_high"),
        ({"treatment": "time-travel"}, "unknown_treatment"),
        ({"lines": [{"kind": "excluded", "label": "All"}]}, "lines_wrong"),
        ({"tiers": [{"until_hours_before": 5, "refund_percent": 5}]}, "tiers_wrong"),
        ({"languages": ["de"]}, "unknown_language"),
        ({"price": 1}, "invalid_request"),
        (
            {"lines": [{"kind": "mandatory", "label": "\x00\u200b", "amount": 5}], "deposit": 0},
            "empty_text",
        ),
    ],
)
async def test_an_offer_that_contradicts_itself_is_refused(
    person: Register, changed: dict[str, Any], expected: str
) -> None:
    coordinator = await person(Role.COORDINATOR, state="KZ")
    made = await directory.facility("KZ", organisation=coordinator.organisation_id)
    answer = await coordinator.client.post(
        f"/v1/facilities/{made.id}/offers", json={**OFFER, **changed}
    )
    assert code(answer) == (422, expected), answer.text
