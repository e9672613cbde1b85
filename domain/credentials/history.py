"""The history of a credential: every move, append-only, without the people who made it."""

from uuid import UUID

from domain.actor import Actor
from domain.credentials import history_queries, writing
from domain.credentials.types import CredentialHistory
from domain.db import transactional


@transactional
async def list_history(
    actor: Actor, credential_id: UUID, *, after: int = 0, limit: int = 50
) -> CredentialHistory:
    """Return a credential's changes after a version, oldest first; raises NoSuchCredential."""
    await writing.visible(actor, credential_id)
    found = await history_queries.changes(credential_id, after, limit + 1)
    items = found[:limit]
    return CredentialHistory(items, items[-1].version if len(found) > limit else None)
