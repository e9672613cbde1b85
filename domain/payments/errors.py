"""What can go wrong with a payment."""

from domain.errors import Conflict, NotFound, Unavailable, Unreadable, raised_by


class NoSuchPayment(NotFound):
    code = "payment_not_found"
    title = "There is no such payment among those you may see"


@raised_by("payment_open_once")
class PaymentOpen(Conflict):
    code = "payment_open"
    title = "A payment for this is already under way"


class GatewayUnavailable(Unavailable):
    code = "payment_gateway_unavailable"
    title = "The payment service does not answer; nothing was charged, please try again"


class GatewayRefused(Conflict):
    code = "payment_refused"
    title = "The payment service refused this payment"


class BadSignature(Unreadable):
    code = "webhook_signature_invalid"
    title = "The event's signature does not hold"


class DemoGatewayOnly(Conflict):
    code = "demo_gateway_only"
    title = "Only payments of the built-in demo gateway can be confirmed here"


@raised_by("refunds_within_payment")
class RefundExceedsPayment(Conflict):
    code = "refund_exceeds_payment"
    title = "More would be refunded than was paid"
