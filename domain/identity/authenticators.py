"""Authenticator apps (RFC 6238) and recovery codes: each code works once."""

import secrets
import time
from typing import Any
from uuid import UUID

import pyotp

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import factor_queries, policy, queries
from domain.identity.eid.links import list_proofs
from domain.identity.errors import CodeRefused, LastFactor, NoAuthenticator
from domain.identity.passkeys import passkey_view
from domain.identity.sessions import renew_token
from domain.identity.tables import Authenticator, RecoveryCode
from domain.identity.types import (
    ConfirmAuthenticator,
    Factors,
    NewAuthenticator,
    RecoveryCodes,
    SessionToken,
    SignInMethod,
)
from domain.ids import new_id
from domain.keys.service import Place, SubjectKind, blind_index, data_key

STEP_S = 30
WINDOW = 1
"""Steps of clock difference that are forgiven, before and after."""

RECOVERY_CODES = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CODE_LENGTH = 18
"""Characters of a recovery code: 89 bits, so that its keyed hash needs no slow function."""


@transactional
async def list_factors(actor: Actor) -> Factors:
    """Return what opens the account beside its password."""
    account_id = policy.require_account(actor)
    return Factors(
        passkeys=[passkey_view(row) for row in await factor_queries.passkeys(account_id)],
        authenticator=await factor_queries.authenticator(account_id) is not None,
        recovery_codes_left=await factor_queries.recovery_codes_left(account_id),
        eid_links=[proof.link for proof in await list_proofs(actor)],
    )


@transactional
async def begin_authenticator(actor: Actor) -> NewAuthenticator:
    """Make a secret for an authenticator app; it counts from its first right code on."""
    account_id = policy.require_account(actor)
    policy.require_fresh_factor(
        actor, has_factor=await factor_queries.has_strong_factor(account_id)
    )
    account = await queries.own_account(account_id)
    keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    secret, row_id = pyotp.random_base32(), new_id()
    await factor_queries.drop_authenticators(account_id, confirmed=False)
    await factor_queries.insert_authenticator(
        Authenticator(
            id=row_id,
            account_id=account_id,
            secret_sealed=keyring.seal_text(_place(row_id), secret),
            last_step=0,
            created_at=utc_now(),
            confirmed_at=None,
        )
    )
    email = keyring.open_text(Place("account", "email", account_id), account["email_sealed"])
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Shifayol")
    return NewAuthenticator(secret, uri)


@transactional
async def confirm_authenticator(actor: Actor, command: ConfirmAuthenticator) -> RecoveryCodes:
    """Take the app into use with its first code, in place of an earlier one.

    Returns ten new recovery codes; raises NoAuthenticator or CodeRefused.
    """
    account_id = policy.require_account(actor)
    policy.require_fresh_factor(
        actor, has_factor=await factor_queries.has_strong_factor(account_id)
    )
    row = await factor_queries.authenticator(account_id, confirmed=False)
    if row is None:
        raise NoAuthenticator
    step = await _step_of(row, command.code)
    if step is None:
        raise CodeRefused(fields={"code": CodeRefused.title})
    await factor_queries.drop_authenticators(account_id, confirmed=True)
    await factor_queries.confirm_authenticator(row["id"], step, utc_now())
    await audit.record(actor, "identity.add_authenticator", subject=("account", account_id))
    return await _new_codes(actor, account_id)


@transactional
async def remove_authenticator(actor: Actor) -> None:
    """Take the app out of use; raises NoAuthenticator, or LastFactor without any passkey."""
    account_id = policy.require_account(actor)
    if await factor_queries.authenticator(account_id) is None:
        raise NoAuthenticator
    if not await factor_queries.passkeys(account_id):
        raise LastFactor
    await factor_queries.drop_authenticators(account_id, confirmed=True)
    await audit.record(actor, "identity.remove_authenticator", subject=("account", account_id))


@transactional
async def renew_recovery_codes(actor: Actor) -> RecoveryCodes:
    """Make ten new recovery codes; the old ones end."""
    return await _new_codes(actor, policy.require_account(actor))


async def _new_codes(actor: Actor, account_id: UUID) -> RecoveryCodes:
    plain = [
        "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    await factor_queries.replace_recovery_codes(
        account_id,
        [
            RecoveryCode(id=new_id(), account_id=account_id, code_index=_index(each), used_at=None)
            for each in plain
        ],
    )
    await audit.record(actor, "identity.renew_recovery_codes", subject=("account", account_id))
    return RecoveryCodes([f"{each[:6]}-{each[6:12]}-{each[12:]}" for each in plain])


def _index(code: str) -> bytes:
    return blind_index("recovery-code", code.upper().replace("-", "").replace(" ", ""))


@transactional
async def second_factor(actor: Actor, account_id: UUID, code: str | None) -> SignInMethod | None:
    """Return what a password and this code prove together, or None where the code is wrong.

    An account without an authenticator app proves its password alone.
    """
    row = await factor_queries.authenticator(account_id, lock=True)
    if row is None:
        if code and await factor_queries.use_recovery_code(account_id, _index(code), utc_now()):
            return SignInMethod.RECOVERY_CODE
        return None if code else SignInMethod.PASSWORD
    if code is None:
        return None
    step = await _step_of(row, code)
    if step is not None:
        await factor_queries.use_step(row["id"], step)
        return SignInMethod.PASSWORD_TOTP
    if await factor_queries.use_recovery_code(account_id, _index(code), utc_now()):
        return SignInMethod.RECOVERY_CODE
    return None


async def step_up(actor: Actor, code: str) -> SessionToken:
    """Note a fresh code on the session and renew its token; raises CodeRefused."""
    if not await _use_code(SYSTEM, policy.require_account(actor), code):
        raise CodeRefused(fields={"code": CodeRefused.title})
    return await renew_token(actor, SignInMethod.PASSWORD_TOTP)


@transactional
async def _use_code(actor: Actor, account_id: UUID, code: str) -> bool:
    row = await factor_queries.authenticator(account_id, lock=True)
    step = await _step_of(row, code) if row is not None else None
    if row is None or step is None:
        return False
    await factor_queries.use_step(row["id"], step)
    return True


async def _step_of(row: Any, code: str) -> int | None:
    """Return the time step of a code that is right and newer than the last one used."""
    person_id = row["person_id"]
    keyring = await data_key(SubjectKind.PERSON, person_id)
    totp = pyotp.TOTP(keyring.open_text(_place(row["id"]), row["secret_sealed"]))
    plain, now = code.replace(" ", ""), int(time.time()) // STEP_S
    for step in range(now - WINDOW, now + WINDOW + 1):
        right = secrets.compare_digest(totp.generate_otp(step).encode(), plain.encode())
        if right and step > row["last_step"]:
            return step
    return None


def _place(row_id: UUID) -> Place:
    return Place("authenticator", "secret", row_id)
