"""Seeded histories of many actors at once: whatever they do, money and time add up in the end.

`SHIFAYOL_TORTURE_SEEDS` says how many histories (3) and `SHIFAYOL_TORTURE_STEPS` how long (120).
"""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from api.worker import HANDLERS
from domain.actor import SYSTEM, Actor, Role
from domain.bookings import answering, cancelling, holding, rules
from domain.bookings import jobs as booking_jobs
from domain.bookings import service as bookings
from domain.bookings.types import DeclineBooking, HoldSlot
from domain.catalogue.types import CancellationTier, OfferMode
from domain.errors import DomainError
from domain.ledger import service as ledger
from domain.ledger.types import deposit_of, refund_payable_of
from domain.money import Currency, Money
from domain.outbox import service as outbox
from domain.payments import gateways
from domain.payments import jobs as payment_jobs
from domain.payments import service as payments
from domain.payments.events import PaymentCaptured
from domain.payments.types import IntentStatus, RefundStatus
from tests.factories.bookable import Bookable, bookable
from tests.factories.care import actor_of
from tests.factories.desk import end_hold, one, run, sold_twice, work
from tests.factories.directory import staff
from tests.factories.gateway import ScriptedGateway

SEEDS = int(os.environ.get("SHIFAYOL_TORTURE_SEEDS", "3"))
STEPS = int(os.environ.get("SHIFAYOL_TORTURE_STEPS", "120"))
AT_ONCE = 6


class World(msgspec.Struct):
    """Everybody and everything one history acts on."""

    dice: random.Random
    gateway: ScriptedGateway
    offers: list[Bookable]
    patients: list[tuple[Actor, UUID]]
    bookings: dict[UUID, Actor] = {}
    payments: set[UUID] = set()
    inbox: list[tuple[bytes, str]] = []

    def some(self, things: Any) -> Any:
        return self.dice.choice(list(things))


async def hold(world: World) -> None:
    who, patient_id = world.some(world.patients)
    offer = world.some(world.offers)
    made = await holding.hold_slot(
        who,
        HoldSlot(
            patient_id=patient_id, offer_id=offer.offer.id, offer_version=offer.offer.version,
            starts_at=world.some(offer.starts[:5]),
        ),
    )  # fmt: skip
    world.bookings[made.id] = who


async def open_deposit(world: World) -> None:
    booking_id, who = world.some(world.bookings.items())
    payment = await holding.pay_deposit(who, booking_id)
    world.payments.add(payment.id)


async def provider_moves(world: World) -> None:
    """The payer pays, or the provider gives an intent up; it tells so never, once or often."""
    intent = world.some(world.gateway.intents.values())
    if intent.status is not IntentStatus.OPEN:
        return
    ends = world.dice.choices([IntentStatus.SUCCEEDED, IntentStatus.CANCELED], [5, 1])[0]
    short = world.dice.random() < 0.1
    world.gateway.move(intent.ref, ends, intent.amount.amount - 1 if short else None)
    told = [world.gateway.event(intent.ref) for _ in range(world.dice.randrange(3))]
    world.inbox += told * world.dice.randrange(1, 3)


async def deliver(world: World) -> None:
    await payments.receive_event(*world.some(world.inbox))


async def come_back(world: World) -> None:
    await payments.refresh_payment(SYSTEM, world.some(world.payments))


async def tell_again(world: World) -> None:
    """The outbox delivers at least once, and sometimes much later."""
    payment = await payments.show_payment(SYSTEM, world.some(world.payments))
    if payment.status.value in ("captured", "partially_refunded", "refunded"):
        await booking_jobs.confirm_when_paid(
            PaymentCaptured(payment.id, payment.episode_id, payment.booking_id)
        )


async def cancel(world: World) -> None:
    booking_id, who = world.some(world.bookings.items())
    await cancelling.cancel_booking(who, booking_id)


async def decide(world: World) -> None:
    """A facility accepts, declines or cancels."""
    booking_id = world.some(world.bookings)
    shown = await bookings.show_booking(SYSTEM, booking_id)
    offer = next(offer for offer in world.offers if offer.facility_id == shown.facility_id)
    desk = staff(offer.organisation_id)
    verb = world.dice.randrange(3)
    if verb == 0:
        await answering.accept_booking(desk, booking_id)
    elif verb == 1:
        await answering.decline_booking(desk, booking_id, DeclineBooking(reason="No theatre"))
    else:
        await cancelling.cancel_booking(desk, booking_id)


async def let_time_pass(world: World) -> None:
    await end_hold(world.some(world.bookings))
    if world.dice.random() < 0.5:
        await booking_jobs.expire_holds()


async def refund_moves(world: World) -> None:
    """The provider now answers otherwise to refunds; those on their way arrive or come back."""
    world.gateway.refund_ends_as = world.some([RefundStatus.SUCCEEDED, RefundStatus.PENDING])
    for ref, (intent, amount, status) in world.gateway.refunds.items():
        if status is RefundStatus.PENDING and world.dice.random() < 0.5:
            world.gateway.refunds[ref] = (intent, amount, RefundStatus.SUCCEEDED)
            world.inbox.append(world.gateway.event(intent, "refund.updated"))


async def worker(world: World) -> None:
    await outbox.deliver_due(HANDLERS)


ACTS = 2 * [hold, open_deposit, provider_moves, deliver, worker] + [
    come_back,
    tell_again,
    cancel,
    decide,
    let_time_pass,
    refund_moves,
]


async def act(world: World) -> None:
    """Do something at random; a refusal is an answer, anything else is a fault."""
    with contextlib.suppress(DomainError, IndexError):
        await world.some(ACTS)(world)


async def settle(world: World) -> None:
    """Let everything that is on its way arrive."""
    world.gateway.refund_ends_as = RefundStatus.SUCCEEDED
    for ref, (intent, amount, _) in world.gateway.refunds.items():
        world.gateway.refunds[ref] = (intent, amount, RefundStatus.SUCCEEDED)
    for ref, intent in world.gateway.intents.items():
        if intent.status is not IntentStatus.OPEN:
            await payments.receive_event(*world.gateway.event(ref))
    for _ in range(4):
        await run(SYSTEM, "UPDATE outbox_event SET due_at = now() - interval '1 second'")
        await work()
        await run(SYSTEM, "UPDATE refund SET updated_at = now() - interval '1 day'")
        await payment_jobs.poll_refunds()


async def broken(world: World) -> list[str]:
    """Return every promise that the end of the history breaks."""
    found = [f"parked: {e.kind} {e.error}" for e in await outbox.parked_events(SYSTEM)]
    found += [f"ledger drifts: {account}" for account in await ledger.drift(SYSTEM)]
    sums = (await ledger.trial_balance(SYSTEM)).sums
    found += [f"{code} sums to {total}" for code, total in sums.items() if total]
    found += [f"sold twice: {each}" for each in await sold_twice()]
    for booking_id in world.bookings:
        (row,) = await run(SYSTEM, "SELECT * FROM booking WHERE id = $1", booking_id)
        found += await _broken_booking(world, row)
    return found


async def _broken_booking(world: World, row: Any) -> list[str]:
    status, found = row["status"], []
    lanes = await run(
        SYSTEM, "SELECT DISTINCT status FROM reservation WHERE booking_id = $1", row["id"]
    )
    taken = {lane["status"] for lane in lanes}
    live = status in ("held", "pending_payment", "awaiting_facility", "confirmed")
    if live and status in ("awaiting_facility", "confirmed") and taken != {"confirmed"}:
        found.append(f"{row['id']} is {status} and its time {taken}")
    if not live and taken & {"held", "pending", "confirmed"}:
        found.append(f"{row['id']} is {status} and keeps its time {taken}")
    held = 0
    paid = await run(SYSTEM, "SELECT * FROM payment WHERE booking_id = $1", row["id"])
    for payment in paid:
        intent = world.gateway.intents.get(payment["provider_ref"] or "")
        got = intent.received if intent else 0
        sent = sum(
            amount for ref, amount, _ in world.gateway.refunds.values()
            if ref == payment["provider_ref"]
        )  # fmt: skip
        due = await _due_back(row, payment, got)
        if sent != due:
            found.append(f"{payment['id']} ({status}): received {got}, back {sent}, due {due}")
        if sent != payment["refunded_minor"]:
            found.append(f"{payment['id']}: the provider sent {sent}, we say {dict(payment)}")
        held += got - sent
    for code, expected in (
        (deposit_of(row["episode_id"]), held), (refund_payable_of(row["episode_id"]), 0),
    ):  # fmt: skip
        balance = await one(
            "SELECT coalesce(sum(balance_minor), 0)::bigint FROM ledger_account WHERE code = $1",
            code,
        )
        if balance != expected:
            found.append(f"{code} holds {balance}, not {expected}")
    return found


async def _due_back(row: Any, payment: Any, got: int) -> int:
    """Return what must have gone back of a payment: all that booked nothing, else by the tiers."""
    if row["deposit_payment_id"] != payment["id"]:
        return got
    if row["status"] in ("confirmed", "awaiting_facility"):
        return 0
    ended = await run(
        SYSTEM, "SELECT at FROM booking_transition WHERE booking_id = $1 ORDER BY at DESC LIMIT 1",
        row["id"],
    )  # fmt: skip
    preview = rules.refund_preview(
        Money(got, Currency(row["currency"])),
        msgspec.json.decode(row["tiers"], type=list[CancellationTier]),
        row["starts_at"],
        ended[0]["at"],
        by_facility=row["status"] == "cancelled_by_facility",
    )
    return preview.refund.amount


@pytest.fixture
async def gateway(app: Any) -> AsyncIterator[ScriptedGateway]:
    before, scripted = gateways.gateway(), ScriptedGateway()
    gateways.use_gateway(scripted)
    yield scripted
    gateways.use_gateway(before)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_history(person: Any, gateway: ScriptedGateway, seed: int) -> None:
    offers = []
    for mode in (OfferMode.INSTANT, OfferMode.ON_REQUEST):
        coordinator = await person(Role.COORDINATOR)
        offers.append(await bookable(coordinator.organisation_id, mode=mode))
    people = [await person() for _ in range(4)]
    patients = [(await actor_of(each), each.patient_id) for each in people]
    world = World(random.Random(seed), gateway, offers, patients)
    for _ in range(STEPS):
        await asyncio.gather(*(act(world) for _ in range(AT_ONCE)))
    await settle(world)
    assert await broken(world) == []
    assert world.payments
