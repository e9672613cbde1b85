"""Sessions: opaque tokens that are looked up at every request, so that ending one is immediate."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor, ActorKind, Assurance, Role
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import NotFound, Unauthenticated
from domain.identity import policy, queries, rules
from domain.identity.errors import (
    ChooseMembership,
    DemoOnly,
    NoSuchAccount,
    PasskeyRequired,
    WrongCredentials,
)
from domain.identity.tables import Session
from domain.identity.types import (
    Carrier,
    MembershipView,
    SessionToken,
    SessionView,
    SignInMethod,
    WearMembership,
)
from domain.ids import new_id

TOUCH_AFTER_S = 60
"""A session's use is written down at most this often, so that reads stay reads."""


@transactional
async def start_session(
    actor: Actor,
    account_id: UUID,
    membership_id: UUID | None,
    carrier: Carrier,
    method: SignInMethod,
    device: str | None = None,
    *,
    proved_at: datetime | None = None,
) -> SessionToken:
    """Start a session for whoever has just proved to be this account, under a new token.

    `proved_at` is when an identity provider saw them prove it: what it does not tell is not fresh
    (OWASP ASVS 5.0, 6.8.4). Raises ChooseMembership where the person has several roles and named
    none, and PasskeyRequired where the role asks for more than the method proves; for the system
    only.
    """
    memberships = await queries.current_memberships(account_id)
    chosen = _choose(memberships, membership_id)
    if chosen is not None and not method.opens_memberships:
        if method is not SignInMethod.ENROLMENT or membership_id is not None:
            raise PasskeyRequired
        chosen = None  # an enrolment opens the account itself, to register a passkey
    if method is not SignInMethod.EID:
        proved_at = utc_now() if method.multi_factor else None
    return await _begin(account_id, chosen, carrier, method, device, proved_at)


async def _begin(
    account_id: UUID,
    chosen: MembershipView | None,
    carrier: Carrier,
    method: SignInMethod,
    device: str | None,
    proved_at: datetime | None,
) -> SessionToken:
    role = chosen.role if chosen else Role.PATIENT
    idle, absolute = rules.session_limits(role)
    token, now, session_id = secrets.token_urlsafe(32), utc_now(), new_id()
    await queries.insert_session(
        Session(
            id=session_id,
            token_hash=_hash(token),
            account_id=account_id,
            membership_id=chosen.id if chosen else None,
            carrier=carrier.value,
            method=method.value,
            strong_at=proved_at,
            device=device,
            created_at=now,
            last_seen_at=now,
            idle_until=now + idle,
            expires_at=now + absolute,
            revoked_at=None,
        )
    )
    await audit.record(
        Actor(kind=ActorKind.PERSON, account_id=account_id, role=role),
        "identity.sign_in",
        subject=("session", session_id),
        home_state=chosen.organisation.jurisdiction if chosen else None,
        detail={"method": method.value},
    )
    return SessionToken(token, session_id, now + absolute, role, _assurance(method))


def _choose(memberships: list[MembershipView], membership_id: UUID | None) -> MembershipView | None:
    if membership_id is not None:
        for membership in memberships:
            if membership.id == membership_id:
                return membership
        raise WrongCredentials
    if len(memberships) > 1:
        raise ChooseMembership(memberships=msgspec.to_builtins(memberships))
    return memberships[0] if memberships else None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _assurance(method: SignInMethod) -> Assurance:
    return Assurance.MULTI_FACTOR if method.multi_factor else Assurance.SINGLE_FACTOR


async def sign_in_demo(
    key: str, carrier: Carrier, *, development: bool, device: str | None = None
) -> SessionToken:
    """Start a session as an invented person; raises DemoOnly outside development mode."""
    if not development:
        raise DemoOnly
    account_id = await _demo_account(SYSTEM, key)
    return await start_session(SYSTEM, account_id, None, carrier, SignInMethod.DEMO, device)


@transactional
async def _demo_account(actor: Actor, key: str) -> UUID:
    row = await queries.account_by_demo_key(key)
    if row is None:
        raise NoSuchAccount("There is no demo person of that name; run `python -m api seed`")
    return UUID(str(row["id"]))


async def resolve_session(token: str, request_id: str | None) -> Actor | None:
    """Return the actor of a session token, or None when it does not hold (any more)."""
    return await _resolve(SYSTEM, _hash(token), request_id)


@transactional
async def _resolve(actor: Actor, token_hash: bytes, request_id: str | None) -> Actor | None:
    row = await queries.live_session(token_hash)
    if row is None:
        return None
    role, now = Role(row["role"]) if row["role"] else Role.PATIENT, utc_now()
    if (now - row["last_seen_at"]).total_seconds() > TOUCH_AFTER_S:
        idle, _ = rules.session_limits(role)
        await queries.touch_session(row["id"], now, now + idle)
    return Actor(
        kind=ActorKind.PERSON,
        role=role,
        account_id=row["account_id"],
        person_id=row["person_id"],
        membership_id=row["membership_id"],
        organisation_id=row["organisation_id"],
        jurisdiction=row["jurisdiction"],
        session_id=row["id"],
        assurance=_assurance(SignInMethod(row["method"])),
        strong_at=row["strong_at"],
        language=row["language"],
        request_id=request_id,
    )


@transactional
async def renew_token(actor: Actor, method: SignInMethod | None = None) -> SessionToken:
    """Give the session a new token; with a method, note that a strong factor was just proved.

    The old token ends at once (OWASP ASVS 5.0, 7.2.4).
    """
    if actor.session_id is None or actor.account_id is None or actor.role is None:
        raise Unauthenticated
    token, now = secrets.token_urlsafe(32), utc_now()
    row = await queries.renew_session(
        actor.session_id, _hash(token), now if method else None, method and method.value
    )
    if row is None:
        raise Unauthenticated
    if method:
        await audit.record(
            actor, "identity.step_up", subject=("session", actor.session_id),
            detail={"method": method.value},
        )  # fmt: skip
    assurance = _assurance(SignInMethod(row["method"]))
    return SessionToken(token, actor.session_id, row["expires_at"], actor.role, assurance)


@transactional
async def wear_membership(actor: Actor, command: WearMembership) -> SessionToken:
    """Put on another hat of the same person: a new session, and the old one ends.

    Raises PasskeyRequired where this session was not started with a passkey.
    """
    account_id, session_id = policy.require_account(actor), actor.session_id
    if session_id is None:
        raise Unauthenticated
    row = await queries.session_by_id(session_id)
    method = SignInMethod(row["method"])
    chosen = None
    if command.membership_id is not None:
        found = await queries.current_memberships(account_id)
        chosen = next((each for each in found if each.id == command.membership_id), None)
        if chosen is None:
            raise NotFound("You have no such role")
        if not method.opens_memberships:
            raise PasskeyRequired
    await queries.revoke_session(session_id, account_id, utc_now())
    return await _begin(
        account_id, chosen, Carrier(row["carrier"]), method, row["device"], row["strong_at"]
    )


@transactional
async def sign_out(actor: Actor, session_id: UUID | None = None) -> None:
    """End the current session, or another one of the same account; raises NotFound."""
    account_id, ended = policy.require_account(actor), session_id or actor.session_id
    if ended is None:
        raise Unauthenticated
    if not await queries.revoke_session(ended, account_id, utc_now()):
        raise NotFound(
            "This session does not exist or has already ended", subject=("session", ended)
        )
    await audit.record(actor, "identity.sign_out", subject=("session", ended))


@transactional
async def sign_out_elsewhere(actor: Actor) -> None:
    """End every session of the account but the current one."""
    account_id = policy.require_account(actor)
    await queries.revoke_sessions(account_id, utc_now(), but=actor.session_id)
    await audit.record(actor, "identity.sign_out_elsewhere", subject=("account", account_id))


@transactional
async def list_sessions(actor: Actor) -> list[SessionView]:
    """Return where the account is signed in."""
    return await queries.sessions_of(policy.require_account(actor), actor.session_id)


async def step_up_demo(actor: Actor, *, allowed: bool) -> SessionToken:
    """Confirm an invented person's session with a click; raises DemoOnly for everybody else."""
    if not allowed or not await _is_demo(SYSTEM, actor.session_id):
        raise DemoOnly
    return await renew_token(actor, SignInMethod.DEMO)


@transactional
async def _is_demo(actor: Actor, session_id: UUID | None) -> bool:
    if session_id is None:
        return False
    row = await queries.session_by_id(session_id)
    return row is not None and row["method"] == SignInMethod.DEMO.value
