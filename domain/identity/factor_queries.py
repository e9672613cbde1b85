"""The queries of what opens an account: passkeys, authenticator apps, codes and challenges."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.db import connection
from domain.identity.tables import (
    Authenticator,
    Challenge,
    EnrolmentCode,
    Passkey,
    RecoveryCode,
)


async def has_strong_factor(account_id: UUID) -> bool:
    """Tell whether a passkey or an authenticator app opens the account."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM passkey WHERE account_id = $1 AND suspended_at IS NULL)"
            " OR EXISTS (SELECT FROM authenticator WHERE account_id = $1"
            " AND confirmed_at IS NOT NULL)",
            account_id,
        )
    )


async def passkeys(account_id: UUID, *, lock: bool = False) -> list[Any]:
    """Return the passkeys of an account, oldest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM passkey WHERE account_id = $1 ORDER BY id"
            + (" FOR UPDATE" if lock else ""),
            account_id,
        )
    )


async def passkey_by_credential(credential_id: bytes) -> Any | None:
    """Return the passkey of a credential, locked, if its account is open."""
    return await connection().fetchrow(
        "SELECT p.* FROM passkey p JOIN account a ON a.id = p.account_id AND a.closed_at IS NULL"
        " WHERE p.credential_id = $1 FOR UPDATE OF p",
        credential_id,
    )


async def insert_passkey(passkey: Passkey) -> None:
    """Store a new passkey."""
    await Passkey.insert(passkey)


async def use_passkey(passkey_id: UUID, sign_count: int, now: datetime) -> None:
    """Note the use of a passkey with its new counter."""
    await connection().execute(
        "UPDATE passkey SET sign_count = $2, last_used_at = $3 WHERE id = $1",
        passkey_id, sign_count, now,
    )  # fmt: skip


async def suspend_passkey(passkey_id: UUID, now: datetime) -> None:
    """Take a passkey out of use."""
    await connection().execute(
        "UPDATE passkey SET suspended_at = $2 WHERE id = $1", passkey_id, now
    )


async def rename_passkey(passkey_id: UUID, account_id: UUID, label: str) -> Any | None:
    """Rename a passkey of this account."""
    return await connection().fetchrow(
        "UPDATE passkey SET label = $3 WHERE id = $1 AND account_id = $2 RETURNING *",
        passkey_id, account_id, label,
    )  # fmt: skip


async def delete_passkey(passkey_id: UUID) -> None:
    """Remove a passkey."""
    await connection().execute("DELETE FROM passkey WHERE id = $1", passkey_id)


async def drop_factors(account_id: UUID) -> None:
    """Remove every strong factor of an account whose owner registers anew."""
    for table in ("passkey", "authenticator", "recovery_code", "eid_link"):
        await connection().execute(f"DELETE FROM {table} WHERE account_id = $1", account_id)


async def insert_challenge(challenge: Challenge) -> None:
    """Store a new challenge and drop those that ran out."""
    await connection().execute("DELETE FROM challenge WHERE expires_at < clock_timestamp()")
    await Challenge.insert(challenge)


async def take_challenge(challenge_hash: bytes, purpose: str, account_id: UUID | None) -> bool:
    """Use up a challenge that holds for this purpose and account."""
    return bool(
        await connection().fetchval(
            "DELETE FROM challenge WHERE challenge_hash = $1 AND purpose = $2"
            " AND account_id IS NOT DISTINCT FROM $3 AND expires_at > clock_timestamp()"
            " RETURNING true",
            challenge_hash, purpose, account_id,
        )
    )  # fmt: skip


async def authenticator(
    account_id: UUID, *, confirmed: bool = True, lock: bool = False
) -> Any | None:
    """Return the authenticator app of an account, in use or still waiting for its first code."""
    return await connection().fetchrow(
        "SELECT t.*, a.person_id FROM authenticator t JOIN account a ON a.id = t.account_id"
        " WHERE t.account_id = $1 AND (t.confirmed_at IS NOT NULL) = $2"
        " ORDER BY t.id DESC LIMIT 1" + (" FOR UPDATE OF t" if lock else ""),
        account_id, confirmed,
    )  # fmt: skip


async def insert_authenticator(row: Authenticator) -> None:
    """Store a new authenticator app."""
    await Authenticator.insert(row)


async def confirm_authenticator(row_id: UUID, step: int, now: datetime) -> None:
    """Take an authenticator app into use."""
    await connection().execute(
        "UPDATE authenticator SET confirmed_at = $3, last_step = $2 WHERE id = $1",
        row_id, step, now,
    )  # fmt: skip


async def use_step(row_id: UUID, step: int) -> None:
    """Note the time step of a code, after which it and earlier ones are no good."""
    await connection().execute(
        "UPDATE authenticator SET last_step = $2 WHERE id = $1", row_id, step
    )


async def drop_authenticators(account_id: UUID, *, confirmed: bool) -> None:
    """Remove the authenticator apps of an account, in use or waiting."""
    await connection().execute(
        "DELETE FROM authenticator WHERE account_id = $1 AND (confirmed_at IS NOT NULL) = $2",
        account_id, confirmed,
    )  # fmt: skip


async def replace_recovery_codes(account_id: UUID, codes: list[RecoveryCode]) -> None:
    """Store new recovery codes in place of all old ones."""
    await connection().execute("DELETE FROM recovery_code WHERE account_id = $1", account_id)
    await RecoveryCode.insert(*codes)


async def use_recovery_code(account_id: UUID, code_index: bytes, now: datetime) -> bool:
    """Use up a recovery code of this account."""
    return bool(
        await connection().fetchval(
            "UPDATE recovery_code SET used_at = $3 WHERE account_id = $1 AND code_index = $2"
            " AND used_at IS NULL RETURNING true",
            account_id, code_index, now,
        )
    )  # fmt: skip


async def recovery_codes_left(account_id: UUID) -> int:
    """Return how many recovery codes are unused."""
    return int(
        await connection().fetchval(
            "SELECT count(*) FROM recovery_code WHERE account_id = $1 AND used_at IS NULL",
            account_id,
        )
    )


async def insert_enrolment(code: EnrolmentCode) -> None:
    """Store a new enrolment code."""
    await EnrolmentCode.insert(code)


async def end_enrolments(account_id: UUID, now: datetime) -> None:
    """End the enrolment codes of an account."""
    await connection().execute(
        "UPDATE enrolment_code SET used_at = $2 WHERE account_id = $1 AND used_at IS NULL",
        account_id, now,
    )  # fmt: skip


async def use_enrolment(code_hash: bytes, now: datetime) -> Any | None:
    """Use up an enrolment code that holds."""
    return await connection().fetchrow(
        "UPDATE enrolment_code SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL"
        " AND expires_at > $2 RETURNING account_id, replaces_factors",
        code_hash, now,
    )  # fmt: skip


async def administers(membership_id: UUID | None, account_id: UUID) -> bool:
    """Tell whether a membership administers an organisation of which this account is a member."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM membership mine JOIN membership theirs"
            " ON theirs.organisation_id = mine.organisation_id AND theirs.ends_at IS NULL"
            " WHERE mine.id = $1 AND mine.administers AND mine.ends_at IS NULL"
            " AND theirs.account_id = $2)",
            membership_id, account_id,
        )
    )  # fmt: skip
