"""What goes along with a booking: asked for, confirmed with its supplier, called off."""

import json
from typing import Any

import pytest

from tests.factories.desk import one
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")

COMPANION = {"kind": "companion", "details": {"name": "Сәуле Companionova"}}


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person)


async def added(stay: Stay, who: Any, body: dict[str, Any], **headers: str) -> Any:
    return await who.client.post(f"{stay.address}/items", json=body, headers=headers)


async def test_a_companion_is_sealed_confirmed_and_called_off(stay: Stay) -> None:
    item = (await added(stay, stay.patient, COMPANION)).json()
    assert (item["status"], item["details"]["name"]) == ("requested", "Сәуле Companionova")
    plain = await one("SELECT count(*) FROM booking_item i WHERE i::text LIKE '%Companionova%'")
    assert plain == 0
    assert await stay.kinds() == ["arrange_item"]
    path = f"items/{item['id']}"
    change = {"details": item["details"], "confirmed": True}
    refused = await stay.act(stay.patient, path, {**change, "supplier": "Us"}, method="PUT",
                             version=1)  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (422, "booking_item_incomplete")
    bare = await stay.act(stay.coordinator, path, change, method="PUT", version=1)
    assert bare.json()["code"] == "booking_item_incomplete"
    named = {**change, "supplier": "Guest house"}
    done = await stay.done(stay.coordinator, path, named, method="PUT", version=1)
    assert (done["status"], done["supplier"], done["version"]) == ("confirmed", "Guest house", 2)
    assert await stay.kinds() == []
    stale = await stay.act(stay.patient, path, named, method="PUT", version=1)
    assert stale.status_code == 412
    changed = await stay.done(
        stay.patient, path, {"details": {"name": "Another"}}, method="PUT", version=2
    )
    assert changed["status"] == "requested"
    off = await stay.done(stay.patient, f"{path}/cancel", version=3)
    assert off["status"] == "cancelled"
    again = await stay.act(stay.patient, f"{path}/cancel", version=4)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


async def test_a_double_click_asks_once(stay: Stay) -> None:
    key = {"Idempotency-Key": "companion-1"}
    made = [await added(stay, stay.patient, COMPANION, **key) for _ in range(3)]
    assert {each.status_code for each in made} == {201}
    assert len({each.json()["id"] for each in made}) == 1
    other = await added(stay, stay.patient, {**COMPANION, "supplier": "Else"}, **key)
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("kind", "details", "field"),
    [
        ("companion", {}, "details.name"),
        ("interpreter", {"name": "Zeynep"}, "details.language"),
        ("transfer", {"pick_up": "Airport"}, "details.drop_off"),
        ("medical_transfer", {"stretcher": True, "escort": "A nurse"}, "details.pick_up"),
        ("stay", {"starts_at": "2027-01-02T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z"},
         "details.ends_at"),
    ],
)  # fmt: skip
async def test_an_item_says_what_its_kind_needs(
    stay: Stay, kind: str, details: dict[str, Any], field: str
) -> None:
    answer = await added(stay, stay.patient, {"kind": kind, "details": details})
    assert (answer.status_code, answer.json()["code"]) == (422, "booking_item_incomplete")
    assert field in [each["pointer"] for each in answer.json()["errors"]]


async def test_impossible_input_and_other_peoples_bookings(person: Any, stay: Stay) -> None:
    for raw in (
        b'{"kind": "companion", "details": {"name": "\\ud800 x"}}',
        b'{"kind": "companion", "details": {"name": "x", "stretcher": 1e400}}',
        b'{"kind": "pet", "details": {}}',
        json.dumps({**COMPANION, "surprise": 1}).encode(),
    ):
        answer = await stay.patient.client.post(
            f"{stay.address}/items", content=raw, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422), answer.text
    stranger = await person()
    assert (await added(stay, stranger, COMPANION)).status_code == 404
    assert (await stranger.client.get(f"{stay.address}/items")).status_code == 404
    assert (await added(stay, stay.clinician, COMPANION)).status_code == 403
    item = (await added(stay, stay.patient, COMPANION)).json()
    other = await stay_of(person, stay.offer, number=4, coordinator=stay.coordinator)
    crossed = await other.act(other.patient, f"items/{item['id']}/cancel", version=1)
    assert (crossed.status_code, crossed.json()["code"]) == (404, "booking_item_not_found")


async def test_there_is_an_end_to_items(stay: Stay) -> None:
    for _ in range(20):
        assert (await added(stay, stay.coordinator, COMPANION)).status_code == 201
    answer = await added(stay, stay.patient, COMPANION)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_booking_items")
