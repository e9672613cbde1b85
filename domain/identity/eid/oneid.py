"""OneID, Uzbekistan's own variation of OAuth (sso.egov.uz): one address, three kinds of asking.

It has neither an ID token nor PKCE nor a nonce: what ties an answer to this attempt is the state,
the browser's binder, and that the code is good for our client's secret alone. It does not say when
the person signed in there either, so such a session never counts as freshly proved.
"""

from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from domain.identity.eid.channel import Channel
from domain.identity.eid.configuration import OneIdSettings
from domain.identity.eid.providers import NotProved
from domain.identity.eid.rules import name_of, whole_date
from domain.identity.eid.types import Attempt, EidClaims, Level, Tokens

T = TypeVar("T")

_PERSON = "I"
"""The `user_type` of a human being; the other one is a legal entity."""


class _TokenAnswer(msgspec.Struct, frozen=True):
    access_token: str | None = None


class _UserAnswer(msgspec.Struct, frozen=True):
    """What is asked about of the answer; `valid` tells whether the account was ever confirmed."""

    ret_cd: str | int
    pin: str | int | None = None
    first_name: str | None = None
    sur_name: str | None = None
    birth_date: str | None = None
    valid: str | bool = False
    user_type: str | None = None
    auth_method: str | None = None


class OneIdProvider:
    """The adapter; the person's number (PINFL) is the subject, since names of accounts change."""

    def __init__(self, key: str, settings: OneIdSettings, redirect_uri: str) -> None:
        self.about = settings.about(key)
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._channel = Channel(key)

    def authorize_url(self, attempt: Attempt) -> str:
        """Return the address at which OneID asks the person."""
        asked = {
            "response_type": "one_code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._settings.scope,
            "state": attempt.state,
        }
        return f"{self._settings.endpoint}?{urlencode(asked)}"

    async def exchange(self, code: str, attempt: Attempt) -> Tokens:
        """Return the access token of a code."""
        found = await self._asked(
            _TokenAnswer, "one_authorization_code", redirect_uri=self._redirect_uri, code=code
        )
        if not found.access_token:
            raise NotProved("no_token")
        return Tokens(found.access_token)

    async def userinfo(self, tokens: Tokens, attempt: Attempt) -> EidClaims:
        """Return whom the token is about: a person, not a company, with their number."""
        user = await self._asked(
            _UserAnswer, "one_access_token_identify", access_token=tokens.access_token,
            scope=self._settings.scope,
        )  # fmt: skip
        pin = str(user.pin or "")
        if str(user.ret_cd) != "0":
            raise NotProved("token_refused")
        if user.user_type != _PERSON:
            raise NotProved("not_a_person")
        if len(pin) != 14 or not (pin.isascii() and pin.isdigit()):
            raise NotProved("no_number")
        level = self._settings.levels.get(user.auth_method or "", self._settings.level_otherwise)
        return EidClaims(
            issuer=self.about.issuer,
            subject=pin,
            # Nobody has ever looked at the papers of an account that was not confirmed.
            level=level if str(user.valid).lower() == "true" else Level.LOW,
            given=name_of(user.first_name),
            family=name_of(user.sur_name),
            birth_date=whole_date(user.birth_date),
            national_id=pin,
        )

    async def _asked(self, kind: type[T], grant: str, **form: str) -> T:
        return await self._channel.ask(
            kind,
            "POST",
            self._settings.endpoint,
            form={
                "grant_type": grant,
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret or "",
                **form,
            },
            refusals=(400,),
        )
