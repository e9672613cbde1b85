"""The vocabulary of what goes along with a booking."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.identity.types import LanguageTag

Label = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class ItemKind(StrEnum):
    """What goes along with a booking."""

    COMPANION = "companion"
    INTERPRETER = "interpreter"
    TRANSFER = "transfer"
    STAY = "stay"
    MEDICAL_TRANSFER = "medical_transfer"


class ItemStatus(StrEnum):
    """Whether an item was asked for, is certain, or was called off."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class ItemDetails(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be arranged: who, when, from where to where; sealed under the patient's key.

    A companion has a `name`, an interpreter a `language`; a medical transfer says whether by
    `stretcher`, with which `escort`, and which `insurer` pays.
    """

    name: Label | None = None
    language: LanguageTag | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    pick_up: Label | None = None
    drop_off: Label | None = None
    stretcher: bool = False
    escort: Label | None = None
    insurer: Label | None = None
    note: Annotated[str, msgspec.Meta(min_length=2, max_length=1000)] | None = None


class AddItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ask for something that goes along with a booking."""

    kind: ItemKind
    details: ItemDetails
    supplier: Label | None = None


class ChangeItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An item's new content; `confirmed` is the facility's to say, and it names the supplier."""

    details: ItemDetails
    supplier: Label | None = None
    confirmed: bool = False


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """What goes along with a booking; details are gone where the person's data was erased."""

    id: UUID
    booking_id: UUID
    kind: ItemKind
    status: ItemStatus
    supplier: str | None
    details: ItemDetails | None
    version: int
    created_at: datetime
    updated_at: datetime
