"""Histories of many actors at once, and what must hold at the end of any: money and time add up."""

import asyncio
import contextlib
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from api.worker import HANDLERS
from domain.actor import SYSTEM, Actor, Role
from domain.availability import blocks, closures, quotes, resources
from domain.availability.types import BlockTime, NewClosure
from domain.bookings import answering, cancelling, changes, holding, rescheduling, rules
from domain.bookings import jobs as booking_jobs
from domain.bookings import service as bookings
from domain.bookings.stay_types import RefuseChange
from domain.bookings.types import DeclineBooking, HoldSlot, Reschedule
from domain.catalogue import service as catalogue
from domain.catalogue.types import CancellationTier, OfferMode
from domain.clock import utc_now
from domain.errors import DomainError
from domain.ids import new_id
from domain.ledger import service as ledger
from domain.ledger.types import deposit_of, refund_payable_of
from domain.money import Currency, Money
from domain.outbox import service as outbox
from domain.payments import jobs as payment_jobs
from domain.payments import service as payments
from domain.payments.events import PaymentCaptured
from domain.payments.types import IntentStatus, RefundStatus
from domain.waitlist import service as waitlist
from domain.waitlist.types import JoinWaitlist
from tests.factories.bookable import Bookable, bookable
from tests.factories.care import actor_of
from tests.factories.desk import end_hold, one, run, sold_twice, work
from tests.factories.directory import staff
from tests.factories.gateway import ScriptedGateway

AT_ONCE = 6
"""So many act at the same moment."""


class World(msgspec.Struct):
    """Everybody and everything one history acts on."""

    dice: random.Random
    gateway: ScriptedGateway
    offers: list[Bookable]
    patients: list[tuple[Actor, UUID]]
    bookings: dict[UUID, Actor] = {}
    payments: set[UUID] = set()
    inbox: list[tuple[bytes, str]] = []
    quotes: list[UUID] = []
    waits: dict[UUID, Actor] = {}

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
    desk = desk_of(world, shown.facility_id)
    verb = world.dice.randrange(3)
    if verb == 0:
        await answering.accept_booking(desk, booking_id)
    elif verb == 1:
        await answering.decline_booking(desk, booking_id, DeclineBooking(reason="No theatre"))
    else:
        await cancelling.cancel_booking(desk, booking_id)


def desk_of(world: World, facility_id: UUID) -> Actor:
    """Return somebody at the desk of a facility."""
    return staff(next(o.organisation_id for o in world.offers if o.facility_id == facility_id))


async def reschedule(world: World) -> None:
    """The patient moves a booking, or the facility does, or proposes to."""
    booking_id, who = world.some(world.bookings.items())
    shown = await bookings.show_booking(SYSTEM, booking_id)
    offer = next(each for each in world.offers if each.offer.id == shown.offer_id)
    actor = world.some([who, desk_of(world, offer.facility_id)])
    wanted = Reschedule(starts_at=world.some(offer.starts[:20]))
    await rescheduling.reschedule_booking(actor, booking_id, wanted, shown.version)


async def decide_change(world: World) -> None:
    booking_id, who = world.some(world.bookings.items())
    shown = await bookings.show_booking(SYSTEM, booking_id)
    if shown.change_order_id is None:
        return
    if world.dice.random() < 0.7:
        await changes.accept_change(who, booking_id, shown.change_order_id, shown.version)
    else:
        refusal = RefuseChange(withdraw=world.dice.random() < 0.3)
        await changes.refuse_change(who, booking_id, shown.change_order_id, refusal, shown.version)


async def block(world: World) -> None:
    """Staff take a stretch by hand, or give one back."""
    offer = world.some(world.offers)
    desk = staff(offer.organisation_id)
    pool = world.some(await resources.list_pools(desk, offer.facility_id))
    taken = await blocks.list_blocks(desk, pool.id)
    if taken and world.dice.random() < 0.5:
        await blocks.free_time(desk, pool.id, world.some(taken).id)
        return
    start = world.some(offer.starts[:10])
    stretch = timedelta(minutes=world.dice.choice([15, 60, 180]))
    await blocks.block_time(
        desk, pool.id, BlockTime(starts_at=start, ends_at=start + stretch, reason="Maintenance")
    )


async def close(world: World) -> None:
    """A facility closes for a day, or opens again."""
    offer = world.some(world.offers)
    desk = staff(offer.organisation_id)
    closed = await closures.list_closures(desk, offer.facility_id)
    if closed:
        await closures.reopen_facility(desk, offer.facility_id, world.some(closed).id)
        return
    day = world.some(offer.starts[:20]).date()
    await closures.close_facility(
        desk, offer.facility_id, NewClosure(first_day=day, last_day=day, reason="Renovation")
    )


async def quote(world: World) -> None:
    """A facility keeps time for a quote, or the quote is over."""
    if world.quotes and world.dice.random() < 0.5:
        await quotes.release_quote(SYSTEM, world.some(world.quotes))
        return
    offer, quote_id = world.some(world.offers), new_id()
    world.quotes.append(quote_id)
    await quotes.reserve_for_quote(
        SYSTEM,
        await catalogue.bookable_offer(SYSTEM, offer.offer.id),
        world.some(offer.starts[:8]),
        quote_id,
        utc_now() + timedelta(days=7),
    )


async def wait(world: World) -> None:
    """Somebody waits for a full day, or waits no longer."""
    if world.waits and world.dice.random() < 0.4:
        wait_id, who = world.some(world.waits.items())
        await waitlist.leave_waitlist(who, wait_id)
        return
    who, patient_id = world.some(world.patients)
    offer = world.some(world.offers)
    day = offer.starts[0].date()
    joined = await waitlist.join_waitlist(
        who,
        JoinWaitlist(patient_id=patient_id, offer_id=offer.offer.id, first_day=day, last_day=day),
    )
    world.waits[joined.id] = who


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


ACTS = 4 * [hold, open_deposit, provider_moves, deliver, worker] + [
    come_back,
    tell_again,
    cancel,
    decide,
    let_time_pass,
    refund_moves,
    reschedule,
    reschedule,
    decide_change,
    block,
    close,
    quote,
    wait,
]


async def act(world: World) -> None:
    """Do something at random; a refusal is an answer, anything else is a fault."""
    with contextlib.suppress(DomainError, IndexError):
        await world.some(ACTS)(world)


async def settle(world: World) -> None:
    """Let everything that is on its way arrive, and the clock end what nobody pays."""
    await _end_all(world)
    world.gateway.refund_ends_as = RefundStatus.SUCCEEDED
    for ref, (intent, amount, _) in world.gateway.refunds.items():
        world.gateway.refunds[ref] = (intent, amount, RefundStatus.SUCCEEDED)
    for ref, intent in world.gateway.intents.items():
        if intent.status is not IntentStatus.OPEN:
            await payments.receive_event(*world.gateway.event(ref))
    # What one hold gives back the waitlist holds for the next, until nobody waits any more.
    settled = 0
    while settled < 4:
        settled = 0 if await _end_all(world) else settled + 1
        await run(SYSTEM, "UPDATE outbox_event SET due_at = now() - interval '1 second'")
        await work()
        await run(SYSTEM, "UPDATE refund SET updated_at = now() - interval '1 day'")
        await payment_jobs.poll_refunds()


async def _end_all(world: World) -> int:
    """Let the clock pass the end of every hold and of all that quotes keep; return the holds."""
    held = await run(
        SYSTEM, "SELECT id FROM booking WHERE offer_id = ANY($1) AND hold_until IS NOT NULL"
        " AND status IN ('held', 'pending_payment')", [each.offer.id for each in world.offers],
    )  # fmt: skip
    for row in held:
        await end_hold(row["id"])
    await booking_jobs.expire_holds()
    for quote_id in world.quotes:
        await quotes.release_quote(SYSTEM, quote_id)
    return len(held)


async def broken(world: World) -> list[str]:
    """Return every promise that the end of the history breaks."""
    found = [f"parked: {e.kind} {e.error}" for e in await outbox.parked_events(SYSTEM)]
    found += [f"ledger drifts: {account}" for account in await ledger.drift(SYSTEM)]
    sums = (await ledger.trial_balance(SYSTEM)).sums
    found += [f"{code} sums to {total}" for code, total in sums.items() if total]
    found += [f"sold twice: {each}" for each in await sold_twice()]
    for row in await run(
        SYSTEM, "SELECT * FROM booking WHERE offer_id = ANY($1)",
        [each.offer.id for each in world.offers],
    ):  # fmt: skip
        found += await _broken_booking(world, row)
    # Nothing is taken for ever: what still stands is a booking's, or was taken by hand.
    for row in await run(
        SYSTEM, "SELECT v.id, v.status FROM reservation v JOIN resource_pool p ON p.id = v.pool_id"
        " WHERE p.facility_id = ANY($1) AND v.status IN ('held', 'pending', 'quoted')",
        [each.facility_id for each in world.offers],
    ):  # fmt: skip
        found.append(f"reservation {row['id']} stays {row['status']}")
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
    if status in ("awaiting_facility", "confirmed") and not await one(
        "SELECT bool_or(starts_at <= $2 AND ends_at > $2) FROM reservation WHERE booking_id = $1",
        row["id"], row["starts_at"],
    ):  # fmt: skip
        found.append(f"{row['id']} has its time elsewhere")
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
        SYSTEM,
        "SELECT at, reason FROM booking_transition WHERE booking_id = $1 ORDER BY at DESC LIMIT 1",
        row["id"],
    )
    preview = rules.refund_preview(
        Money(got, Currency(row["currency"])),
        msgspec.json.decode(row["tiers"], type=list[CancellationTier]),
        row["starts_at"],
        ended[0]["at"],
        # Refusing what the facility changed is free.
        whole=row["status"] == "cancelled_by_facility" or ended[0]["reason"] == "change_refused",
    )
    return preview.refund.amount


async def history(world: World, steps: int) -> list[str]:
    """Let so many steps of six acts happen and everything arrive; return what is broken."""
    for _ in range(steps):
        await asyncio.gather(*(act(world) for _ in range(AT_ONCE)))
    await settle(world)
    return await broken(world)


async def world_of(person: Any, gateway: ScriptedGateway, seed: int) -> World:
    """Make two facilities, one that confirms at once and one that answers, and four patients."""
    offers = []
    for mode in (OfferMode.INSTANT, OfferMode.ON_REQUEST):
        coordinator = await person(Role.COORDINATOR)
        offers.append(await bookable(coordinator.organisation_id, mode=mode))
    people = [await person() for _ in range(4)]
    patients = [(await actor_of(each), each.patient_id) for each in people]
    return World(random.Random(seed), gateway, offers, patients)
