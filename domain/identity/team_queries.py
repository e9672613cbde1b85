"""The queries of an organisation's members and their licences."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Role
from domain.db import connection
from domain.identity.types import Colleague, LicenceView, MemberView


async def lock_organisation(organisation_id: UUID) -> None:
    """Let nobody else change who belongs to the organisation until this operation ends."""
    await connection().execute("SELECT FROM organisation WHERE id = $1 FOR UPDATE", organisation_id)


async def administers_organisation(membership_id: UUID | None, organisation_id: UUID) -> bool:
    """Tell whether a membership administers this organisation now."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM membership WHERE id = $1 AND organisation_id = $2"
            " AND administers AND ends_at IS NULL)",
            membership_id, organisation_id,
        )
    )  # fmt: skip


async def members(organisation_id: UUID) -> list[MemberView]:
    """Return the present members, oldest first."""
    rows = await connection().fetch(
        "SELECT m.*, licence_waits(m) AS waits FROM membership m WHERE organisation_id = $1"
        " AND ends_at IS NULL ORDER BY id LIMIT 1000",
        organisation_id,
    )
    return [
        MemberView(
            row["id"], Role(row["role"]), row["display_name"], row["administers"],
            row["licence_number"], row["waits"], row["starts_at"],
        )
        for row in rows
    ]  # fmt: skip


async def colleagues(organisation_id: UUID) -> list[Colleague]:
    """Return the accounts of an organisation's present members by name, each once."""
    rows = await connection().fetch(
        "SELECT DISTINCT ON (account_id) account_id, display_name FROM membership"
        " WHERE organisation_id = $1 AND starts_at <= now()"
        " AND (ends_at IS NULL OR ends_at > now()) ORDER BY account_id, id LIMIT 1000",
        organisation_id,
    )
    found = [Colleague(row["account_id"], row["display_name"]) for row in rows]
    return sorted(found, key=lambda each: (each.display_name, each.account_id))


async def administrators(organisation_id: UUID) -> list[UUID]:
    """Return the open accounts of those who administer an organisation now."""
    rows = await connection().fetch(
        "SELECT DISTINCT a.id FROM membership m JOIN account a ON a.id = m.account_id"
        " WHERE m.organisation_id = $1 AND m.administers AND m.ends_at IS NULL"
        " AND a.closed_at IS NULL ORDER BY a.id LIMIT 100",
        organisation_id,
    )
    return [row["id"] for row in rows]


async def accounts_in(organisation_id: UUID, roles: list[str]) -> list[UUID]:
    """Return the open accounts of an organisation's present members in these roles."""
    rows = await connection().fetch(
        "SELECT DISTINCT a.id FROM membership m JOIN account a ON a.id = m.account_id"
        " WHERE m.organisation_id = $1 AND m.role = ANY($2) AND m.ends_at IS NULL"
        " AND NOT licence_waits(m) AND a.closed_at IS NULL ORDER BY a.id LIMIT 500",
        organisation_id, roles,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def end_membership(membership_id: UUID, now: datetime) -> Any | None:
    """End a present membership and return it."""
    return await connection().fetchrow(
        "UPDATE membership SET ends_at = $2, administers = false"
        " WHERE id = $1 AND ends_at IS NULL RETURNING *",
        membership_id, now,
    )  # fmt: skip


async def end_sessions_of(membership_id: UUID, now: datetime) -> None:
    """End the sessions under a membership."""
    await connection().execute(
        "UPDATE session SET revoked_at = $2 WHERE membership_id = $1 AND revoked_at IS NULL",
        membership_id, now,
    )  # fmt: skip


async def set_administrator(membership_id: UUID, administers: bool) -> None:
    """Say whether a member administers the organisation."""
    await connection().execute(
        "UPDATE membership SET administers = $2 WHERE id = $1", membership_id, administers
    )


async def waiting_licences(jurisdiction: str | None) -> list[LicenceView]:
    """Return the licences that wait for an officer of this jurisdiction, oldest first."""
    rows = await connection().fetch(
        "SELECT m.id, m.role, m.display_name, m.licence_number, o.name, o.jurisdiction, m.starts_at"
        " FROM membership m JOIN organisation o ON o.id = m.organisation_id"
        " WHERE o.jurisdiction = $1 AND m.ends_at IS NULL AND licence_waits(m)"
        " ORDER BY m.id LIMIT 200",
        jurisdiction,
    )
    return [
        LicenceView(
            row["id"], Role(row["role"]), row["display_name"], row["licence_number"], row["name"],
            row["jurisdiction"], row["starts_at"],
        )
        for row in rows
    ]  # fmt: skip


async def waiting_licence(membership_id: UUID, jurisdiction: str | None) -> Any | None:
    """Return a membership whose licence waits in this jurisdiction; locks it."""
    return await connection().fetchrow(
        "SELECT m.* FROM membership m JOIN organisation o ON o.id = m.organisation_id"
        " WHERE m.id = $1 AND o.jurisdiction = $2 AND m.ends_at IS NULL AND licence_waits(m)"
        " FOR UPDATE OF m",
        membership_id, jurisdiction,
    )  # fmt: skip


async def verify_licence(
    membership_id: UUID, officer: UUID | None, register: str, now: datetime
) -> None:
    """Note that an officer has found a licence in a register."""
    await connection().execute(
        "UPDATE membership SET licence_verified_at = $2, licence_verified_by = $3,"
        " licence_register = $4 WHERE id = $1",
        membership_id, now, officer, register,
    )  # fmt: skip
