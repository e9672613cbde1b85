"""What an item must say, and who may call it certain."""

from collections.abc import Sequence

from domain.bookings.errors import ItemIncomplete, TooManyItems
from domain.bookings.item_types import ChangeItem, ItemDetails, ItemKind, ItemStatus

MOST_ITEMS = 20

_NEEDED = {
    ItemKind.COMPANION: ("name",),
    ItemKind.INTERPRETER: ("language",),
    ItemKind.TRANSFER: ("pick_up", "drop_off"),
    ItemKind.STAY: ("starts_at", "ends_at"),
    ItemKind.MEDICAL_TRANSFER: ("pick_up", "drop_off"),
}


def require_complete(kind: ItemKind, details: ItemDetails) -> None:
    """Refuse details that leave out what this kind of item needs; raises ItemIncomplete."""
    wrong = {
        f"details.{name}": f"a {kind.value} needs it"
        for name in _NEEDED[kind]
        if getattr(details, name) is None
    }
    if details.starts_at and details.ends_at and details.ends_at <= details.starts_at:
        wrong["details.ends_at"] = "after starts_at"
    if wrong:
        raise ItemIncomplete(fields=wrong)


def require_room_for_one(standing: Sequence[ItemStatus]) -> None:
    """Refuse one item too many; raises TooManyItems."""
    if sum(status is not ItemStatus.CANCELLED for status in standing) >= MOST_ITEMS:
        raise TooManyItems(most=MOST_ITEMS)


def require_confirmable(command: ChangeItem, *, by_facility: bool) -> None:
    """Refuse whoever calls an item certain without being its facility, or without a supplier."""
    if command.confirmed and not by_facility:
        raise ItemIncomplete(fields={"confirmed": "the facility confirms items"})
    if command.confirmed and command.supplier is None:
        raise ItemIncomplete(fields={"supplier": "a confirmed item names who supplies it"})
