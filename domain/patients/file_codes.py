"""Codes that bring two accounts, or a person and a file, together; each works once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.clock import utc_now
from domain.db import connection, transactional
from domain.ids import new_id
from domain.keys.service import Place, SubjectKind, data_key
from domain.patients.tables import FileCode
from domain.text import clean

CODE_LASTS = timedelta(minutes=30)


class CodePurpose(StrEnum):
    """What a code is for; it serves nothing else."""

    MERGE = "merge"
    CLAIM = "claim"


class MadeCode(msgspec.Struct, frozen=True):
    """A code as it is shown once; only its hash is kept."""

    id: UUID
    code: str
    expires_at: datetime


def hashed(code: str) -> bytes:
    """Return under what a code is found again (SHA-256)."""
    return hashlib.sha256(code.strip().encode()).digest()


@transactional
async def make_code(
    actor: Actor,
    patient_id: UUID,
    home_state: str,
    purpose: CodePurpose,
    *,
    identity_checked: str | None = None,
) -> MadeCode:
    """Make a code about a patient; the caller has asked whether the actor may."""
    code, now, code_id, sealed = secrets.token_urlsafe(18), utc_now(), new_id(), None
    if identity_checked is not None:
        keyring = await data_key(SubjectKind.PATIENT, patient_id)
        place = Place("file_code", "identity_checked", code_id)
        sealed = keyring.seal_text(place, clean(identity_checked))
    await FileCode.insert(
        FileCode(
            id=code_id,
            patient_id=patient_id,
            home_state=home_state,
            purpose=purpose.value,
            code_hash=hashed(code),
            made_by=actor.account_id,
            organisation_id=actor.organisation_id,
            identity_checked_sealed=sealed,
            created_at=now,
            expires_at=now + CODE_LASTS,
            used_at=None,
            used_by=None,
        )
    )
    return MadeCode(code_id, code, now + CODE_LASTS)


@transactional
async def use_code(system: Actor, code: str, purpose: CodePurpose, account_id: UUID) -> Any | None:
    """Use up a code and return its row, or None where it does not hold; for the system only.

    Whoever has used it gets the same row again, with `repeated`, so that a double click does no
    harm.
    """
    now = utc_now()
    used = await connection().fetchrow(
        "UPDATE file_code SET used_at = $3, used_by = $4 WHERE code_hash = $1 AND purpose = $2"
        " AND used_at IS NULL AND expires_at > $3 RETURNING *, false AS repeated",
        hashed(code), purpose.value, now, account_id,
    )  # fmt: skip
    return used or await connection().fetchrow(
        "SELECT *, true AS repeated FROM file_code WHERE code_hash = $1 AND purpose = $2"
        " AND used_by = $3",
        hashed(code), purpose.value, account_id,
    )  # fmt: skip
