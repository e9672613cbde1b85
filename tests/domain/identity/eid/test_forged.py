"""Forged tokens: from a stand-in of our own, because an honest provider refuses to make them."""

import base64
import hmac
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws, jwt
from joserfc.jwk import Key, RSAKey

from domain.identity.eid import keys
from domain.identity.eid.oidc import OidcProvider
from domain.identity.eid.providers import NotProved
from domain.identity.eid.rules import hash_of
from domain.identity.eid.types import Tokens
from tests.domain.identity.eid.conftest import EC, ED, FOREIGN, RSA, TRIED, provider, public
from tests.factories.counterparts import Server, as_json

pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")


def claims(server: Server, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {
        "iss": server.address, "sub": "somebody", "aud": "shifayol", "exp": now + 300, "iat": now,
        "nonce": TRIED.nonce, "auth_time": now,
    }  # fmt: skip
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def signed(said: dict[str, Any], key: Key = RSA, **header: Any) -> str:
    algorithm = header.setdefault("alg", "RS256")
    header.setdefault("kid", "one")
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jwt.encode(header, said, key, registry=registry)


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def verdict(who: OidcProvider, token: str, access: str = "access") -> str:
    """Return the word for what is wrong, or nothing."""
    try:
        await who.userinfo(Tokens(access, token), TRIED)
    except NotProved as error:
        return error.reason
    return ""


async def test_the_stand_in_is_believed_when_it_forges_nothing(server: Server) -> None:
    assert await verdict(provider(server), signed(claims(server))) == ""


async def test_without_any_signature_nothing_is_believed(server: Server) -> None:
    for alg in ("none", "None", "nOnE", ""):
        bare = f"{segment({'alg': alg})}.{segment(claims(server))}."
        assert await verdict(provider(server), bare) == "wrong_algorithm", alg


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
async def test_a_public_key_is_no_shared_secret(server: Server, alg: str) -> None:
    signing = f"{segment({'alg': alg, 'kid': 'one'})}.{segment(claims(server))}"
    mark = hmac.digest(RSA.as_pem(private=False), signing.encode(), f"sha{alg[2:]}")
    tail = base64.urlsafe_b64encode(mark).decode().rstrip("=")
    assert await verdict(provider(server), f"{signing}.{tail}") == "wrong_algorithm"


async def test_a_foreign_key_under_a_known_id_is_refused(server: Server) -> None:
    forged = signed(claims(server), FOREIGN)
    assert await verdict(provider(server), forged) == "wrong_signature"


@pytest.mark.parametrize("where", ["jwk", "jku", "x5u"])
async def test_keys_that_a_token_brings_along_are_not_looked_at(server: Server, where: str) -> None:
    server.answers["/theirs"] = lambda _: as_json(public(FOREIGN))
    offered = FOREIGN.as_dict(private=False) if where == "jwk" else f"{server.address}/theirs"
    forged = signed(claims(server), FOREIGN, **{where: offered})
    assert await verdict(provider(server), forged) == "wrong_signature"
    fresh = signed(claims(server), FOREIGN, kid="theirs", **{where: offered})
    assert await verdict(provider(server), fresh) == "unknown_key"
    assert "/theirs" not in [path for path, _ in server.asked]


async def test_a_critical_extension_that_nobody_knows_is_refused(server: Server) -> None:
    head = segment({"alg": "RS256", "kid": "one", "crit": ["surprise"], "surprise": 1})
    body = segment(claims(server))
    signature = RSA.private_key.sign(f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    tail = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    assert await verdict(provider(server), f"{head}.{body}.{tail}") == "wrong_signature"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"iss": "https://other.example"}, "wrong_issuer"),
        ({"sub": ""}, "wrong_subject"),
        ({"sub": "x" * 256}, "wrong_subject"),
        ({"aud": "another"}, "wrong_audience"),
        ({"aud": []}, "wrong_audience"),
        ({"aud": ["shifayol", "another"]}, "wrong_party"),
        ({"aud": ["shifayol", "another"], "azp": "another"}, "wrong_party"),
        ({"azp": "another"}, "wrong_party"),
        ({"exp": lambda now: now - 31}, "expired"),
        ({"iat": lambda now: now + 60}, "wrong_issue_time"),
        ({"iat": lambda now: now - 700}, "wrong_issue_time"),
        ({"nbf": lambda now: now + 60}, "not_yet_valid"),
        ({"nonce": "another"}, "wrong_nonce"),
        ({"nonce": None}, "wrong_nonce"),
        ({"auth_time": None}, "no_auth_time"),
        ({"auth_time": lambda now: now - 340}, "signed_in_long_ago"),
        ({"auth_time": lambda now: now + 60}, "signed_in_long_ago"),
        ({"at_hash": "bm90IHRoaXMgb25l"}, "wrong_access_token"),
        ({"exp": None}, "wrong_signature"),
        ({"exp": "tomorrow"}, "wrong_signature"),
        ({"sub": 7}, "wrong_signature"),
    ],
)
async def test_each_claim_is_asked_about(
    server: Server, changes: dict[str, Any], word: str
) -> None:
    now = time.time()
    set_to = {name: each(now) if callable(each) else each for name, each in changes.items()}
    assert await verdict(provider(server), signed(claims(server, **set_to))) == word


async def test_small_differences_of_clocks_are_forgiven(server: Server) -> None:
    now = time.time()
    late = claims(server, exp=now - 20, iat=now - 320, auth_time=now - 320)
    early = claims(server, iat=now + 20, nbf=now + 20, auth_time=now + 20)
    for said in (late, early):
        assert await verdict(provider(server), signed(said)) == ""


async def test_several_audiences_need_the_party_named(server: Server) -> None:
    said = claims(server, aud=["shifayol", "another"], azp="shifayol")
    assert await verdict(provider(server), signed(said)) == ""


@pytest.mark.parametrize(
    ("key", "alg", "kid"), [(RSA, "PS256", "one"), (EC, "ES256", "two"), (ED, "EdDSA", "three")]
)
async def test_the_access_token_is_bound_by_each_algorithm(
    server: Server, key: Key, alg: str, kid: str
) -> None:
    said = claims(server, at_hash=hash_of("access", alg))
    token = signed(said, key, alg=alg, kid=kid)
    assert await verdict(provider(server), token) == ""
    assert await verdict(provider(server), token, "another") == "wrong_access_token"


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "e30.e30.", "bnVsbA.bnVsbA.x", "\u0000", "ş.ş.ş", "W10.e30.x"]
)
async def test_what_is_no_token_at_all_is_refused(server: Server, token: str) -> None:
    assert await verdict(provider(server), token) in (
        "unreadable_token", "wrong_algorithm", "wrong_signature",
    )  # fmt: skip


async def test_a_key_that_is_for_something_else_signs_nothing(server: Server) -> None:
    for changes in ({"use": "enc"}, {"alg": "PS256"}, {"kty": "EC"}):
        only = {"keys": [RSA.as_dict(private=False) | changes]}
        who = provider(server, jwks=only, jwks_uri=None)
        assert await verdict(who, signed(claims(server))) == "unknown_key", changes


async def test_a_short_key_signs_nothing(server: Server) -> None:
    number = rsa.generate_private_key(65537, 1024)
    pem = number.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    short = RSAKey.import_key(pem, {"kid": "one"})
    signing = f"{segment({'alg': 'RS256', 'kid': 'one'})}.{segment(claims(server))}"
    signature = number.sign(signing.encode(), padding.PKCS1v15(), hashes.SHA256())
    tail = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    who = provider(server, jwks=public(short), jwks_uri=None)
    assert await verdict(who, f"{signing}.{tail}") == "unknown_key"


async def test_unknown_keys_are_asked_for_once_a_minute(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = provider(server)
    fetched = lambda: [path for path, _ in server.asked].count("/jwks")  # noqa: E731
    new = RSAKey.generate_key(2048, {"kid": "new", "use": "sig"})
    assert await verdict(who, signed(claims(server))) == ""
    for _ in range(5):
        assert await verdict(who, signed(claims(server), new, kid="new")) == "unknown_key"
    assert fetched() == 1
    server.answers["/jwks"] = lambda _: as_json(public(RSA, new))
    monkeypatch.setattr(keys, "ASK_AGAIN_S", 0.0)
    assert await verdict(who, signed(claims(server), new, kid="new")) == ""
    assert fetched() == 2


async def test_what_userinfo_adds_is_about_the_same_person(server: Server) -> None:
    who = provider(server, userinfo_endpoint=f"{server.address}/me")
    for sub, word in (("somebody else", "wrong_userinfo_subject"), ("somebody", "")):
        server.answers["/me"] = lambda _, sub=sub: as_json({"sub": sub, "given_name": "Aygul"})
        assert await verdict(who, signed(claims(server))) == word


async def test_what_was_signed_counts_more_than_what_was_added(server: Server) -> None:
    server.answers["/me"] = lambda _: as_json(
        {"sub": "somebody", "birthdate": "2000-01-01", "family_name": "Added", "iss": "x"}
    )
    who = provider(server, userinfo_endpoint=f"{server.address}/me")
    token = signed(claims(server, birthdate="1980-02-29", given_name=7))
    found = await who.userinfo(Tokens("access", token), TRIED)
    assert (found.birth_date, found.family, found.given) == ("1980-02-29", "Added", None)
    assert found.issuer == server.address
