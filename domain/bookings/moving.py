"""What every move of a booking shares: finding it for who moves it, and writing what follows."""

from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.availability import service as availability
from domain.bookings import policy, queries, rules
from domain.bookings.errors import NoSuchBooking
from domain.bookings.events import BookingChanged, BookingNews, BookingSettled, MoneyRule
from domain.bookings.types import BookingMove, BookingStatus
from domain.clock import utc_now
from domain.errors import StaleVersion
from domain.ids import new_id
from domain.keys.notes import notes_of
from domain.outbox.service import publish


async def visible(actor: Actor, booking_id: UUID, *, lock: bool = False) -> Any:
    """Return a booking's row to who may see it; raises NoSuchBooking."""
    row = await queries.booking(booking_id, visible_to=actor, lock=lock)
    if row is None:
        raise NoSuchBooking(subject=("booking", booking_id))
    return row


async def to_move(
    actor: Actor, booking_id: UUID, move: BookingMove, version: int | None = None
) -> Any:
    """Return a booking, locked, to who may make this move now.

    Raises NoSuchBooking, WrongRole or Forbidden, StaleVersion and WrongState, in this order.
    """
    row = await visible(actor, booking_id, lock=True)
    await policy.require_side(actor, row, rules.action_of(move))
    if version is not None:
        require_version(("booking", booking_id), row["version"], version)
    rules.require_state(move, BookingStatus(row["status"]))
    return row


def require_version(subject: tuple[str, UUID], present: int, expected: int) -> None:
    """Refuse whoever acts on another version than the stored one; raises StaleVersion."""
    if present != expected:
        raise StaleVersion(version_now=present, subject=subject)


async def apply(
    actor: Actor,
    row: Any,
    status: BookingStatus,
    *,
    reason: str | None = None,
    note: str | None = None,
    news: BookingNews | None = None,
    **changes: object,
) -> int:
    """Move a locked booking, with its log, its audit and what other rooms are told.

    `changes` are further columns. Returns the new version.
    """
    rules.require_move(BookingStatus(row["status"]), status)
    transition_id, sealed = new_id(), None
    if note:
        notes = await notes_of(row["patient_id"])
        sealed = notes.seal("booking_transition", "note", transition_id, note)
    version = await queries.move_booking(
        row, status, actor, utc_now(), reason=reason, transition_id=transition_id, note=sealed,
        **changes,
    )  # fmt: skip
    told = news or rules.NEWS.get(status)
    if told is not None:
        await tell(row, told, version)
    if status in rules.MONEY and row["status"] != status.value:
        await settle(row, rules.MONEY[status])
    await note_act(actor, row, status.value)
    return version


async def touch(
    actor: Actor, row: Any, verb: str, *, news: BookingNews | None = None, **changes: object
) -> int:
    """Change a locked booking that stays in its state, with its audit; return the new version."""
    version = await queries.change_booking(row["id"], utc_now(), **changes)
    if news is not None:
        await tell(row, news, version)
    await note_act(actor, row, verb)
    return version


async def free_time(row: Any) -> None:
    """Give back what a stay that ends now has reserved beyond."""
    await availability.shorten(SYSTEM, row["id"], utc_now())


async def tell(row: Any, news: BookingNews, version: int | None = None) -> None:
    """Let the other rooms know what happened to a booking."""
    await publish(
        BookingChanged(
            row["id"], row["episode_id"], row["facility_id"], news, version or row["version"]
        )
    )


async def settle(row: Any, rule: MoneyRule) -> None:
    """Let the room of money know that a paid booking came to a point that decides about money."""
    if row["deposit_payment_id"] is not None:
        await publish(BookingSettled(row["id"], row["episode_id"], rule))


async def note_act(actor: Actor, row: Any, verb: str) -> None:
    """Audit what was done with a booking."""
    await audit.record(
        actor, f"bookings.{verb}", subject=("booking", row["id"]), patient_id=row["patient_id"],
        home_state=row["home_state"],
    )  # fmt: skip
