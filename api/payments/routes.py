"""Payments and refunds as their payer sees them, and the demo gateway's button."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.http.problems import problems
from domain.actor import Actor
from domain.payments import service
from domain.payments.errors import (
    DemoGatewayOnly,
    GatewayRefused,
    GatewayUnavailable,
    NoSuchPayment,
)
from domain.payments.types import PaymentView, RefundView


class PaymentsController(Controller):
    path = "/v1"
    tags = ["Payments"]

    @get(
        "/payments/{payment_id:uuid}",
        operation_id="showPayment",
        guards=[may("payments.read")],
        summary="One payment",
        responses=problems(NoSuchPayment, GatewayUnavailable, GatewayRefused),
    )
    async def show(self, payment_id: FromPath[UUID], actor: NamedDependency[Actor]) -> PaymentView:
        """Return a payment; while it is under way the provider is asked for its state."""
        return await service.refresh_payment(actor, payment_id)

    @get(
        "/payments/{payment_id:uuid}/refunds",
        operation_id="listRefunds",
        guards=[may("payments.read")],
        summary="The refunds of a payment",
        responses=problems(NoSuchPayment),
    )
    async def refunds(
        self, payment_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> list[RefundView]:
        """List what goes, or went, back."""
        return await service.refunds_of(actor, payment_id)

    @post(
        "/demo/payments/{payment_id:uuid}/confirm",
        operation_id="payInDemo",
        guards=[may("payments.pay_in_demo")],
        summary="Pay by the built-in demo gateway (no money moves)",
        status_code=200,
        responses=problems(NoSuchPayment, DemoGatewayOnly, GatewayRefused),
    )
    async def pay_in_demo(
        self, payment_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> PaymentView:
        """Let the demo gateway report the payment as made; refused with a real provider."""
        return await service.pay_in_demo(actor, payment_id)
