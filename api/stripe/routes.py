"""The provider's webhook: verify, store, answer."""

from typing import Annotated

import msgspec
from litestar import Controller, post
from litestar.params import HeaderParameter, RawBody

from api.http.problems import problems
from domain.payments import service
from domain.payments.errors import BadSignature


class Received(msgspec.Struct, frozen=True):
    received: bool = True


class StripeController(Controller):
    path = "/stripe"
    tags = ["Payments"]

    @post(
        "/webhooks",
        operation_id="receiveProviderEvent",
        summary="Receive a signed event of the payment provider",
        status_code=200,
        responses=problems(BadSignature),
    )
    async def receive(
        self,
        body: RawBody,
        signature: Annotated[
            str | None, HeaderParameter(name="Stripe-Signature", required=False)
        ] = None,
    ) -> Received:
        """Store the event once; the worker acts on it. A forged or stale one leaves no row."""
        await service.receive_event(body, signature or "")
        return Received()
