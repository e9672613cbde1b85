"""The vocabulary of notices."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec


class NoticeKind(StrEnum):
    """What a notice is about; its texts and its page follow from it."""

    BOOKING = "booking"
    SAVED_SEARCH = "saved_search"
    TASK = "task"
    WEBHOOK_DISABLED = "webhook_disabled"


class Topic(StrEnum):
    """What mail can be switched off for; whatever has no topic is mailed to everybody."""

    BOOKINGS = "bookings"
    REFERRALS = "referrals"
    SEARCH = "search"


TOPICS: dict[NoticeKind, Topic | None] = {
    NoticeKind.BOOKING: Topic.BOOKINGS,
    NoticeKind.SAVED_SEARCH: Topic.SEARCH,
    NoticeKind.TASK: Topic.BOOKINGS,
    NoticeKind.WEBHOOK_DISABLED: None,
}
"""The topic of each kind, where whoever tells names no other."""


class NoticeView(msgspec.Struct, frozen=True):
    """One notice: `params` are identifiers and codes, from which a client writes its own words."""

    id: UUID
    kind: NoticeKind
    topic: Topic | None
    params: dict[str, str]
    created_at: datetime
    read_at: datetime | None

    @property
    def booking_id(self) -> UUID:
        """Return the booking it is about; raises KeyError where it is about none."""
        return UUID(self.params["booking_id"])


class NoticePage(msgspec.Struct, frozen=True):
    """One page of notices, newest first; `unread` counts all of the account's."""

    items: list[NoticeView]
    next: str | None
    unread: int


Phone = Annotated[
    str,
    msgspec.Meta(
        pattern="^[+][1-9][0-9]{6,14}$",
        description="With the country code (ITU-T E.164), for example +77011234567",
    ),
]


class SetNoticePreferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of what one is mailed, and where to be nudged without a word of what it is about."""

    mail: Annotated[list[Topic], msgspec.Meta(max_length=10)]
    phone: Phone | None = None


class NoticePreferences(msgspec.Struct, frozen=True):
    """The topics that are mailed, and the number that is nudged; what is told here always is."""

    mail: list[Topic]
    phone: str | None


class DueNotice(msgspec.Struct, frozen=True):
    """A notice on its way to its reader's mailbox."""

    notice: NoticeView
    account_id: UUID
    email: str
    language: str


class DueNudge(msgspec.Struct, frozen=True):
    """Somebody to be nudged: where, and in which language."""

    phone: str
    language: str
