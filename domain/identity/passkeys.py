"""Passkeys (Web Authentication Level 3): registering, signing in, stepping up, and a stale counter.

User verification is always required, so that one passkey proves two factors.
"""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import (
    InvalidAuthenticationResponse,
    InvalidCBORData,
    InvalidJSONStructure,
    InvalidRegistrationResponse,
    WebAuthnException,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import factor_queries, policy, queries
from domain.identity.errors import (
    LastFactor,
    NoSuchPasskey,
    PasskeyNotRegistered,
    PasskeyRefused,
)
from domain.identity.relying_party import relying_party
from domain.identity.sessions import renew_token, start_session
from domain.identity.tables import Challenge, Passkey
from domain.identity.types import (
    Carrier,
    Ceremony,
    PasskeySignIn,
    PasskeyView,
    RegisterPasskey,
    RenamePasskey,
    SessionToken,
    SignInMethod,
)
from domain.ids import new_id
from domain.patients import service as patients
from domain.text import clean

CHALLENGE_LASTS = timedelta(minutes=5)

_BROKEN = (
    InvalidRegistrationResponse, InvalidAuthenticationResponse, InvalidJSONStructure,
    InvalidCBORData, WebAuthnException, ValueError, KeyError, TypeError, AttributeError,
    IndexError, OverflowError,
)  # fmt: skip
"""What the library raises for an answer that is wrong or no answer at all."""


@transactional
async def begin_registration(actor: Actor) -> Ceremony:
    """Return the options for `navigator.credentials.create`; see `policy.require_fresh_factor`."""
    account_id = policy.require_account(actor)
    policy.require_fresh_factor(
        actor, has_factor=await factor_queries.has_strong_factor(account_id)
    )
    account = await queries.own_account(account_id)
    name = (await patients.person_name(SYSTEM, account["person_id"])).display
    options = webauthn.generate_registration_options(
        rp_id=relying_party().id,
        rp_name=relying_party().name,
        user_id=account_id.bytes,
        user_name=name,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=row["credential_id"])
            for row in await factor_queries.passkeys(account_id)
        ],
    )
    await _remember(options.challenge, "register", account_id)
    return _plain(webauthn.options_to_json(options))


@transactional
async def register_passkey(actor: Actor, command: RegisterPasskey) -> PasskeyView:
    """Store a new passkey; raises PasskeyNotRegistered or PasskeyKnown.

    Attestation is not asked for: any authenticator that verifies its user will do.
    """
    account_id = policy.require_account(actor)
    policy.require_fresh_factor(
        actor, has_factor=await factor_queries.has_strong_factor(account_id)
    )
    try:
        made = webauthn.verify_registration_response(
            credential=command.credential,
            expected_challenge=await _taken(command.credential, "register", account_id),
            expected_rp_id=relying_party().id,
            expected_origin=relying_party().origin,
            require_user_verification=True,
        )
    except _BROKEN as error:
        raise PasskeyNotRegistered(fields={"credential": PasskeyNotRegistered.title}) from error
    passkey = Passkey(
        id=new_id(),
        account_id=account_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        label=clean(command.label),
        created_at=utc_now(),
        last_used_at=None,
        suspended_at=None,
    )
    await factor_queries.insert_passkey(passkey)
    await audit.record(actor, "identity.register_passkey", subject=("passkey", passkey.id))
    return PasskeyView(passkey.id, passkey.label, passkey.created_at, None, False)


@transactional
async def begin_sign_in(actor: Actor) -> Ceremony:
    """Return the options for `navigator.credentials.get`: the authenticator knows who may."""
    return await _begin_assertion(None, "sign_in", [])


@transactional
async def begin_step_up(actor: Actor) -> Ceremony:
    """Return the options with which the signed-in person proves a passkey of theirs again."""
    account_id = policy.require_account(actor)
    rows = await factor_queries.passkeys(account_id)
    return await _begin_assertion(account_id, "step_up", [row["credential_id"] for row in rows])


async def _begin_assertion(account_id: UUID | None, purpose: str, allowed: list[bytes]) -> Ceremony:
    options = webauthn.generate_authentication_options(
        rp_id=relying_party().id,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in allowed],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    await _remember(options.challenge, purpose, account_id)
    return _plain(webauthn.options_to_json(options))


async def sign_in(
    command: PasskeySignIn, carrier: Carrier, device: str | None = None
) -> SessionToken:
    """Start a session by passkey; raises PasskeyRefused and what `start_session` raises."""
    account_id = await _proved(SYSTEM, command.credential, "sign_in", None)
    return await start_session(
        SYSTEM, account_id, command.membership_id, carrier, SignInMethod.PASSKEY, device
    )


async def step_up(actor: Actor, credential: Ceremony) -> SessionToken:
    """Note a fresh strong factor on the session and renew its token; raises PasskeyRefused."""
    await _proved(SYSTEM, credential, "step_up", policy.require_account(actor))
    return await renew_token(actor, SignInMethod.PASSKEY)


async def _proved(
    system: Actor, credential: Ceremony, purpose: str, account_id: UUID | None
) -> UUID:
    passkey = await _asserted(system, credential, purpose, account_id)
    if isinstance(passkey, UUID):
        return passkey
    await _suspend(system, passkey)
    raise PasskeyRefused


@transactional
async def _asserted(
    system: Actor, credential: Ceremony, purpose: str, account_id: UUID | None
) -> UUID | Any:
    """Return the account that a passkey proves, or the passkey's row when its counter is stale."""
    try:
        challenge = await _taken(credential, purpose, account_id)
        row = await factor_queries.passkey_by_credential(base64url_to_bytes(credential["id"]))
        if row is None or row["suspended_at"] or account_id not in (None, row["account_id"]):
            raise PasskeyRefused
        proved = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying_party().id,
            expected_origin=relying_party().origin,
            credential_public_key=row["public_key"],
            # Compared below: a stale counter is a clone, not a mistake to try again.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _BROKEN as error:
        raise PasskeyRefused from error
    if (proved.new_sign_count or row["sign_count"]) and (
        proved.new_sign_count <= row["sign_count"]
    ):
        return row
    await factor_queries.use_passkey(row["id"], proved.new_sign_count, utc_now())
    return UUID(str(row["account_id"]))


@transactional
async def _suspend(system: Actor, row: Any) -> None:
    """Take a passkey out of use whose counter went back (WebAuthn, 6.1.1)."""
    await factor_queries.suspend_passkey(row["id"], utc_now())
    await audit.record(
        system, "identity.suspend_passkey", subject=("passkey", row["id"]), outcome="denied",
        detail={"code": "stale_counter"},
    )  # fmt: skip


async def _remember(challenge: bytes, purpose: str, account_id: UUID | None) -> None:
    await factor_queries.insert_challenge(
        Challenge(
            id=new_id(),
            challenge_hash=hashlib.sha256(challenge).digest(),
            purpose=purpose,
            account_id=account_id,
            expires_at=utc_now() + CHALLENGE_LASTS,
        )
    )


async def _taken(credential: Ceremony, purpose: str, account_id: UUID | None) -> bytes:
    """Use up the challenge that an answer names; raises ValueError when it does not hold."""
    said = msgspec.json.decode(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    challenge = base64url_to_bytes(said["challenge"])
    if not await factor_queries.take_challenge(
        hashlib.sha256(challenge).digest(), purpose, account_id
    ):
        raise ValueError("the challenge does not hold")
    return challenge


@transactional
async def rename_passkey(actor: Actor, passkey_id: UUID, command: RenamePasskey) -> PasskeyView:
    """Give a passkey of one's own another name; raises NoSuchPasskey."""
    account_id = policy.require_account(actor)
    row = await factor_queries.rename_passkey(passkey_id, account_id, clean(command.label))
    if row is None:
        raise NoSuchPasskey(subject=("passkey", passkey_id))
    return passkey_view(row)


@transactional
async def remove_passkey(actor: Actor, passkey_id: UUID) -> None:
    """Remove a passkey of one's own; raises NoSuchPasskey, or LastFactor for the last way in."""
    account_id = policy.require_account(actor)
    rows = await factor_queries.passkeys(account_id, lock=True)
    if passkey_id not in [row["id"] for row in rows]:
        raise NoSuchPasskey(subject=("passkey", passkey_id))
    left = [row for row in rows if row["id"] != passkey_id and not row["suspended_at"]]
    professional = bool(await queries.current_memberships(account_id))
    if not left and (professional or not await factor_queries.authenticator(account_id)):
        raise LastFactor
    await factor_queries.delete_passkey(passkey_id)
    await audit.record(actor, "identity.remove_passkey", subject=("passkey", passkey_id))


def passkey_view(row: Any) -> PasskeyView:
    """Return a stored passkey as its owner sees it."""
    return PasskeyView(
        row["id"], row["label"], row["created_at"], row["last_used_at"],
        row["suspended_at"] is not None,
    )  # fmt: skip


def _plain(text: str) -> Ceremony:
    return msgspec.json.decode(text, type=Ceremony)
