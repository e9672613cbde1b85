"""The provider's webhook: verify, store, answer."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from litestar import Controller, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import HeaderParameter, RawBody

from api.http.guards import may
from api.http.problems import problems
from domain.payments import service
from domain.payments.errors import BadSignature

_EVENT = {
    "id": "evt_1Qexample",
    "object": "event",
    "type": "payment_intent.succeeded",
    "data": {"object": {"id": "pi_3Qexample", "object": "payment_intent"}},
}


@dataclass
class _EventOperation(Operation):
    """Says in OpenAPI what the handler reads as bytes."""

    def __post_init__(self) -> None:
        event = Schema(type=OpenAPIType.OBJECT, description="An event as Stripe signs and sends it")
        self.request_body = RequestBody(
            content={"application/json": OpenAPIMediaType(schema=event, example=_EVENT)},
            required=True,
        )


class Received(msgspec.Struct, frozen=True):
    received: bool = True


class StripeController(Controller):
    path = "/stripe"
    tags = ["Payments"]

    @post(
        "/webhooks",
        operation_id="receiveProviderEvent",
        guards=[may("payments.receive_event")],
        summary="Receive a signed event of the payment provider",
        status_code=200,
        operation_class=_EventOperation,
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
