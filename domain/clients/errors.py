"""What can go wrong with systems of facilities, and why one is given no token."""

from typing import ClassVar

from domain.errors import Conflict, DomainError, Invalid, NotFound, Unauthenticated, raised_by


class NoSuchClient(NotFound):
    code = "client_not_found"
    title = "The organisation has no such system now"


class NoSuchKey(NotFound):
    code = "client_key_not_found"
    title = "The system has no such key now"


class NotForThisOrganisation(Invalid):
    code = "clients_of_facilities_only"
    title = "Only an organisation that runs facilities registers systems"


class TooManyClients(Conflict):
    code = "too_many_clients"
    title = "The organisation has as many systems as it may have; revoke one first"


class TooManyKeys(Conflict):
    code = "too_many_keys"
    title = "A system has at most five keys; retire one first"


class LastKey(Conflict):
    code = "last_key"
    title = "This is the system's last key; add another one first, or revoke the system"


@raised_by("client_key_name_once", "client_key_once")
class KeyKnown(Conflict):
    code = "key_known"
    title = "The system has or had this key, or another one of this name"


class KeyUnusable(Invalid):
    code = "key_unusable"
    title = "This is not a public key that a system can sign with"


class PrivateKeySent(Invalid):
    code = "private_key_sent"
    title = "This is a private key, which nobody but the system may know; make a new pair"


class TokenRefusal(DomainError):
    """A refusal of the token endpoint, said also in the words of RFC 6749, section 5.2."""

    error: ClassVar[str]

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, error=self.error, error_description=detail or self.title)


class TokenRequestInvalid(TokenRefusal):
    code = "token_request_invalid"
    title = "The token request lacks a parameter, repeats one, or has one that cannot be read"
    error = "invalid_request"


class GrantUnsupported(TokenRefusal):
    code = "grant_unsupported"
    title = "Tokens are given for grant_type client_credentials only"
    error = "unsupported_grant_type"


class ScopeNotGranted(TokenRefusal):
    code = "scope_not_granted"
    title = "The system does not have every scope that was asked for"
    error = "invalid_scope"


class ClientNotProven(TokenRefusal, Unauthenticated):
    """Equal for an unknown client, a wrong signature and a retired key."""

    code = "client_not_proven"
    title = "The assertion does not prove a system that is registered here"
    error = "invalid_client"


class AssertionRefused(ClientNotProven):
    """The client is who it says, but this assertion is not for us, not for now, or used."""

    code = "assertion_refused"
    title = "The assertion is signed by the system, but it is not valid here and now"
