"""No money without a booking or a refund, whatever comes twice, late, short or never."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.actor import SYSTEM, Actor, Role
from domain.availability import service as availability
from domain.bookings import cancelling, holding
from domain.bookings import jobs as booking_jobs
from domain.bookings import service as bookings
from domain.bookings.types import HoldSlot
from domain.ids import new_id
from domain.ledger import service as ledger
from domain.ledger.types import deposit_of, refund_payable_of
from domain.money import Currency, Money
from domain.payments import gateways
from domain.payments import jobs as payment_jobs
from domain.payments import service as payments
from domain.payments.demo_gateway import DemoGateway
from domain.payments.errors import GatewayRefused
from domain.payments.events import PaymentCaptured, RefundRequested
from domain.payments.types import IntentStatus, RefundStatus
from tests.factories.bookable import Bookable, bookable
from tests.factories.care import actor_of
from tests.factories.desk import end_hold, one, run, work
from tests.factories.gateway import ScriptedGateway

pytestmark = pytest.mark.usefixtures("catalogue")


class Paying(msgspec.Struct):
    """A patient with a held booking whose deposit is being paid."""

    who: Actor
    patient_id: UUID
    booking_id: UUID
    episode_id: UUID
    payment_id: UUID
    ref: str
    deposit: int

    async def status(self) -> str:
        return (await bookings.show_booking(self.who, self.booking_id)).status.value

    async def payment(self) -> str:
        return (await payments.show_payment(self.who, self.payment_id)).status.value

    async def refunded(self) -> list[tuple[int, str]]:
        made = await payments.refunds_of(self.who, self.payment_id)
        return [(refund.amount.amount, refund.status.value) for refund in made]


@pytest.fixture
async def provider(app: Any) -> AsyncIterator[ScriptedGateway]:
    before, scripted = gateways.gateway(), ScriptedGateway()
    gateways.use_gateway(scripted)
    yield scripted
    gateways.use_gateway(before)


@pytest.fixture
async def offer(person: Any) -> Bookable:
    return await bookable((await person(Role.COORDINATOR)).organisation_id)


async def hold(who: Actor, patient_id: UUID, offer: Bookable, number: int = 0) -> Any:
    return await holding.hold_slot(
        who,
        HoldSlot(
            patient_id=patient_id,
            offer_id=offer.offer.id,
            offer_version=offer.offer.version,
            starts_at=offer.starts[number],
        ),
    )


@pytest.fixture
async def paying(person: Any, offer: Bookable, provider: ScriptedGateway) -> Paying:
    patient = await person()
    who = await actor_of(patient)
    booking = await hold(who, patient.patient_id, offer)
    payment = await holding.pay_deposit(who, booking.id)
    return Paying(
        who, patient.patient_id, booking.id, booking.episode_id, payment.id,
        f"pi_{payment.id.hex}", booking.deposit.amount,
    )  # fmt: skip


async def pay(provider: ScriptedGateway, ref: str, received: int | None = None) -> None:
    provider.move(ref, IntentStatus.SUCCEEDED, received)
    await payments.receive_event(*provider.event(ref))
    await work()


async def owed(code: str) -> int:
    rows = await run(SYSTEM, "SELECT balance_minor FROM ledger_account WHERE code = $1", code)
    return sum(row[0] for row in rows)


async def test_an_event_told_again_after_a_cancellation_gives_no_more_back_than_the_tiers(
    paying: Paying, provider: ScriptedGateway
) -> None:
    await pay(provider, paying.ref)
    assert await paying.status() == "confirmed"
    await cancelling.cancel_booking(paying.who, paying.booking_id)
    await work()
    told = PaymentCaptured(paying.payment_id, paying.episode_id, paying.booking_id)
    await booking_jobs.confirm_when_paid(told)
    await work()
    assert await paying.refunded() == [(paying.deposit // 2, "succeeded")]


async def test_money_that_went_back_books_nothing_when_its_event_is_told_again(
    paying: Paying, provider: ScriptedGateway, offer: Bookable, person: Any
) -> None:
    await end_hold(paying.booking_id)
    await booking_jobs.expire_holds()
    rival = await person()
    taken = await hold(await actor_of(rival), rival.patient_id, offer)
    await pay(provider, paying.ref)
    assert await paying.refunded() == [(paying.deposit, "succeeded")]
    await cancelling.cancel_booking(await actor_of(rival), taken.id)
    told = PaymentCaptured(paying.payment_id, paying.episode_id, paying.booking_id)
    await booking_jobs.confirm_when_paid(told)
    assert await paying.status() == "expired"


async def test_a_second_payment_of_one_booking_goes_back_whole(
    paying: Paying, provider: ScriptedGateway
) -> None:
    provider.move(paying.ref, IntentStatus.CANCELED)
    await payments.refresh_payment(paying.who, paying.payment_id)
    second = await holding.pay_deposit(paying.who, paying.booking_id)
    assert second.id != paying.payment_id
    await pay(provider, f"pi_{second.id.hex}")
    await pay(provider, paying.ref)
    assert await paying.status() == "confirmed"
    assert await paying.refunded() == [(paying.deposit, "succeeded")]
    assert await payments.refunds_of(paying.who, second.id) == []
    assert await owed(deposit_of(paying.episode_id)) == paying.deposit


async def test_a_refusal_that_lost_a_race_does_not_give_up_a_payment_that_has_its_intent(
    paying: Paying, provider: ScriptedGateway
) -> None:
    await run(SYSTEM, "UPDATE payment SET provider_ref = NULL WHERE id = $1", paying.payment_id)

    async def slower(*_: object) -> Any:
        """The rival's answer is written while ours is a refusal (its key is in use)."""
        await run(
            SYSTEM, "UPDATE payment SET provider_ref = $2 WHERE id = $1",
            paying.payment_id, paying.ref,
        )  # fmt: skip
        raise GatewayRefused

    provider.create_intent = slower  # type: ignore[method-assign]
    with pytest.raises(GatewayRefused):
        await payments.submit_payment(paying.who, paying.payment_id)
    assert await paying.payment() == "created"


async def test_money_of_another_amount_is_taken_in_as_it_came_and_goes_back(
    paying: Paying, provider: ScriptedGateway
) -> None:
    await pay(provider, paying.ref, paying.deposit - 1)
    assert await paying.status() == "pending_payment"
    assert await paying.refunded() == [(paying.deposit - 1, "succeeded")]
    assert await owed(deposit_of(paying.episode_id)) == 0
    assert await owed(refund_payable_of(paying.episode_id)) == 0


async def test_money_for_a_cancelled_booking_goes_back_whole(
    paying: Paying, provider: ScriptedGateway
) -> None:
    await cancelling.cancel_booking(paying.who, paying.booking_id)
    await pay(provider, paying.ref)
    assert await paying.status() == "cancelled_by_patient"
    assert await paying.refunded() == [(paying.deposit, "succeeded")]


async def test_late_money_goes_back_when_the_episode_has_another_booking_meanwhile(
    paying: Paying, provider: ScriptedGateway, offer: Bookable
) -> None:
    await end_hold(paying.booking_id)
    await booking_jobs.expire_holds()
    later = next(s for s in offer.starts if s - offer.starts[0] >= timedelta(days=2))
    another = await holding.hold_for_episode(
        paying.who, paying.episode_id, offer.offer.id, offer.offer.version,
        later, offer.offer.price, offer.offer.price, offer.offer.deposit,
    )  # fmt: skip
    await pay(provider, paying.ref)
    assert await paying.refunded() == [(paying.deposit, "succeeded")]
    assert (await bookings.show_booking(paying.who, another)).status == "held"


async def test_a_pending_refund_is_followed_until_it_has_arrived(
    paying: Paying, provider: ScriptedGateway
) -> None:
    provider.refund_ends_as = RefundStatus.PENDING
    await cancelling.cancel_booking(paying.who, paying.booking_id)
    await pay(provider, paying.ref)
    assert await paying.refunded() == [(paying.deposit, "pending")]
    (ref,) = provider.refunds
    provider.refunds[ref] = (paying.ref, paying.deposit, RefundStatus.SUCCEEDED)
    await run(SYSTEM, "UPDATE refund SET updated_at = now() - interval '1 day'")
    await payment_jobs.poll_refunds()
    assert await paying.refunded() == [(paying.deposit, "succeeded")]
    assert await paying.payment() == "refunded"
    assert await owed(refund_payable_of(paying.episode_id)) == 0


@pytest.mark.parametrize("kind", ["refund.updated", "charge.refund.updated"])
async def test_a_refund_that_fails_later_is_owed_again_and_can_be_sent_anew(
    paying: Paying, provider: ScriptedGateway, kind: str
) -> None:
    await cancelling.cancel_booking(paying.who, paying.booking_id)
    await pay(provider, paying.ref)
    (ref,) = provider.refunds
    provider.refunds[ref] = (paying.ref, paying.deposit, RefundStatus.FAILED)
    await payments.receive_event(*provider.event(paying.ref, kind))
    await work()
    assert await paying.refunded() == [(paying.deposit, "failed")]
    assert await paying.payment() == "captured"
    assert await owed(deposit_of(paying.episode_id)) == paying.deposit
    assert await owed(refund_payable_of(paying.episode_id)) == 0
    assert await payments.request_refund(SYSTEM, paying.payment_id, None, "again") is not None
    await work()
    assert await owed(deposit_of(paying.episode_id)) == 0
    assert await ledger.drift(SYSTEM) == []


async def test_a_refund_whose_key_the_provider_forgot_is_looked_up_and_not_sent_again(
    paying: Paying, provider: ScriptedGateway
) -> None:
    await cancelling.cancel_booking(paying.who, paying.booking_id)
    await pay(provider, paying.ref)
    refund_id = await one("SELECT id FROM refund WHERE payment_id = $1", paying.payment_id)
    await run(
        SYSTEM,
        "UPDATE refund SET status = 'requested', created_at = now() - interval '2 days'"
        " WHERE id = $1",
        refund_id,
    )
    provider.keys_forgotten = True
    await payment_jobs.send_refund(RefundRequested(refund_id))
    assert len(provider.refunds) == 1


async def test_the_poll_reaches_every_payment_though_one_cannot_be_asked_after(
    paying: Paying, provider: ScriptedGateway
) -> None:
    provider.refuses.add(paying.ref)
    provider.move(paying.ref, IntentStatus.OPEN)
    copies = 45
    await run(
        SYSTEM,
        "INSERT INTO payment (id, episode_id, patient_id, home_state, purpose, status, currency,"
        " amount_minor, refunded_minor, gateway, provider_ref, paid_by, created_at, updated_at)"
        " SELECT gen_random_uuid(), episode_id, patient_id, home_state, purpose, 'created',"
        " currency, amount_minor, 0, gateway, provider_ref || n, paid_by, created_at,"
        " now() - interval '1 hour' + n * interval '1 second'"
        " FROM payment, generate_series(1, $2) AS n WHERE id = $1",
        paying.payment_id, copies,
    )  # fmt: skip
    await run(
        SYSTEM, "UPDATE payment SET updated_at = now() - interval '2 hours' WHERE id = $1",
        paying.payment_id,
    )  # fmt: skip
    for number in range(1, copies + 1):
        ref = f"{paying.ref}{number}"
        provider.intents[ref] = msgspec.structs.replace(provider.intents[paying.ref], ref=ref)
    for _ in range(3):
        await payment_jobs.poll_unfinished()
    assert set(provider.fetched) >= {f"{paying.ref}{n}" for n in range(1, copies + 1)}


async def test_a_payment_nobody_finished_is_cancelled_at_the_provider(
    paying: Paying, provider: ScriptedGateway
) -> None:
    await run(
        SYSTEM,
        "UPDATE payment SET created_at = now() - interval '2 days',"
        " updated_at = now() - interval '1 day' WHERE id = $1",
        paying.payment_id,
    )
    await payment_jobs.poll_unfinished()
    assert provider.intents[paying.ref].status is IntentStatus.CANCELED
    assert await paying.payment() == "canceled"


async def test_a_slot_kept_for_late_money_is_not_sold_again(
    paying: Paying, provider: ScriptedGateway, offer: Bookable
) -> None:
    await end_hold(paying.booking_id)
    await booking_jobs.expire_holds()
    await pay(provider, paying.ref)
    assert await paying.status() == "confirmed"
    day = offer.starts[0].date()
    free = await availability.list_slots(paying.who, offer.offer.id, day, day)
    assert offer.starts[0] not in [slot.starts_at for slot in free.items]


async def test_the_demo_gateway_sends_a_refund_once(paying: Paying) -> None:
    demo, payment_id, refund_id = DemoGateway(), new_id(), new_id()
    amount = Money(1000, Currency.EUR)
    ref = (await demo.create_intent(payment_id, paying.episode_id, amount)).ref
    await demo.pay(ref)
    assert await demo.find_refund(refund_id, ref) is None
    for _ in range(2):
        sent = await demo.refund(refund_id, ref, Money(400, Currency.EUR))
    assert await demo.find_refund(refund_id, ref) == sent
    assert await one("SELECT refunded_minor FROM demo_intent WHERE id = $1", ref) == 400
