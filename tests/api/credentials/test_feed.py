"""The signed changes of a state, followed and verified as a stranger would."""

import asyncio
import base64
import json
from typing import Any

import httpx
import msgspec
import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from domain.actor import ANONYMOUS, SYSTEM, Actor
from domain.credentials import decisions, feed, service
from domain.credentials.types import CredentialView, RevokeCredential, SuspendCredential
from domain.db import transactional
from tests.factories import directory
from tests.factories.desk import one
from tests.factories.directory import CHECKED, certificate, officer

pytestmark = pytest.mark.usefixtures("catalogue")


async def page(client: httpx.AsyncClient, state: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"/v1/states/{state}/credential-changes", params=query)
    assert answer.status_code == 200, answer.text
    return dict(json.loads(answer.content))


async def key_set(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/.well-known/shifayol-keys.json")
    assert answer.headers["content-type"] == "application/jwk-set+json"
    return dict(json.loads(answer.content))


def verify(told: dict[str, Any], keys: dict[str, Any]) -> None:
    """Verify a page with a JOSE library, knowing no more than the documentation says."""
    rest = dict(told)
    signature = rest.pop("signature")
    jws.deserialize_compact(
        signature, KeySet.import_key_set(keys), algorithms=["Ed25519"],
        payload=rfc8785.dumps(rest),
    )  # fmt: skip


def verify_by_hand(told: dict[str, Any], keys: dict[str, Any]) -> None:
    """Verify a page with nothing but the curve."""
    rest = dict(told)
    head, _, signature = rest.pop("signature").split(".")
    kid = json.loads(unpadded(head))["kid"]
    (found,) = [key for key in keys["keys"] if key["kid"] == kid]
    payload = base64.urlsafe_b64encode(rfc8785.dumps(rest)).rstrip(b"=")
    Ed25519PublicKey.from_public_bytes(unpadded(found["x"])).verify(
        unpadded(signature), head.encode() + b"." + payload
    )


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def decided(state: str) -> CredentialView:
    active = await directory.credential((await directory.facility(state)).id, state)
    suspended = await decisions.suspend_credential(
        officer(state), active.id,
        SuspendCredential(reason="Açık kalan maddeler", treatments=["ivf"]),
        version=active.version,
    )  # fmt: skip
    return await decisions.revoke_credential(
        officer(state), active.id, RevokeCredential(reason="Sertifika geri çekildi"),
        version=suspended.version,
    )  # fmt: skip


async def test_a_stranger_follows_and_verifies_every_page(client: httpx.AsyncClient) -> None:
    revoked = await decided("TM")
    keys = await key_set(client)
    first = await page(client, "TM", limit=2)
    assert (first["type"], first["state"], first["after"]) == ("credential-changes", "TM", 0)
    seen, last = first["items"], first
    while last["next"] is not None:
        verify(last, keys)
        verify_by_hand(last, keys)
        last = await page(client, "TM", limit=2, after=last["next"])
        seen += last["items"]
    verify(last, keys)
    assert [each["position"] for each in seen] == list(range(1, last["head"] + 1))
    mine = [each for each in seen if each["credential_id"] == str(revoked.id)]
    assert [(each["move"], each["status"], each["reason"]) for each in mine] == [
        ("confirm", "active", None),
        ("suspend", "suspended", "Açık kalan maddeler"),
        ("revoke", "revoked", "Sertifika geri çekildi"),
    ]
    assert mine[1]["suspended_treatments"] == ["ivf"]
    assert mine[0]["holder_name"] == revoked.facility_name
    assert mine[0]["by"] == {"organisation": None, "jurisdiction": "TM"}
    assert "changed_by" not in json.dumps(seen)
    end = await page(client, "TM", after=last["head"])
    assert (end["items"], end["next"]) == ([], None)
    verify(end, keys)


async def test_a_page_that_was_touched_fails(client: httpx.AsyncClient) -> None:
    await decided("TM")
    keys, told = await key_set(client), await page(client, "TM")
    first = told["items"][0]
    touched = [
        told | {"items": told["items"][1:]},
        told | {"items": [first | {"status": "active"}, *told["items"][1:]], "state": "TR"},
        told | {"items": [first | {"reason": "Another"}, *told["items"][1:]]},
        told | {"head": told["head"] + 1},
        told | {"after": 1},
        told | {"type": "something-else"},
        told | {"added": True},
        told | {"signature": (await page(client, "TM", limit=1))["signature"]},
    ]
    verify(told, keys)
    for each in touched:
        with pytest.raises(JoseError):
            verify(each, keys)
        with pytest.raises(InvalidSignature):
            verify_by_hand(each, keys)
    strange = {"keys": [keys["keys"][0] | {"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
    with pytest.raises(JoseError):
        verify(told, strange)


async def test_a_kid_is_the_keys_own_thumbprint(client: httpx.AsyncClient) -> None:
    keys = await key_set(client)
    (key,) = keys["keys"]
    assert "d" not in key
    (imported,) = KeySet.import_key_set(keys).keys
    assert imported.thumbprint() == key["kid"]


async def test_bad_questions_are_refused(client: httpx.AsyncClient) -> None:
    for path, code in (
        ("/v1/states/XX/credential-changes", "unknown_jurisdiction"),
        ("/v1/states/KZ/credential-changes?after=-1", "invalid_request"),
        ("/v1/states/KZ/credential-changes?after=9e99", "invalid_request"),
        ("/v1/states/KZ/credential-changes?limit=101", "invalid_request"),
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, code), path


async def pending(state: str) -> CredentialView:
    made = await directory.facility(state)
    handed_in = await service.submit_credential(SYSTEM, made.id, certificate())
    return await service.verify_credential(officer(state), handed_in.id, CHECKED, version=1)


async def test_whoever_commits_late_is_not_passed_by() -> None:
    state = "UZ"
    slow, quick = await pending(state), await pending(state)
    written, go_on = asyncio.Event(), asyncio.Event()

    @transactional
    async def slowly(actor: Actor) -> None:
        await service.confirm_credential(officer(state), slow.id, version=slow.version)
        written.set()
        await go_on.wait()

    before = (await feed.list_changes(ANONYMOUS, state)).head
    late = asyncio.create_task(slowly(SYSTEM))
    await written.wait()
    second = asyncio.create_task(
        service.confirm_credential(officer(state), quick.id, version=quick.version)
    )
    await asyncio.sleep(0.2)
    # The second waits: a reader sees neither, so nobody goes on after a position too high.
    assert (await feed.list_changes(ANONYMOUS, state, after=before)).items == []
    go_on.set()
    await asyncio.gather(late, second)
    found = (await feed.list_changes(ANONYMOUS, state, after=before)).items
    assert [each.credential_id for each in found] == [slow.id, quick.id]
    assert [each.position for each in found] == [before + 1, before + 2]


async def test_a_follower_misses_nothing_while_many_write() -> None:
    state = "UZ"
    waiting = [await pending(state) for _ in range(12)]
    position = (await feed.list_changes(ANONYMOUS, state)).head
    writing = asyncio.gather(
        *(
            service.confirm_credential(officer(state), each.id, version=each.version)
            for each in waiting
        )
    )
    followed: list[Any] = []
    while len(followed) < len(waiting):
        page = await feed.list_changes(ANONYMOUS, state, after=position, limit=3)
        followed += page.items
        position = page.items[-1].position if page.items else position
        await asyncio.sleep(0)
    await writing
    assert {each.credential_id for each in followed} == {each.id for each in waiting}
    positions = [each.position for each in followed]
    assert positions == list(range(positions[0], positions[0] + len(waiting)))


async def test_the_canonical_form_of_what_is_sent_is_what_was_signed() -> None:
    """The answer's own encoder writes the same values as the one that signs."""
    await decided("TM")
    told = await feed.list_changes(ANONYMOUS, "TM")
    sent = json.loads(msgspec.json.encode(told))
    del sent["signature"]
    plain = msgspec.structs.asdict(told)
    del plain["signature"]
    assert rfc8785.dumps(sent) == rfc8785.dumps(msgspec.to_builtins(plain))
    assert await one("SELECT count(*) FROM credential_change WHERE position IS NOT NULL"
                     " AND NOT (snapshot ->> 'confirmed')::boolean") == 0  # fmt: skip
