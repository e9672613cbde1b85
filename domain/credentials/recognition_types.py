"""The vocabulary of accreditors: bodies that accredit, and who recognises them."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from domain.credentials.types import Reason, ShortText, WebAddress
from domain.identity.types import StateCode


class NewAccreditor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Name a body that accredits, and the jurisdiction it has its seat in, if it is one of ours."""

    name: ShortText
    jurisdiction: StateCode | None = None


class RecordRecognition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Record that one's own jurisdiction recognises an accreditor, by which decision.

    `accreditor` is its name. Both days are included; without a last one it stands until it is
    ended.
    """

    accreditor: ShortText
    reference: Annotated[str, msgspec.Meta(min_length=3, max_length=300)]
    source_url: WebAddress
    recognised_from: date
    recognised_to: date | None = None


class EndRecognition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """End a recognition with a last day, today or later; what was issued by then still counts."""

    reason: Reason
    recognised_to: date | None = None


class ShippedRecognition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recognition that the marketplace ships; without a jurisdiction it is international."""

    jurisdiction: str | None
    reference: str
    source_url: str | None = None
    recognised_from: date | None = None
    recognised_to: date | None = None


class ShippedAccreditor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An accreditor that the marketplace ships; the demo's are invented."""

    name: str
    jurisdiction: str | None
    recognitions: list[ShippedRecognition] = []
    demo: bool = False


class RecognitionView(msgspec.Struct, frozen=True):
    """Who recognises an accreditor, from when to when; without a jurisdiction: internationally.

    Until a second officer has `confirmed` it, it counts nowhere and only its state sees it.
    """

    id: UUID
    jurisdiction: str | None
    reference: str
    source_url: str | None
    recognised_from: date | None
    recognised_to: date | None
    confirmed: bool
    end_reason: str | None
    version: int


class AccreditorView(msgspec.Struct, frozen=True):
    """A body that issues credentials, with who recognises it."""

    id: UUID
    name: str
    jurisdiction: str | None
    demo: bool
    recognitions: list[RecognitionView]


class AccreditorPage(msgspec.Struct, frozen=True):
    """One page of accreditors by name; `next` is the cursor of the following page."""

    items: list[AccreditorView]
    next: str | None
