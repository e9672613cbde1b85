"""A stand-in that answers whatever a test wants, and the adapter that believes it or not."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from domain.identity.eid.configuration import OidcSettings
from domain.identity.eid.oidc import OidcProvider
from domain.identity.eid.types import Attempt
from tests.factories.counterparts import Server, as_json, serving_answers

TRIED = Attempt("the state", "the nonce", "the verifier")
RSA = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
FOREIGN = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "two"})
ED = OKPKey.generate_key("Ed25519", {"kid": "three"})


def public(*known: Key) -> dict[str, Any]:
    """Return a key set."""
    return {"keys": [each.as_dict(private=False) for each in known]}


@pytest.fixture
def server() -> Iterator[Server]:
    """The stand-in, which publishes its keys and nothing else yet."""
    with serving_answers() as running:
        running.answers["/jwks"] = lambda _: as_json(public(RSA, EC, ED))
        yield running


def provider(server: Server, **changes: Any) -> OidcProvider:
    """Return the adapter for the stand-in."""
    settings = {
        "name": "Forger", "country": "KG", "issuer": server.address, "client_id": "shifayol",
        "client_secret": "secret of the stand-in", "jwks_uri": f"{server.address}/jwks",
        "authorization_endpoint": f"{server.address}/auth",
        "token_endpoint": f"{server.address}/token", "kind": "oidc",
    }  # fmt: skip
    return OidcProvider("kg", msgspec.convert(settings | changes, OidcSettings), "https://x/return")
