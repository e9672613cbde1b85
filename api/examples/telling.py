"""Examples of what people and systems are told."""

from api.examples.values import BOOKING, at, example_id
from domain.notifications.types import (
    NoticeKind,
    NoticePage,
    NoticePreferences,
    NoticeView,
    SetNoticePreferences,
    Topic,
)

_NOTICE = NoticeView(
    id=example_id(201),
    kind=NoticeKind.BOOKING,
    topic=Topic.BOOKINGS,
    params={"booking_id": str(BOOKING), "news": "confirmed"},
    created_at=at("2027-03-02", 8, 30),
    read_at=None,
)

EXAMPLES = (
    _NOTICE,
    NoticePage([_NOTICE], None, 1),
    SetNoticePreferences(mail=[Topic.BOOKINGS, Topic.REFERRALS], phone="+77011234567"),
    NoticePreferences([Topic.BOOKINGS, Topic.REFERRALS], "+77011234567"),
)
