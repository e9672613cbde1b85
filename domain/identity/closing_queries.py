"""The queries of closing an account."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.db import connection


async def account_of(person_id: UUID) -> Any | None:
    """Return the account of a person, open or closed."""
    return await connection().fetchrow("SELECT * FROM account WHERE person_id = $1", person_id)


async def memberships_of(account_id: UUID) -> list[Any]:
    """Return the present memberships of an account, waiting ones too."""
    return list(
        await connection().fetch(
            "SELECT id, organisation_id, administers FROM membership"
            " WHERE account_id = $1 AND ends_at IS NULL ORDER BY organisation_id",
            account_id,
        )
    )


async def others_administer(organisation_id: UUID, membership_id: UUID) -> bool:
    """Tell whether an organisation has an administrator besides this member, or nobody at all."""
    return bool(
        await connection().fetchval(
            "SELECT coalesce(bool_or(administers), true) FROM membership"
            " WHERE organisation_id = $1 AND id <> $2 AND ends_at IS NULL",
            organisation_id, membership_id,
        )
    )  # fmt: skip


async def close(account_id: UUID, index: bytes, now: datetime) -> None:
    """Close an account: its password goes and its address can be used anew."""
    await connection().execute(
        "UPDATE account SET closed_at = coalesce(closed_at, $3), email_index = $2,"
        " password_hash = NULL WHERE id = $1",
        account_id, index, now,
    )  # fmt: skip


async def forget_links(account_id: UUID, email_index: bytes) -> None:
    """Drop mailed links and invitations that could tell whose address it was."""
    await connection().execute(
        "DELETE FROM mail_link WHERE account_id = $1 OR email_index = $2", account_id, email_index
    )
    await connection().execute("DELETE FROM invitation WHERE email_index = $1", email_index)
