"""One attempt to prove an identity: bound to the browser that began it, short-lived, used once.

State, nonce and PKCE verifier are stored nowhere. They are made of the row's id, a key outside the
database and the binder, which only the browser has and of which the row holds the SHA-256: whoever
reads the database, or catches the address on its way, can finish nothing.
"""

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.clock import utc_now
from domain.db import transactional
from domain.identity.eid import queries
from domain.identity.eid.types import Attempt, Purpose
from domain.identity.row_tokens import row_named, token_for
from domain.identity.tables import EidAttempt
from domain.ids import new_id
from domain.keys.service import blind_index

LASTS = timedelta(minutes=10)
_STATE = "eid-state"


class Begun(msgspec.Struct, frozen=True):
    """A new attempt, with the binder for the browser that began it."""

    attempt: Attempt
    binder: str
    expires_at: datetime


@transactional
async def begin(actor: Actor, provider: str, purpose: Purpose, wanted: str | None) -> Begun:
    """Begin an attempt with a provider; `wanted` is the page the person goes on to."""
    row_id, binder = new_id(), secrets.token_urlsafe(32)
    expires_at = utc_now() + LASTS
    await queries.insert_attempt(
        EidAttempt(
            id=row_id,
            provider=provider,
            purpose=purpose.value,
            account_id=actor.account_id if purpose is Purpose.LINK else None,
            binder_hash=_hash(binder),
            wanted=wanted,
            expires_at=expires_at,
        )
    )
    return Begun(_secrets(row_id, binder), binder, expires_at)


@transactional
async def take(
    actor: Actor, provider: str, purpose: Purpose | None, state: str, binder: str
) -> Any | None:
    """Use up the attempt that a state names; None when it is not this browser's or has ended."""
    row_id = row_named(_STATE, state)
    if row_id is None:
        return None
    return await queries.take_attempt(
        row_id, provider, purpose.value if purpose else None, _hash(binder)
    )


def secrets_of(row: Any, binder: str) -> Attempt:
    """Return the secrets of an attempt that was taken."""
    return _secrets(row["id"], binder)


def _secrets(row_id: UUID, binder: str) -> Attempt:
    return Attempt(
        state=token_for(_STATE, row_id),
        nonce=_derived("eid-nonce", row_id, binder),
        verifier=_derived("eid-verifier", row_id, binder),
    )


def _derived(use: str, row_id: UUID, binder: str) -> str:
    mark = blind_index(use, f"{row_id.hex}|{binder}")
    return base64.urlsafe_b64encode(mark).decode().rstrip("=")


def _hash(binder: str) -> bytes:
    return hashlib.sha256(binder.encode()).digest()
