"""Providers that speak OpenID Connect: authorization code with PKCE, as the Kyrgyz ESI does."""

import base64
import hashlib
import secrets
import warnings
from typing import Any
from urllib.parse import quote_plus, urlencode

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, import_key

from domain.clock import utc_now
from domain.identity.eid import rules
from domain.identity.eid.channel import Channel
from domain.identity.eid.configuration import OidcSettings
from domain.identity.eid.keys import KeySource
from domain.identity.eid.providers import NotProved
from domain.identity.eid.rules import IdToken
from domain.identity.eid.types import Attempt, EidClaims, Tokens

ASSERTION_LASTS_S = 60
_BEARER_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHM_OF = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}


class _Header(msgspec.Struct, frozen=True):
    """What of a token's header is believed: how it was signed, and by which of the known keys."""

    alg: str
    kid: str | None = None


class _Registry(jws.JWSRegistry):
    """Members of a header that we do not look at may be there; `crit` is obeyed all the same."""

    max_header_length = 8192


class _TokenAnswer(msgspec.Struct, frozen=True):
    access_token: str
    id_token: str


class OidcProvider:
    """The adapter; everything it believes was signed by a configured key, for this attempt."""

    def __init__(self, key: str, settings: OidcSettings, redirect_uri: str) -> None:
        self.about = settings.about(key)
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._channel = Channel(key)
        self._keys = KeySource(settings.jwks, self._channel, settings.jwks_uri)
        self._private_key = import_key(settings.private_key) if settings.private_key else None

    def authorize_url(self, attempt: Attempt) -> str:
        """Return the address with an S256 challenge, and how old a sign-in there may be at most."""
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._settings.scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "max_age": str(self._settings.max_age),
        }
        if self._settings.acr_values:
            asked["acr_values"] = self._settings.acr_values
        mark = "&" if "?" in self._settings.authorization_endpoint else "?"
        return f"{self._settings.authorization_endpoint}{mark}{urlencode(asked)}"

    async def exchange(self, code: str, attempt: Attempt) -> Tokens:
        """Return the tokens of a code, which only this client with this verifier can have."""
        form, headers = self._as_client()
        found = await self._channel.ask(
            _TokenAnswer,
            "POST",
            self._settings.token_endpoint,
            form={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect_uri,
                "code_verifier": attempt.verifier,
                **form,
            },
            headers=headers,
            refusals=(400,),
        )
        return Tokens(found.access_token, found.id_token)

    def _as_client(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the form members and headers that prove the client."""
        client_id = self._settings.client_id
        if self._private_key is not None:
            return {
                "client_id": client_id,
                "client_assertion_type": _BEARER_ASSERTION,
                "client_assertion": self._assertion(self._private_key),
            }, {}
        # Encoded as a form's members first: RFC 6749, section 2.3.1.
        pair = f"{quote_plus(client_id)}:{quote_plus(self._settings.client_secret or '')}"
        return {}, {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def _assertion(self, key: Key) -> str:
        now = int(utc_now().timestamp())
        algorithm = str(key.get("alg") or _ALGORITHM_OF[key.key_type])
        header = {"alg": algorithm} | ({"kid": key.kid} if key.kid else {})
        claims = {
            "iss": self._settings.client_id,
            "sub": self._settings.client_id,
            # The issuer alone: an assertion for one provider says nothing to another.
            "aud": self.about.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + ASSERTION_LASTS_S,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.encode(header, claims, key, algorithms=[algorithm])

    async def userinfo(self, tokens: Tokens, attempt: Attempt) -> EidClaims:
        """Return what the ID token says, and the userinfo endpoint adds about the same subject."""
        token, signed = await self._verified(tokens, attempt)
        claims = signed
        if self._settings.userinfo_endpoint is not None:
            added = await self._channel.ask(
                dict[str, Any],
                "GET",
                self._settings.userinfo_endpoint,
                headers={"Authorization": f"Bearer {tokens.access_token}"},
            )
            if added.get("sub") != token.sub:
                raise NotProved("wrong_userinfo_subject")
            claims = {**added, **signed}
        return EidClaims(
            issuer=token.iss,
            subject=token.sub,
            level=self._settings.levels.get(token.acr or "", self._settings.level_otherwise),
            given=rules.name_of(claims.get("given_name")),
            family=rules.name_of(claims.get("family_name")),
            birth_date=rules.whole_date(_text(claims.get("birthdate"))),
            national_id=_text(claims.get(self._settings.national_id_claim or "")),
            seen_at=rules.seen_at(token, utc_now()),
        )

    async def _verified(self, tokens: Tokens, attempt: Attempt) -> tuple[IdToken, dict[str, Any]]:
        """Return the ID token's claims, typed and as they are; raises NotProved."""
        compact = tokens.id_token or ""
        header = _header_of(compact)
        if header.alg not in self._settings.algorithms:
            raise NotProved("wrong_algorithm")
        key = await self._keys.find(header.kid, header.alg)
        if key is None:
            raise NotProved("unknown_key")
        try:
            with warnings.catch_warnings():
                # joserfc prefers the name of RFC 9864, which providers do not send yet.
                warnings.simplefilter("ignore", SecurityWarning)
                registry = _Registry(algorithms=[header.alg], strict_check_header=False)
                payload = jws.deserialize_compact(compact, key, registry=registry).payload
            token = msgspec.json.decode(payload or b"", type=IdToken)
            signed = msgspec.json.decode(payload or b"", type=dict[str, Any])
        except (JoseError, ValueError) as error:
            raise NotProved("wrong_signature") from error
        fault = rules.fault_of(
            token,
            issuer=self.about.issuer,
            client_id=self._settings.client_id,
            nonce=attempt.nonce,
            max_age_s=self._settings.max_age,
            now=utc_now(),
        )
        if fault is None and token.at_hash not in (
            None,
            rules.hash_of(tokens.access_token, header.alg),
        ):
            fault = "wrong_access_token"
        if fault is not None:
            raise NotProved(fault)
        return token, signed


def _header_of(compact: str) -> _Header:
    segment = compact.partition(".")[0]
    try:
        plain = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
        return msgspec.json.decode(plain, type=_Header)
    except ValueError as error:
        raise NotProved("unreadable_token") from error


def _text(value: object) -> str | None:
    """Return a claim that is a text of a length we can keep."""
    return value if isinstance(value, str) and 0 < len(value) <= 200 else None
