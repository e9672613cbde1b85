"""The queries of kept searches."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.db import connection
from domain.ids import new_id
from domain.saved_searches.types import NewsKind

MOST_NEWS = 5_000
"""So many offers are looked at in one check; a check comes at least daily."""


async def serialise(account_id: UUID) -> None:
    """Let one search of an account be kept at a time, so that their number can be counted."""
    await connection().execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('saved_searches:' || $1, 7))",
        str(account_id),
    )


async def count(account_id: UUID) -> int:
    """Return how many searches an account keeps."""
    return int(
        await connection().fetchval(
            "SELECT count(*) FROM saved_search WHERE account_id = $1", account_id
        )
    )


async def insert(
    search_id: UUID, account_id: UUID, sealed: bytes, now: datetime, *, tell: bool
) -> None:
    """Keep a search."""
    await connection().execute(
        "INSERT INTO saved_search (id, account_id, query_sealed, tell, created_at, checked_at)"
        " VALUES ($1, $2, $3, $4, $5, $5)",
        search_id, account_id, sealed, tell, now,
    )  # fmt: skip


async def searches(account_id: UUID, search_id: UUID | None = None) -> list[Any]:
    """Return an account's searches, or the one named, newest first."""
    return list(
        await connection().fetch(
            "SELECT s.*, (SELECT count(*) FROM saved_search_find f WHERE f.search_id = s.id"
            " AND f.seen_at IS NULL) AS fresh FROM saved_search s"
            " WHERE s.account_id = $1 AND ($2::uuid IS NULL OR s.id = $2) ORDER BY s.id DESC",
            account_id, search_id,
        )
    )  # fmt: skip


async def finds(search_id: UUID, limit: int) -> list[Any]:
    """Return what answered a search lately, newest first."""
    return list(
        await connection().fetch(
            "SELECT offer_id, kind, at, seen_at FROM saved_search_find WHERE search_id = $1"
            " ORDER BY at DESC, offer_id LIMIT $2",
            search_id, limit,
        )
    )  # fmt: skip


async def mark_seen(search_id: UUID, now: datetime) -> None:
    """Note that what answered a search was looked at."""
    await connection().execute(
        "UPDATE saved_search_find SET seen_at = $2 WHERE search_id = $1 AND seen_at IS NULL",
        search_id, now,
    )  # fmt: skip


async def delete(search_id: UUID) -> None:
    """Forget a search and what answered it."""
    await connection().execute("DELETE FROM saved_search WHERE id = $1", search_id)


async def due(quiet_since: datetime, now: datetime) -> Any | None:
    """Return a search whose account may be told again and for which there is news, locked."""
    return await connection().fetchrow(
        "SELECT s.* FROM saved_search s WHERE s.tell AND (s.told_at IS NULL OR s.told_at <= $1)"
        " AND EXISTS (SELECT FROM offer_news n WHERE n.at > s.checked_at AND n.at <= $2)"
        " ORDER BY s.checked_at LIMIT 1 FOR UPDATE OF s SKIP LOCKED",
        quiet_since, now,
    )  # fmt: skip


async def news(since: datetime, now: datetime) -> dict[UUID, tuple[NewsKind, datetime]]:
    """Return the newest offers that became news in a stretch of time, with why and when."""
    rows = await connection().fetch(
        "SELECT offer_id, kind, at FROM offer_news WHERE at > $1 AND at <= $2"
        f" ORDER BY at DESC LIMIT {MOST_NEWS}",
        since, now,
    )  # fmt: skip
    return {row["offer_id"]: (NewsKind(row["kind"]), row["at"]) for row in rows}


async def note_finds(
    search_id: UUID, account_id: UUID, found: Mapping[UUID, tuple[NewsKind, datetime]]
) -> int:
    """Store what answers a search; return how much of it was not known yet."""
    rows = await connection().fetch(
        "INSERT INTO saved_search_find AS f (id, search_id, account_id, offer_id, kind, at)"
        " SELECT n.id, $1, $2, n.offer_id, n.kind, n.at"
        " FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[])"
        " n (id, offer_id, kind, at)"
        " ON CONFLICT ON CONSTRAINT saved_search_find_once DO UPDATE SET kind = excluded.kind,"
        " at = excluded.at, seen_at = NULL WHERE f.at < excluded.at RETURNING f.id",
        search_id, account_id, [new_id() for _ in found], list(found),
        [kind.value for kind, _ in found.values()], [at for _, at in found.values()],
    )  # fmt: skip
    return len(rows)


async def note_check(search_id: UUID, now: datetime, *, told: bool) -> None:
    """Note up to when a search was checked, and that its account was told."""
    await connection().execute(
        "UPDATE saved_search SET checked_at = $2,"
        " told_at = CASE WHEN $3 THEN $2 ELSE told_at END WHERE id = $1",
        search_id, now, told,
    )  # fmt: skip


async def forget_news(before: datetime) -> None:
    """Drop what is news no longer."""
    await connection().execute("DELETE FROM offer_news WHERE at < $1", before)


async def forget_finds(before: datetime) -> None:
    """Drop what answered searches long ago."""
    await connection().execute("DELETE FROM saved_search_find WHERE at < $1", before)
