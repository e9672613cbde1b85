"""What the room of notices tells itself, by identifiers alone."""

from uuid import UUID

import msgspec


class NoticeMade(msgspec.Struct, frozen=True):
    """An account was told something, of which it may have to be mailed."""

    notice_id: UUID


class NudgeDue(msgspec.Struct, frozen=True):
    """An account is to be nudged: it has news, whatever they are."""

    account_id: UUID
    nudge_id: UUID
