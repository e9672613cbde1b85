"""Signing in by electronic identity, linking and unlinking, over HTTP and a real provider."""

import asyncio
import io
import itertools
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from domain.actor import SYSTEM, Actor, Role
from domain.db import transactional
from domain.identity import closing
from domain.identity.eid.configuration import OidcSettings, OneIdSettings
from domain.identity.eid.oidc import OidcProvider
from domain.identity.eid.oneid import OneIdProvider
from domain.identity.eid.providers import use_eid_providers
from domain.keys.service import SubjectKind, forget_data_key
from tests.conftest import Person, Register, client_of
from tests.factories.authenticator import SoftAuthenticator
from tests.factories.counterparts import OneId, serving_answers
from tests.factories.desk import one, run
from tests.factories.eid import Running, came_back, someone

BACK = "https://localhost/eid/{}/return"
_numbers = itertools.count(1)


def kyrgyz(running: Running, key: str = "kg", **changes: Any) -> OidcProvider:
    settings = msgspec.convert(running.settings(**changes), OidcSettings)
    return OidcProvider(key, settings, BACK.format("kg"))


@pytest.fixture(autouse=True)
async def kg(app: Litestar, oidc_provider: Running) -> AsyncIterator[Running]:
    """The deployment knows the independent provider as `kg`."""
    use_eid_providers([kyrgyz(oidc_provider)])
    yield oidc_provider
    use_eid_providers([])


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def anybody(**about: Any) -> str:
    """Return the login of somebody whom no other test knows."""
    return someone(f"Aygul{next(_numbers)}", **about)


async def begun(client: httpx.AsyncClient, login: str, path: str) -> dict[str, str]:
    """Go to the provider and come back, and return the body with which a client finishes."""
    going = await client.post(path)
    assert going.status_code == 201, going.text
    sent = await came_back(going.json()["url"], login)
    wanted = {name: sent[name] for name in ("code", "state", "iss")}
    return wanted | {"binding": going.json()["binding"]}


async def to_sign_in(client: httpx.AsyncClient, login: str, key: str = "kg") -> dict[str, str]:
    return await begun(client, login, f"/v1/eid/{key}/authorizations")


async def signed_in(client: httpx.AsyncClient, login: str, key: str = "kg") -> httpx.Response:
    body = await to_sign_in(client, login, key)
    return await client.post(f"/v1/eid/{key}/sessions", json=body)


async def linked(who: Person, login: str, key: str = "kg") -> httpx.Response:
    body = await begun(who.client, login, f"/v1/eid/{key}/link-authorizations")
    return await who.client.post(f"/v1/eid/{key}/links", json=body)


async def with_passkey(who: Person) -> None:
    """Give somebody the strong factor that everybody has who links an identity."""
    options = (await who.client.post("/v1/me/passkeys/options")).json()
    made = SoftAuthenticator().create(options)
    assert (await who.client.post("/v1/me/passkeys", json={"credential": made})).is_success


async def last_denial(action: str = "identity.sign_in_by_eid") -> dict[str, str]:
    """Return what the audit trail says about the last denial."""
    rows = await run(
        SYSTEM,
        "SELECT detail FROM audit_event WHERE action = $1 AND outcome = 'denied'"
        " ORDER BY at DESC LIMIT 1",
        action,
    )
    return dict(json.loads(rows[0]["detail"]))


async def test_the_providers_are_listed(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/eid")).json()
    assert found == [{"key": "kg", "name": "Test ESI", "country": "KG"}]


async def test_without_providers_there_is_nothing_to_begin(
    client: httpx.AsyncClient, person: Register
) -> None:
    use_eid_providers([])
    who, body = await person(), {"code": "x", "state": "y", "binding": "z"}
    assert (await client.get("/v1/eid")).json() == []
    for answer in (
        await client.post("/v1/eid/kg/authorizations"),
        await client.post("/v1/eid/kg/sessions", json=body),
        await who.client.post("/v1/eid/kg/link-authorizations"),
        await who.client.post("/v1/eid/kg/links", json=body),
    ):
        assert said(answer) == (404, "eid_provider_not_found")


async def test_an_identity_that_nobody_linked_opens_nothing(client: httpx.AsyncClient) -> None:
    before = await one("SELECT count(*) FROM account")
    assert said(await signed_in(client, anybody())) == (403, "eid_not_linked")
    assert await last_denial() == {"provider": "kg", "code": "eid_not_linked"}
    assert await one("SELECT count(*) FROM account") == before


async def test_a_linked_identity_opens_the_account_with_a_new_token(
    app: Litestar, client: httpx.AsyncClient, person: Register
) -> None:
    who, login = await person(), anybody()
    view = await linked(who, login)
    assert view.status_code == 201, view.text
    assert (view.json()["level"], view.json()["name"]) == ("substantial", "Test ESI")
    tokens = set()
    for _ in range(2):
        answer = await signed_in(client, login)
        assert answer.status_code == 201, answer.text
        assert (answer.json()["assurance"], answer.json()["role"]) == ("multi_factor", "patient")
        tokens.add(answer.json()["token"])
    assert len(tokens) == 2 and who.token not in tokens
    async with client_of(app, tokens.pop()) as mine:
        assert (await mine.get("/v1/me")).json()["account_id"] == str(who.account_id)
        assert (await mine.get("/v1/me/sessions")).json()[0]["method"] == "eid"
        proof = (await mine.get("/v1/me/factors")).json()["eid_links"][0]
        assert (proof["provider"], proof["given"]) == ("kg", login.partition("/")[0])
        assert proof["proved_at"] and proof["last_used_at"]
        # The provider has just seen them: what asks for a fresh proof is open.
        assert (await mine.post("/v1/me/recovery-codes")).status_code == 201


async def test_linking_asks_for_a_fresh_proof(person: Register) -> None:
    who = await person()
    await run(
        SYSTEM, "UPDATE session SET strong_at = strong_at - interval '6 minutes'"
        " WHERE account_id = $1", who.account_id,
    )  # fmt: skip
    answer = await who.client.post("/v1/eid/kg/link-authorizations")
    assert said(answer) == (403, "step_up_needed")


@pytest.mark.parametrize("role", [Role.REFERRING_DOCTOR, Role.OPERATOR])
async def test_only_people_in_their_own_hat_link(person: Register, role: Role) -> None:
    who, body = await person(role), {"code": "x", "state": "y", "binding": "z"}
    for answer in (
        await who.client.post("/v1/eid/kg/link-authorizations"),
        await who.client.post("/v1/eid/kg/links", json=body),
    ):
        assert said(answer) == (403, "wrong_role")


async def test_whoever_has_a_role_signs_in_by_passkey(
    client: httpx.AsyncClient, person: Register
) -> None:
    who, login = await person(Role.REFERRING_DOCTOR), anybody()
    own = await who.client.post("/v1/sessions/current/membership", json={"membership_id": None})
    who.client.headers["Authorization"] = f"Bearer {own.json()['token']}"
    assert (await linked(who, login)).status_code == 201
    assert said(await signed_in(client, login)) == (403, "passkey_required")
    assert (await last_denial())["code"] == "passkey_required"


async def test_a_session_by_identity_opens_no_role(
    app: Litestar, client: httpx.AsyncClient, person: Register
) -> None:
    who, login = await person(), anybody()
    await linked(who, login)
    token = (await signed_in(client, login)).json()["token"]
    doctor = await person(Role.REFERRING_DOCTOR)
    await run(
        SYSTEM, "UPDATE membership SET account_id = $1 WHERE account_id = $2",
        who.account_id, doctor.account_id,
    )  # fmt: skip
    async with client_of(app, token) as mine:
        hat = (await mine.get("/v1/me")).json()["memberships"][0]["id"]
        wear = await mine.post("/v1/sessions/current/membership", json={"membership_id": hat})
        assert said(wear) == (403, "passkey_required")


async def test_another_date_of_birth_is_not_linked(person: Register) -> None:
    who = await person()
    assert said(await linked(who, anybody(born="1980-03-01"))) == (409, "eid_differs")
    assert await last_denial("identity.link_eid") == {"provider": "kg", "code": "eid_differs"}
    assert (await who.client.get("/v1/me/factors")).json()["eid_links"] == []
    assert (await linked(who, anybody(born="1980"))).status_code == 201


async def test_an_identity_of_another_account_conflicts_and_tells_nothing(
    person: Register,
) -> None:
    first, second, login = await person(), await person(), anybody(pin="22902198000001")
    assert (await linked(first, login)).status_code == 201
    taken = await linked(second, login)
    assert said(taken) == (409, "eid_linked_elsewhere")
    # The same human under another subject: found by the number of their state's register alone.
    same_human = await linked(second, anybody(pin="22902198000001"))
    plain = [{k: v for k, v in each.json().items() if k != "request_id"}
             for each in (taken, same_human)]  # fmt: skip
    assert plain[0] == plain[1]
    assert str(first.account_id) not in taken.text and first.email not in taken.text
    assert (await last_denial("identity.link_eid"))["code"] == "eid_linked_elsewhere"


async def test_an_account_has_one_identity_of_a_provider(person: Register) -> None:
    who = await person()
    assert (await linked(who, anybody())).status_code == 201
    assert said(await linked(who, anybody())) == (409, "eid_known")


async def test_one_identity_is_linked_once_however_many_ask_at_once(person: Register) -> None:
    login = anybody(pin="22902198000002")
    people = [await person() for _ in range(4)]
    bodies = [await begun(p.client, login, "/v1/eid/kg/link-authorizations") for p in people]
    answers = await asyncio.gather(
        *(p.client.post("/v1/eid/kg/links", json=b) for p, b in zip(people, bodies, strict=True))
    )
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]


async def test_an_answer_works_once(client: httpx.AsyncClient, person: Register) -> None:
    login = anybody()
    await linked(await person(), login)
    body = await to_sign_in(client, login)
    assert (await client.post("/v1/eid/kg/sessions", json=body)).status_code == 201
    assert said(await client.post("/v1/eid/kg/sessions", json=body)) == (422, "eid_refused")


Change = Callable[[dict[str, str], httpx.AsyncClient], Awaitable[dict[str, str]]]


async def of_another(body: dict[str, str], client: httpx.AsyncClient) -> dict[str, str]:
    going = (await client.post("/v1/eid/kg/authorizations")).json()
    return body | {"binding": going["binding"]}


async def expired(body: dict[str, str], _: httpx.AsyncClient) -> dict[str, str]:
    await run(SYSTEM, "UPDATE eid_attempt SET expires_at = now() - interval '1 second'")
    return body


async def garbled(body: dict[str, str], _: httpx.AsyncClient) -> dict[str, str]:
    return body | {"state": "B" + body["state"][1:]}


async def no_state_at_all(body: dict[str, str], _: httpx.AsyncClient) -> dict[str, str]:
    return body | {"state": "\u0000ş"}


@pytest.mark.parametrize("change", [of_another, expired, garbled, no_state_at_all])
async def test_only_who_began_finishes_and_in_time(
    client: httpx.AsyncClient, person: Register, change: Change
) -> None:
    login = anybody()
    await linked(await person(), login)
    body = await to_sign_in(client, login)
    changed = await change(body, client)
    assert said(await client.post("/v1/eid/kg/sessions", json=changed)) == (422, "eid_refused")
    if change is not expired:
        # A stranger's attempt to finish does not use it up for who began.
        assert (await client.post("/v1/eid/kg/sessions", json=body)).status_code == 201


async def test_what_was_begun_for_one_purpose_serves_no_other(
    client: httpx.AsyncClient, person: Register
) -> None:
    who, login = await person(), anybody()
    to_link = await begun(who.client, login, "/v1/eid/kg/link-authorizations")
    assert said(await client.post("/v1/eid/kg/sessions", json=to_link)) == (422, "eid_refused")
    body = await to_sign_in(client, login)
    assert said(await who.client.post("/v1/eid/kg/links", json=body)) == (422, "eid_refused")
    assert (await who.client.post("/v1/eid/kg/links", json=to_link)).status_code == 201


async def test_an_identity_is_linked_with_the_account_that_asked(person: Register) -> None:
    who, other, login = await person(), await person(), anybody()
    body = await begun(who.client, login, "/v1/eid/kg/link-authorizations")
    assert said(await other.client.post("/v1/eid/kg/links", json=body)) == (422, "eid_refused")
    assert (await other.client.get("/v1/me/factors")).json()["eid_links"] == []
    assert (await last_denial("identity.link_eid"))["code"] == "eid_refused"


async def test_an_answer_of_another_provider_is_refused(
    client: httpx.AsyncClient, person: Register, kg: Running
) -> None:
    login = anybody()
    await linked(await person(), login)
    use_eid_providers([kyrgyz(kg), kyrgyz(kg, "kg-two", client="another")])
    body = await to_sign_in(client, login)
    assert said(await client.post("/v1/eid/kg-two/sessions", json=body)) == (422, "eid_refused")
    mixed = await client.post("/v1/eid/kg/sessions", json=body | {"iss": "https://other.example"})
    assert said(mixed) == (422, "eid_refused")
    assert (await last_denial())["reason"] == "answer_of_another_issuer"


async def test_why_an_answer_was_refused_is_for_the_audit_trail_alone(
    client: httpx.AsyncClient,
) -> None:
    body = await to_sign_in(client, anybody())
    answer = await client.post("/v1/eid/kg/sessions", json=body | {"code": "guessed"})
    assert said(answer) == (422, "eid_refused")
    assert "invalid_grant" not in answer.text
    reason = {"provider": "kg", "code": "eid_refused", "reason": "invalid_grant"}
    assert await last_denial() == reason


async def test_a_level_below_the_demanded_one_is_refused(
    client: httpx.AsyncClient, person: Register
) -> None:
    who, low = await person(), anybody(level="low")
    refused = await linked(who, low)
    assert said(refused) == (403, "eid_level_too_low")
    assert (refused.json()["level"], refused.json()["needed"]) == ("low", "substantial")
    assert said(await signed_in(client, low)) == (403, "eid_level_too_low")
    assert (await last_denial())["code"] == "eid_level_too_low"


async def test_a_provider_that_is_down_is_said_to_be_unavailable(
    client: httpx.AsyncClient, kg: Running
) -> None:
    use_eid_providers([kyrgyz(kg, token_endpoint="http://127.0.0.1:9/token")])
    answer = await signed_in(client, anybody())
    assert said(answer) == (503, "eid_unavailable")
    assert answer.headers["retry-after"] == "30"
    assert (await last_denial())["code"] == "eid_unavailable"


async def test_unlinking_closes_the_way_in(client: httpx.AsyncClient, person: Register) -> None:
    who, stranger, login = await person(), await person(), anybody()
    link = f"/v1/me/eid-links/{(await linked(who, login)).json()['id']}"
    assert said(await stranger.client.delete(link)) == (404, "eid_link_not_found")
    # Neither a passkey nor an app is left: see the rule for the other strong ways in.
    assert said(await who.client.delete(link)) == (409, "last_factor")
    await with_passkey(who)
    await run(
        SYSTEM, "UPDATE session SET strong_at = strong_at - interval '6 minutes'"
        " WHERE account_id = $1", who.account_id,
    )  # fmt: skip
    assert said(await who.client.delete(link)) == (403, "step_up_needed")
    await run(SYSTEM, "UPDATE session SET strong_at = now() WHERE account_id = $1", who.account_id)
    assert (await who.client.delete(link)).status_code == 204
    assert said(await signed_in(client, login)) == (403, "eid_not_linked")
    assert said(await who.client.delete(link)) == (404, "eid_link_not_found")


async def test_the_identity_is_no_substitute_for_the_last_passkey(person: Register) -> None:
    who = await person()
    await with_passkey(who)
    await linked(who, anybody())
    passkey = (await who.client.get("/v1/me/factors")).json()["passkeys"][0]["id"]
    assert said(await who.client.delete(f"/v1/me/passkeys/{passkey}")) == (409, "last_factor")


async def test_a_closed_account_frees_the_identity(
    client: httpx.AsyncClient, person: Register
) -> None:
    who, login = await person(), anybody(pin="22902198000003")
    await linked(who, login)
    assert (await who.client.post("/v1/me/close")).status_code == 204
    assert await one("SELECT count(*) FROM eid_link WHERE account_id = $1", who.account_id) == 0
    assert said(await signed_in(client, login)) == (403, "eid_not_linked")
    assert (await linked(await person(), login)).status_code == 201


async def test_erasing_a_person_leaves_no_trace_of_the_identity(person: Register) -> None:
    who = await person()
    await linked(who, anybody(pin="22902198000004"))
    person_id = await one("SELECT person_id FROM account WHERE id = $1", who.account_id)
    await erase(SYSTEM, person_id)
    assert await one("SELECT count(*) FROM eid_link WHERE account_id = $1", who.account_id) == 0


@transactional
async def erase(actor: Actor, person_id: UUID) -> None:
    """Destroy a person's key and forget them, as an erasure does."""
    await forget_data_key(SubjectKind.PERSON, person_id)
    await closing.forget_person(actor, person_id)


async def test_who_registers_anew_after_a_loss_links_anew(
    client: httpx.AsyncClient, person: Register
) -> None:
    who, operator, login = await person(), await person(Role.OPERATOR), anybody()
    await linked(who, login)
    body = {"email": who.email, "identity_checked": "passport"}
    code = (await operator.client.post("/v1/enrolments", json=body)).json()["code"]
    assert (await client.post("/v1/sessions/enrolment", json={"code": code})).is_success
    assert said(await signed_in(client, login)) == (403, "eid_not_linked")


async def test_the_copy_of_everything_has_the_identity(person: Register) -> None:
    who, login = await person(), anybody()
    await linked(who, login)
    copy = await who.client.get(f"/v1/patients/{who.patient_id}/export")
    assert copy.status_code == 200, copy.text
    with zipfile.ZipFile(io.BytesIO(copy.content)) as archive:
        proof = json.loads(archive.read("identity_proofs.json"))[0]
    assert proof["subject"] == login and proof["link"]["provider"] == "kg"


async def test_the_database_holds_nothing_readable_of_it(
    client: httpx.AsyncClient, person: Register
) -> None:
    who, login = await person(), anybody(pin="22902198000005")
    view = await linked(who, login)
    await who.client.post("/v1/eid/kg/link-authorizations")
    body = await to_sign_in(client, login)
    rows = await run(
        SYSTEM, "SELECT l::text FROM eid_link l UNION ALL SELECT a::text FROM eid_attempt a"
    )
    stored = " ".join(row[0] for row in rows)
    for secret in (login, view.json()["given"], "Testova", "22902198000005", "1980-02-29",
                   body["state"], body["binding"], body["code"]):  # fmt: skip
        assert secret not in stored
        assert secret.encode().hex() not in stored


async def test_oneid_opens_the_account_but_counts_as_no_fresh_proof(
    app: Litestar, client: httpx.AsyncClient, person: Register
) -> None:
    who = await person()
    with serving_answers() as server:
        oneid = OneId(server, BACK.format("uz"))
        settings = msgspec.convert(oneid.settings(), OneIdSettings)
        use_eid_providers([OneIdProvider("uz", settings, BACK.format("uz"))])

        async def back(going: httpx.Response, binding: str = "") -> dict[str, str]:
            async with httpx.AsyncClient() as browser:
                sent = (await browser.get(going.json()["url"])).next_request
            assert sent is not None
            return dict(sent.url.params) | {"binding": binding or going.json()["binding"]}

        going = await who.client.post("/v1/eid/uz/link-authorizations")
        view = await who.client.post("/v1/eid/uz/links", json=await back(going))
        assert (view.status_code, view.json()["level"]) == (201, "high")
        # Without a nonce, state and binding are all there is: another's binding finishes nothing.
        mine, theirs = [await client.post("/v1/eid/uz/authorizations") for _ in range(2)]
        forced = await back(mine, theirs.json()["binding"])
        assert said(await client.post("/v1/eid/uz/sessions", json=forced)) == (422, "eid_refused")
        answer = await client.post("/v1/eid/uz/sessions", json=await back(mine))
        assert answer.status_code == 201, answer.text
        async with client_of(app, answer.json()["token"]) as session:
            assert (await session.get("/v1/patients")).status_code == 200
            fresh = await session.post("/v1/me/recovery-codes")
            assert said(fresh) == (403, "step_up_needed")
        oneid.person["auth_method"] = "LOGINPASSMETHOD"
        going = await client.post("/v1/eid/uz/authorizations")
        low = await client.post("/v1/eid/uz/sessions", json=await back(going))
        assert said(low) == (403, "eid_level_too_low")
