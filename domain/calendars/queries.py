"""The queries of feeds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.calendars.tables import CalendarSubscription
from domain.calendars.types import CalendarView, FeedKind
from domain.db import connection


def calendar_view(row: Any) -> CalendarView:
    """Return a feed as its follower sees it."""
    return CalendarView(
        id=row["id"],
        kind=FeedKind(row["kind"]),
        facility_id=row["facility_id"],
        practitioner_id=row["practitioner_id"],
        created_at=row["created_at"],
        last_read_at=row["read_at"],
    )


async def insert_feed(feed: CalendarSubscription) -> None:
    """Store a new feed."""
    await CalendarSubscription.insert(feed)


async def feeds(account_id: UUID) -> list[CalendarView]:
    """Return the feeds that an account follows, oldest first."""
    rows = await connection().fetch(
        "SELECT * FROM calendar_subscription WHERE account_id = $1 AND revoked_at IS NULL"
        " ORDER BY id",
        account_id,
    )
    return [calendar_view(row) for row in rows]


async def set_token(account_id: UUID, feed_id: UUID, token_hash: bytes) -> Any | None:
    """Give a feed another address, the former ends; return it."""
    return await connection().fetchrow(
        "UPDATE calendar_subscription SET token_hash = $3 WHERE id = $2 AND account_id = $1"
        " AND revoked_at IS NULL RETURNING *",
        account_id, feed_id, token_hash,
    )  # fmt: skip


async def revoke(account_id: UUID, feed_id: UUID, now: datetime) -> bool:
    """End a feed; return whether there was one."""
    done = await connection().fetchval(
        "UPDATE calendar_subscription SET revoked_at = $3 WHERE id = $2 AND account_id = $1"
        " AND revoked_at IS NULL RETURNING id",
        account_id, feed_id, now,
    )  # fmt: skip
    return done is not None


async def feed_by_token(token_hash: bytes) -> Any | None:
    """Return the living feed of an open account behind a secret, with its reader's language."""
    return await connection().fetchrow(
        "SELECT f.*, a.language FROM calendar_subscription f JOIN account a ON a.id = f.account_id"
        " WHERE f.token_hash = $1 AND f.revoked_at IS NULL AND a.closed_at IS NULL",
        token_hash,
    )


async def note_read(feed_id: UUID, now: datetime) -> None:
    """Note that a feed was asked for, at most once in ten minutes."""
    await connection().execute(
        "UPDATE calendar_subscription SET read_at = $2::timestamptz WHERE id = $1"
        " AND (read_at IS NULL OR read_at < $2::timestamptz - interval '10 minutes')",
        feed_id, now,
    )  # fmt: skip
