"""The providers of a deployment, behind one small Protocol."""

from collections.abc import Iterable
from typing import Protocol

from domain.identity.eid.errors import NoSuchEidProvider
from domain.identity.eid.types import AboutProvider, Attempt, EidClaims, EidProviderView, Tokens


class NotProved(Exception):
    """A provider's answer proves nothing; `reason` is a word for operators, never for callers."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EidProvider(Protocol):
    """Vouches for people: sends them there, takes what they come back with, says who they are."""

    about: AboutProvider

    def authorize_url(self, attempt: Attempt) -> str:
        """Return the address at the provider to which the person's browser goes."""
        ...

    async def exchange(self, code: str, attempt: Attempt) -> Tokens:
        """Return the tokens of a code; raises NotProved or EidUnavailable."""
        ...

    async def userinfo(self, tokens: Tokens, attempt: Attempt) -> EidClaims:
        """Return whom the tokens are about, once proved; raises NotProved or EidUnavailable."""
        ...


_providers: dict[str, EidProvider] = {}


def use_eid_providers(providers: Iterable[EidProvider]) -> None:
    """Name the process's providers, once, at start."""
    global _providers
    _providers = {provider.about.key: provider for provider in providers}


def eid_provider(key: str) -> EidProvider:
    """Return the provider of that key; raises NoSuchEidProvider."""
    if key not in _providers:
        raise NoSuchEidProvider
    return _providers[key]


def eid_providers() -> list[EidProviderView]:
    """Return the providers in the order in which they are configured."""
    return [
        EidProviderView(each.about.key, each.about.name, each.about.country)
        for each in _providers.values()
    ]


def provider_name(key: str) -> str:
    """Return what people call a provider, also one that is no longer configured."""
    return _providers[key].about.name if key in _providers else key
