"""Identifiers of everything the marketplace stores."""

from uuid import UUID

import uuid_utils
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7 (RFC 9562, section 5.7), monotonic within the process."""
    return uuid7()


def new_id_text() -> str:
    """Return a fresh id as text, where nobody needs the object, which costs seven times more."""
    return str(uuid_utils.uuid7())
