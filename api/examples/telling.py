"""Examples of what people and systems are told."""

from api.examples.values import BOOKING, HOSPITAL, SHA256, at, example_id
from domain.calendars.types import CalendarSecret, CalendarView, CreateCalendar, FeedKind
from domain.letters.types import IssueLetter, LetterCheck, LetterStatus, LetterView
from domain.notifications.types import (
    NoticeKind,
    NoticePage,
    NoticePreferences,
    NoticeView,
    SetNoticePreferences,
    Topic,
)
from domain.webhooks.types import (
    ChangeWebhook,
    DeliveryPage,
    DeliveryStatus,
    DeliveryView,
    RegisterWebhook,
    Replayed,
    ReplaySince,
    WebhookSecret,
    WebhookView,
)

_URL = "https://his.hospital.example/shifayol"
_WEBHOOK = WebhookView(
    id=example_id(202),
    organisation_id=HOSPITAL,
    url=_URL,
    enabled=True,
    disabled_reason=None,
    failing_since=None,
    former_secret_until=None,
    version=1,
    created_at=at("2027-03-01"),
)
_DELIVERY = DeliveryView(
    id=example_id(203),
    type="booking.confirmed",
    booking_id=BOOKING,
    version=3,
    status=DeliveryStatus.PENDING,
    attempts=1,
    created_at=at("2027-03-02", 8, 30),
    next_at=at("2027-03-02", 8, 31),
    last_at=at("2027-03-02", 8, 30),
    last_status=503,
    last_error=None,
    delivered_at=None,
)

_NOTICE = NoticeView(
    id=example_id(201),
    kind=NoticeKind.BOOKING,
    topic=Topic.BOOKINGS,
    params={"booking_id": str(BOOKING), "news": "confirmed"},
    created_at=at("2027-03-02", 8, 30),
    read_at=None,
)
_CALENDAR = CalendarView(
    id=example_id(204),
    kind=FeedKind.PATIENT,
    facility_id=None,
    practitioner_id=None,
    created_at=at("2027-03-01"),
    last_read_at=at("2027-03-02", 8, 30),
)

EXAMPLES = (
    _NOTICE,
    NoticePage([_NOTICE], None, 1),
    SetNoticePreferences(mail=[Topic.BOOKINGS, Topic.REFERRALS], phone="+77011234567"),
    NoticePreferences([Topic.BOOKINGS, Topic.REFERRALS], "+77011234567"),
    RegisterWebhook(_URL),
    ChangeWebhook(url=_URL, enabled=True),
    ReplaySince(at("2027-03-02")),
    _WEBHOOK,
    WebhookSecret(_WEBHOOK, "whsec_c2hpZmF5b2wtZXhhbXBsZS1zZWNyZXQtb2YtMzItYnl0ZXM="),
    _DELIVERY,
    DeliveryPage([_DELIVERY], None),
    Replayed(3),
    CreateCalendar(kind=FeedKind.PATIENT),
    _CALENDAR,
    CalendarSecret(_CALENDAR, "Zq3vT8yWkq0S5t7xYbA1cDzE4fGhJkLm2nPqRsTuVwX"),
    IssueLetter("AYGERIM SERIKKYZY"),
    LetterView(
        id=example_id(205),
        booking_id=BOOKING,
        token="AZnzoFwefUKbYAAAAAAAzQbP3n9mKk2sT8yWkq0S5t7",  # noqa: S106  an example
        languages=["kk", "tr"],
        issued_at=at("2027-03-01"),
        revoked_at=None,
        sha256=SHA256,
        signature="eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoiLi4uIn0..c2ln",
    ),
    LetterCheck(LetterStatus.VALID, at("2027-03-01")),
)
