"""The vocabulary of letters."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

PassportName = Annotated[
    str,
    msgspec.Meta(
        min_length=2, max_length=80, pattern="^[A-Za-z]+([ -][A-Za-z]+)*$",
        description="As the passport spells it: A to Z, parted by spaces or hyphens",
    ),
]  # fmt: skip


class IssueLetter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Issue the letter of a booking; without a name, the one that the account knows is printed."""

    passport_name: PassportName | None = None


class LetterStatus(StrEnum):
    """What strangers learn of a letter."""

    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class LetterCheck(msgspec.Struct, frozen=True):
    """Whether a letter holds now, and since when; nothing of what stands in it."""

    status: LetterStatus
    issued_at: datetime | None = None


class SignedLetter(msgspec.Struct, frozen=True):
    """What is signed of a letter: which bytes were issued when, under which number."""

    type: str
    letter_id: UUID
    sha256: str
    issued_at: datetime


class LetterView(msgspec.Struct, frozen=True, kw_only=True):
    """A letter; whoever knows `token` can ask whether it holds.

    `signature` is a detached JWS over `{"type": "letter", "letter_id", "sha256", "issued_at"}`
    in canonical JSON (RFC 8785), by the key of `/.well-known/shifayol-keys.json`; `sha256` is that
    of the PDF.
    """

    id: UUID
    booking_id: UUID
    token: str
    languages: list[str]
    issued_at: datetime
    revoked_at: datetime | None
    sha256: str
    signature: str


class LetterFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter says, before it is said in its languages."""

    letter_id: UUID
    booking_id: UUID
    booking_version: int
    passport_name: str
    facility_names: dict[str, str]
    facility_name: str
    city_names: dict[str, str]
    city: str
    address: str | None
    state: str
    home_state: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    companions: int
    demo: bool
    languages: list[str]
    issued_at: datetime
    token: str


class Line(msgspec.Struct, frozen=True):
    """One line of a letter: what it is called, and what it says."""

    label: str
    value: str


class Column(msgspec.Struct, frozen=True):
    """A letter in one language."""

    language: str
    title: str
    text: str
    lines: list[Line]
    note: str


class LetterText(msgspec.Struct, frozen=True):
    """A letter as it is printed: its columns side by side, and where it is verified."""

    columns: list[Column]
    verify_at: str
