"""The OpenID Connect adapter, against an independent provider in a process of its own."""

import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from domain.identity.eid.configuration import OidcSettings
from domain.identity.eid.oidc import OidcProvider
from domain.identity.eid.providers import NotProved
from domain.identity.eid.types import Attempt, Level
from tests.factories.eid import Running, came_back, someone

BACK = "https://localhost/eid/kg/return"
PIN = "22902198012345"


def provider(running: Running, client: str = "shifayol", **changes: Any) -> OidcProvider:
    settings = msgspec.convert(running.settings(client, **changes), OidcSettings)
    return OidcProvider("kg", settings, BACK)


def attempt() -> Attempt:
    return Attempt(*(secrets.token_urlsafe(32) for _ in range(3)))


async def code_for(who: OidcProvider, tried: Attempt, login: str = "") -> str:
    sent = await came_back(who.authorize_url(tried), login or someone(pin=PIN))
    assert sent["state"] == tried.state
    assert sent["iss"] == who.about.issuer
    return sent["code"]


@pytest.mark.parametrize(
    "client", ["shifayol", "with-ps256", "with-es256", "with-eddsa", "with-key"]
)
async def test_a_person_is_proved_by_each_algorithm_and_each_way_of_being_the_client(
    oidc_provider: Running, client: str
) -> None:
    who, tried = provider(oidc_provider, client), attempt()
    tokens = await who.exchange(await code_for(who, tried), tried)
    claims = await who.userinfo(tokens, tried)
    assert claims.issuer == oidc_provider.address
    assert claims.subject == someone(pin=PIN)
    assert (claims.given, claims.family) == ("Aygul", "Testova")
    assert (claims.birth_date, claims.national_id) == ("1980-02-29", PIN)
    assert claims.level is Level.SUBSTANTIAL
    assert claims.seen_at is not None


async def test_the_address_carries_what_binds_the_answer(oidc_provider: Running) -> None:
    tried = attempt()
    asked = parse_qs(urlsplit(provider(oidc_provider).authorize_url(tried)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["code_challenge"][0] not in (tried.verifier, "")
    assert asked["nonce"] == [tried.nonce] and asked["max_age"] == ["300"]
    assert tried.verifier not in str(asked)


async def test_the_provider_refuses_another_verifier(oidc_provider: Running) -> None:
    who, tried = provider(oidc_provider), attempt()
    code = await code_for(who, tried)
    thief = msgspec.structs.replace(tried, verifier=secrets.token_urlsafe(32))
    with pytest.raises(NotProved, match="invalid_grant"):
        await who.exchange(code, thief)


async def test_the_provider_refuses_a_code_that_was_used(oidc_provider: Running) -> None:
    who, tried = provider(oidc_provider), attempt()
    code = await code_for(who, tried)
    await who.exchange(code, tried)
    with pytest.raises(NotProved, match="invalid_grant"):
        await who.exchange(code, tried)


async def test_the_provider_refuses_a_code_of_another_client(oidc_provider: Running) -> None:
    who, tried = provider(oidc_provider), attempt()
    code = await code_for(who, tried)
    with pytest.raises(NotProved, match="invalid_grant"):
        await provider(oidc_provider, "another").exchange(code, tried)


async def test_a_token_of_another_attempt_is_refused(oidc_provider: Running) -> None:
    who, tried = provider(oidc_provider), attempt()
    tokens = await who.exchange(await code_for(who, tried), tried)
    with pytest.raises(NotProved, match="wrong_nonce"):
        await who.userinfo(tokens, attempt())


async def test_a_token_for_another_client_is_refused(oidc_provider: Running) -> None:
    other, tried = provider(oidc_provider, "another"), attempt()
    tokens = await other.exchange(await code_for(other, tried), tried)
    with pytest.raises(NotProved, match="wrong_audience"):
        await provider(oidc_provider).userinfo(tokens, tried)


async def test_a_token_of_another_issuer_is_refused(oidc_provider: Running) -> None:
    who, tried = provider(oidc_provider), attempt()
    tokens = await who.exchange(await code_for(who, tried), tried)
    expecting = provider(oidc_provider, issuer=oidc_provider.address + "/")
    with pytest.raises(NotProved, match="wrong_issuer"):
        await expecting.userinfo(tokens, tried)


async def test_tokens_of_two_people_do_not_mix(oidc_provider: Running) -> None:
    who, tried, later = provider(oidc_provider), attempt(), attempt()
    tokens = await who.exchange(await code_for(who, tried), tried)
    others = await who.exchange(await code_for(who, later, someone("Bermet")), later)
    mixed = msgspec.structs.replace(tokens, access_token=others.access_token)
    with pytest.raises(NotProved, match="wrong_userinfo_subject"):
        await who.userinfo(mixed, tried)


async def test_an_algorithm_that_is_not_configured_is_refused(oidc_provider: Running) -> None:
    tried = attempt()
    who = provider(oidc_provider, algorithms=["ES256"])
    tokens = await who.exchange(await code_for(who, tried), tried)
    with pytest.raises(NotProved, match="wrong_algorithm"):
        await who.userinfo(tokens, tried)


async def test_only_keys_of_the_configuration_count(oidc_provider: Running) -> None:
    stranger = {"keys": [{"kty": "EC", "crv": "P-256", "kid": "rsa", "x": "AA", "y": "AA"}]}
    who, tried = provider(oidc_provider, jwks_uri=None, jwks=stranger), attempt()
    tokens = await who.exchange(await code_for(who, tried), tried)
    with pytest.raises(NotProved, match="unknown_key"):
        await who.userinfo(tokens, tried)


async def test_a_level_the_configuration_does_not_know_is_the_other_one(
    oidc_provider: Running,
) -> None:
    who, tried = provider(oidc_provider, levels={}), attempt()
    tokens = await who.exchange(await code_for(who, tried), tried)
    assert (await who.userinfo(tokens, tried)).level is Level.LOW


async def test_who_turns_back_comes_back_without_a_code(oidc_provider: Running) -> None:
    sent = await came_back(provider(oidc_provider).authorize_url(attempt()), "", agrees=False)
    assert sent["error"] == "access_denied" and "code" not in sent
