"""Every refusal is a problem document with a stable code, whatever went wrong."""

from typing import Any

import httpx
import pytest

from domain.actor import Role
from tests.conftest import PASSWORD

ACCOUNT = {
    "email": "problems@example.org",
    "password": PASSWORD,
    "name": {"given": "A", "family": "B"},
    "home_state": "KZ",
}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].split(";")[0] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["title"] and body["detail"]
    assert body["type"].endswith(code.replace("_", "-"))
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


@pytest.mark.parametrize("path", ["/nope", "/v1/nope", "/v1/offers/not-a-uuid", "/v1/accounts/x"])
async def test_an_unknown_address(client: httpx.AsyncClient, path: str) -> None:
    problem(await client.get(path), 404, "unknown_address")


async def test_a_method_the_address_does_not_answer(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/sessions")
    problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b'{"email": "\\ud800"}', b"[" * 5000])
async def test_a_body_that_is_not_json(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(
        "/v1/sessions", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["code"] in ("malformed_json", "invalid_request")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unknown": 1}, "body"),
        ({"email": 7}, "email"),
        ({"email": "nobody"}, "email"),
        ({"password": "short"}, "password"),
        ({"home_state": "Kazakhstan"}, "home_state"),
        ({"name": {"given": "A"}}, "name"),
        ({"name": {"given": "A", "family": "B", "middle": "C"}}, "name"),
        ({"as_patient": "yes"}, "as_patient"),
    ],
)
async def test_input_that_does_not_fit_names_the_field(
    client: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    body = problem(
        await client.post("/v1/accounts", json={**ACCOUNT, **change}), 422, "invalid_request"
    )
    assert body["errors"][0]["pointer"].startswith(pointer)


async def test_text_that_cannot_be_stored(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/sessions", json={"email": "a\0b@example.org", "password": "x\0y"}
    )
    assert answer.status_code in (401, 422)


async def test_head_answers_like_get_without_the_content(client: httpx.AsyncClient) -> None:
    for path in ("/v1/states", "/nope"):
        full, bare = await client.get(path), await client.head(path)
        assert (bare.status_code, bare.content) == (full.status_code, b"")
        assert bare.headers["content-type"] == full.headers["content-type"]


async def test_a_body_over_the_limit(client: httpx.AsyncClient) -> None:
    body = b'{"email": "' + b"x" * (1024 * 1024) + b'"}'
    answer = await client.post(
        "/v1/sessions", content=body, headers={"Content-Type": "application/json"}
    )
    problem(answer, 413, "request_too_large")


async def test_more_query_parameters_than_anything_needs(client: httpx.AsyncClient) -> None:
    query = "&".join(f"q={n}" for n in range(40))
    for asked, wrong in (
        (query, "has more than 32 parameters"),
        ("q=" + "a" * 10_000, "is longer"),
    ):
        refused = await client.get(f"/v1/offers?{asked}")
        problem(refused, 422, "invalid_request")
        (error,) = refused.json()["errors"]
        assert error["pointer"] == "query" and wrong in error["detail"]


async def test_a_parameter_given_twice_where_one_counts(client: httpx.AsyncClient) -> None:
    refused = await client.get("/v1/offers?limit=5&limit=100&state=TR&state=UZ")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"pointer": "limit", "detail": "is given more than once"}]
    null = await client.get("/v1/offers?price_min=null")
    assert null.json()["errors"] == [
        {"pointer": "price_min", "detail": "is null; leave it out instead"}
    ]
    assert (await client.get("/v1/offers?limit=5&state=TR&state=UZ")).status_code == 200


async def test_nobody_signed_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/me")
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 5000])
async def test_a_token_that_does_not_hold(client: httpx.AsyncClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode()}
    answer = await client.get("/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] in ("session_ended", "unauthenticated")


async def test_another_role(person: Any) -> None:
    patient = await person()
    body = {"kind": "practice", "name": "Mine", "jurisdiction": "KZ"}
    problem(await patient.client.post("/v1/organisations", json=body), 403, "wrong_role")


async def test_a_fault_of_ours_is_told_without_its_trace(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from domain.search import service

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(service, "suggest", broken)
    answer = await client.get("/v1/suggest", params={"q": "knee"})
    problem(answer, 500, "internal_error")
    assert "secret" not in answer.text


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/v1/states", "/nope"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"]


async def test_a_cookie_does_not_act_for_another_site(app: Any, person: Any) -> None:
    from api.http.authentication import COOKIE
    from tests.conftest import client_of

    operator = await person(Role.OPERATOR)
    body = {"kind": "practice", "name": "By cookie", "jurisdiction": "KZ"}
    async with client_of(app) as browser:
        browser.cookies.set(COOKIE, operator.token)
        for origin, status in (
            ("https://evil.example", 403),
            (None, 403),
            ("https://localhost", 201),
        ):
            headers = {"Origin": origin} if origin else {}
            answer = await browser.post("/v1/organisations", json=body, headers=headers)
            assert answer.status_code == status, origin
        assert (await browser.get("/v1/me")).status_code == 200


async def test_allow_names_every_method_of_an_address(person: Any) -> None:
    client = (await person()).client
    for path, methods in (
        ("/v1/bookings", "GET, HEAD, OPTIONS, POST"),
        ("/v1/cases", "GET, HEAD, OPTIONS, POST"),
        ("/v1/sessions", "OPTIONS, POST"),
    ):
        assert (await client.options(path)).headers["allow"] == methods
        refused = await client.put(path)
        problem(refused, 405, "method_not_allowed")
        assert refused.headers["allow"] == methods


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"]
)
async def test_a_body_that_says_it_is_not_json(client: httpx.AsyncClient, sent: str) -> None:
    answer = await client.post(
        "/v1/sessions",
        content=b'{"email": "a@example.org", "password": "x"}',
        headers={"Content-Type": sent},
    )
    problem(answer, 415, "unsupported_media_type")


async def test_a_version_that_none_can_be(person: Any) -> None:
    operator = await person(Role.OPERATOR)
    nowhere = "0199f3a0-5c1e-7d42-9b60-000000000005"
    for sent in ("*", 'W/"1"', '"1", "2"', "-1", "9999999999"):
        answer = await operator.client.post(
            f"/v1/facilities/{nowhere}/assign",
            json={"organisation_id": nowhere},
            headers={"If-Match": sent},
        )
        problem(answer, 422, "if_match_unreadable")
