"""The queries of accounts, organisations, memberships and sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Role
from domain.db import connection
from domain.errors import NotFound
from domain.identity.tables import (
    Account,
    Membership,
    Organisation,
    Session,
)
from domain.identity.types import (
    Carrier,
    MembershipView,
    OrganisationKind,
    OrganisationRef,
    OrganisationView,
    SessionView,
    SignInMethod,
)

_MEMBERSHIP = (
    "SELECT m.id, m.account_id, m.role, m.display_name, o.id AS organisation_id, o.kind, o.name,"
    " o.jurisdiction FROM membership m JOIN organisation o ON o.id = m.organisation_id"
)
_CURRENT = (
    " AND m.starts_at <= clock_timestamp() AND (m.ends_at IS NULL OR m.ends_at > clock_timestamp())"
    " AND NOT licence_waits(m)"
)


def _membership(row: Any) -> MembershipView:
    return MembershipView(
        row["id"],
        Role(row["role"]),
        row["display_name"],
        OrganisationView(
            row["organisation_id"], OrganisationKind(row["kind"]), row["name"], row["jurisdiction"]
        ),
    )


async def account_by_email(email_index: bytes) -> Any | None:
    """Return the open account with this blind index of its e-mail."""
    return await connection().fetchrow(
        "SELECT * FROM account WHERE email_index = $1 AND closed_at IS NULL", email_index
    )


async def account(account_id: UUID) -> Any | None:
    """Return an account, open or closed."""
    return await connection().fetchrow("SELECT * FROM account WHERE id = $1", account_id)


async def account_by_id(account_id: UUID) -> Any | None:
    """Return an open account."""
    return await connection().fetchrow(
        "SELECT * FROM account WHERE id = $1 AND closed_at IS NULL", account_id
    )


async def own_account(account_id: UUID) -> Any:
    """Return an open account that is known to exist; raises NotFound when it was just closed."""
    row = await account_by_id(account_id)
    if row is None:
        raise NotFound
    return row


async def account_by_demo_key(key: str) -> Any | None:
    """Return an account of the demo set."""
    return await connection().fetchrow("SELECT * FROM account WHERE demo_key = $1", key)


async def demo_accounts() -> list[Any]:
    """Return the demo people with their first role and organisation."""
    return list(
        await connection().fetch(
            "SELECT a.demo_key, a.person_id, m.role, m.display_name, o.name AS organisation"
            " FROM account a"
            " LEFT JOIN membership m ON m.account_id = a.id"
            " LEFT JOIN organisation o ON o.id = m.organisation_id"
            " WHERE a.demo_key IS NOT NULL ORDER BY a.id"
        )
    )


async def current_memberships(account_id: UUID) -> list[MembershipView]:
    """Return the memberships that hold now, oldest first."""
    rows = await connection().fetch(
        _MEMBERSHIP + " WHERE m.account_id = $1" + _CURRENT + " ORDER BY m.id", account_id
    )
    return [_membership(row) for row in rows]


async def waiting_memberships(account_id: UUID) -> list[MembershipView]:
    """Return the memberships that rest until their licence was verified."""
    rows = await connection().fetch(
        _MEMBERSHIP + " WHERE m.account_id = $1 AND m.ends_at IS NULL AND licence_waits(m)"
        " ORDER BY m.id",
        account_id,
    )  # fmt: skip
    return [_membership(row) for row in rows]


async def insert_account(account: Account) -> None:
    """Store a new account."""
    await Account.insert(account)


async def insert_organisation(organisation: Organisation) -> None:
    """Store a new organisation."""
    await Organisation.insert(organisation)


async def insert_membership(membership: Membership) -> None:
    """Store a new membership."""
    await Membership.insert(membership)


async def organisation(organisation_id: UUID) -> OrganisationView | None:
    """Return an organisation."""
    row = await connection().fetchrow(
        "SELECT id, kind, name, jurisdiction FROM organisation WHERE id = $1", organisation_id
    )
    return (
        OrganisationView(row["id"], OrganisationKind(row["kind"]), row["name"], row["jurisdiction"])
        if row
        else None
    )


async def organisation_ref(organisation_id: UUID) -> OrganisationRef | None:
    """Return what an organisation is, and whether it is the demo's."""
    row = await connection().fetchrow(
        "SELECT id, kind, name, jurisdiction, demo_key IS NOT NULL AS demo FROM organisation"
        " WHERE id = $1",
        organisation_id,
    )
    if row is None:
        return None
    return OrganisationRef(
        row["id"], OrganisationKind(row["kind"]), row["name"], row["jurisdiction"], row["demo"]
    )


async def is_member(account_id: UUID, organisation_id: UUID, role: str) -> bool:
    """Tell whether somebody has this role in the organisation, verified or waiting."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM membership WHERE account_id = $1 AND organisation_id = $2"
            " AND role = $3 AND ends_at IS NULL)",
            account_id, organisation_id, role,
        )
    )  # fmt: skip


async def has_administrator(organisation_id: UUID) -> bool:
    """Tell whether somebody administers the organisation."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM membership WHERE organisation_id = $1 AND administers"
            " AND ends_at IS NULL)",
            organisation_id,
        )
    )


async def insert_session(session: Session) -> None:
    """Store a new session."""
    await Session.insert(session)


async def live_session(token_hash: bytes) -> Any | None:
    """Return the session of a token with its account, hat and organisation, if all still hold."""
    return await connection().fetchrow(
        "SELECT s.id, s.account_id, s.membership_id, s.last_seen_at, s.expires_at, s.carrier,"
        " s.method, s.strong_at,"
        " a.person_id, a.language, m.role, m.organisation_id, o.jurisdiction"
        " FROM session s JOIN account a ON a.id = s.account_id AND a.closed_at IS NULL"
        " LEFT JOIN membership m ON m.id = s.membership_id" + _CURRENT +
        " LEFT JOIN organisation o ON o.id = m.organisation_id"
        " WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.idle_until > clock_timestamp()"
        " AND s.expires_at > clock_timestamp()"
        " AND (s.membership_id IS NULL OR m.id IS NOT NULL)",
        token_hash,
    )  # fmt: skip


async def touch_session(session_id: UUID, now: datetime, idle_until: datetime) -> None:
    """Note that a session was used."""
    await connection().execute(
        "UPDATE session SET last_seen_at = $2, idle_until = least($3, expires_at) WHERE id = $1",
        session_id, now, idle_until,
    )  # fmt: skip


async def revoke_session(session_id: UUID, account_id: UUID, now: datetime) -> bool:
    """End a session of this account; return whether there was one."""
    done = await connection().fetchval(
        "UPDATE session SET revoked_at = $3 WHERE id = $1 AND account_id = $2"
        " AND revoked_at IS NULL RETURNING id",
        session_id, account_id, now,
    )  # fmt: skip
    return done is not None


async def sessions_of(account_id: UUID, current: UUID | None) -> list[SessionView]:
    """Return the live sessions of an account, newest first."""
    rows = await connection().fetch(
        "SELECT id, carrier, method, device, created_at, last_seen_at, expires_at FROM session"
        " WHERE account_id = $1 AND revoked_at IS NULL AND idle_until > clock_timestamp()"
        " ORDER BY created_at DESC LIMIT 100",
        account_id,
    )
    return [
        SessionView(
            row["id"], Carrier(row["carrier"]), SignInMethod(row["method"]), row["device"],
            row["created_at"], row["last_seen_at"], row["expires_at"], row["id"] == current,
        )
        for row in rows
    ]  # fmt: skip


async def session_by_id(session_id: UUID) -> Any:
    """Return a session."""
    return await connection().fetchrow("SELECT * FROM session WHERE id = $1", session_id)


async def renew_session(
    session_id: UUID, token_hash: bytes, strong_at: datetime | None, method: str | None
) -> Any | None:
    """Give a live session another token and, where one was proved, its fresh strong factor."""
    return await connection().fetchrow(
        "UPDATE session SET token_hash = $2, strong_at = coalesce($3, strong_at),"
        " method = CASE WHEN $4 = 'passkey' OR method IN ('password', 'enrolment')"
        " THEN coalesce($4, method) ELSE method END"
        " WHERE id = $1 AND revoked_at IS NULL RETURNING method, expires_at",
        session_id, token_hash, strong_at, method,
    )  # fmt: skip


async def revoke_sessions(account_id: UUID, now: datetime, *, but: UUID | None = None) -> None:
    """End the sessions of an account, but one."""
    await connection().execute(
        "UPDATE session SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL"
        " AND id IS DISTINCT FROM $3",
        account_id, now, but,
    )  # fmt: skip


async def works_for(account_id: UUID, organisation_id: UUID | None) -> bool:
    """Tell whether somebody is a member of an organisation now."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM membership WHERE account_id = $1 AND organisation_id = $2"
            " AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now()))",
            account_id, organisation_id,
        )
    )  # fmt: skip
