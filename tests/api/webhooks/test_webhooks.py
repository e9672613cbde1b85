"""Registering webhooks: who may, what is refused, and what is never shown again."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.actor import Role
from tests.conftest import Person, Register
from tests.factories.hooks import hooked, webhooks_of
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("database")
URL = "https://his.hospital.example/shifayol"


@pytest.fixture
async def administrator(person: Register) -> Person:
    return await person(Role.COORDINATOR)


async def test_a_webhook_is_registered_shown_changed_and_removed(administrator: Person) -> None:
    hook = await hooked(administrator, URL)
    assert hook.secret.startswith("whsec_") and len(hook.secret) == 50
    shown = await administrator.client.get(hook.address)
    assert shown.json() == hook.view and shown.headers["etag"] == '"1"'
    assert "secret" not in shown.json()
    assert (await administrator.client.get(webhooks_of(administrator))).json() == [hook.view]
    body = {"url": f"{URL}/2", "enabled": False}
    changed = await administrator.client.put(hook.address, json=body, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["url"], changed.json()["enabled"]) == (f"{URL}/2", False)
    assert changed.json()["disabled_reason"] == "by_administrator"
    stale = await administrator.client.put(hook.address, json=body, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert (await administrator.client.put(hook.address, json=body)).status_code == 422
    assert (await administrator.client.delete(hook.address)).status_code == 204
    assert (await administrator.client.get(hook.address)).json()["code"] == "webhook_not_found"
    assert (await administrator.client.delete(hook.address)).status_code == 404
    await hooked(administrator, URL)


async def test_the_secret_lies_sealed(administrator: Person) -> None:
    hook = await hooked(administrator, URL)
    (row,) = await run(
        "SELECT secret_sealed FROM webhook_endpoint WHERE url = $1 ORDER BY id DESC LIMIT 1", URL
    )
    assert hook.secret.removeprefix("whsec_").encode() not in bytes(row["secret_sealed"])
    audits = await run(
        "SELECT detail::text FROM audit_event WHERE subject_id = $1", hook.view["id"]
    )
    assert audits and all(hook.secret not in (row["detail"] or "") for row in audits)


async def test_an_address_is_registered_once_however_often_it_is_sent(
    administrator: Person,
) -> None:
    answers = await asyncio.gather(
        *(
            administrator.client.post(webhooks_of(administrator), json={"url": URL})
            for _ in range(4)
        )
    )
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert {each.json().get("code") for each in answers} == {None, "webhook_known"}


async def test_their_number_is_bounded(administrator: Person) -> None:
    for number in range(10):
        await hooked(administrator, f"{URL}/{number}")
    full = await administrator.client.post(webhooks_of(administrator), json={"url": URL})
    assert (full.status_code, full.json()["code"]) == (409, "too_many_webhooks")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://his.hospital.example/"}, "webhook_url_unusable"),
        ({"url": "https://192.168.0.10/"}, "webhook_url_unusable"),
        ({"url": "https://u:p@his.hospital.example/"}, "webhook_url_unusable"),
        ({"url": "javascript:alert(1)"}, "invalid_request"),
        ({"url": "https://his.example/\u0000"}, None),
        ({"url": "https://" + "a" * 600}, "invalid_request"),
        ({"url": URL, "secret": "mine"}, "invalid_request"),
        ({"url": 10**400}, None),
        ({}, "invalid_request"),
    ],
)
async def test_what_cannot_be_told_is_refused(
    administrator: Person, body: dict[str, Any], code: str | None
) -> None:
    answer = await administrator.client.post(webhooks_of(administrator), json=body)
    assert answer.status_code in (400, 422), answer.text
    assert code in (None, answer.json()["code"])


async def test_only_the_administrator_of_a_facility_may(
    administrator: Person, person: Register
) -> None:
    hook = await hooked(administrator, URL)
    colleague = await person(Role.COORDINATOR, organisation=administrator.organisation_id)
    elsewhere = await person(Role.COORDINATOR)
    doctor = await person(Role.REFERRING_DOCTOR)
    for stranger in (colleague, elsewhere):
        for method, path in (
            ("GET", hook.address),
            ("DELETE", hook.address),
            ("GET", f"{hook.address}/deliveries"),
        ):
            answer = await stranger.client.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (404, "organisation_not_found")
    assert (await doctor.client.get(webhooks_of(doctor))).status_code == 403
    theirs = await elsewhere.client.get(f"{webhooks_of(elsewhere)}/{hook.view['id']}")
    assert theirs.json()["code"] == "webhook_not_found"


async def test_replays_are_bounded_by_what_is_kept(administrator: Person) -> None:
    hook = await hooked(administrator, URL)
    replay = f"{hook.address}/deliveries/replay"
    now = datetime.now(UTC)
    for since in (now - timedelta(days=31), now + timedelta(minutes=1)):
        answer = await administrator.client.post(replay, json={"since": since.isoformat()})
        assert (answer.status_code, answer.json()["code"]) == (422, "unusable_since")
    naive = await administrator.client.post(replay, json={"since": "2026-11-28T10:00:00"})
    assert naive.status_code == 422
    one = await administrator.client.post(f"{hook.address}/deliveries/{uuid4()}/replay")
    assert (one.status_code, one.json()["code"]) == (404, "webhook_delivery_not_found")
    none = await administrator.client.post(replay, json={"since": now.isoformat()})
    assert none.json() == {"count": 0}
