"""Tokens that are made of a row's id and nothing else, so that no secret has to be stored.

A token is the id and an HMAC of it, made again whenever it is needed: neither the database nor the
outbox holds anything that opens something.
"""

import base64
import binascii
import hmac
from uuid import UUID

from domain.keys.service import blind_index


def token_for(use: str, row_id: UUID) -> str:
    """Return the token of a row for one use: 43 characters of base64url."""
    return base64.urlsafe_b64encode(row_id.bytes + _mark(use, row_id)).decode().rstrip("=")


def row_named(use: str, token: str) -> UUID | None:
    """Return the row that a token of this use names; None for anything we did not make."""
    try:
        raw = base64.b64decode(token.strip() + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 32:
        return None
    row_id = UUID(bytes=raw[:16])
    return row_id if hmac.compare_digest(raw[16:], _mark(use, row_id)) else None


def _mark(use: str, row_id: UUID) -> bytes:
    return blind_index(use, row_id.hex)[:16]
