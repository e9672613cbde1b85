"""Accounts, passwords and addresses by mailed links: what each proves, once, and tells nobody."""

import itertools
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from domain.actor import SYSTEM, Actor
from domain.db import connection, transactional
from domain.identity import links
from domain.identity.links import Purpose, token_of
from domain.settings import Settings
from tests.conftest import PASSWORD, Register
from tests.factories.mailbox import delivered, mails_to, open_account, token_in

_numbers = itertools.count(1)
NEW = "another phrase of words 9"


def newcomer(**more: Any) -> dict[str, Any]:
    email = f"linked{next(_numbers)}@example.org"
    return {"email": email, "password": PASSWORD, "name": {"given": "Дана", "family": "Link"},
            "home_state": "KZ", "language": "kk", **more}  # fmt: skip


async def run(sql: str, *values: object) -> Any:
    @transactional
    async def as_system(actor: Actor) -> Any:
        return await connection().fetch(sql, *values)

    return await as_system(SYSTEM)


async def test_nothing_exists_before_the_link_was_followed(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    body = newcomer()
    asked = await client.post("/v1/accounts", json=body)
    assert asked.status_code == 202 and set(asked.json()) == {"expires_at"}
    signing = {"email": body["email"], "password": PASSWORD}
    assert (await client.post("/v1/sessions", json=signing)).status_code == 401
    await delivered()
    mail = mails_to(settings.data_dir, body["email"])[-1]
    assert mail["Content-Language"] == "kk" and "Shifayol" in mail["Subject"]
    token = {"token": token_in(mail)}
    opened = await client.post("/v1/accounts/confirm", json=token)
    assert opened.status_code == 201
    assert (await client.post("/v1/sessions", json=signing)).status_code == 201
    again = await client.post("/v1/accounts/confirm", json=token)
    assert (again.status_code, again.json()["code"]) == (422, "link_refused")


async def test_a_known_address_gets_the_same_answer_and_another_mail(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    known = newcomer()
    await open_account(client, settings.data_dir, known)
    new, old = newcomer(), {**known, "email": f" {known['email'].upper()}".strip()}
    answers = [await client.post("/v1/accounts", json=body) for body in (new, old)]
    assert [a.status_code for a in answers] == [202, 202]
    assert [set(a.json()) for a in answers] == [{"expires_at"}] * 2
    assert answers[0].headers.keys() == answers[1].headers.keys()
    await delivered()
    told = mails_to(settings.data_dir, known["email"])[-1]
    assert "token=" not in told.get_content()


async def test_two_registrations_of_one_address_open_one_account(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    body = newcomer()
    for _ in range(2):
        await client.post("/v1/accounts", json=body)
    await delivered()
    tokens = [token_in(mail) for mail in mails_to(settings.data_dir, body["email"])]
    answers = [await client.post("/v1/accounts/confirm", json={"token": t}) for t in tokens]
    assert [a.status_code for a in answers] == [201, 409]
    assert answers[1].json()["code"] == "email_taken"


async def test_neither_database_nor_outbox_holds_a_token_or_what_was_typed(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    body = newcomer(name={"given": "Canarygiven", "family": "Canaryfamily"})
    await client.post("/v1/accounts", json=body)
    queued = await run("SELECT payload FROM outbox_event WHERE kind = 'LinkAsked'")
    stored = await run("SELECT row_to_json(mail_link)::text AS row FROM mail_link")
    await delivered()
    token = token_in(mails_to(settings.data_dir, body["email"])[-1])
    for text in [row["payload"] for row in queued] + [row["row"] for row in stored]:
        assert token not in text and "Canary" not in text and body["email"] not in text


@pytest.mark.parametrize("token", ["x" * 43, "a" * 20, "%" * 30, "ы" * 30, "\0" * 25])
async def test_a_token_we_did_not_make_is_refused(client: httpx.AsyncClient, token: str) -> None:
    for path, more in (
        ("/v1/accounts/confirm", {}),
        ("/v1/password-resets/confirm", {"password": NEW}),
        ("/v1/email-changes/confirm", {}),
    ):
        answer = await client.post(path, json={"token": token, **more})
        assert (answer.status_code, answer.json()["code"]) == (422, "link_refused"), answer.text


async def test_a_token_serves_one_purpose_and_one_row(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    body = newcomer()
    await client.post("/v1/accounts", json=body)
    await delivered()
    token = token_in(mails_to(settings.data_dir, body["email"])[-1])
    reset = {"token": token, "password": NEW}
    assert (await client.post("/v1/password-resets/confirm", json=reset)).status_code == 422
    forged = token_of(Purpose.REGISTER, uuid4())
    assert (await client.post("/v1/accounts/confirm", json={"token": forged})).status_code == 422
    row = links.row_of(Purpose.REGISTER, token)
    await run("UPDATE mail_link SET expires_at = now() - interval '1 second' WHERE id = $1", row)
    late = await client.post("/v1/accounts/confirm", json={"token": token})
    assert late.json()["code"] == "link_refused"


async def test_what_nobody_confirmed_is_forgotten_with_its_key(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    body = newcomer()
    await client.post("/v1/accounts", json=body)
    await delivered()
    row = links.row_of(Purpose.REGISTER, token_in(mails_to(settings.data_dir, body["email"])[-1]))
    await run("UPDATE mail_link SET expires_at = now() - interval '2 days' WHERE id = $1", row)
    assert await links.forget_links(SYSTEM) >= 1
    assert await run("SELECT FROM data_key WHERE subject_id = $1", row) == []


async def test_a_forgotten_password_is_replaced_and_every_session_ends(
    client: httpx.AsyncClient, settings: Settings, person: Register
) -> None:
    who = await person()
    asked = await client.post("/v1/password-resets", json={"email": who.email.upper()})
    nobody = await client.post("/v1/password-resets", json={"email": "nobody@example.org"})
    assert (asked.status_code, nobody.status_code) == (202, 202)
    assert set(asked.json()) == set(nobody.json())
    await delivered()
    assert mails_to(settings.data_dir, "nobody@example.org") == []
    token = token_in(mails_to(settings.data_dir, who.email)[-1])
    weak = {"token": token, "password": "password123"}
    refused = await client.post("/v1/password-resets/confirm", json=weak)
    assert refused.json()["code"] == "weak_password"
    right = {"token": token, "password": NEW}
    assert (await client.post("/v1/password-resets/confirm", json=right)).status_code == 204
    assert (await who.client.get("/v1/me")).status_code == 401
    old, new = ({"email": who.email, "password": p} for p in (PASSWORD, NEW))
    assert (await client.post("/v1/sessions", json=old)).status_code == 401
    assert (await client.post("/v1/sessions", json=new)).status_code == 201
    assert (await client.post("/v1/password-resets/confirm", json=right)).status_code == 422
    await delivered()
    assert "token=" not in mails_to(settings.data_dir, who.email)[-1].get_content()


async def test_mails_to_one_address_are_few_and_the_answers_stay_the_same(
    client: httpx.AsyncClient, settings: Settings, person: Register
) -> None:
    who = await person()
    for _ in range(links.MOST_AN_HOUR + 3):
        asked = await client.post("/v1/password-resets", json={"email": who.email})
        assert asked.status_code == 202
    await delivered()
    assert len(mails_to(settings.data_dir, who.email)) == links.MOST_AN_HOUR


async def test_a_new_password_needs_the_present_one_and_ends_other_sessions(
    client: httpx.AsyncClient, person: Register
) -> None:
    who = await person()
    signing = {"email": who.email, "password": PASSWORD}
    other = (await client.post("/v1/sessions", json=signing)).json()["token"]
    wrong = await who.client.put("/v1/me/password", json={"present": "not it", "password": NEW})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "password_wrong")
    missing = await who.client.put("/v1/me/password", json={"password": NEW})
    assert missing.json()["code"] == "password_wrong"
    right = await who.client.put("/v1/me/password", json={"present": PASSWORD, "password": NEW})
    assert right.status_code == 204
    elsewhere = await client.get("/v1/me", headers={"Authorization": f"Bearer {other}"})
    assert elsewhere.status_code == 401
    assert (await who.client.get("/v1/me")).status_code == 200
    assert (await client.post("/v1/sessions", json=signing)).status_code == 401


async def test_an_address_changes_when_the_new_one_answers_and_the_old_one_is_told(
    client: httpx.AsyncClient, settings: Settings, person: Register
) -> None:
    who, taken = await person(), await person()
    email = f"moved{next(_numbers)}@example.org"
    asked = await who.client.post("/v1/me/email", json={"email": email})
    assert asked.status_code == 202
    await delivered()
    assert (await who.client.get("/v1/me")).json()["email"] == who.email
    token = {"token": token_in(mails_to(settings.data_dir, email)[-1])}
    assert (await client.post("/v1/email-changes/confirm", json=token)).status_code == 204
    assert (await who.client.get("/v1/me")).json()["email"] == email
    await delivered()
    assert len(mails_to(settings.data_dir, who.email)) == 1
    by_new = {"email": email, "password": PASSWORD}
    assert (await client.post("/v1/sessions", json=by_new)).status_code == 201
    assert (await client.post("/v1/email-changes/confirm", json=token)).status_code == 422

    await who.client.post("/v1/me/email", json={"email": taken.email})
    await delivered()
    clash = {"token": token_in(mails_to(settings.data_dir, taken.email)[-1])}
    refused = await client.post("/v1/email-changes/confirm", json=clash)
    assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")


async def test_a_new_address_asks_for_a_fresh_factor(person: Register) -> None:
    who = await person()
    await run("UPDATE session SET strong_at = now() - interval '6 minutes' WHERE account_id = $1",
              UUID(str(who.account_id)))  # fmt: skip
    answer = await who.client.post("/v1/me/email", json={"email": "later@example.org"})
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_needed")
    answer = await who.client.put("/v1/me/password", json={"present": PASSWORD, "password": NEW})
    assert answer.status_code in (204, 403)
