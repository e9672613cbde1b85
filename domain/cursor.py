"""Opaque cursors: where a page ended, bound to the question it belongs to."""

import base64
import binascii
import hashlib
from typing import TypeVar

import msgspec

from domain.errors import Invalid

T = TypeVar("T")

MAX_LENGTH = 1000


class CursorInvalid(Invalid):
    """The cursor is damaged, or it belongs to another question."""

    code = "cursor_invalid"
    title = "This cursor belongs to another question; begin again without it"


def make_cursor(question: object, position: object) -> str:
    """Return a cursor for the page after `position`; a question is whatever msgspec encodes."""
    raw = msgspec.json.encode((_fingerprint(question), position))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str, question: object, kind: type[T]) -> T:
    """Return the position of a cursor made for the same question; raises CursorInvalid."""
    try:
        raw = base64.urlsafe_b64decode(cursor[:MAX_LENGTH] + "=" * (-len(cursor) % 4))
        fingerprint, position = msgspec.json.decode(raw, type=tuple[str, msgspec.Raw])
        if fingerprint != _fingerprint(question):
            raise ValueError
        return msgspec.json.decode(position, type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise CursorInvalid(fields={"cursor": CursorInvalid.title}) from None


def _fingerprint(question: object) -> str:
    return hashlib.sha256(msgspec.json.encode(question, order="sorted")).hexdigest()[:16]
