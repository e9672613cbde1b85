"""Signing in by a national electronic identity, and linking one, over HTTP.

For programs: an app opens the address, catches the one the provider sends the person back to, and
finishes with its code and state. Browsers have the pages (`/eid/...`).
"""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.identity.devices import device_of
from domain.actor import Actor
from domain.identity.eid import service
from domain.identity.eid.errors import (
    EidDiffers,
    EidKnown,
    EidLevelTooLow,
    EidLinkedElsewhere,
    EidNotLinked,
    EidRefused,
    EidUnavailable,
    NoSuchEidLink,
    NoSuchEidProvider,
)
from domain.identity.eid.providers import eid_providers
from domain.identity.eid.types import (
    EidAuthorization,
    EidLinkView,
    EidProviderView,
    FinishEid,
    Purpose,
)
from domain.identity.errors import LastFactor, PasskeyRequired
from domain.identity.types import Carrier, SessionToken

_UNPROVED = (NoSuchEidProvider, EidRefused, EidUnavailable, EidLevelTooLow)


class EidController(Controller):
    path = "/v1"
    tags = ["Sign-in"]

    @get(
        "/eid",
        operation_id="listEidProviders",
        guards=[may("identity.list_eid_providers")],
        summary="The providers of electronic identity",
    )
    async def providers(self) -> list[EidProviderView]:
        """List whose national identity opens an account here; empty where none is set up."""
        return eid_providers()

    @post(
        "/eid/{provider:str}/authorizations",
        operation_id="beginEidSignIn",
        guards=[may("identity.sign_in")],
        summary="Begin signing in by electronic identity",
        responses=problems(NoSuchEidProvider),
    )
    async def begin_sign_in(
        self, provider: FromPath[str], actor: NamedDependency[Actor]
    ) -> EidAuthorization:
        """Return where to send the person; it holds for ten minutes and for this client alone."""
        return await service.begin(actor, provider, Purpose.SIGN_IN)

    @post(
        "/eid/{provider:str}/sessions",
        operation_id="signInByEid",
        guards=[may("identity.sign_in")],
        summary="Sign in by electronic identity",
        responses=problems(*_UNPROVED, EidNotLinked, PasskeyRequired),
    )
    async def sign_in(
        self,
        provider: FromPath[str],
        data: JSONBody[FinishEid],
        request: Request[Any, Any, Any],
        actor: NamedDependency[Actor],
    ) -> SessionToken:
        """Start a session of the account that the identity is linked with.

        People with a role in an organisation sign in with a passkey.
        """
        proof = await service.prove(actor, provider, data, Purpose.SIGN_IN)
        return await service.sign_in(actor, proof, Carrier.BEARER, device_of(request))

    @post(
        "/eid/{provider:str}/link-authorizations",
        operation_id="beginEidLink",
        guards=[may("identity.link_eid")],
        summary="Begin linking an electronic identity",
        responses=problems(NoSuchEidProvider),
    )
    async def begin_link(
        self, provider: FromPath[str], actor: NamedDependency[Actor]
    ) -> EidAuthorization:
        """Return where to send the person who wants to link their identity with this account."""
        return await service.begin(actor, provider, Purpose.LINK)

    @post(
        "/eid/{provider:str}/links",
        operation_id="linkEid",
        guards=[may("identity.finish_eid_link")],
        summary="Link an electronic identity",
        responses=problems(*_UNPROVED, EidDiffers, EidKnown, EidLinkedElsewhere),
    )
    async def link(
        self,
        provider: FromPath[str],
        data: JSONBody[FinishEid],
        actor: NamedDependency[Actor],
    ) -> EidLinkView:
        """Link the identity: it proves who one is, and opens this account from now on."""
        proof = await service.prove(actor, provider, data, Purpose.LINK)
        return await service.link(actor, proof)

    @delete(
        "/me/eid-links/{eid_link_id:uuid}",
        operation_id="unlinkEid",
        guards=[may("identity.remove_factor")],
        summary="Remove the link with an electronic identity",
        responses=problems(NoSuchEidLink, LastFactor),
    )
    async def unlink(self, eid_link_id: FromPath[UUID], actor: NamedDependency[Actor]) -> None:
        """Remove a link, unless it is the last strong way in; `GET /v1/me/factors` lists them."""
        await service.unlink(actor, eid_link_id)
