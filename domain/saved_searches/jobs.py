"""Telling people what answers the searches they keep; every job bears repeating."""

from datetime import timedelta
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import Invalid
from domain.keys.service import KeyDestroyed
from domain.notifications import service as notifications
from domain.notifications.types import NoticeKind
from domain.saved_searches import queries
from domain.saved_searches.service import opened
from domain.search import service as search

QUIET = timedelta(days=1)
"""Nobody is told of one search more often."""

OVERLAP = timedelta(minutes=5)
"""What was written before the last check may have been committed after it."""

NEWS_FOR = timedelta(days=8)
FINDS_FOR = timedelta(days=60)
MOST = 200


async def tell_of_new_offers() -> None:
    """Check the kept searches for which there may be news, and tell whose were answered."""
    for _ in range(MOST):
        if not await _check_one(SYSTEM):
            return


@transactional
async def _check_one(actor: Actor) -> bool:
    now = utc_now()
    row = await queries.due(now - QUIET, now)
    if row is None:
        return False
    try:
        wanted = await opened(actor, row)
    except KeyDestroyed:
        await queries.delete(row["id"])
        return True
    news = await queries.news(max(row["created_at"], row["checked_at"] - OVERLAP), now)
    try:
        answers = await search.matching(actor, wanted.question(), list(news))
    except Invalid:
        # A value it asks for exists no longer: nothing can answer it.
        answers = {}
    fresh = await queries.note_finds(
        row["id"], row["account_id"], {offer: news[offer] for offer in answers}
    )
    if fresh:
        await _tell(actor, row["account_id"], row["id"], fresh, now.isoformat())
    await queries.note_check(row["id"], now, told=bool(fresh))
    return True


async def _tell(actor: Actor, account_id: UUID, search_id: UUID, fresh: int, when: str) -> None:
    await notifications.notify(
        actor, account_id, NoticeKind.SAVED_SEARCH, f"saved_search:{search_id}:{when}",
        {"search_id": str(search_id), "count": str(fresh)},
    )  # fmt: skip


async def forget_old() -> None:
    """Drop news and finds that are old (a periodic job)."""
    await _forget(SYSTEM)


@transactional
async def _forget(actor: Actor) -> None:
    now = utc_now()
    await queries.forget_news(now - NEWS_FOR)
    await queries.forget_finds(now - FINDS_FOR)
