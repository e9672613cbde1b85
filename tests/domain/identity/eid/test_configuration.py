"""The file that names the providers: private, complete, and refused with every complaint."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from domain.identity.eid.configuration import OidcSettings, OneIdSettings, read_eid_settings
from domain.identity.eid.types import Level
from domain.settings import SettingsError, read_settings
from tests.domain.identity.eid.conftest import RSA, public

OIDC: dict[str, Any] = {
    "kind": "oidc",
    "name": "ESI",
    "country": "KG",
    "issuer": "https://esi.example",
    "client_id": "shifayol",
    "client_secret": "long enough for production",
    "authorization_endpoint": "https://esi.example/connect/authorize",
    "token_endpoint": "https://esi.example/connect/token",
    "userinfo_endpoint": "https://esi.example/connect/userinfo",
    "jwks_uri": "https://esi.example/jwks",
    "levels": {"urn:esi:strong": "high"},
}
ONEID: dict[str, Any] = {
    "kind": "oneid",
    "name": "OneID",
    "client_id": "shifayol",
    "client_secret": "long enough for production",
    "scope": "shifayol",
    "levels": {"PKCSMETHOD": "high"},
}


def written(folder: Path, providers: object, mode: int = 0o400) -> Path:
    path = folder / "eid.json"
    path.write_text(json.dumps({"providers": providers}))
    path.chmod(mode)
    return path


def test_a_whole_file_is_accepted(tmp_path: Path) -> None:
    found = read_eid_settings(written(tmp_path, {"kg": OIDC, "uz": ONEID}), production=True)
    esi, oneid = found["kg"], found["uz"]
    assert isinstance(esi, OidcSettings) and isinstance(oneid, OneIdSettings)
    assert esi.about("kg").least_level is Level.SUBSTANTIAL
    assert esi.algorithms == ("RS256", "PS256", "ES256", "EdDSA")
    assert oneid.about("uz").issuer == "https://sso.egov.uz"
    assert oneid.endpoint == "https://sso.egov.uz/sso/oauth/Authorization.do"


def test_the_example_of_the_readme_is_one_that_works(tmp_path: Path) -> None:
    readme = (Path(__file__).resolve().parents[4] / "README.md").read_text()
    example = readme.partition("<!-- eid -->\n```json\n")[2].partition("\n```")[0]
    path = tmp_path / "eid.json"
    path.write_text(example)
    path.chmod(0o400)
    assert set(read_eid_settings(path, production=True)) == {"kg-esi", "uz-oneid"}


@pytest.mark.parametrize("mode", [0o444, 0o440, 0o604])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SettingsError, match="chmod 0400"):
        read_eid_settings(written(tmp_path, {"kg": OIDC}, mode), production=False)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"kind": "saml"}, "Invalid value 'saml'"),
        ({"client_secret": None}, "either client_secret or private_key"),
        ({"private_key": RSA.as_dict(private=True)}, "either client_secret or private_key"),
        ({"client_secret": None, "private_key": RSA.as_dict(private=False)}, "a private JWK"),
        ({"client_secret": None, "private_key": {"kty": "oct", "k": "A" * 43}}, "a private JWK"),
        (
            {
                "client_secret": None,
                "private_key": ECKey.generate_key("P-384").as_dict(private=True),
            },
            "a private JWK",
        ),
        ({"client_secret": None, "private_key": {"kty": "RSA"}}, "a private JWK"),
        ({"client_secret": "secret"}, "too short for production"),
        ({"jwks_uri": None}, "either jwks or jwks_uri"),
        ({"jwks": public(RSA)}, "either jwks or jwks_uri"),
        ({"jwks_uri": None, "jwks": {"keys": [RSA.as_dict(private=True)]}}, "public keys only"),
        ({"algorithms": ["HS256"]}, "algorithms may be"),
        ({"algorithms": ["none"]}, "algorithms may be"),
        ({"algorithms": []}, "algorithms may be"),
        ({"scope": "profile"}, "include openid"),
        ({"country": "XX"}, "state of the network"),
        ({"issuer": "https://esi.example/?x=1"}, "query"),
        ({"token_endpoint": "http://esi.example/token"}, "token_endpoint must be an https"),
        ({"token_endpoint": "http://127.0.0.1/token"}, "token_endpoint must be an https"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri must be an https"),
        ({"userinfo_endpoint": "https://me@esi.example/"}, "without user"),
        ({"max_age": -1}, "max_age"),
        ({"levels": {"x": "enormous"}}, "enormous"),
        ({"colour": "blue"}, "colour"),
        ({"name": ""}, "name"),
    ],
)
def test_what_contradicts_itself_is_refused(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    entry = {key: value for key, value in {**OIDC, **changes}.items() if value is not None}
    with pytest.raises(SettingsError, match=complaint):
        read_eid_settings(written(tmp_path, {"kg": entry}), production=True)


@pytest.mark.parametrize("key", ["", "KG", "k/g", "../kg", "kg esi", "1kg", "k" * 32])
def test_a_key_that_is_no_part_of_an_address_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsError, match="part of addresses"):
        read_eid_settings(written(tmp_path, {key: OIDC}), production=True)


def test_development_may_use_the_loopback_and_no_other_http(tmp_path: Path) -> None:
    local = OIDC | {"token_endpoint": "http://127.0.0.1:9000/token"}
    assert read_eid_settings(written(tmp_path, {"kg": local}), production=False)
    (tmp_path / "eid.json").unlink()
    foreign = OIDC | {"token_endpoint": "http://esi.example/token"}
    with pytest.raises(SettingsError, match="https"):
        read_eid_settings(written(tmp_path, {"kg": foreign}), production=False)


def test_every_complaint_of_every_provider_is_told_at_once(tmp_path: Path) -> None:
    bad = OIDC | {"country": "XX", "scope": "profile"}
    path = written(tmp_path, {"kg": bad, "uz": ONEID | {"scope": 7}, "ok": OIDC})
    with pytest.raises(SettingsError) as refused:
        read_eid_settings(path, production=True)
    said = str(refused.value)
    assert "kg: country" in said and "kg: scope" in said and "uz: Expected `str`" in said
    assert "ok:" not in said and OIDC["client_secret"] not in said


@pytest.mark.parametrize("text", ["", "{", "[]", '{"providers": []}', '{"more": 1}', "\udcff"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "eid.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    path.chmod(0o400)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_eid_settings(path, production=False)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_eid_settings(tmp_path / "absent.json", production=False)


def test_the_environment_names_the_file() -> None:
    assert read_settings({"HOME": "/home/nobody"}).eid_providers is None
    named = read_settings({"HOME": "/x", "SHIFAYOL_EID_PROVIDERS": "/etc/shifayol/eid.json"})
    assert named.eid_providers == Path("/etc/shifayol/eid.json")
