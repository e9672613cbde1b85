"""What notices say and where they lead, also where one came without its id."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from api.web.languages import Language
from api.web.notice_words import told
from domain.notifications.types import NoticeKind, NoticeView


def notice(kind: NoticeKind, **params: str) -> NoticeView:
    return NoticeView(UUID(int=1), kind, None, params, datetime(2027, 3, 1, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("kind", "params", "path"),
    [
        (NoticeKind.BOOKING, {"booking_id": "b", "news": "confirmed"}, "/bookings/b"),
        (NoticeKind.BOOKING, {"booking_id": "b", "news": "of a later version"}, "/bookings/b"),
        (NoticeKind.TASK, {"task_id": "t"}, "/me/bookings"),
        (NoticeKind.SAVED_SEARCH, {"search_id": "s", "count": "3"}, "/searches/s"),
        (NoticeKind.SAVED_SEARCH, {}, "/searches"),
        (NoticeKind.WEBHOOK_DISABLED, {"webhook_id": "w"}, "/facility/webhooks/w"),
    ],
)
def test_a_notice_leads_to_what_it_is_about(
    kind: NoticeKind, params: dict[str, str], path: str
) -> None:
    found = told(Language("en"), notice(kind, **params))
    assert found.path == path and found.title
