"""What the credentials tell other capabilities."""

from uuid import UUID

import msgspec


class CredentialChanged(msgspec.Struct, frozen=True):
    """A credential took another status: what rests on it must be looked at again."""

    credential_id: UUID
    facility_id: UUID
    status: str


class CredentialDue(msgspec.Struct, frozen=True):
    """A date of a credential comes near: its holder is to be told, once."""

    reminder_id: UUID
