"""Keys that a system may sign with, and assertions: what holds, and what breaks nothing."""

import base64
import contextlib
import hmac
import json
import time
import warnings
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from api.clients.routes import FORM, read_form
from domain.actor import ClientScope
from domain.clients import rules
from domain.clients.errors import (
    AssertionRefused,
    ClientNotProven,
    GrantUnsupported,
    KeyUnusable,
    PrivateKeySent,
    ScopeNotGranted,
    TokenRefusal,
    TokenRequestInvalid,
)
from domain.clients.types import Claims, TokenRequest
from domain.permissions.table import TABLE
from domain.permissions.types import SCOPE_TEXTS
from tests.factories.systems import ASSERTION_TYPE, ENDPOINT, public, signed

EC, ED, RSA = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)
OURS = frozenset({"https://localhost", ENDPOINT})
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AT = NOW.timestamp()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def request_of(assertion: str, **more: Any) -> TokenRequest:
    return TokenRequest(
        grant_type="client_credentials", client_assertion_type=ASSERTION_TYPE,
        client_assertion=assertion, **more,
    )  # fmt: skip


def claims(**changes: Any) -> dict[str, Any]:
    me = "0199f3a0-5c1e-7d42-9b60-000000000065"
    honest = {"iss": me, "sub": me, "aud": ENDPOINT, "jti": str(uuid4()), "exp": time.time() + 60}
    return {name: value for name, value in (honest | changes).items() if value is not None}


def read(key: Key, alg: str, *, header: dict[str, Any] | None = None, **changes: Any) -> Any:
    sent = {"alg": alg, "kid": "k", **(header or {})}
    return rules.read_assertion(request_of(signed(claims(**changes), sent, key)))


def test_every_scope_has_a_row_and_a_text_and_every_row_a_scope() -> None:
    named = {row.client_scope for row in TABLE if row.client_scope is not None}
    assert named == set(ClientScope) == set(SCOPE_TEXTS)


@pytest.mark.parametrize(
    ("key", "kind"),
    [(EC, "P-256"), (ED, "Ed25519"), (RSA, "RSA 2048")],
    ids=["EC", "Ed25519", "RSA"],
)
def test_a_public_key_is_kept_under_its_thumbprint(key: Key, kind: str) -> None:
    found = rules.public_key(public(key, use="sig", key_ops=["verify"], ext=True, x5c=["…"]))
    assert found.kid == found.thumbprint == key.thumbprint()
    assert found.jwk == key.as_dict(private=False)
    assert rules.kind_of_key(found.jwk) == kind
    assert rules.public_key(public(key, kid="hospital 7")).kid == "hospital 7"


def test_one_number_has_one_spelling() -> None:
    jwk = public(RSA)
    raw = base64.urlsafe_b64decode(jwk["n"] + "==")
    padded = rules.public_key({**jwk, "n": b64(b"\0" + raw)})
    assert padded.thumbprint == RSA.thumbprint()
    assert padded.jwk == jwk


@pytest.mark.parametrize("key", [EC, ED, RSA], ids=lambda key: key.key_type)
@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_private_member_is_refused_as_one(key: Key, member: str) -> None:
    with pytest.raises(PrivateKeySent):
        rules.public_key(key.as_dict(private=True))
    with pytest.raises(PrivateKeySent):
        rules.public_key(public(key, **{member: "AQAB"}))


def modulus(bits: int, last: int = 1) -> str:
    return b64(((1 << bits - 1) | last).to_bytes((bits + 7) // 8))


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct"},
        {"kty": ["EC"], "crv": {}},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": b64(bytes(32))},
        {"kty": "OKP", "crv": "Ed448", "x": b64(bytes(57))},
        {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(31))},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "Ed25519", "x": 7},
        {"kty": "OKP", "crv": "Ed25519", "x": "ö" * 43},
        public(EC, x=b64(b"\xff" * 32)),  # not on the curve
        public(EC, x=b64(b"\xff" * 4000)),
        public(EC, y=""),
        public(EC, alg="RS256"),
        public(EC, alg="none"),
        public(EC, alg=["ES256"]),
        public(EC, use="enc"),
        public(EC, key_ops=["encrypt"]),
        public(EC, key_ops=7),
        public(EC, kid=""),
        public(EC, kid=" "),
        public(EC, kid=None),
        public(EC, kid=7),
        public(EC, kid="x" * 201),
        public(EC, kid="nul\0"),
        public(EC, kid="қ"),
        public(RSA, n=modulus(2047)),
        public(RSA, n=modulus(4097)),
        public(RSA, n=modulus(2048, last=0)),
        public(RSA, n=modulus(100_000)),
        public(RSA, e="Aw"),
        public(RSA, e=""),
        public(RSA, n=None),
    ],
)
def test_what_is_no_usable_public_key_is_refused(jwk: dict[str, Any]) -> None:
    with pytest.raises(KeyUnusable) as refused:
        rules.public_key(jwk)
    assert refused.value.fields.keys() == {"key"}


_words = st.text(alphabet="abcXYZ0189-_=+/.{}\"' \0é\U0001f4a5", max_size=60)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=4,
)
members = st.sampled_from(
    ["kty", "crv", "x", "y", "n", "e", "d", "kid", "alg", "use", "key_ops", "k"]
)


@given(
    st.sampled_from([public(EC), public(ED), public(RSA), {}]),
    st.dictionaries(members, json_values | st.sampled_from(["EC", "OKP", "RSA", "P-256"])),
)
def test_no_json_breaks_the_reading_of_a_key(jwk: dict[str, Any], changes: dict[str, Any]) -> None:
    try:
        found = rules.public_key(jwk | changes)
    except (KeyUnusable, PrivateKeySent):
        return
    assert found.thumbprint in {EC.thumbprint(), ED.thumbprint(), RSA.thumbprint()}


@pytest.mark.parametrize(
    ("key", "alg"),
    [(EC, "ES256"), (ED, "EdDSA"), (ED, "Ed25519"), (RSA, "PS256"), (RSA, "RS256")],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_each_algorithm_proves_its_own_key_and_no_other(key: Key, alg: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assertion = read(key, alg)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the older name of an algorithm fills no log
        assert rules.proves(assertion, rules.public_key(public(key)).jwk)
        for other in (EC, ED, RSA, type(key).generate_key()):
            if other is not key:
                assert not rules.proves(assertion, rules.public_key(public(other)).jwk)
    pinned = rules.public_key(public(key, alg=alg)).jwk
    assert rules.proves(assertion, pinned)


def test_a_key_that_names_its_algorithm_is_held_to_it() -> None:
    assertion = read(RSA, "RS256")
    assert not rules.proves(assertion, rules.public_key(public(RSA, alg="PS256")).jwk)


def test_the_public_key_is_no_shared_secret() -> None:
    """The classical confusion: an HMAC keyed with what everybody may know."""
    stored = rules.public_key(public(RSA)).jwk
    for secret in (
        RSA.as_pem(private=False),
        RSA.as_der(private=False),
        msgspec.json.encode(stored),
    ):
        head, body = (
            b64(msgspec.json.encode(part)) for part in ({"alg": "HS256", "kid": "k"}, claims())
        )
        mac = b64(hmac.digest(secret, f"{head}.{body}".encode(), "sha256"))
        assertion = rules.read_assertion(request_of(f"{head}.{body}.{mac}"))
        assert not rules.proves(assertion, stored)


def test_no_algorithm_is_no_proof() -> None:
    payload = b64(msgspec.json.encode(claims()))
    for alg in ("none", "None", "NONE", ""):
        head = b64(msgspec.json.encode({"alg": alg, "kid": "k"}))
        for signature in ("", b64(b"x")):
            assertion = rules.read_assertion(request_of(f"{head}.{payload}.{signature}"))
            for key in (EC, ED, RSA):
                assert not rules.proves(assertion, rules.public_key(public(key)).jwk)


@pytest.mark.parametrize("carried", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_the_header_brings_along_does_not_count(carried: str) -> None:
    thief = ECKey.generate_key("P-256")
    brought: dict[str, Any] = {
        "jwk": public(thief), "jku": "https://evil.example/k", "x5u": "https://evil.example/c",
        "x5c": ["MIIB"],
    }  # fmt: skip
    assertion = read(thief, "ES256", header={carried: brought[carried]})
    assert not rules.proves(assertion, rules.public_key(public(EC)).jwk)
    # Nor does it hurt an assertion that the right key has signed.
    assertion = read(EC, "ES256", header={carried: brought[carried]})
    assert rules.proves(assertion, rules.public_key(public(EC)).jwk)


def test_a_changed_assertion_proves_nothing() -> None:
    stored = rules.public_key(public(EC)).jwk
    head, _, signature = signed(claims(), {"alg": "ES256", "kid": "k"}, EC).split(".")
    other = b64(msgspec.json.encode(claims()))
    for text in (f"{head}.{other}.{signature}", f"{head}.{other}.", f"{head}.{other}.AAAA"):
        assert not rules.proves(rules.read_assertion(request_of(text)), stored)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None}, {"sub": None}, {"aud": None}, {"exp": None}, {"jti": None},
        {"iss": "somebody"}, {"sub": str(UUID(int=7))}, {"jti": ""}, {"jti": "x" * 256}, {"jti": 7},
        {"exp": "soon"}, {"exp": True}, {"aud": 7}, {"aud": [7]}, {"nbf": "x"}, {"iat": []},
    ],
    ids=str,
)  # fmt: skip
def test_an_assertion_without_what_it_needs_is_not_read(changes: dict[str, Any]) -> None:
    with pytest.raises(ClientNotProven):
        read(EC, "ES256", **changes)


def test_a_header_must_name_a_key_and_understands_no_extension() -> None:
    payload = b64(msgspec.json.encode(claims()))
    for header in (
        {"alg": "ES256"}, {"kid": "k"}, {"alg": 7, "kid": "k"}, {"alg": "ES256", "kid": 7},
        {"alg": "ES256", "kid": "k", "crit": ["exp"], "exp": 1},
        {"alg": "ES256", "kid": "k", "crit": ["b64"], "b64": False},
        {"alg": "ES256", "kid": "k", "b64": False}, ["alg", "kid", "b64"], "alg b64 kid", 7, None,
    ):  # fmt: skip
        with pytest.raises(ClientNotProven):
            text = f"{b64(msgspec.json.encode(header))}.{payload}.{b64(bytes(64))}"
            rules.read_assertion(request_of(text))


def test_the_form_names_no_other_client_than_the_assertion() -> None:
    text = signed(claims(), {"alg": "ES256", "kid": "k"}, EC)
    me = "0199f3a0-5c1e-7d42-9b60-000000000065"
    assert rules.read_assertion(request_of(text, client_id=me)).claims.iss == UUID(me)
    with pytest.raises(ClientNotProven):
        rules.read_assertion(request_of(text, client_id=str(uuid4())))


def about(**changes: Any) -> Claims:
    me = uuid4()
    honest = {"iss": me, "sub": me, "aud": ENDPOINT, "exp": AT + 60, "jti": "1"}
    return Claims(**(honest | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"aud": "https://localhost"}, {"aud": [ENDPOINT, "https://localhost"]},
        {"exp": AT - 29}, {"exp": AT + 330}, {"iat": AT + 30}, {"nbf": AT + 30},
        {"iat": AT - 330}, {"nbf": 0.0}, {"iat": AT, "nbf": AT},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_for_us_and_for_now_is_taken(changes: dict[str, Any]) -> None:
    rules.require_valid(about(**changes), NOW, OURS)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://localhost/"}, {"aud": "https://evil.example/v1/token"}, {"aud": []},
        {"aud": ""}, {"aud": [ENDPOINT, "https://evil.example"]},
        {"exp": AT - 30}, {"exp": AT - 9999}, {"exp": 0.0}, {"exp": -1e300},
        {"exp": AT + 331}, {"exp": 1e300},
        {"iat": AT + 31}, {"nbf": AT + 31}, {"iat": AT - 331}, {"iat": 0.0}, {"nbf": 1e300},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_for_another_server_or_another_time_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(AssertionRefused):
        rules.require_valid(about(**changes), NOW, OURS)


def test_scopes_are_given_as_asked_and_never_more() -> None:
    held = frozenset({ClientScope.BOOKINGS_READ, ClientScope.OFFERS_WRITE})
    for asked in (None, "", "  "):
        assert rules.scopes_granted(asked, held) == held
    assert rules.scopes_granted("bookings:read", held) == {ClientScope.BOOKINGS_READ}
    assert rules.scopes_granted(" offers:write  bookings:read ", held) == held
    for asked in ("bookings:write", "bookings:read bookings:write", "BOOKINGS:READ", "x\0", "*"):
        with pytest.raises(ScopeNotGranted):
            rules.scopes_granted(asked, held)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"grant_type": "password"}, GrantUnsupported),
        ({"grant_type": "authorization_code"}, GrantUnsupported),
        ({"client_assertion": ""}, ClientNotProven),
        ({"client_assertion_type": ""}, ClientNotProven),
        ({"client_assertion_type": "urn:ietf:params:oauth:grant-type:x"}, ClientNotProven),
    ],
)
def test_another_grant_or_another_proof_is_refused(
    changes: dict[str, str], refusal: type[TokenRefusal]
) -> None:
    rules.require_client_credentials(request_of("x"))
    with pytest.raises(refusal):
        rules.require_client_credentials(msgspec.structs.replace(request_of("x"), **changes))


def kinds_of(kind: type[TokenRefusal]) -> set[type[TokenRefusal]]:
    return {kind}.union(*(kinds_of(each) for each in kind.__subclasses__()))


def test_every_refusal_speaks_the_language_of_the_standard() -> None:
    known = {"invalid_request", "invalid_client", "invalid_scope", "unsupported_grant_type"}
    kinds = kinds_of(TokenRefusal) - {TokenRefusal}
    assert {kind.error for kind in kinds} == known
    for kind in kinds:
        said = kind().extensions
        assert said == {"error": kind.error, "error_description": kind.title}
        # RFC 6749, section 5.2, allows no other characters.
        assert all(" " <= char <= "~" and char not in '"\\' for char in kind.title)


_segment = st.one_of(
    _words,
    st.binary(max_size=80).map(b64),
    json_values.map(lambda value: b64(msgspec.json.encode(value))),
    st.just(b64(b"[" * 5000 + b"]" * 5000)),
    st.just(b64(b'{"exp":1' + b"0" * 5000 + b"}")),
    st.just(b64(b'{"alg":"ES256","alg":["x"],"kid":"k"}')),
)


@given(st.text(max_size=80) | st.lists(_segment, max_size=5).map(".".join))
def test_no_text_breaks_the_reading_of_an_assertion(text: str) -> None:
    try:
        assertion = rules.read_assertion(request_of(text))
    except ClientNotProven:
        return
    for key in (EC, ED, RSA):
        assert not rules.proves(assertion, rules.public_key(public(key)).jwk)


_claim = st.sampled_from(["iss", "sub", "aud", "exp", "jti", "iat", "nbf", "x"])
_odd = json_values | st.sampled_from([10**400, -(10**400), 1e308, "\0", "\ud800", "0" * 9000])


def signed_anyhow(said: object, header: dict[str, Any]) -> str:
    """Sign what no honest library would write."""
    head, body = (b64(json.dumps(part).encode()) for part in (header, said))
    raw = jws.JWSRegistry.algorithms["ES256"].sign(f"{head}.{body}".encode(), EC)
    return f"{head}.{body}.{b64(raw)}"


@given(st.dictionaries(_claim, _odd), st.dictionaries(st.sampled_from(["kid", "typ", "x"]), _odd))
def test_nothing_that_a_known_key_signs_breaks_the_reading(
    said: dict[str, Any], header: dict[str, Any]
) -> None:
    text = signed_anyhow(claims() | said, {"alg": "ES256", "kid": "k"} | header)
    with contextlib.suppress(ClientNotProven):
        assertion = rules.read_assertion(request_of(text))
        rules.require_valid(assertion.claims, NOW, OURS)
        rules.jti_hash(assertion.claims)


def test_a_form_is_read_as_the_standard_says() -> None:
    body = (
        b"grant_type=client_credentials&client_assertion=a.b.c&scope=&resource=x&resource2=%C3%A9"
    )
    found = read_form(f"{FORM}; charset=utf-8", body)
    assert found == TokenRequest(grant_type="client_credentials", client_assertion="a.b.c")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("", b"grant_type=client_credentials"),
        (FORM, b""),
        (FORM, b"grant_type="),
        (FORM, b"scope=x"),
        (FORM, b"grant_type=client_credentials&grant_type=client_credentials"),
        (FORM, b"grant_type=client_credentials&resource=a&resource=b"),
        (FORM, b"grant_type=%FF"),
        (FORM, b"grant_type=\xff"),
        (FORM, b"&".join(b"a%d=1" % n for n in range(60)) + b"&grant_type=client_credentials"),
    ],
)
def test_what_is_no_such_form_is_an_invalid_request(kind: str, body: bytes) -> None:
    with pytest.raises(TokenRequestInvalid):
        read_form(kind, body)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_bytes_break_the_reading_of_a_form(body: bytes, kind: str) -> None:
    for sent in (FORM, kind):
        with contextlib.suppress(TokenRequestInvalid):
            read_form(sent, body)
