"""What the identity room tells others, by identifiers alone."""

from enum import StrEnum
from uuid import UUID

import msgspec


class LinkAsked(msgspec.Struct, frozen=True):
    """Somebody is due a mail with a link that proves they read it."""

    link_id: UUID


class InvitationMade(msgspec.Struct, frozen=True):
    """Somebody is invited to an organisation and has to be told."""

    invitation_id: UUID


class Notice(StrEnum):
    """What an account's holder is told by mail after it has happened."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a notice's name
    EMAIL_CHANGED = "email_changed"
    LICENCE_VERIFIED = "licence_verified"
    LICENCE_REFUSED = "licence_refused"
    MEMBERSHIP_ENDED = "membership_ended"
    ACCOUNT_CLOSED = "account_closed"
    DATA_ERASED = "data_erased"


class AccountNoticed(msgspec.Struct, frozen=True):
    """Something happened to an account that its holder should know, in case it was not them.

    `link_id` names the link whose payload holds the address to write to instead of the present one.
    """

    account_id: UUID
    notice: Notice
    link_id: UUID | None = None
