"""What the rights room tells others."""

from uuid import UUID

import msgspec


class ErasureConfirmed(msgspec.Struct, frozen=True):
    """Two people have decided that a patient's data is erased now."""

    erasure_id: UUID
    account_id: UUID | None
