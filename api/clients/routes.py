"""Systems of a facility's organisation, and the tokens they fetch (OAuth 2.0, RFC 6749)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, JSONBody, RawBody

from api.http.authentication import ASKED_BY_NOBODY
from api.http.guards import may
from api.http.limits import address_to_slow
from api.http.problems import problems
from domain.actor import Actor
from domain.clients import service, tokens
from domain.clients.errors import (
    AssertionRefused,
    ClientNotProven,
    GrantUnsupported,
    KeyKnown,
    KeyUnusable,
    LastKey,
    NoSuchClient,
    NoSuchKey,
    NotForThisOrganisation,
    PrivateKeySent,
    ScopeNotGranted,
    TokenRequestInvalid,
    TooManyClients,
    TooManyKeys,
)
from domain.clients.types import (
    AccessToken,
    AddClientKey,
    ChangeClient,
    ClientView,
    RegisterClient,
    ServerMetadata,
    TokenRequest,
)
from domain.identity.errors import AttemptTooEarly, NoSuchOrganisation
from domain.settings import Settings

TOKEN_PATH = "/v1/token"  # noqa: S105  an address
FORM = "application/x-www-form-urlencoded"
FORM_LIMIT = 16 * 1024
MOST_FIELDS = 20
_PARAMETERS = TokenRequest.__struct_fields__


class ClientsController(Controller):
    path = "/v1/organisations/{organisation_id:uuid}/clients"
    tags = ["Systems"]

    @get(
        operation_id="listClients",
        guards=[may("clients.list")],
        summary="The systems of an organisation",
        responses=problems(NoSuchOrganisation),
    )
    async def list_clients(
        self, organisation_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[ClientView]:
        """List the systems that may fetch tokens, with their keys and when they last did."""
        return await service.list_clients(actor, organisation_id)

    @post(
        operation_id="registerClient",
        guards=[may("clients.register")],
        summary="Register a system",
        responses=problems(
            NoSuchOrganisation, NotForThisOrganisation, TooManyClients, KeyUnusable,
            PrivateKeySent, KeyKnown,
        ),
    )  # fmt: skip
    async def register(
        self,
        organisation_id: FromPath[UUID],
        data: JSONBody[RegisterClient],
        actor: NamedDependency[Actor],
    ) -> ClientView:
        """Register a system by its public keys; the answer's `id` is its `client_id`.

        A key is a JWK (RFC 7517): EC on P-256, OKP on Ed25519, or RSA of 2048 to 4096 bits. One
        without a `kid` is called by its thumbprint (RFC 7638). Private members are refused.
        """
        return await service.register_client(actor, organisation_id, data)

    @get(
        "/{client_id:uuid}",
        operation_id="showClient",
        guards=[may("clients.list")],
        summary="One system",
        responses=problems(NoSuchOrganisation, NoSuchClient),
    )
    async def show(
        self,
        organisation_id: FromPath[UUID],
        client_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> ClientView:
        """Return a system with its scopes and living keys."""
        return await service.show_client(actor, organisation_id, client_id)

    @put(
        "/{client_id:uuid}",
        operation_id="changeClient",
        guards=[may("clients.change")],
        summary="Rename a system, give or take scopes",
        responses=problems(NoSuchOrganisation, NoSuchClient),
    )
    async def change(
        self,
        organisation_id: FromPath[UUID],
        client_id: FromPath[UUID],
        data: JSONBody[ChangeClient],
        actor: NamedDependency[Actor],
    ) -> ClientView:
        """Set a system's name and scopes; a scope taken away counts at the next request."""
        return await service.change_client(actor, organisation_id, client_id, data)

    @delete(
        "/{client_id:uuid}",
        operation_id="revokeClient",
        guards=[may("clients.revoke")],
        summary="Shut a system out",
        responses=problems(NoSuchOrganisation, NoSuchClient),
    )
    async def revoke(
        self,
        organisation_id: FromPath[UUID],
        client_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> None:
        """Revoke a system for good; the next request with one of its tokens is refused."""
        await service.revoke_client(actor, organisation_id, client_id)

    @post(
        "/{client_id:uuid}/keys",
        operation_id="addClientKey",
        guards=[may("clients.add_key")],
        summary="Add a key",
        responses=problems(
            NoSuchOrganisation, NoSuchClient, TooManyKeys, KeyUnusable, PrivateKeySent, KeyKnown
        ),
    )
    async def add_key(
        self,
        organisation_id: FromPath[UUID],
        client_id: FromPath[UUID],
        data: JSONBody[AddClientKey],
        actor: NamedDependency[Actor],
    ) -> ClientView:
        """Let a system sign with a further key, for example before the present one is retired."""
        return await service.add_key(actor, organisation_id, client_id, data)

    @delete(
        "/{client_id:uuid}/keys/{key_id:uuid}",
        operation_id="retireClientKey",
        guards=[may("clients.retire_key")],
        summary="Retire a key",
        responses=problems(NoSuchOrganisation, NoSuchClient, NoSuchKey, LastKey),
    )
    async def retire_key(
        self,
        organisation_id: FromPath[UUID],
        client_id: FromPath[UUID],
        key_id: FromPath[UUID],
        actor: NamedDependency[Actor],
    ) -> None:
        """Retire a key at once, with the tokens that were given for it; never to be used again."""
        await service.retire_key(actor, organisation_id, client_id, key_id)


@dataclass
class _TokenOperation(Operation):
    """Says in OpenAPI what the handler reads as a form."""

    def __post_init__(self) -> None:
        texts = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": "A JWT signed by the system (RFC 7523, section 3)",
            "client_id": "May be left out; else it is the assertion's iss",
            "scope": "Scopes parted by spaces; all of the system's where it is left out",
        }
        form = Schema(
            type=OpenAPIType.OBJECT,
            properties={
                name: Schema(type=OpenAPIType.STRING, description=texts[name])
                for name in _PARAMETERS
            },
            required=["grant_type", "client_assertion_type", "client_assertion"],
        )
        example = {
            "grant_type": texts["grant_type"],
            "client_assertion_type": texts["client_assertion_type"],
            "client_assertion": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjctMDMifQ.eyJpc3MiOi4uLn0.c2ln",
            "scope": "bookings:read bookings:write",
        }
        self.request_body = RequestBody(
            content={FORM: OpenAPIMediaType(schema=form, example=example)}, required=True
        )


class TokensController(Controller):
    path = "/"
    tags = ["Systems"]

    @get(
        "/.well-known/oauth-authorization-server",
        operation_id="showTokenServer",
        guards=[may("clients.discover")],
        summary="How a system gets its tokens",
    )
    async def metadata(self, request: Request[Any, Any, Any]) -> ServerMetadata:
        """Tell the token endpoint, the algorithms and the scopes (RFC 8414)."""
        issuer, endpoint = _server(request)
        return tokens.server_metadata(issuer, endpoint)

    @post(
        TOKEN_PATH,
        operation_id="fetchToken",
        guards=[may("clients.fetch_token")],
        summary="Fetch a token for a facility's system",
        status_code=200,
        request_max_body_size=FORM_LIMIT,
        # Else a system whose token has ended, and that still sends it, would never get another.
        opt={ASKED_BY_NOBODY: True},
        operation_class=_TokenOperation,
        responses=problems(
            TokenRequestInvalid, GrantUnsupported, ScopeNotGranted, ClientNotProven,
            AssertionRefused, AttemptTooEarly,
        ),
    )  # fmt: skip
    async def fetch(self, request: Request[Any, Any, Any], body: RawBody) -> Response[AccessToken]:
        """Give a token of ten minutes for a signed assertion (RFC 6749, 4.4; RFC 7523, 2.2).

        The assertion names a registered key by `kid`. Its `iss` and `sub` are the client's id,
        its `aud` is this address or the issuer, its `exp` at most five minutes ahead, and each
        `jti` is good for one token. A refusal also has the members `error` and
        `error_description` of RFC 6749, section 5.2.
        """
        token = await tokens.issue_token(
            read_form(request.headers.get("content-type", ""), body),
            audiences=frozenset(_server(request)),
            address=address_to_slow(request),
            request_id=request.state.get("request_id"),
        )
        return Response(token, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _server(request: Request[Any, Any, Any]) -> tuple[str, str]:
    """Return the issuer and its token endpoint: the address people use, whatever was asked."""
    settings: Settings = request.app.state.settings
    return settings.public_url, settings.public_url + TOKEN_PATH


def read_form(content_type: str, body: bytes) -> TokenRequest:
    """Return a token request; unknown parameters are ignored (RFC 6749, section 3.2).

    Raises TokenRequestInvalid for what is no form, repeats a parameter or names no grant.
    """
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise TokenRequestInvalid(f"Send the parameters as {FORM}")
    try:
        sent = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise TokenRequestInvalid from None
    if len(sent) != len({name for name, _ in sent}):
        raise TokenRequestInvalid("A parameter was sent twice")
    # A parameter without a value counts as left out (RFC 6749, section 3.2).
    known = {name: value for name, value in sent if name in _PARAMETERS and value}
    if "grant_type" not in known:
        raise TokenRequestInvalid("The parameter grant_type is missing")
    return TokenRequest(**known)
