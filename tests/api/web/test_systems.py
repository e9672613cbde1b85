"""The systems of a facility on the team's page: registered, changed, given keys, shut out."""

import html
from typing import Any

import httpx
import msgspec
import pytest
from joserfc.jwk import ECKey, OKPKey

from api.web.languages import PAGES
from domain.actor import Role
from tests.api.web.conftest import Browser, SignedIn
from tests.conftest import Person
from tests.factories.systems import System, public
from tests.walls.world import run

KEY = ECKey.generate_key("P-256")


def pasted(**more: Any) -> dict[str, Any]:
    return {
        "name": "Ақпараттық жүйе", "scopes": ["bookings:read", "offers:write"],
        "key": msgspec.json.encode(public(KEY, kid="<2027>")).decode(), **more,
    }  # fmt: skip


async def send(browser: Browser, path: str, data: dict[str, Any] | None = None) -> httpx.Response:
    return await browser.send(path, data, form_on="/team")


async def systems_of(who: Person) -> list[dict[str, Any]]:
    found = await who.client.get(f"/v1/organisations/{who.organisation_id}/clients")
    return list(found.json())


@pytest.fixture
async def desk(signed_in: SignedIn) -> tuple[Browser, Person]:
    return await signed_in(Role.COORDINATOR)


async def test_a_system_is_registered_changed_and_shut_out_without_a_script(
    desk: tuple[Browser, Person], client: httpx.AsyncClient
) -> None:
    browser, who = desk
    assert "No system is registered at present." in (await browser.get("/team?lang=en")).text
    made = await send(browser, "/team/systems", pasted())
    assert (made.status_code, made.headers["location"]) == (303, "/team?done=system-registered")
    (system,) = await systems_of(who)
    assert system["scopes"] == ["bookings:read", "offers:write"]
    shown = (await browser.get("/team")).text
    for word in (system["id"], "Ақпараттық жүйе", "&lt;2027&gt;", "read bookings", "Not used yet"):
        assert word in shown, word
    assert "<2027>" not in shown and "Retire the key" not in shown
    his = System(system, KEY, "")
    assert (await his.ask(client)).status_code == 200

    address = f"/team/systems/{system['id']}"
    second = msgspec.json.encode(public(OKPKey.generate_key("Ed25519"))).decode()
    assert (await send(browser, f"{address}/keys", {"key": second})).status_code == 303
    shown = (await browser.get("/team")).text
    assert "Retire the key" in shown and "Last used" in shown and "Ed25519" in shown
    retired = await send(browser, f"{address}/keys/{system['keys'][0]['id']}")
    assert retired.headers["location"] == "/team?done=removed"
    assert (await his.ask(client)).status_code == 401

    changed = {"name": "HIS 2", "scopes": ["availability:read"]}
    assert (await send(browser, address, changed)).headers["location"] == "/team?done=saved"
    (system,) = await systems_of(who)
    assert (system["name"], system["scopes"]) == ("HIS 2", ["availability:read"])
    assert [key["kind"] for key in system["keys"]] == ["Ed25519"]

    assert (await send(browser, address, {"do": "revoke"})).status_code == 303
    assert await systems_of(who) == []


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["records:read"]}, "scopes"),
        ({"key": ""}, "key"),
        ({"key": "not json"}, "key"),
        ({"key": "[1]"}, "key"),
        ({"key": "{}"}, "key"),
        ({"key": '{"kty": "😀"}'}, "key"),
    ],
    ids=str,
)
async def test_what_is_wrong_stands_beside_what_was_typed(
    desk: tuple[Browser, Person], changes: dict[str, Any], field: str, language: str
) -> None:
    browser, who = desk
    await browser.get(f"/team?lang={language}")
    typed = pasted(**changes)
    answer = await send(browser, "/team/systems", typed)
    assert answer.status_code == 422, answer.text[:500]
    assert f'id="{field}-error"' in answer.text and 'role="alert"' in answer.text
    if field != "name":
        assert f'value="{typed["name"]}"' in answer.text
    if field != "key":
        assert html.escape(typed["key"]).replace("&quot;", "&#34;") in answer.text
    assert await systems_of(who) == []


async def test_a_private_key_is_refused_and_not_shown_again(desk: tuple[Browser, Person]) -> None:
    browser, who = desk
    private = KEY.as_dict(private=True)
    answer = await send(browser, "/team/systems", pasted(key=msgspec.json.encode(private).decode()))
    assert answer.status_code == 422
    assert "This was a private key" in answer.text and private["d"] not in answer.text
    assert await systems_of(who) == []


async def test_each_systems_form_complains_for_itself(desk: tuple[Browser, Person]) -> None:
    browser, who = desk
    for number in (1, 2):
        key = msgspec.json.encode(public(ECKey.generate_key("P-256"))).decode()
        await send(browser, "/team/systems", pasted(name=f"System {number}", key=key))
    first, second = await systems_of(who)
    last = await send(browser, f"/team/systems/{first['id']}/keys/{first['keys'][0]['id']}")
    assert last.status_code == 409 and "This is the last key of the system." in last.text
    wrong = await send(browser, f"/team/systems/{second['id']}/keys", {"key": "{"})
    assert wrong.status_code == 422
    assert 'id="key-2-error"' in wrong.text and 'id="key-1-error"' not in wrong.text
    assert 'id="key-error"' not in wrong.text
    named = await send(browser, f"/team/systems/{first['id']}", {"name": "", "scopes": []})
    assert 'id="name-1-error"' in named.text and 'value="System 2"' in named.text
    unknown = await send(browser, f"/team/systems/{who.organisation_id}", {"do": "revoke"})
    assert unknown.status_code == 404


async def test_a_stale_proof_asks_first_and_keeps_what_was_typed(
    desk: tuple[Browser, Person],
) -> None:
    browser, who = desk
    await run(
        "UPDATE session SET strong_at = now() - interval '6 minutes' WHERE account_id = $1",
        who.account_id,
    )
    answer = await send(browser, "/team/systems", pasted())
    assert answer.status_code == 403
    assert 'name="carried:name"' in answer.text and "Ақпараттық жүйе" in answer.text
    assert await systems_of(who) == []


async def test_only_those_who_run_facilities_have_systems(signed_in: SignedIn) -> None:
    browser, _ = await signed_in(Role.REFERRING_DOCTOR)
    shown = await browser.get("/team")
    assert shown.status_code == 200 and "/team/systems" not in shown.text
    refused = await send(browser, "/team/systems", pasted())
    assert refused.status_code == 403
