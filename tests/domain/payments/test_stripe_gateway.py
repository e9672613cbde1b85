"""The Stripe adapter against localstripe, a stateful counterpart in its own process."""

import time

import httpx
import pytest
import stripe

from domain.ids import new_id
from domain.money import Currency, Money
from domain.payments.errors import BadSignature, GatewayRefused, GatewayUnavailable
from domain.payments.stripe_gateway import StripeGateway
from domain.payments.types import IntentStatus, RefundStatus

SECRET = "whsec_of_the_tests"
KEY = "sk_test_local"
VERSION = "2026-10-28.endive"


@pytest.fixture
def gateway(localstripe: str) -> StripeGateway:
    return StripeGateway(KEY, SECRET, localstripe, VERSION)


def pay(localstripe: str, intent: str, card: str = "4242424242424242") -> None:
    with httpx.Client(base_url=localstripe, auth=(KEY, "")) as provider:
        method = provider.post(
            "/v1/payment_methods",
            data={
                "type": "card",
                "card[number]": card,
                "card[exp_month]": "12",
                "card[exp_year]": "2034",
                "card[cvc]": "123",
            },
        ).json()["id"]
        provider.post(f"/v1/payment_intents/{intent}", data={"payment_method": method})
        provider.post(f"/v1/payment_intents/{intent}/confirm").raise_for_status()


async def test_an_intent_is_created_paid_and_refunded_in_part(
    gateway: StripeGateway, localstripe: str
) -> None:
    payment, episode, amount = new_id(), new_id(), Money(45_050, Currency.EUR)
    created = await gateway.create_intent(payment, episode, amount)
    assert created.status is IntentStatus.OPEN
    assert created.client_secret
    pay(localstripe, created.ref)
    fetched = await gateway.fetch_intent(created.ref)
    assert fetched.status is IntentStatus.SUCCEEDED
    assert (fetched.payment_id, fetched.amount, fetched.received) == (payment, amount, 45_050)
    refund = await gateway.refund(new_id(), created.ref, Money(50, Currency.EUR))
    assert refund.status is RefundStatus.SUCCEEDED


async def test_a_refund_is_found_again_by_our_id(gateway: StripeGateway, localstripe: str) -> None:
    intent = await gateway.create_intent(new_id(), new_id(), Money(900, Currency.EUR))
    pay(localstripe, intent.ref)
    refund_id = new_id()
    assert await gateway.find_refund(refund_id, intent.ref) is None
    sent = await gateway.refund(refund_id, intent.ref, Money(400, Currency.EUR))
    assert await gateway.find_refund(refund_id, intent.ref) == sent
    assert await gateway.find_refund(new_id(), intent.ref) is None


async def test_an_intent_nobody_paid_is_cancelled_and_a_paid_one_is_not(
    gateway: StripeGateway, localstripe: str
) -> None:
    intent = await gateway.create_intent(new_id(), new_id(), Money(900, Currency.EUR))
    assert (await gateway.cancel_intent(intent.ref)).status is IntentStatus.CANCELED
    paid = await gateway.create_intent(new_id(), new_id(), Money(900, Currency.EUR))
    pay(localstripe, paid.ref)
    with pytest.raises(GatewayRefused):
        await gateway.cancel_intent(paid.ref)


async def test_an_intent_the_provider_does_not_know_is_refused(gateway: StripeGateway) -> None:
    with pytest.raises(GatewayRefused):
        await gateway.fetch_intent("pi_unknown")


async def test_a_provider_that_does_not_answer_is_unavailable() -> None:
    deaf = StripeGateway(KEY, SECRET, "http://127.0.0.1:9", VERSION)
    with pytest.raises(GatewayUnavailable):
        await deaf.create_intent(new_id(), new_id(), Money(100, Currency.EUR))


BODY = b'{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1"}}}'


def header(body: bytes = BODY, secret: str = SECRET, at: float | None = None) -> str:
    return str(
        stripe.WebhookSignature.generate_signature_header(
            body.decode(), secret, timestamp=int(at or time.time())
        )
    )


@pytest.fixture
def offline() -> StripeGateway:
    return StripeGateway(KEY, SECRET, "http://127.0.0.1:9", VERSION)


def test_a_signed_event_is_read(offline: StripeGateway) -> None:
    event = offline.verify(BODY, header())
    assert (event.id, event.kind, event.object_ref) == ("evt_1", "payment_intent.succeeded", "pi_1")


@pytest.mark.parametrize(
    "signature",
    ["", "t=1", "v1=abc", "t=x,v1=abc", header(secret="whsec_other"), header(body=b"{}"),
     header(at=time.time() - 301), header(at=time.time() + 90_000)],
    ids=["none", "no signature", "no time", "no number", "other secret", "other body", "old",
         "future"],
)  # fmt: skip
def test_a_forged_old_or_future_event_is_refused(offline: StripeGateway, signature: str) -> None:
    with pytest.raises(BadSignature):
        offline.verify(BODY, signature)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id":1}', b"\xff\xfe", b'{"id":"e"}'])
def test_a_signed_body_that_is_no_event_is_refused(offline: StripeGateway, body: bytes) -> None:
    signed = header(body) if body.isascii() else header()
    with pytest.raises(BadSignature):
        offline.verify(body, signed)
