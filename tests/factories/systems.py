"""Facility systems as strangers would build them: real keys, and assertions signed with joserfc."""

import time
from typing import Any
from uuid import uuid4

import httpx
import msgspec
from joserfc import jws
from joserfc.jwk import ECKey, Key
from litestar import Litestar

from domain.actor import ClientScope
from tests.conftest import Person, client_of

ENDPOINT = "https://localhost/v1/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EVERY_SCOPE = [scope.value for scope in ClientScope]


def public(key: Key, **more: Any) -> dict[str, Any]:
    """Return the public half of a key as a JWK."""
    return {**key.as_dict(private=False), **more}


def signed(claims: object, header: dict[str, Any], key: Key) -> str:
    """Return a JWS in its compact serialization, whatever it says."""
    return jws.serialize_compact(header, msgspec.json.encode(claims), key, [header["alg"]])


class System(msgspec.Struct):
    """A registered system, with the private key that only it has."""

    view: dict[str, Any]
    key: Key
    address: str
    alg: str = "ES256"

    @property
    def id(self) -> str:
        return str(self.view["id"])

    @property
    def kid(self) -> str:
        return str(self.view["keys"][0]["kid"])

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return what an honest assertion says; a change to None leaves a claim out."""
        now = int(time.time())
        honest = {
            "iss": self.id, "sub": self.id, "aud": ENDPOINT, "jti": str(uuid4()),
            "iat": now, "exp": now + 60,
        }  # fmt: skip
        return {name: value for name, value in (honest | changes).items() if value is not None}

    def assertion(self, key: Key | None = None, **changes: Any) -> str:
        """Return a signed assertion."""
        header = {"alg": self.alg, "kid": self.kid}
        return signed(self.claims(**changes), header, key or self.key)

    async def ask(
        self, client: httpx.AsyncClient, assertion: str | None = None, **form: str
    ) -> httpx.Response:
        """Ask for a token as RFC 6749 says."""
        sent = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion() if assertion is None else assertion,
        }
        return await client.post("/v1/token", data=sent | form)

    async def signed_in(self, app: Litestar, *scopes: str) -> httpx.AsyncClient:
        """Return a client that sends a fresh token, with all scopes or with these."""
        async with client_of(app) as nobody:
            form = {"scope": " ".join(scopes)} if scopes else {}
            answer = await self.ask(nobody, **form)
        assert answer.status_code == 200, answer.text
        return client_of(app, answer.json()["access_token"])


async def registered(
    administrator: Person,
    *scopes: str,
    key: Key | None = None,
    alg: str = "ES256",
    **more: Any,
) -> System:
    """Let an administrator register a system with these scopes, or with all."""
    key = key or ECKey.generate_key("P-256")
    address = f"/v1/organisations/{administrator.organisation_id}/clients"
    body = {"name": "HIS", "scopes": list(scopes) or EVERY_SCOPE, "keys": [public(key)], **more}
    made = await administrator.client.post(address, json=body)
    assert made.status_code == 201, made.text
    return System(made.json(), key, f"{address}/{made.json()['id']}", alg)
