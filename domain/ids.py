"""Identifiers of everything the marketplace stores."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7 (RFC 9562, section 5.7), monotonic within the process."""
    return uuid7()
