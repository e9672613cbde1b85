"""The queries of notices and preferences."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.db import connection
from domain.notifications.types import NoticeKind, NoticeView, Topic


def notice_view(row: Any) -> NoticeView:
    """Return a notice as its reader sees it."""
    return NoticeView(
        id=row["id"],
        kind=NoticeKind(row["kind"]),
        topic=Topic(row["topic"]) if row["topic"] else None,
        params=msgspec.json.decode(row["params"], type=dict[str, str]),
        created_at=row["created_at"],
        read_at=row["read_at"],
    )


async def insert_notice(
    notice_id: UUID, account_id: UUID, kind: NoticeKind, key: str, topic: Topic | None,
    params: Mapping[str, str], now: datetime,
) -> bool:  # fmt: skip
    """Store a notice, unless its account was told under this key before; return whether it is new.

    Whoever has closed the account is told nothing.
    """
    stored = await connection().fetchval(
        "INSERT INTO notice (id, account_id, kind, key, topic, params, created_at)"
        " SELECT $1, a.id, $3, $4, $5, $6, $7 FROM account a"
        " WHERE a.id = $2 AND a.closed_at IS NULL"
        " ON CONFLICT ON CONSTRAINT notice_once DO NOTHING RETURNING id",
        notice_id, account_id, kind.value, key, topic.value if topic else None,
        msgspec.json.encode(params).decode(), now,
    )  # fmt: skip
    return stored is not None


async def notice(notice_id: UUID) -> Any | None:
    """Return a notice with its account."""
    return await connection().fetchrow("SELECT * FROM notice WHERE id = $1", notice_id)


async def notices(
    account_id: UUID, *, unread_only: bool, before: UUID | None, limit: int
) -> list[NoticeView]:
    """Return an account's notices, newest first."""
    rows = await connection().fetch(
        "SELECT * FROM notice WHERE account_id = $1 AND (NOT $2 OR read_at IS NULL)"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        account_id, unread_only, before, limit,
    )  # fmt: skip
    return [notice_view(row) for row in rows]


async def count_unread(account_id: UUID) -> int:
    """Return how many notices an account has not read."""
    return int(
        await connection().fetchval(
            "SELECT count(*) FROM notice WHERE account_id = $1 AND read_at IS NULL", account_id
        )
    )


async def mark_read(account_id: UUID, notice_id: UUID, now: datetime) -> Any | None:
    """Note that a notice was read, the first time, and return it."""
    return await connection().fetchrow(
        "UPDATE notice SET read_at = coalesce(read_at, $3) WHERE id = $1 AND account_id = $2"
        " RETURNING *",
        notice_id, account_id, now,
    )  # fmt: skip


async def mark_all_read(account_id: UUID, now: datetime) -> None:
    """Note that everything an account was told until now is read."""
    await connection().execute(
        "UPDATE notice SET read_at = $2 WHERE account_id = $1 AND read_at IS NULL", account_id, now
    )


async def delete_notices(before: datetime) -> int:
    """Drop what was told before then; return how much it was."""
    gone = await connection().fetch("DELETE FROM notice WHERE created_at < $1 RETURNING id", before)
    return len(gone)


async def preference(account_id: UUID) -> Any | None:
    """Return how an account wants to be told, where it ever said so."""
    return await connection().fetchrow(
        "SELECT * FROM notice_preference WHERE account_id = $1", account_id
    )


async def set_preference(
    account_id: UUID, unmailed: list[str], phone: bytes | None, now: datetime
) -> None:
    """Store how an account wants to be told."""
    await connection().execute(
        "INSERT INTO notice_preference (account_id, unmailed, phone_sealed, updated_at)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT (account_id) DO UPDATE"
        " SET unmailed = $2, phone_sealed = $3, updated_at = $4",
        account_id, unmailed, phone, now,
    )  # fmt: skip


async def take_nudge(account_id: UUID, since: datetime, now: datetime) -> bool:
    """Take an account's turn to be nudged; False without a number or where one came since then."""
    taken = await connection().fetchval(
        "UPDATE notice_preference SET nudged_at = $3 WHERE account_id = $1"
        " AND phone_sealed IS NOT NULL AND (nudged_at IS NULL OR nudged_at < $2)"
        " RETURNING account_id",
        account_id, since, now,
    )  # fmt: skip
    return taken is not None
