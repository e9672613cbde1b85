"""The waitlist: join, look, leave."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.http.repeats import IdempotencyKeyHeader, UnusableKey, once
from domain.actor import Actor
from domain.catalogue.errors import NoSuchOffer, OfferWithdrawn
from domain.errors import Forbidden
from domain.idempotency.service import KeyReused, RequestInProgress
from domain.patients.errors import NoSuchPatient
from domain.waitlist import service
from domain.waitlist.errors import (
    NoSuchWait,
    TimeIsFree,
    UnusableWindow,
    WaitingAlready,
    WaitOver,
)
from domain.waitlist.types import JoinWaitlist, WaitView


class WaitlistController(Controller):
    path = "/v1/waitlist"
    tags = ["Waitlist"]

    @post(
        operation_id="joinWaitlist",
        guards=[may("waitlist.join")],
        summary="Wait for a time",
        responses=problems(
            NoSuchPatient, NoSuchOffer, OfferWithdrawn, UnusableWindow, TimeIsFree, WaitingAlready,
            Forbidden, KeyReused, RequestInProgress, UnusableKey,
        ),
    )  # fmt: skip
    async def join(
        self,
        data: JSONBody[JoinWaitlist],
        actor: NamedDependency[Actor],
        idempotency_key: IdempotencyKeyHeader = None,
    ) -> WaitView:
        """Wait for an offer on days on which nothing is free.

        Who waits longest is offered what comes free first: a hold of 30 minutes of their own.
        """
        return await service.join_waitlist(actor, data, once(idempotency_key, data))

    @get(
        operation_id="listWaits",
        guards=[may("waitlist.read")],
        summary="What I wait for",
    )
    async def list_waits(self, actor: NamedDependency[Actor]) -> list[WaitView]:
        """List the places of one's patients, newest first."""
        return await service.list_waits(actor)

    @get(
        "/{entry_id:uuid}",
        operation_id="showWait",
        guards=[may("waitlist.read")],
        summary="One place in a waitlist",
        responses=problems(NoSuchWait),
    )
    async def show(self, entry_id: FromPath[UUID], actor: NamedDependency[Actor]) -> WaitView:
        """Return where one stands, and the hold that was made when a time came free."""
        return await service.show_wait(actor, entry_id)

    @post(
        "/{entry_id:uuid}/leave",
        operation_id="leaveWaitlist",
        guards=[may("waitlist.leave")],
        summary="Wait no longer",
        status_code=200,
        responses=problems(NoSuchWait, NoSuchPatient, WaitOver, Forbidden),
    )
    async def leave(self, entry_id: FromPath[UUID], actor: NamedDependency[Actor]) -> WaitView:
        """Leave the list; an offered time that is not paid goes to the next."""
        return await service.leave_waitlist(actor, entry_id)
