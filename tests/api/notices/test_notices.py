"""Notices over HTTP: lists, reading, preferences, and what cannot be meant."""

from uuid import uuid4

import pytest

from domain.actor import SYSTEM
from domain.notifications import service as notices
from domain.notifications.types import NoticeKind
from tests.conftest import Register


async def test_notices_are_listed_counted_and_read(database: None, person: Register) -> None:
    reader, stranger = await person(), await person()
    for number in range(3):
        await notices.notify(
            SYSTEM, reader.account_id, NoticeKind.TASK, f"task-{number}", {"task_id": str(number)}
        )
    listed = (await reader.client.get("/v1/me/notices", params={"limit": 2})).json()
    assert [each["params"]["task_id"] for each in listed["items"]] == ["2", "1"]
    assert (listed["unread"], listed["items"][0]["read_at"]) == (3, None)
    address = f"/v1/me/notices/{listed['items'][0]['id']}/read"
    assert (await stranger.client.post(address)).json()["code"] == "notice_not_found"
    first = await reader.client.post(address)
    assert first.status_code == 200 and first.json()["read_at"]
    assert (await reader.client.post(address)).json() == first.json()
    unread = (await reader.client.get("/v1/me/notices", params={"unread": "true"})).json()
    assert unread["unread"] == len(unread["items"]) == 2
    assert (await reader.client.post("/v1/me/notices/read")).status_code == 204
    assert (await reader.client.get("/v1/me/notices")).json()["unread"] == 0
    rest = await reader.client.get("/v1/me/notices", params={"limit": 2, "cursor": listed["next"]})
    assert [each["params"]["task_id"] for each in rest.json()["items"]] == ["0"]


async def test_what_cannot_be_meant_is_refused(database: None, person: Register) -> None:
    reader, other = await person(), await person()
    for number in range(2):
        await notices.notify(SYSTEM, other.account_id, NoticeKind.TASK, f"t-{number}", {})
    theirs = (await other.client.get("/v1/me/notices", params={"limit": 1})).json()["next"]
    for params, code in (
        ({"limit": "0"}, "invalid_request"),
        ({"cursor": "x\0"}, "cursor_invalid"),
        ({"cursor": theirs}, "cursor_invalid"),
        ({"unred": "true"}, "unknown_parameter"),
    ):
        answer = await reader.client.get("/v1/me/notices", params=params)
        assert answer.status_code in (400, 422), (params, answer.text)
        assert answer.json()["code"] == code
    unknown = await reader.client.post(f"/v1/me/notices/{uuid4()}/read")
    assert unknown.status_code == 404


async def test_preferences_are_kept_and_their_bad_shapes_refused(
    database: None, person: Register
) -> None:
    reader = await person()
    address = "/v1/me/notice-preferences"
    assert (await reader.client.get(address)).json() == {
        "mail": ["bookings", "referrals", "search"],
        "phone": None,
    }
    wanted = {"mail": ["search"], "phone": "+905321234567"}
    assert (await reader.client.put(address, json=wanted)).json() == wanted
    assert (await reader.client.get(address)).json() == wanted
    for bad in (
        {"mail": ["weather"]},
        {"mail": [], "phone": "0701 123 45 67"},
        {"mail": [], "phone": "+" + "9" * 40},
        {"mail": [], "phone": "+7701123\u0000"},
        {"mail": [], "nudges": True},
        {},
    ):
        assert (await reader.client.put(address, json=bad)).status_code == 422, bad
    assert (await reader.client.get(address)).json() == wanted


@pytest.mark.parametrize("path", ["/v1/me/notices", "/v1/me/notice-preferences"])
async def test_nobody_is_told_without_signing_in(client: object, path: str) -> None:
    assert (await client.get(path)).status_code == 401  # type: ignore[attr-defined]
