"""Registering systems and their keys: who may, what is refused, and what ends at once."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from litestar import Litestar

from domain.actor import Role
from domain.db import RuleBroken
from tests.conftest import Person, Register
from tests.factories.systems import EVERY_SCOPE, System, public, registered
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def administrator(person: Register) -> Person:
    return await person(Role.COORDINATOR)


def clients_of(who: Person) -> str:
    return f"/v1/organisations/{who.organisation_id}/clients"


def body(**changes: Any) -> dict[str, Any]:
    return {
        "name": "HIS", "scopes": ["bookings:read"], "keys": [public(ECKey.generate_key("P-256"))],
        **changes,
    }  # fmt: skip


async def test_a_system_is_registered_shown_changed_and_revoked(
    administrator: Person, client: httpx.AsyncClient
) -> None:
    keys = [ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)]
    jwks = [public(keys[0], kid="2027-03"), public(keys[1]), public(keys[2], alg="PS256")]
    system = await registered(
        administrator, "bookings:write", "bookings:read", "bookings:read", keys=jwks
    )
    shown = (await administrator.client.get(system.address)).json()
    assert shown == system.view
    assert shown["scopes"] == ["bookings:read", "bookings:write"]
    assert [key["kind"] for key in shown["keys"]] == ["P-256", "Ed25519", "RSA 2048"]
    assert [key["kid"] for key in shown["keys"]] == ["2027-03", *(k.thumbprint() for k in keys[1:])]
    assert (shown["last_used_at"], shown["keys"][0]["last_used_at"]) == (None, None)
    assert (await administrator.client.get(clients_of(administrator))).json() == [shown]

    system.key = keys[0]
    assert (await system.ask(client)).status_code == 200
    shown = (await administrator.client.get(system.address)).json()
    assert shown["last_used_at"] == shown["keys"][0]["last_used_at"] is not None
    assert shown["keys"][1]["last_used_at"] is None

    changed = await administrator.client.put(
        system.address, json={"name": " Новая ГИС ", "scopes": ["offers:write"]}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["name"], changed.json()["scopes"]) == ("Новая ГИС", ["offers:write"])

    assert (await administrator.client.delete(system.address)).status_code == 204
    for method in ("get", "delete"):
        gone = await administrator.client.request(method, system.address)
        assert (gone.status_code, gone.json()["code"]) == (404, "client_not_found")
    assert (await administrator.client.get(clients_of(administrator))).json() == []


async def test_everything_about_a_system_is_in_the_trail(administrator: Person) -> None:
    system = await registered(administrator)
    address = system.address
    second = public(ECKey.generate_key("P-256"))
    await administrator.client.post(f"{address}/keys", json={"key": second})
    await administrator.client.put(address, json={"name": "HIS", "scopes": ["bookings:read"]})
    first = system.view["keys"][0]["id"]
    assert (await administrator.client.delete(f"{address}/keys/{first}")).status_code == 204
    assert (await administrator.client.delete(f"{address}/keys/{first}")).status_code == 404
    await administrator.client.delete(address)
    rows = await run(
        "SELECT action, account_id, outcome FROM audit_event WHERE subject_id IN ($1, $2)"
        " ORDER BY id",
        system.id, first,
    )  # fmt: skip
    assert [(row["action"], row["outcome"]) for row in rows] == [
        ("clients.register", "success"), ("clients.add_key", "success"),
        ("clients.change", "success"), ("clients.retire_key", "success"),
        ("clients.retire_key", "denied"), ("clients.revoke", "success"),
    ]  # fmt: skip
    assert {row["account_id"] for row in rows} == {administrator.account_id}


async def test_only_the_facilitys_administrator_or_an_operator_manages_systems(
    administrator: Person, person: Register
) -> None:
    system = await registered(administrator)
    colleague = await person(Role.SCHEDULER, organisation=administrator.organisation_id)
    rival, operator = await person(Role.COORDINATOR), await person(Role.OPERATOR)
    for who, status in (
        (colleague, 404), (rival, 404), (await person(Role.REFERRING_DOCTOR), 403),
        (await person(Role.MINISTRY_OFFICER), 403), (await person(), 403),
        (await person(Role.AUDITOR), 403),
    ):  # fmt: skip
        for method, address, sent in (
            ("GET", clients_of(administrator), None),
            ("POST", clients_of(administrator), body()),
            ("GET", system.address, None),
            ("PUT", system.address, {"name": "Mine", "scopes": EVERY_SCOPE}),
            ("POST", f"{system.address}/keys", {"key": body()["keys"][0]}),
            ("DELETE", f"{system.address}/keys/{system.view['keys'][0]['id']}", None),
            ("DELETE", system.address, None),
        ):
            answer = await who.client.request(method, address, json=sent)
            assert answer.status_code == status, (method, answer.text)
    assert (await administrator.client.get(system.address)).json() == system.view
    # One's own organisation is no way to another's system.
    own = system.address.replace(str(administrator.organisation_id), str(rival.organisation_id))
    for method in ("GET", "DELETE"):
        answer = await rival.client.request(method, own)
        assert (answer.status_code, answer.json()["code"]) == (404, "client_not_found")
    key = system.view["keys"][0]["id"]
    theirs = await registered(rival)
    answer = await rival.client.delete(f"{theirs.address}/keys/{key}")
    assert (answer.status_code, answer.json()["code"]) == (404, "client_key_not_found")
    assert (await operator.client.post(clients_of(administrator), json=body())).status_code == 201
    assert len((await operator.client.get(clients_of(administrator))).json()) == 2


async def test_changes_need_a_fresh_proof(administrator: Person) -> None:
    system = await registered(administrator)
    await run(
        "UPDATE session SET strong_at = now() - interval '6 minutes' WHERE account_id = $1",
        administrator.account_id,
    )
    for method, address, sent in (
        ("POST", clients_of(administrator), body()),
        ("PUT", system.address, {"name": "HIS", "scopes": EVERY_SCOPE}),
        ("POST", f"{system.address}/keys", {"key": body()["keys"][0]}),
        ("DELETE", f"{system.address}/keys/{system.view['keys'][0]['id']}", None),
        ("DELETE", system.address, None),
    ):
        answer = await administrator.client.request(method, address, json=sent)
        assert (answer.status_code, answer.json()["code"]) == (403, "step_up_needed"), method
    assert (await administrator.client.get(system.address)).status_code == 200


async def test_who_runs_no_facility_registers_no_system(person: Register) -> None:
    operator = await person(Role.OPERATOR)
    practice = await person(Role.REFERRING_DOCTOR)
    for whose in (practice, operator):
        answer = await operator.client.post(clients_of(whose), json=body())
        assert (answer.status_code, answer.json()["code"]) == (422, "clients_of_facilities_only")
    nowhere = await operator.client.post(f"/v1/organisations/{uuid4()}/clients", json=body())
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "organisation_not_found")


EC = ECKey.generate_key("P-256")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"keys": [EC.as_dict(private=True)]}, 422, "private_key_sent"),
        ({"keys": [public(EC, crv="P-384")]}, 422, "key_unusable"),
        ({"keys": [{"kty": "oct", "k": "AyM1SysPpbyDfgZld3u"}]}, 422, "private_key_sent"),
        ({"keys": [public(EC), public(EC, kid="again")]}, 409, "key_known"),
        ({"keys": [public(EC, kid="a"), public(ECKey.generate_key("P-256"), kid="a")]}, 409,
         "key_known"),
        ({"keys": []}, 422, "invalid_request"),
        ({"keys": ["x"]}, 422, "invalid_request"),
        ({"keys": [public(ECKey.generate_key("P-256")) for _ in range(6)]}, 422, "invalid_request"),
        ({"scopes": []}, 422, "invalid_request"),
        ({"scopes": ["records:read"]}, 422, "invalid_request"),
        ({"name": "x"}, 422, "invalid_request"),
        ({"name": "\u200b\u200b"}, 422, "empty_text"),
        ({"secret": "x"}, 422, "invalid_request"),
    ],
)  # fmt: skip
async def test_a_registration_that_makes_no_sense_is_refused(
    administrator: Person, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await administrator.client.post(clients_of(administrator), json=body(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await administrator.client.get(clients_of(administrator))).json() == []


async def test_no_private_member_reaches_the_database_by_any_way(administrator: Person) -> None:
    system = await registered(administrator)
    with pytest.raises(RuleBroken) as refused:
        await run(
            'UPDATE client_key SET jwk = jwk || \'{"d": "x"}\' WHERE client_id = $1',
            UUID(system.id),
        )
    assert refused.value.extensions == {"constraint": "client_key_public"}


async def test_a_key_is_retired_at_once_and_never_comes_back(
    administrator: Person, client: httpx.AsyncClient, app: Litestar
) -> None:
    system = await registered(administrator)
    first = system.view["keys"][0]["id"]
    answer = await administrator.client.delete(f"{system.address}/keys/{first}")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_key")

    key = OKPKey.generate_key("Ed25519")
    added = await administrator.client.post(f"{system.address}/keys", json={"key": public(key)})
    assert added.status_code == 201, added.text
    second = System(added.json(), key, system.address, "EdDSA")
    second.view["keys"].reverse()
    old, new = await system.signed_in(app), await second.signed_in(app)
    assert (await administrator.client.delete(f"{system.address}/keys/{first}")).status_code == 204
    assert (await old.get("/v1/me/permissions")).status_code == 401
    assert (await new.get("/v1/me/permissions")).status_code == 200
    assert (await system.ask(client)).json()["error"] == "invalid_client"
    shown = (await administrator.client.get(system.address)).json()
    assert [each["thumbprint"] for each in shown["keys"]] == [key.thumbprint()]
    assert shown["last_used_at"] is not None
    for again in (public(system.key), public(system.key, kid="x"), public(EC, kid=system.kid)):
        answer = await administrator.client.post(f"{system.address}/keys", json={"key": again})
        assert (answer.status_code, answer.json()["code"]) == (409, "key_known")


async def test_a_system_has_at_most_five_keys_and_of_two_last_ones_one_stays(
    administrator: Person,
) -> None:
    system = await registered(administrator)
    for number in range(2, 7):
        answer = await administrator.client.post(
            f"{system.address}/keys", json={"key": public(ECKey.generate_key("P-256"))}
        )
        assert answer.status_code == (201 if number <= 5 else 409), answer.text
    assert answer.json()["code"] == "too_many_keys"
    keys = (await administrator.client.get(system.address)).json()["keys"]
    answers = await asyncio.gather(
        *(administrator.client.delete(f"{system.address}/keys/{key['id']}") for key in keys)
    )
    assert sorted(answer.status_code for answer in answers) == [204] * 4 + [409]
    assert len((await administrator.client.get(system.address)).json()["keys"]) == 1


async def test_an_organisation_has_at_most_twenty_systems(administrator: Person) -> None:
    for number in range(21):
        answer = await administrator.client.post(
            clients_of(administrator), json=body(name=f"System {number}")
        )
        assert answer.status_code == (201 if number < 20 else 409), answer.text
    assert answer.json()["code"] == "too_many_clients"
    listed = (await administrator.client.get(clients_of(administrator))).json()
    await administrator.client.delete(f"{clients_of(administrator)}/{listed[0]['id']}")
    again = await administrator.client.post(clients_of(administrator), json=body())
    assert again.status_code == 201
