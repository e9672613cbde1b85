"""Changes of what was agreed: proposed and decided, or done within the limit and justified."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.bookings import moving, policy, service, stay_queries, stay_rules, stay_views
from domain.bookings.cancelling import end_as
from domain.bookings.errors import (
    ChangeDecided,
    ChangeUnsound,
    LimitExceeded,
    NoSuchChange,
)
from domain.bookings.events import BookingNews, MoneyRule
from domain.bookings.retiming import retime
from domain.bookings.stay_types import (
    ChangedLine,
    ChangeOrderKind,
    ChangeOrderStatus,
    ChangeOrderView,
    JustifyVariation,
    ProposedChange,
    RecordVariation,
    RefuseChange,
)
from domain.bookings.tables import ChangeOrder
from domain.bookings.task_list import task_of
from domain.bookings.types import Assessment, BookingMove, BookingStatus, BookingView
from domain.bookings.views import most_of
from domain.clock import plausible, utc_now
from domain.db import transactional
from domain.ids import new_id
from domain.keys.notes import notes_of
from domain.money import Money, currency
from domain.tasks import service as tasks
from domain.tasks.types import TaskKind, TaskSide
from domain.text import cleaned


async def propose(
    actor: Actor, row: Any, kind: ChangeOrderKind, change: ProposedChange, note: str | None
) -> UUID:
    """Write a change down for the patient to decide, as part of a move; raises ChangeUnsound."""
    change = cleaned(change)
    if change.starts_at is not None and not plausible(change.starts_at):
        raise ChangeUnsound(fields={"change.starts_at": "a day that somebody may mean"})
    deposit = Money(row["deposit_minor"], currency(row["currency"]))
    price, most = stay_rules.changed_price(change.lines, deposit)
    return await _store(
        actor, row, kind, ChangeOrderStatus.PROPOSED, change.lines, price, most, note,
        starts_at=change.starts_at,
    )  # fmt: skip


async def propose_time(actor: Actor, row: Any, starts_at: datetime) -> UUID:
    """Write another time down for the patient to decide, at the same price."""
    price = Money(row["price_minor"], currency(row["currency"]))
    return await _store(
        actor, row, ChangeOrderKind.RESCHEDULE, ChangeOrderStatus.PROPOSED, [], price,
        most_of(row), None, starts_at=starts_at,
    )  # fmt: skip


async def _store(
    actor: Actor,
    row: Any,
    kind: ChangeOrderKind,
    status: ChangeOrderStatus,
    lines: list[ChangedLine],
    price: Money,
    most: Money,
    note: str | None,
    *,
    starts_at: datetime | None = None,
    recorded_at: datetime | None = None,
) -> UUID:
    change_id, now = new_id(), utc_now()
    notes = await notes_of(row["patient_id"])
    await stay_queries.insert(
        ChangeOrder(
            id=change_id,
            booking_id=row["id"],
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            kind=kind.value,
            status=status.value,
            currency=price.currency.value,
            lines=msgspec.json.encode(lines).decode(),
            price_minor=price.amount,
            max_price_minor=most.amount,
            note_sealed=notes.seal_if("change_order", "note", change_id, note),
            proposed_by=actor.account_id,
            proposed_at=now,
            decided_by=None,
            version=1,
            justified_at=None,
            justification_sealed=None,
            starts_at=starts_at,
            decided_at=recorded_at,
            justify_by=recorded_at + stay_rules.JUSTIFY_WITHIN if recorded_at else None,
        )
    )
    if status is ChangeOrderStatus.PROPOSED:
        await tasks.open_task(
            SYSTEM,
            task_of(
                row, TaskKind.DECIDE_CHANGE, TaskSide.PATIENT, row["starts_at"], focus_id=change_id
            ),
        )
    return change_id


async def withdraw_open(actor: Actor, row: Any) -> None:
    """Take back, as part of a move, the change that still waits for the patient."""
    if row["change_order_id"] is not None:
        await _decided(actor, row, row["change_order_id"], ChangeOrderStatus.WITHDRAWN)


async def _decided(actor: Actor, row: Any, change_id: UUID, status: ChangeOrderStatus) -> None:
    await stay_queries.decide_change(change_id, status, actor.account_id, utc_now())
    await tasks.end_tasks(
        SYSTEM, row["id"], [TaskKind.DECIDE_CHANGE], focus_id=change_id, by=actor.account_id
    )


async def _to_decide(
    actor: Actor, booking_id: UUID, change_id: UUID, version: int
) -> tuple[Any, Any]:
    row = await moving.to_move(actor, booking_id, BookingMove.DECIDE_CHANGE, version)
    change = await stay_queries.change(booking_id, change_id, visible_to=actor)
    if change is None:
        raise NoSuchChange(subject=("change_order", change_id))
    if change["status"] != ChangeOrderStatus.PROPOSED.value:
        raise ChangeDecided(subject=("change_order", change_id))
    return row, change


@transactional
async def accept_change(
    actor: Actor, booking_id: UUID, change_id: UUID, version: int
) -> BookingView:
    """Agree to a proposed change: its price and time hold from now on.

    `version` is the booking's. Raises NoSuchChange, ChangeDecided and what taking the time raises.
    """
    row, change = await _to_decide(actor, booking_id, change_id, version)
    await _decided(actor, row, change_id, ChangeOrderStatus.ACCEPTED)
    columns: dict[str, object] = {"change_order_id": None}
    news = BookingNews.CHANGE_ACCEPTED
    if change["starts_at"] is not None:
        columns |= await retime(actor, row, change["starts_at"])
    if change["kind"] == ChangeOrderKind.RESCHEDULE.value:
        news = BookingNews.RESCHEDULED
    else:
        columns |= {
            "assessment": Assessment.PROCEED.value,
            "price_minor": change["price_minor"],
            "max_price_minor": change["max_price_minor"],
        }
    await moving.touch(actor, row, "accept_change", news=news, **columns)
    if change["price_minor"] != row["price_minor"]:
        await moving.settle(row, MoneyRule.PRICE_CHANGED)
    return await service.show_booking(actor, booking_id)


@transactional
async def refuse_change(
    actor: Actor, booking_id: UUID, change_id: UUID, command: RefuseChange, version: int
) -> BookingView:
    """Refuse a proposed change, which costs nothing; `withdraw` ends the booking with it.

    Otherwise what was agreed before stands, and an assessment has to be made anew.
    """
    row, _ = await _to_decide(actor, booking_id, change_id, version)
    await _decided(actor, row, change_id, ChangeOrderStatus.REFUSED)
    status = BookingStatus(row["status"])
    if not command.withdraw:
        await moving.touch(
            actor, row, "refuse_change", news=BookingNews.CHANGE_REFUSED, change_order_id=None,
            assessment=None,
        )  # fmt: skip
    elif status is BookingStatus.PRE_OP_ASSESSED:
        await moving.apply(
            actor, row, BookingStatus.NOT_TREATED, reason="change_refused", change_order_id=None
        )
        await moving.free_time(row)
    else:
        await end_as(actor, row, BookingStatus.CANCELLED_BY_PATIENT, "change_refused", ground=True)
    return await service.show_booking(actor, booking_id)


@transactional
async def record_variation(
    actor: Actor, booking_id: UUID, command: RecordVariation, version: int
) -> BookingView:
    """Record what an operation turned out to need; it must be justified within 24 hours.

    Raises ChangeUnsound, and LimitExceeded above what the patient agreed to at most.
    """
    command = cleaned(command)
    row = await moving.to_move(actor, booking_id, BookingMove.RECORD_VARIATION, version)
    price = stay_rules.varied_price(
        command.lines, Money(row["price_minor"], currency(row["currency"]))
    )
    most = most_of(row)
    if price.amount > most.amount:
        raise LimitExceeded(max_price=most.amount)
    now = utc_now()
    change_id = await _store(
        actor, row, ChangeOrderKind.INTRA_OPERATIVE, ChangeOrderStatus.RECORDED, command.lines,
        price, most, command.note, recorded_at=now,
    )  # fmt: skip
    await moving.touch(
        actor, row, "record_variation", news=BookingNews.VARIATION_RECORDED,
        price_minor=price.amount,
    )  # fmt: skip
    due_at = now + stay_rules.JUSTIFY_WITHIN
    await tasks.open_task(
        SYSTEM,
        task_of(row, TaskKind.JUSTIFY_VARIATION, TaskSide.FACILITY, due_at, focus_id=change_id),
    )
    await moving.settle(row, MoneyRule.PRICE_CHANGED)
    return await service.show_booking(actor, booking_id)


@transactional
async def justify_variation(
    actor: Actor, booking_id: UUID, change_id: UUID, command: JustifyVariation, version: int
) -> ChangeOrderView:
    """Say why a variation was needed, once; `version` is the change's.

    Raises NoSuchChange, ChangeDecided and StaleVersion.
    """
    row = await moving.visible(actor, booking_id)
    policy.require_facility_of(actor, row, "bookings.justify_variation")
    change = await stay_queries.change(booking_id, change_id, visible_to=actor, lock=True)
    if change is None or change["kind"] != ChangeOrderKind.INTRA_OPERATIVE.value:
        raise NoSuchChange(subject=("change_order", change_id))
    moving.require_version(("change_order", change_id), change["version"], version)
    if change["justified_at"] is not None:
        raise ChangeDecided(subject=("change_order", change_id))
    notes = await notes_of(row["patient_id"])
    sealed = notes.seal("change_order", "justification", change_id, command.justification)
    await stay_queries.justify_change(change_id, sealed, utc_now())
    await tasks.end_tasks(
        SYSTEM, row["id"], [TaskKind.JUSTIFY_VARIATION], focus_id=change_id, by=actor.account_id
    )
    await audit.record(
        actor, "bookings.justify_variation", subject=("change_order", change_id),
        patient_id=row["patient_id"], home_state=row["home_state"],
    )  # fmt: skip
    found = await stay_queries.change(booking_id, change_id, visible_to=actor)
    return stay_views.change_view(found, notes)
