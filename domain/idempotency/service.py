"""One effect for a request however often it is repeated (draft-ietf-httpapi-idempotency-key)."""

import hashlib
from datetime import timedelta
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.clock import utc_now
from domain.db import connection, transactional
from domain.errors import Conflict, Invalid
from domain.ids import new_id

KEPT_FOR = timedelta(days=7)


class RequestInProgress(Conflict):
    """The first request under this key has not finished."""

    code = "request_in_progress"
    title = "The same request is still being carried out; repeat it in a moment"


class KeyReused(Invalid):
    """The key was used for a different request."""

    code = "idempotency_key_reused"
    title = "This Idempotency-Key belongs to a different request; use a new one"


class Once(msgspec.Struct, frozen=True):
    """One caller's key for one request: the header's value and the hash of what was asked."""

    key: str
    request_hash: bytes

    @classmethod
    def of(cls, key: str, command: object) -> "Once":
        """Bind a key to the command it was sent with."""
        return cls(key, hashlib.sha256(msgspec.json.encode(command, order="sorted")).digest())


async def done_before(actor: Actor, operation: str, once: Once | None) -> UUID | None:
    """Return the id of what this request already made, or None when it is the first.

    Runs first in the operation's transaction. Raises RequestInProgress while a rival holds the
    key and KeyReused when the key stands for another request.
    """
    if once is None or actor.principal is None:
        return None
    free = await connection().fetchval(
        "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 7))",
        f"{actor.principal}|{once.key}",
    )
    if not free:
        raise RequestInProgress
    row = await connection().fetchrow(
        "SELECT operation, request_hash, resource_id FROM idempotency_key"
        " WHERE principal_id = $1 AND key = $2",
        actor.principal, once.key,
    )  # fmt: skip
    if row is None:
        return None
    if row["operation"] != operation or row["request_hash"] != once.request_hash:
        raise KeyReused
    return UUID(str(row["resource_id"]))


async def remember(actor: Actor, operation: str, once: Once | None, resource_id: UUID) -> None:
    """Store, with the effect, what the request made."""
    if once is None or actor.principal is None:
        return
    await connection().execute(
        "INSERT INTO idempotency_key (id, principal_id, key, operation, request_hash, resource_id,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new_id(), actor.principal, once.key, operation, once.request_hash, resource_id, utc_now(),
    )  # fmt: skip


@transactional
async def forget_old(actor: Actor) -> None:
    """Drop keys older than seven days (a periodic job)."""
    await connection().execute(
        "DELETE FROM idempotency_key WHERE created_at < $1", utc_now() - KEPT_FOR
    )
