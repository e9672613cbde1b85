"""What goes along with a booking: companions, interpreters, transfers, stays, medical transfers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.bookings import item_rules, moving, policy, stay_queries
from domain.bookings.errors import NoSuchItem, WrongState
from domain.bookings.item_types import (
    AddItem,
    ChangeItem,
    ItemDetails,
    ItemKind,
    ItemStatus,
    ItemView,
)
from domain.bookings.tables import BookingItem
from domain.bookings.task_list import task_of
from domain.bookings.types import BookingMove
from domain.clock import utc_now
from domain.db import transactional
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.keys.notes import notes_of
from domain.tasks import service as tasks
from domain.tasks.types import TaskKind, TaskSide
from domain.text import cleaned

ARRANGED_WITHIN = timedelta(days=2)


@transactional
async def add_item(
    actor: Actor, booking_id: UUID, command: AddItem, once: Once | None = None
) -> ItemView:
    """Ask for something that goes along with a booking; raises ItemIncomplete and TooManyItems."""
    if (done := await done_before(actor, "bookings.add_item", once)) is not None:
        return await _shown(actor, booking_id, done)
    command = cleaned(command)
    item_rules.require_complete(command.kind, command.details)
    row = await moving.to_move(actor, booking_id, BookingMove.CHANGE_ITEMS)
    standing = await stay_queries.of_booking("booking_item", booking_id, visible_to=actor)
    item_rules.require_room_for_one([ItemStatus(each["status"]) for each in standing])
    item_id, now = new_id(), utc_now()
    notes = await notes_of(row["patient_id"])
    await stay_queries.insert(
        BookingItem(
            id=item_id,
            booking_id=booking_id,
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            kind=command.kind.value,
            status=ItemStatus.REQUESTED.value,
            supplier=command.supplier,
            details_sealed=notes.seal("booking_item", "details", item_id, _text(command.details)),
            version=1,
            created_at=now,
            updated_at=now,
        )
    )
    await moving.note_act(actor, row, "add_item")
    if not policy.acts_for_facility(actor, row):
        due_at = min(now + ARRANGED_WITHIN, max(row["starts_at"], now))
        await tasks.open_task(
            SYSTEM,
            task_of(
                row, TaskKind.ARRANGE_ITEM, TaskSide.FACILITY, due_at, focus_id=item_id,
                reason=command.kind.value,
            ),
        )  # fmt: skip
    await remember(actor, "bookings.add_item", once, item_id)
    return await _shown(actor, booking_id, item_id)


@transactional
async def list_items(actor: Actor, booking_id: UUID) -> list[ItemView]:
    """Return what goes along with a booking; raises NoSuchBooking."""
    await moving.visible(actor, booking_id)
    rows = await stay_queries.of_booking("booking_item", booking_id, visible_to=actor)
    return [await _view(row) for row in rows]


@transactional
async def change_item(
    actor: Actor, booking_id: UUID, item_id: UUID, command: ChangeItem, version: int
) -> ItemView:
    """Change an item; what the patient changes the facility has to confirm anew.

    Raises NoSuchItem, StaleVersion, WrongState and ItemIncomplete.
    """
    command = cleaned(command)
    row, item = await _to_change(actor, booking_id, item_id, version)
    item_rules.require_complete(ItemKind(item["kind"]), command.details)
    ours = policy.acts_for_facility(actor, row)
    item_rules.require_confirmable(command, by_facility=ours)
    status = ItemStatus.CONFIRMED if command.confirmed else ItemStatus.REQUESTED
    notes = await notes_of(row["patient_id"])
    sealed = notes.seal("booking_item", "details", item_id, _text(command.details))
    await stay_queries.change_item(item_id, status.value, command.supplier, sealed, utc_now())
    await moving.note_act(actor, row, "change_item")
    if command.confirmed:
        await _arranged(actor, booking_id, item_id)
    return await _shown(actor, booking_id, item_id)


@transactional
async def cancel_item(actor: Actor, booking_id: UUID, item_id: UUID, version: int) -> ItemView:
    """Call an item off; raises NoSuchItem, StaleVersion and WrongState."""
    row, item = await _to_change(actor, booking_id, item_id, version)
    await stay_queries.change_item(
        item_id, ItemStatus.CANCELLED.value, item["supplier"], item["details_sealed"], utc_now()
    )
    await moving.note_act(actor, row, "cancel_item")
    await _arranged(actor, booking_id, item_id)
    return await _shown(actor, booking_id, item_id)


async def _arranged(actor: Actor, booking_id: UUID, item_id: UUID) -> None:
    await tasks.end_tasks(
        SYSTEM, booking_id, [TaskKind.ARRANGE_ITEM], focus_id=item_id, by=actor.account_id
    )


async def _to_change(
    actor: Actor, booking_id: UUID, item_id: UUID, version: int
) -> tuple[Any, Any]:
    row = await moving.to_move(actor, booking_id, BookingMove.CHANGE_ITEMS)
    item = await stay_queries.row_of(
        "booking_item", booking_id, item_id, visible_to=actor, lock=True
    )
    if item is None:
        raise NoSuchItem(subject=("booking_item", item_id))
    moving.require_version(("booking_item", item_id), item["version"], version)
    if item["status"] == ItemStatus.CANCELLED.value:
        raise WrongState("The item was called off; ask for another one")
    return row, item


def _text(details: ItemDetails) -> str:
    return msgspec.json.encode(details).decode()


async def _shown(actor: Actor, booking_id: UUID, item_id: UUID) -> ItemView:
    row = await stay_queries.row_of("booking_item", booking_id, item_id, visible_to=actor)
    if row is None:
        raise NoSuchItem(subject=("booking_item", item_id))
    return await _view(row)


async def _view(row: Any) -> ItemView:
    notes = await notes_of(row["patient_id"])
    details = notes.open("booking_item", "details", row["id"], row["details_sealed"])
    return ItemView(
        id=row["id"],
        booking_id=row["booking_id"],
        kind=ItemKind(row["kind"]),
        status=ItemStatus(row["status"]),
        supplier=row["supplier"],
        details=None if details is None else msgspec.json.decode(details, type=ItemDetails),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
