"""Passkeys, authenticator apps, recovery codes, step-up and the way back, over HTTP."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest
from litestar import Litestar

from domain.actor import SYSTEM, Actor, Role
from domain.db import connection, transactional
from domain.settings import Settings
from tests.conftest import PASSWORD, Person, Register, client_of
from tests.factories.authenticator import SoftAuthenticator
from tests.factories.mailbox import open_account


@transactional
async def run(actor: Actor, sql: str, *values: object) -> Any:
    return await connection().fetch(sql, *values)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def registered(who: Person, **knobs: Any) -> SoftAuthenticator:
    """Register a new passkey for a signed-in person."""
    authenticator = SoftAuthenticator(**knobs)
    options = (await who.client.post("/v1/me/passkeys/options")).json()
    answer = await who.client.post(
        "/v1/me/passkeys", json={"credential": authenticator.create(options), "label": "Phone"}
    )
    assert answer.status_code == 201, answer.text
    return authenticator


async def by_passkey(
    client: httpx.AsyncClient, authenticator: SoftAuthenticator, **knobs: Any
) -> httpx.Response:
    options = (await client.post("/v1/sessions/passkey/options")).json()
    return await client.post(
        "/v1/sessions/passkey", json={"credential": authenticator.get(options, **knobs)}
    )


SignIn = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def newcomer(
    app: Litestar, client: httpx.AsyncClient, settings: Settings
) -> AsyncIterator[Person]:
    """A patient who signed up and signed in by password alone."""
    email = f"newcomer{time.monotonic_ns()}@example.org"
    body = {"email": email, "password": PASSWORD, "name": {"given": "A", "family": "New"},
            "home_state": "KZ"}  # fmt: skip
    account = await open_account(client, settings.data_dir, body)
    answer = await client.post("/v1/sessions", json={"email": email, "password": PASSWORD})
    assert answer.json()["assurance"] == "single_factor"
    async with client_of(app, answer.json()["token"]) as mine:
        yield Person(mine, email, answer.json()["token"], UUID(account))


async def with_app(who: Person) -> tuple[pyotp.TOTP, list[str]]:
    """Set up an authenticator app; return it and the recovery codes."""
    secret = (await who.client.post("/v1/me/authenticator")).json()["secret"]
    app = pyotp.TOTP(secret)
    # The step before this one, so that the present code is still good for the next sign-in.
    code = app.at(time.time() - 30)
    answer = await who.client.post("/v1/me/authenticator/confirm", json={"code": code})
    assert answer.status_code == 200, answer.text
    return app, answer.json()["codes"]


async def test_a_password_alone_opens_only_the_account_itself(newcomer: Person) -> None:
    assert (await newcomer.client.get("/v1/me")).status_code == 200
    assert said(await newcomer.client.get("/v1/patients")) == (403, "second_factor_needed")
    allowed = {each["action"] for each in (await newcomer.client.get("/v1/me/permissions")).json()}
    assert "identity.add_factor" in allowed
    assert "patients.list" not in allowed


async def test_a_passkey_is_registered_and_signs_in(
    newcomer: Person, app: Litestar, client: httpx.AsyncClient
) -> None:
    authenticator = await registered(newcomer)
    answer = await by_passkey(client, authenticator)
    assert answer.status_code == 201, answer.text
    assert answer.json()["assurance"] == "multi_factor"
    async with client_of(app, answer.json()["token"]) as mine:
        assert (await mine.get("/v1/patients")).status_code == 200
        assert (await mine.get("/v1/me/factors")).json()["passkeys"][0]["last_used_at"]
        assert (await mine.get("/v1/me/sessions")).json()[0]["method"] == "passkey"


@pytest.mark.parametrize(
    ("knobs", "get"),
    [
        ({"origin": "https://shifayol.example.net"}, {}),
        ({"origin": "https://localhost:9999"}, {}),
        ({"rp_id": "example.net"}, {}),
        ({}, {"verified": False}),
    ],
    ids=["foreign origin", "foreign port", "foreign site", "user not verified"],
)
async def test_a_passkey_of_another_site_or_without_its_user_is_refused(
    newcomer: Person, client: httpx.AsyncClient, knobs: dict[str, str], get: dict[str, bool]
) -> None:
    right = await registered(newcomer)
    for name, value in knobs.items():
        setattr(right, name, value)
    assert said(await by_passkey(client, right, **get)) == (401, "passkey_refused")
    wrong = SoftAuthenticator(**knobs)
    options = await newcomer.client.post("/v1/me/passkeys/options")
    if options.status_code == 200:  # pragma: no cover  a first factor exists: step-up is asked
        made = wrong.create(options.json(), verified=get.get("verified", True))
        answer = await newcomer.client.post("/v1/me/passkeys", json={"credential": made})
        assert said(answer) == (422, "passkey_not_registered")


@pytest.mark.parametrize(
    "knobs", [{"origin": "https://shifayol.example.net"}, {"rp_id": "example.net"}, {}]
)
async def test_what_another_site_made_is_not_registered(
    newcomer: Person, knobs: dict[str, str]
) -> None:
    options = (await newcomer.client.post("/v1/me/passkeys/options")).json()
    made = SoftAuthenticator(**knobs).create(options, verified=bool(knobs))
    answer = await newcomer.client.post("/v1/me/passkeys", json={"credential": made})
    assert said(answer) == (422, "passkey_not_registered")


async def test_a_stale_counter_takes_the_passkey_out_of_use(
    newcomer: Person, client: httpx.AsyncClient
) -> None:
    authenticator = await registered(newcomer)
    assert (await by_passkey(client, authenticator, counter=7)).status_code == 201
    assert said(await by_passkey(client, authenticator, counter=7)) == (401, "passkey_refused")
    # The owner's next try fails too: nobody knows which of the two is the clone.
    assert said(await by_passkey(client, authenticator, counter=8)) == (401, "passkey_refused")
    seen = await run(
        SYSTEM, "SELECT detail FROM audit_event WHERE action = 'identity.suspend_passkey'"
    )
    assert seen


async def test_a_challenge_works_once_and_for_its_purpose(
    newcomer: Person, person: Register, client: httpx.AsyncClient
) -> None:
    authenticator = await registered(newcomer)
    options = (await client.post("/v1/sessions/passkey/options")).json()
    proof = {"credential": authenticator.get(options)}
    assert (await client.post("/v1/sessions/passkey", json=proof)).status_code == 201
    replayed = await client.post("/v1/sessions/passkey", json=proof)
    assert said(replayed) == (401, "passkey_refused")
    other = await person()
    options = await other.client.post("/v1/me/passkeys/options")
    stepping = (await newcomer.client.post("/v1/sessions/current/step-up/options")).json()
    wrong = await client.post(
        "/v1/sessions/passkey", json={"credential": authenticator.get(stepping)}
    )
    assert said(wrong) == (401, "passkey_refused")
    options = (await client.post("/v1/sessions/passkey/options")).json()
    await run(SYSTEM, "UPDATE challenge SET expires_at = now() - interval '1 second'")
    late = await client.post(
        "/v1/sessions/passkey", json={"credential": authenticator.get(options)}
    )
    assert said(late) == (401, "passkey_refused")


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "x", "response": {"clientDataJSON": "%%%"}},
        {"id": 7, "response": []},
        {"id": "AA", "response": {"clientDataJSON": "e30"}},
        {"id": "\u0000", "rawId": None, "response": {"clientDataJSON": "bnVsbA"}},
    ],
)
async def test_what_is_no_passkey_at_all_is_refused_politely(
    client: httpx.AsyncClient, credential: dict[str, Any]
) -> None:
    answer = await client.post("/v1/sessions/passkey", json={"credential": credential})
    assert said(answer) == (401, "passkey_refused")


async def test_a_forged_signature_is_refused(newcomer: Person, client: httpx.AsyncClient) -> None:
    authenticator = await registered(newcomer)
    thief = SoftAuthenticator()
    thief.credential_id = authenticator.credential_id
    assert said(await by_passkey(client, thief)) == (401, "passkey_refused")


async def test_another_way_in_needs_a_fresh_proof_of_the_first(
    newcomer: Person, app: Litestar, client: httpx.AsyncClient
) -> None:
    authenticator = await registered(newcomer)
    for path in ("/v1/me/passkeys/options", "/v1/me/authenticator"):
        assert said(await newcomer.client.post(path)) == (403, "step_up_needed")
    token = (await by_passkey(client, authenticator)).json()["token"]
    async with client_of(app, token) as mine:
        assert (await mine.post("/v1/me/authenticator")).status_code == 201
        await run(SYSTEM, "UPDATE session SET strong_at = strong_at - interval '6 minutes'")
        assert said(await mine.post("/v1/me/authenticator")) == (403, "step_up_needed")


async def test_step_up_renews_the_token_and_counts_for_five_minutes(
    newcomer: Person, app: Litestar, client: httpx.AsyncClient
) -> None:
    authenticator = await registered(newcomer)
    old = (await by_passkey(client, authenticator)).json()["token"]
    async with client_of(app, old) as mine:
        await run(SYSTEM, "UPDATE session SET strong_at = strong_at - interval '6 minutes'")
        assert said(await mine.post("/v1/me/recovery-codes")) == (403, "step_up_needed")
        options = (await mine.post("/v1/sessions/current/step-up/options")).json()
        answer = await mine.post(
            "/v1/sessions/current/step-up", json={"credential": authenticator.get(options)}
        )
        assert answer.status_code == 200, answer.text
        new = answer.json()["token"]
        assert new != old
        assert said(await mine.get("/v1/me")) == (401, "session_ended")
    async with client_of(app, new) as mine:
        assert (await mine.post("/v1/me/recovery-codes")).status_code == 201


async def test_nobody_steps_up_with_somebody_elses_passkey(
    newcomer: Person, person: Register
) -> None:
    authenticator = await registered(newcomer)
    other = await person()
    options = (await other.client.post("/v1/sessions/current/step-up/options")).json()
    answer = await other.client.post(
        "/v1/sessions/current/step-up", json={"credential": authenticator.get(options)}
    )
    assert said(answer) == (401, "passkey_refused")
    demo = await other.client.post("/v1/sessions/current/step-up", json={"demo": True})
    assert said(demo) == (403, "demo_only")


async def test_a_code_of_the_app_works_once(newcomer: Person, client: httpx.AsyncClient) -> None:
    totp, _ = await with_app(newcomer)
    body = {"email": newcomer.email, "password": PASSWORD}
    wrong = [
        await client.post("/v1/sessions", json=body),
        await client.post("/v1/sessions", json={**body, "code": "000000"}),
        await client.post("/v1/sessions", json={**body, "password": "wrong phrase 7"}),
    ]
    bodies = [{k: v for k, v in each.json().items() if k != "request_id"} for each in wrong]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["code"] == "wrong_credentials"
    await run(SYSTEM, "DELETE FROM failure")
    code = totp.now()
    right = await client.post("/v1/sessions", json={**body, "code": code})
    assert (right.status_code, right.json()["assurance"]) == (201, "multi_factor")
    replayed = await client.post("/v1/sessions", json={**body, "code": code})
    assert said(replayed) == (401, "wrong_credentials")


async def test_a_code_far_from_now_is_refused(newcomer: Person, client: httpx.AsyncClient) -> None:
    totp, _ = await with_app(newcomer)
    for shift in (-120, 120):
        body = {"email": newcomer.email, "password": PASSWORD, "code": totp.at(time.time() + shift)}
        assert said(await client.post("/v1/sessions", json=body)) == (401, "wrong_credentials")


async def test_each_recovery_code_works_once(newcomer: Person, client: httpx.AsyncClient) -> None:
    _, codes = await with_app(newcomer)
    assert len(set(codes)) == 10
    body = {"email": newcomer.email, "password": PASSWORD, "code": codes[3].lower()}
    assert (await client.post("/v1/sessions", json=body)).status_code == 201
    assert said(await client.post("/v1/sessions", json=body)) == (401, "wrong_credentials")
    left = (await newcomer.client.get("/v1/me/factors")).json()["recovery_codes_left"]
    assert left == 9


async def test_a_professional_does_not_sign_in_by_password(
    client: httpx.AsyncClient, person: Register
) -> None:
    doctor = await person(Role.REFERRING_DOCTOR)
    answer = await client.post("/v1/sessions", json={"email": doctor.email, "password": PASSWORD})
    assert said(answer) == (403, "passkey_required")


async def test_a_lost_passkey_has_a_way_back_that_ends_everything_old(
    app: Litestar, client: httpx.AsyncClient, person: Register
) -> None:
    admin = await person(Role.COORDINATOR)
    colleague = await person(Role.CLINICIAN, organisation=admin.organisation_id)
    lost = await registered(colleague)
    body = {"email": colleague.email, "identity_checked": "passport, in person"}
    for stranger in (colleague, await person(Role.COORDINATOR), await person(Role.CLINICIAN)):
        answer = await stranger.client.post("/v1/enrolments", json=body)
        assert said(answer) == (404, "account_not_found")
    own = await admin.client.post("/v1/enrolments", json={**body, "email": admin.email})
    assert said(own) == (404, "account_not_found")
    issued = (await admin.client.post("/v1/enrolments", json=body)).json()["code"]
    session = await client.post("/v1/sessions/enrolment", json={"code": issued})
    assert session.json()["assurance"] == "single_factor"
    again = await client.post("/v1/sessions/enrolment", json={"code": issued})
    assert said(again) == (422, "enrolment_refused")
    assert said(await colleague.client.get("/v1/me")) == (401, "session_ended")
    assert said(await by_passkey(client, lost)) == (401, "passkey_refused")
    async with client_of(app, session.json()["token"]) as mine:
        assert said(await mine.get("/v1/worklists/closed")) == (403, "second_factor_needed")
        found = await registered(Person(mine, colleague.email, "", colleague.account_id))
    back = await by_passkey(client, found)
    assert (back.status_code, back.json()["role"]) == (201, "clinician")


async def test_the_last_strong_way_in_stays(newcomer: Person, app: Litestar, client: Any) -> None:
    authenticator = await registered(newcomer)
    token = (await by_passkey(client, authenticator)).json()["token"]
    async with client_of(app, token) as mine:
        passkey = (await mine.get("/v1/me/factors")).json()["passkeys"][0]["id"]
        address = f"/v1/me/passkeys/{passkey}"
        assert said(await mine.delete(address)) == (409, "last_factor")
        renamed = await mine.patch(address, json={"label": "Old phone"})
        assert renamed.json()["label"] == "Old phone"
        await with_app(Person(mine, "", "", newcomer.account_id))
        assert (await mine.delete(address)).status_code == 204
        assert said(await mine.delete("/v1/me/authenticator")) == (409, "last_factor")


async def test_every_sign_in_has_a_token_of_its_own(
    newcomer: Person, client: httpx.AsyncClient
) -> None:
    authenticator = await registered(newcomer)
    # A token planted before signing in (fixation) is neither taken over nor opened.
    planted = "planted-token-planted-token-planted-token-1"
    client.headers["Authorization"] = f"Bearer {planted}"
    refused = await client.post("/v1/sessions/passkey/options")
    assert said(refused) == (401, "session_ended")
    del client.headers["Authorization"]
    tokens = {(await by_passkey(client, authenticator)).json()["token"] for _ in range(3)}
    assert len(tokens) == 3 and planted not in tokens


async def test_all_other_sessions_end_at_once(newcomer: Person, app: Litestar, client: Any) -> None:
    authenticator = await registered(newcomer)
    first, second = [(await by_passkey(client, authenticator)).json()["token"] for _ in range(2)]
    async with client_of(app, first) as mine, client_of(app, second) as other:
        assert (await mine.delete("/v1/me/sessions")).status_code == 204
        assert (await mine.get("/v1/me")).status_code == 200
        assert said(await other.get("/v1/me")) == (401, "session_ended")


async def test_a_hat_is_changed_with_a_new_session(
    app: Litestar, client: httpx.AsyncClient, person: Register
) -> None:
    doctor = await person(Role.REFERRING_DOCTOR)
    wear = "/v1/sessions/current/membership"
    own = await doctor.client.post(wear, json={"membership_id": None})
    assert own.json()["role"] == "patient"
    assert said(await doctor.client.get("/v1/me")) == (401, "session_ended")
    other = await person(Role.CLINICIAN)
    theirs = (await other.client.get("/v1/me")).json()["membership"]["id"]
    async with client_of(app, own.json()["token"]) as mine:
        assert said(await mine.post(wear, json={"membership_id": theirs})) == (404, "not_found")
        back = (await mine.get("/v1/me")).json()["memberships"][0]["id"]
        await run(SYSTEM, "UPDATE session SET strong_at = strong_at - interval '6 minutes'")
        answer = await mine.post(wear, json={"membership_id": back})
        assert answer.json()["role"] == "referring_doctor"
    # Another hat is no fresh proof of who wears it.
    async with client_of(app, answer.json()["token"]) as mine:
        assert said(await mine.post("/v1/me/recovery-codes")) == (403, "step_up_needed")


async def test_wrong_attempts_make_the_next_one_wait_and_never_lock_out(
    newcomer: Person, client: httpx.AsyncClient
) -> None:
    await run(SYSTEM, "DELETE FROM failure")
    body = {"email": newcomer.email, "password": "wrong phrase 7"}
    for _ in range(3):
        assert said(await client.post("/v1/sessions", json=body)) == (401, "wrong_credentials")
    early = await client.post("/v1/sessions", json={**body, "password": PASSWORD})
    assert said(early) == (429, "attempt_too_early")
    assert 1 <= int(early.headers["retry-after"]) <= 30
    # An unknown address waits in the same way: the answer tells nothing about who exists.
    await run(SYSTEM, "UPDATE failure SET last_at = last_at - interval '31 seconds'")
    right = await client.post("/v1/sessions", json={**body, "password": PASSWORD})
    assert right.status_code == 201
    await run(SYSTEM, "DELETE FROM failure")


async def test_a_password_that_nobody_set_opens_nothing(
    client: httpx.AsyncClient, person: Register
) -> None:
    who = await person()
    await run(SYSTEM, "UPDATE account SET password_hash = NULL WHERE id = $1", who.account_id)
    for password in ("", PASSWORD):
        answer = await client.post("/v1/sessions", json={"email": who.email, "password": password})
        assert said(answer) == (401, "wrong_credentials")
    await run(SYSTEM, "DELETE FROM failure")
