"""Accounts and sessions: who may sign in, for how long, and what strangers learn."""

import asyncio
from typing import Any

import httpx
import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, ActorKind, Role
from domain.db import connection, transactional
from domain.errors import Unauthenticated
from domain.identity import service, sessions, team
from domain.identity.errors import DemoOnly
from domain.identity.types import Carrier, SignInMethod
from domain.settings import Settings
from tests.conftest import PASSWORD, member, organisation_of
from tests.factories.mailbox import open_account


@transactional
async def run(actor: Actor, sql: str, *values: object) -> Any:
    return await connection().fetch(sql, *values)


async def test_wrong_password_and_unknown_person_hear_the_same(
    client: httpx.AsyncClient, person: Any
) -> None:
    known = await person()
    answers = [
        await client.post("/v1/sessions", json={"email": email, "password": "wrong phrase 77"})
        for email in (known.email, "nobody@example.org")
    ]
    assert {a.status_code for a in answers} == {401}
    bodies = [{k: v for k, v in a.json().items() if k != "request_id"} for a in answers]
    assert bodies[0] == bodies[1]


async def test_an_address_is_found_however_it_is_typed(
    client: httpx.AsyncClient, person: Any
) -> None:
    known = await person()
    typed = {"email": f" {known.email.upper()} ", "password": PASSWORD}
    assert (await client.post("/v1/sessions", json=typed)).status_code == 201


@pytest.mark.parametrize("password", ["password123", "aaaaaaaaaaaa", "weak@example.org", "weak"])
async def test_a_password_that_others_try_first_is_refused(
    client: httpx.AsyncClient, password: str
) -> None:
    body = {"email": "weak@example.org", "password": password, "home_state": "KZ",
            "name": {"given": "A", "family": "B"}}  # fmt: skip
    answer = await client.post("/v1/accounts", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "password"


async def test_a_signed_out_session_is_over_at_once(person: Any) -> None:
    who = await person()
    assert (await who.client.delete("/v1/sessions/current")).status_code == 204
    answer = await who.client.get("/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


async def test_a_session_ends_by_idling_and_by_age(person: Any) -> None:
    for column in ("idle_until", "expires_at"):
        who = await person()
        await run(
            SYSTEM,
            f"UPDATE session SET {column} = now() - interval '1 second' WHERE account_id = $1",
            who.account_id,
        )
        assert (await who.client.get("/v1/me")).status_code == 401


async def test_a_member_who_left_is_refused_at_the_next_request(person: Any) -> None:
    doctor = await person(Role.REFERRING_DOCTOR)
    assert (await doctor.client.get("/v1/worklists/drafts")).status_code == 200
    await run(
        SYSTEM, "UPDATE membership SET ends_at = now() WHERE account_id = $1", doctor.account_id
    )
    assert (await doctor.client.get("/v1/worklists/drafts")).status_code == 401


async def test_a_foreign_session_cannot_be_ended(person: Any) -> None:
    mine, other = await person(), await person()
    session = (await mine.client.get("/v1/me/sessions")).json()[0]["id"]
    assert (await other.client.delete(f"/v1/me/sessions/{session}")).status_code == 404
    assert (await mine.client.get("/v1/me")).status_code == 200


async def test_with_several_hats_one_is_chosen(client: httpx.AsyncClient, person: Any) -> None:
    doctor = await person(Role.REFERRING_DOCTOR)
    second = await organisation_of(Role.CLINICIAN, "TR")
    made = await service.add_member(SYSTEM, second, member(doctor.email, Role.CLINICIAN))
    body = {"email": doctor.email, "password": PASSWORD}
    answer = await client.post("/v1/sessions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "choose_membership")
    assert len(answer.json()["memberships"]) == 2
    chosen = await client.post("/v1/sessions", json={**body, "membership_id": str(made.id)})
    assert (chosen.status_code, chosen.json()["code"]) == (403, "passkey_required")
    token = await sessions.start_session(
        SYSTEM, doctor.account_id, made.id, Carrier.BEARER, SignInMethod.PASSKEY
    )
    assert token.role is Role.CLINICIAN


async def test_the_database_holds_no_name_address_or_token_in_plain_text(person: Any) -> None:
    who = await person()
    for table in ("account", "person", "session", "membership", "audit_event", "outbox_event"):
        for row in await run(SYSTEM, f"SELECT {table}::text AS text FROM {table}"):
            assert who.token not in row["text"]
            assert "Number person" not in row["text"]
            if table != "membership":
                assert who.email not in row["text"]


async def test_demo_people_do_not_sign_in_outside_development() -> None:
    with pytest.raises(DemoOnly):
        await sessions.sign_in_demo("demo-patient", Carrier.BEARER, development=False)


async def test_many_sign_ins_at_once_leave_the_service_answering(
    client: httpx.AsyncClient, person: Any
) -> None:
    who = await person()
    body = {"email": who.email, "password": PASSWORD}
    tasks = [asyncio.create_task(client.post("/v1/sessions", json=body)) for _ in range(12)]
    await asyncio.sleep(0.01)
    assert (await client.get("/health/live")).status_code == 200
    assert {(await task).status_code for task in tasks} == {201}


@pytest.mark.usefixtures("database")
async def test_an_anonymous_caller_has_no_sessions() -> None:
    from domain.actor import ANONYMOUS

    with pytest.raises(Unauthenticated):
        await sessions.list_sessions(ANONYMOUS)


async def test_a_name_is_kept_without_what_nobody_can_see(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    body: dict[str, Any] = {
        "email": "unseen@example.org",
        "password": PASSWORD,
        "name": {"given": "\u202eA\u0000yg\u00fcl ", "family": "\u200b"},
        "home_state": "KZ",
    }
    refused = await client.post("/v1/accounts", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "empty_text")
    body["name"]["family"] = "Sezim"
    await open_account(client, settings.data_dir, body)
    again = {"email": body["email"], "password": PASSWORD}
    token = (await client.post("/v1/sessions", json=again)).json()["token"]
    me = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json()["name"] == {"given": "Ayg\u00fcl", "family": "Sezim", "passport": None}


async def test_a_language_the_network_does_not_speak_is_refused(client: httpx.AsyncClient) -> None:
    for language in ("zz", "en\n"):
        answer = await client.post(
            "/v1/accounts",
            json={
                "email": "tongue@example.org",
                "password": PASSWORD,
                "name": {"given": "A", "family": "B"},
                "home_state": "KZ",
                "language": language,
            },
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_language")


async def test_colleagues_are_those_who_work_for_ones_own_organisation_now(person: Any) -> None:
    coordinator = await person(Role.COORDINATOR)
    clinician = await person(Role.CLINICIAN, organisation=coordinator.organisation_id)
    await person(Role.COORDINATOR)
    actor = Actor(
        kind=ActorKind.PERSON, role=Role.COORDINATOR, account_id=coordinator.account_id,
        organisation_id=coordinator.organisation_id,
    )  # fmt: skip
    found = {each.account_id for each in await team.list_colleagues(actor)}
    assert found == {coordinator.account_id, clinician.account_id}
    assert await team.list_colleagues(ANONYMOUS) == []
