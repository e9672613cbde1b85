"""The token endpoint: one token an assertion, the same refusal for whoever proves nothing."""

import asyncio
import base64
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from litestar import Litestar

from api.app import create_app
from domain.actor import SYSTEM, Role
from domain.clients import tokens
from domain.limits import service as limits
from domain.settings import Settings
from tests.conftest import Person, Register, client_of
from tests.factories.systems import (
    ASSERTION_TYPE,
    ENDPOINT,
    EVERY_SCOPE,
    System,
    public,
    registered,
    signed,
)
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def administrator(person: Register) -> Person:
    return await person(Role.COORDINATOR)


@pytest.fixture
async def system(administrator: Person) -> System:
    return await registered(administrator)


def refused(answer: httpx.Response, status: int, error: str) -> str:
    """Check that a refusal is a problem document and an OAuth error, and return its code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["error"], told["status"]) == (error, status)
    assert told["error_description"] == told["detail"]
    assert ("www-authenticate" in answer.headers) is (status == 401)
    return str(told["code"])


async def test_a_stranger_follows_the_metadata_to_a_token_and_uses_it(
    system: System, client: httpx.AsyncClient, app: Litestar
) -> None:
    """Everything a client of RFC 6749, 7523 and 8414 does, and nothing it would not know."""
    found = await client.get("/.well-known/oauth-authorization-server")
    assert found.headers["content-type"] == "application/json"
    server = found.json()
    assert server["issuer"] == "https://localhost"
    assert server["grant_types_supported"] == ["client_credentials"]
    assert server["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert "ES256" in server["token_endpoint_auth_signing_alg_values_supported"]
    assert sorted(server["scopes_supported"]) == sorted(EVERY_SCOPE)
    claims = {
        "iss": system.id, "sub": system.id, "aud": server["issuer"], "jti": str(uuid4()),
        "exp": int(time.time()) + 120,
    }  # fmt: skip
    answer = await client.post(
        server["token_endpoint"],
        data={
            "grant_type": "client_credentials",
            "scope": "bookings:read availability:read",
            "client_id": system.id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed(claims, {"alg": "ES256", "kid": system.kid}, system.key),
        },
    )
    assert answer.status_code == 200, answer.text
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    token = answer.json()
    assert token.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 600)
    assert token["scope"] == "availability:read bookings:read"
    async with client_of(app, token["access_token"]) as his:
        told = await his.get("/v1/me/permissions")
        assert told.status_code == 200
        opened = {each["action"] for each in told.json() if each["relation"] == "facility"}
        assert opened == {"availability.list", "bookings.read", "bookings.list_of_facility"}
        assert not any(each["needs_step_up"] for each in told.json())
        assert (await his.get("/v1/bookings")).json() == []
        person = await his.get("/v1/me")
        assert (person.status_code, person.json()["code"]) == (403, "wrong_role")


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
        (RSAKey.generate_key(3072), "PS256"),
        (RSAKey.generate_key(2048), "RS256"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
async def test_every_algorithm_that_is_announced_opens(
    administrator: Person, client: httpx.AsyncClient, key: Key, alg: str
) -> None:
    system = await registered(administrator, "bookings:read", key=key, alg=alg)
    answer = await system.ask(client)
    assert answer.status_code == 200, answer.text
    assert answer.json()["scope"] == "bookings:read"


async def test_only_the_hash_of_a_token_is_kept(system: System, client: httpx.AsyncClient) -> None:
    token = (await system.ask(client)).json()["access_token"]
    assert token.startswith("sfc.") and len(token) == 4 + 43
    rows = await run("SELECT * FROM client_token WHERE client_id = $1", UUID(system.id))
    assert len(rows) == 1
    assert token[4:].encode() not in bytes(rows[0]["token_hash"]) and token not in str(rows[0])


async def test_scopes_are_a_subset_or_nothing(
    administrator: Person, client: httpx.AsyncClient
) -> None:
    system = await registered(administrator, "bookings:read", "offers:write")
    for asked, given_ in (
        ("", "bookings:read offers:write"), ("offers:write", "offers:write"),
        ("offers:write bookings:read", "bookings:read offers:write"),
    ):  # fmt: skip
        assert (await system.ask(client, scope=asked)).json()["scope"] == given_
    for asked in ("bookings:write", "bookings:read bookings:write", "everything", "\0", "é"):
        assertion = system.assertion()
        answer = await system.ask(client, assertion, scope=asked)
        assert refused(answer, 400, "invalid_scope") == "scope_not_granted"
        # Nothing was given for it, so the assertion is still good.
        assert (await system.ask(client, assertion)).status_code == 200


async def test_whoever_proves_nothing_learns_nothing(
    administrator: Person, system: System, client: httpx.AsyncClient, person: Register
) -> None:
    """An unknown client, a wrong signature, a retired key and a revoked client look alike."""
    thief = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "kid": system.kid}
    other = await registered(await person(Role.COORDINATOR))
    revoked = await registered(administrator)
    await administrator.client.delete(revoked.address)
    retired = await registered(administrator)
    second = {"key": public(ECKey.generate_key("P-256"))}
    await administrator.client.post(f"{retired.address}/keys", json=second)
    await administrator.client.delete(f"{retired.address}/keys/{retired.view['keys'][0]['id']}")
    nobody = str(uuid4())
    answers = [
        await system.ask(client, assertion)
        for assertion in (
            system.assertion(iss=nobody, sub=nobody),
            system.assertion(key=thief),
            signed(system.claims(), header | {"kid": "unknown"}, system.key),
            signed(system.claims(), header | {"jwk": public(thief)}, thief),
            # A foreign client's key, under its own name and under this one's.
            other.assertion(iss=system.id, sub=system.id),
            signed(system.claims(), header, other.key),
            other.assertion(sub=system.id),
            retired.assertion(),
            revoked.assertion(),
            system.assertion(iss="his"),
            system.assertion(jti=None),
            "garbage", "a.b.c", "...", "e30.e30.e30", "\0.\0.\0", "é", "x" * 9000,
            f"{system.assertion()}x", f"{system.assertion()}.x", system.assertion().upper(),
        )
    ]  # fmt: skip
    told = []
    for answer in answers:
        assert refused(answer, 401, "invalid_client") == "client_not_proven"
        plain = answer.json()
        told.append({name: plain[name] for name in plain if name != "request_id"})
    assert all(each == told[0] for each in told)
    # Nor does anything of it stand in the way of the system itself.
    assert (await system.ask(client)).status_code == 200


async def test_wrong_algorithms_are_refused(system: System, client: httpx.AsyncClient) -> None:
    def b64(value: object) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")

    for alg in (
        "none",
        "HS256",
        "RS256",
        "PS256",
        "EdDSA",
        "ES384",
        "ES256K",
        "RSA-OAEP",
        "x" * 90,
    ):
        claims, header = system.claims(), {"alg": alg, "kid": system.kid}
        valid = signed(claims, header | {"alg": "ES256"}, system.key).split(".")
        for signature in ("", valid[2]):
            text = f"{b64(header)}.{valid[1]}.{signature}"
            assert refused(await system.ask(client, text), 401, "invalid_client")


async def test_what_everybody_may_know_is_no_shared_secret(
    administrator: Person, client: httpx.AsyncClient
) -> None:
    system = await registered(administrator, key=RSAKey.generate_key(2048), alg="RS256")
    claims, header = system.claims(), {"alg": "HS256", "kid": system.kid}
    for secret in (
        system.key.as_pem(private=False), system.key.as_der(private=False),
        msgspec.json.encode(public(system.key)), b"",
    ):  # fmt: skip
        said = ".".join(
            base64.urlsafe_b64encode(msgspec.json.encode(part)).decode().rstrip("=")
            for part in (header, claims)
        )
        mac = hmac.digest(secret, said.encode(), "sha256")
        text = f"{said}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
        assert refused(await system.ask(client, text), 401, "invalid_client")
    assert (await system.ask(client)).status_code == 200


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ({"exp": -31}, "has expired"),
        ({"exp": 3600}, "more than five minutes ahead"),
        ({"exp": 10**12}, "more than five minutes ahead"),
        ({"iat": 90}, "from the future"),
        ({"nbf": 90}, "from the future"),
        ({"iat": -3600}, "issued more than five minutes ago"),
    ],
    ids=str,
)
async def test_an_assertion_out_of_its_time_is_refused_to_the_one_who_signed_it(
    system: System, client: httpx.AsyncClient, seconds: dict[str, int], words: str
) -> None:
    times = {name: int(time.time()) + later for name, later in seconds.items()}
    answer = await system.ask(client, system.assertion(**times))
    assert refused(answer, 401, "invalid_client") == "assertion_refused"
    assert words in answer.json()["error_description"]
    # To whoever does not hold the key, the same assertion says nothing more than any other.
    answer = await system.ask(client, system.assertion(key=ECKey.generate_key("P-256"), **times))
    assert refused(answer, 401, "invalid_client") == "client_not_proven"


@pytest.mark.parametrize(
    "aud",
    ["https://evil.example", "https://localhost/", [ENDPOINT, "https://evil.example"], [], ""],
    ids=str,
)
async def test_an_assertion_for_another_server_is_refused(
    system: System, client: httpx.AsyncClient, aud: Any
) -> None:
    answer = await system.ask(client, system.assertion(aud=aud))
    assert refused(answer, 401, "invalid_client") == "assertion_refused"


async def test_the_audience_is_the_public_address_whatever_the_request_was_sent_to(
    system: System, app: Litestar
) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://evil.example") as evil:
        answer = await system.ask(evil, system.assertion(aud="https://evil.example/v1/token"))
        assert answer.json()["code"] == "assertion_refused"
        found = await evil.get("/.well-known/oauth-authorization-server")
        assert found.json()["token_endpoint"] == ENDPOINT


async def test_an_assertion_is_used_once_and_the_second_try_is_audited(
    system: System, client: httpx.AsyncClient
) -> None:
    assertion = system.assertion()
    assert (await system.ask(client, assertion)).status_code == 200
    again = await system.ask(client, assertion)
    assert refused(again, 401, "invalid_client") == "assertion_refused"
    assert "used before" in again.json()["error_description"]
    # Nor is its jti good in another assertion.
    jti = str(uuid4())
    first, second = system.assertion(jti=jti), system.assertion(jti=jti, exp=int(time.time()) + 99)
    assert (await system.ask(client, first)).status_code == 200
    assert (await system.ask(client, second)).json()["code"] == "assertion_refused"
    rows = await run(
        "SELECT outcome, actor_kind, account_id, role FROM audit_event"
        " WHERE action = 'clients.fetch_token' AND client_id = $1 ORDER BY id",
        UUID(system.id),
    )
    assert [row["outcome"] for row in rows] == ["success", "denied", "success", "denied"]
    assert {(row["actor_kind"], row["account_id"], row["role"]) for row in rows} == {
        ("client", None, "facility_system")
    }


async def test_two_systems_may_use_the_same_jti(
    system: System, administrator: Person, client: httpx.AsyncClient
) -> None:
    other = await registered(administrator)
    for each in (system, other):
        assert (await each.ask(client, each.assertion(jti="1"))).status_code == 200


async def test_of_many_copies_sent_at_once_one_is_given_a_token(
    system: System, app: Litestar
) -> None:
    assertion = system.assertion()
    senders = [client_of(app) for _ in range(8)]
    answers = await asyncio.gather(*(system.ask(each, assertion) for each in senders))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 401}
    assert codes == {"assertion_refused"}
    rows = await run("SELECT count(*) AS n FROM client_token WHERE client_id = $1", UUID(system.id))
    assert rows[0]["n"] == 1
    for each in senders:
        await each.aclose()


async def test_what_is_no_token_request_is_an_invalid_request(
    system: System, client: httpx.AsyncClient
) -> None:
    honest = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    form = "application/x-www-form-urlencoded"
    for sent in (
        {"json": honest | {"client_assertion": system.assertion()}},
        {"data": {**honest, "grant_type": ""}},
        {"content": b""},
        {"content": b"grant_type=%FF", "headers": {"Content-Type": form}},
        {"content": b"grant_type=a&grant_type=b", "headers": {"Content-Type": form}},
        {"content": b"\0\xff", "headers": {"Content-Type": form}},
        {"files": {"grant_type": b"client_credentials"}},
    ):
        answer = await client.post("/v1/token", **sent)
        assert refused(answer, 400, "invalid_request") == "token_request_invalid"
    for grant in ("password", "authorization_code", "refresh_token"):
        answer = await system.ask(client, grant_type=grant)
        assert refused(answer, 400, "unsupported_grant_type") == "grant_unsupported"
    for proof in ({"client_assertion_type": "x"}, {"client_assertion": ""}):
        assert refused(await system.ask(client, **proof), 401, "invalid_client")
    other = await system.ask(client, client_id=str(uuid4()))
    assert refused(other, 401, "invalid_client")


async def test_a_body_that_is_too_large_is_not_read(client: httpx.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post("/v1/token", content=b"x=" + b"a" * 20_000, headers=form)
    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")


async def test_a_token_ends_by_the_clock(system: System, app: Litestar) -> None:
    his = await system.signed_in(app)
    assert (await his.get("/v1/bookings")).status_code == 200
    await run(
        "UPDATE client_token SET issued_at = issued_at - interval '10 minutes',"
        " expires_at = expires_at - interval '10 minutes' WHERE client_id = $1",
        UUID(system.id),
    )
    for path in ("/v1/bookings", "/v1/offers", "/v1/me/permissions"):
        answer = await his.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_ended"), path
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_ended_token_sent_along_is_in_nobodys_way(
    system: System, client: httpx.AsyncClient
) -> None:
    for stale in ({"Authorization": "Bearer sfc.ended"}, {"Cookie": "__Host-sid=ended"}):
        client.headers.update(stale)
        assert (await system.ask(client)).status_code == 200


async def test_revocation_counts_at_the_next_request(
    administrator: Person, system: System, app: Litestar, client: httpx.AsyncClient
) -> None:
    his = await system.signed_in(app)
    assert (await his.get("/v1/bookings")).status_code == 200
    assert (await administrator.client.delete(system.address)).status_code == 204
    answer = await his.get("/v1/bookings")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_ended")
    assert refused(await system.ask(client), 401, "invalid_client")


async def test_a_scope_taken_away_counts_at_the_next_request_and_a_new_one_does_not(
    administrator: Person, app: Litestar
) -> None:
    system = await registered(administrator, "bookings:read")
    his = await system.signed_in(app)
    more = {"name": "HIS", "scopes": ["availability:read", "bookings:read"]}
    assert (await administrator.client.put(system.address, json=more)).status_code == 200
    address = f"/v1/facilities/{uuid4()}/resources"
    answer = await his.get(address)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    fresh = await system.signed_in(app)
    assert (await fresh.get(address)).json()["code"] == "facility_not_found"
    less = {"name": "HIS", "scopes": ["availability:read"]}
    assert (await administrator.client.put(system.address, json=less)).status_code == 200
    for each in (his, fresh):
        answer = await each.get("/v1/bookings")
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert (await fresh.get(address)).json()["code"] == "facility_not_found"


async def test_a_token_is_no_cookie_and_no_session(
    administrator: Person, system: System, app: Litestar, client: httpx.AsyncClient
) -> None:
    token = (await system.ask(client)).json()["access_token"]
    headers = {"Cookie": f"__Host-sid={token}"}
    answer = await client.get("/v1/bookings", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    for odd in ("sfc.", "sfc." + "x" * 43, "sfc.\0", token[:-1], token + "x", token.upper()):
        answer = await client.get("/v1/bookings", headers={"Authorization": f"Bearer {odd}"})
        assert answer.status_code == 401, odd


async def test_what_has_ended_is_forgotten(system: System, client: httpx.AsyncClient) -> None:
    used = system.assertion()
    for assertion in (used, system.assertion()):
        assert (await system.ask(client, assertion)).status_code == 200
    await tokens.forget_old(SYSTEM)
    count = (
        "SELECT (SELECT count(*) FROM client_token WHERE client_id = $1) AS tokens,"
        " (SELECT count(*) FROM client_assertion WHERE client_id = $1) AS assertions"
    )
    rows = await run(count, UUID(system.id))
    assert (rows[0]["tokens"], rows[0]["assertions"]) == (2, 2)
    assert (await system.ask(client, used)).json()["code"] == "assertion_refused"
    for table in ("client_token", "client_assertion"):
        shift = "issued_at = issued_at - interval '1 hour'," if table == "client_token" else ""
        await run(
            f"UPDATE {table} SET {shift} expires_at = expires_at - interval '1 hour'"
            " WHERE client_id = $1",
            UUID(system.id),
        )
    await tokens.forget_old(SYSTEM)
    rows = await run(count, UUID(system.id))
    assert (rows[0]["tokens"], rows[0]["assertions"]) == (0, 0)


async def test_an_assertion_is_remembered_for_as_long_as_it_would_be_taken(
    system: System, client: httpx.AsyncClient
) -> None:
    exp = int(time.time()) + 300
    assert (await system.ask(client, system.assertion(exp=exp))).status_code == 200
    rows = await run(
        "SELECT extract(epoch FROM expires_at)::float8 AS at FROM client_assertion"
        " WHERE client_id = $1",
        UUID(system.id),
    )
    assert [row["at"] for row in rows] == [exp + 30]


@pytest.fixture
async def limited(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application with its limits on."""
    strict = msgspec.structs.replace(settings, rate_limits=True, trusted_proxies=("127.0.0.1/32",))
    application = create_app(strict)
    application.state.runtime = app.state.runtime
    limits._leases.clear()
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
        yield client


async def test_asking_too_often_is_answered_with_when_to_come_back(
    system: System, limited: httpx.AsyncClient
) -> None:
    address = {"X-Forwarded-For": "203.0.113.70"}
    limited.headers.update(address)
    answers = [await system.ask(limited, "garbage") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [401] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    limited.headers["X-Forwarded-For"] = "203.0.113.71"
    assert (await system.ask(limited)).status_code == 200


async def test_wrong_attempts_slow_their_address_and_nobody_else(
    system: System, limited: httpx.AsyncClient
) -> None:
    limited.headers["X-Forwarded-For"] = "203.0.113.72"
    for _ in range(30):
        assert (await system.ask(limited, "garbage")).status_code == 401
    await run("DELETE FROM bucket")
    limits._leases.clear()
    slowed = await system.ask(limited)
    assert (slowed.status_code, slowed.json()["code"]) == (429, "attempt_too_early")
    limited.headers["X-Forwarded-For"] = "203.0.113.73"
    assert (await system.ask(limited)).status_code == 200


_odd = st.text(max_size=40) | st.binary(max_size=60).map(
    lambda raw: base64.urlsafe_b64encode(raw).decode()
)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=80) | st.lists(_odd, min_size=3, max_size=3).map(".".join))
async def test_no_assertion_breaks_the_endpoint(client: httpx.AsyncClient, text: str) -> None:
    safe = text.encode("utf-8", "replace").decode()
    answer = await client.post(
        "/v1/token",
        data={
            "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": safe,
        },
    )  # fmt: skip
    assert refused(answer, 401, "invalid_client")
