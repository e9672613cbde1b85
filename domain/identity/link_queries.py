"""The queries of mailed links and invitations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.db import connection
from domain.identity.tables import Invitation, MailLink


async def insert_link(link: MailLink) -> None:
    """Store a new link."""
    await MailLink.insert(link)


async def links_since(email_index: bytes, since: datetime) -> int:
    """Return how many links were made for an address since then."""
    return int(
        await connection().fetchval(
            "SELECT count(*) FROM mail_link WHERE email_index = $1 AND created_at > $2",
            email_index, since,
        )
    )  # fmt: skip


async def live_link(link_id: UUID, now: datetime) -> Any | None:
    """Return a link that can still be followed."""
    return await connection().fetchrow(
        "SELECT * FROM mail_link WHERE id = $1 AND used_at IS NULL AND expires_at > $2",
        link_id, now,
    )  # fmt: skip


async def use_link(link_id: UUID, purpose: str, now: datetime) -> Any | None:
    """Take a link out of use and return it; None when that has happened or time ran out."""
    return await connection().fetchrow(
        "UPDATE mail_link SET used_at = $3 WHERE id = $1 AND purpose = $2 AND used_at IS NULL"
        " AND expires_at > $3 RETURNING *",
        link_id, purpose, now,
    )  # fmt: skip


async def end_links(account_id: UUID, now: datetime) -> None:
    """Take every unused link of an account out of use."""
    await connection().execute(
        "UPDATE mail_link SET used_at = $2 WHERE account_id = $1 AND used_at IS NULL",
        account_id, now,
    )  # fmt: skip


async def delete_links(before: datetime) -> list[Any]:
    """Drop links that ran out before then and return them."""
    return list(
        await connection().fetch(
            "DELETE FROM mail_link WHERE expires_at < $1 RETURNING id, purpose, used_at", before
        )
    )


async def link(link_id: UUID) -> Any | None:
    """Return a link, followed or not."""
    return await connection().fetchrow("SELECT * FROM mail_link WHERE id = $1", link_id)


async def set_payload(link_id: UUID, payload: bytes) -> None:
    """Exchange what a link holds sealed."""
    await connection().execute(
        "UPDATE mail_link SET payload_sealed = $2 WHERE id = $1", link_id, payload
    )


async def set_password(account_id: UUID, password_hash: str) -> None:
    """Store a new password's hash."""
    await connection().execute(
        "UPDATE account SET password_hash = $2 WHERE id = $1", account_id, password_hash
    )


async def set_email(account_id: UUID, email_index: bytes, email_sealed: bytes) -> None:
    """Store a new address."""
    await connection().execute(
        "UPDATE account SET email_index = $2, email_sealed = $3 WHERE id = $1",
        account_id, email_index, email_sealed,
    )  # fmt: skip


async def insert_invitation(invitation: Invitation) -> None:
    """Store a new invitation."""
    await Invitation.insert(invitation)


async def open_invitation(invitation_id: UUID, now: datetime) -> Any | None:
    """Return an invitation that can still be accepted, with its organisation; locks it."""
    return await connection().fetchrow(
        "SELECT i.*, o.name AS organisation, o.kind, o.jurisdiction FROM invitation i"
        " JOIN organisation o ON o.id = i.organisation_id WHERE i.id = $1"
        " AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > $2"
        " FOR UPDATE OF i",
        invitation_id, now,
    )  # fmt: skip


async def open_invitations(organisation_id: UUID, now: datetime) -> list[Any]:
    """Return an organisation's invitations that can still be accepted, newest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM invitation WHERE organisation_id = $1 AND accepted_at IS NULL"
            " AND withdrawn_at IS NULL AND expires_at > $2 ORDER BY id DESC LIMIT 200",
            organisation_id, now,
        )
    )  # fmt: skip


async def withdraw_invitation(invitation_id: UUID, organisation_id: UUID, now: datetime) -> bool:
    """Take an open invitation back; return whether there was one."""
    done = await connection().fetchval(
        "UPDATE invitation SET withdrawn_at = $3 WHERE id = $1 AND organisation_id = $2"
        " AND accepted_at IS NULL AND withdrawn_at IS NULL RETURNING id",
        invitation_id, organisation_id, now,
    )  # fmt: skip
    return done is not None


async def supersede_invitations(
    organisation_id: UUID, email_index: bytes, role: str, now: datetime
) -> None:
    """Take back earlier open invitations of the same person to the same role."""
    await connection().execute(
        "UPDATE invitation SET withdrawn_at = $4 WHERE organisation_id = $1 AND email_index = $2"
        " AND role = $3 AND accepted_at IS NULL AND withdrawn_at IS NULL",
        organisation_id, email_index, role, now,
    )  # fmt: skip


async def accept_invitation(invitation_id: UUID, now: datetime) -> None:
    """Note that an invitation was accepted."""
    await connection().execute(
        "UPDATE invitation SET accepted_at = $2 WHERE id = $1", invitation_id, now
    )
