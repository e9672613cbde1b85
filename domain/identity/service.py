"""Opening accounts, signing in and out, and giving people their roles."""

import asyncio
import hashlib
import secrets
from uuid import UUID

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

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
    NoSuchOrganisation,
    WrongCredentials,
)
from domain.identity.tables import Account, Membership, Organisation, Session
from domain.identity.types import (
    Carrier,
    DemoPerson,
    Me,
    MembershipView,
    NewMembership,
    NewOrganisation,
    OrganisationKind,
    OrganisationView,
    RegisterAccount,
    SessionToken,
    SessionView,
    SignIn,
    SignInMethod,
)
from domain.ids import new_id
from domain.jurisdictions import jurisdiction
from domain.keys.service import Place, SubjectKind, blind_index, data_key
from domain.languages import require_languages
from domain.patients import service as patients
from domain.text import cleaned

TOUCH_AFTER_S = 60
"""A session's use is written down at most this often, so that reads stay reads."""

_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))
_hashing = asyncio.Semaphore(2)


async def _hash(password: str) -> str:
    async with _hashing:
        return await asyncio.to_thread(_hasher.hash, password)


async def _matches(stored: str, password: str) -> bool:
    async with _hashing:
        try:
            return await asyncio.to_thread(_hasher.verify, stored, password)
        except (VerificationError, InvalidHashError):
            return False


async def register_account(command: RegisterAccount, *, demo_key: str | None = None) -> UUID:
    """Open an account and return its id; raises EmailTaken or WeakPassword."""
    email = rules.normal_email(command.email)
    if demo_key is None:
        rules.require_strong_password(command.password, email)
    return await _insert_account(SYSTEM, command, await _hash(command.password), demo_key)


@transactional
async def _insert_account(
    actor: Actor, command: RegisterAccount, password_hash: str, demo_key: str | None
) -> UUID:
    require_languages([command.language])
    account_id, email = new_id(), rules.normal_email(command.email)
    person_id = await patients.create_person(
        actor, cleaned(command.name), command.birth_date, command.home_state
    )
    keyring = await data_key(SubjectKind.PERSON, person_id)
    await queries.insert_account(
        Account(
            id=account_id,
            person_id=person_id,
            email_index=blind_index("sign-in", email),
            email_sealed=keyring.seal_text(Place("account", "email", account_id), email),
            password_hash=password_hash,
            language=command.language,
            demo_key=demo_key,
            created_at=utc_now(),
            closed_at=None,
        )
    )
    if command.as_patient:
        await patients.open_file(actor, person_id, account_id, command.home_state)
    await audit.record(
        actor, "identity.register_account", subject=("account", account_id),
        home_state=command.home_state,
    )  # fmt: skip
    return account_id


async def sign_in(command: SignIn, carrier: Carrier) -> SessionToken:
    """Start a session for whoever knows the password.

    Raises WrongCredentials, equally and after equal work for an unknown e-mail, and
    ChooseMembership where the person has several roles and named none.
    """
    account = await _account_for(SYSTEM, command.email)
    if not await _matches(account[1] if account else _NOBODY, command.password) or not account:
        raise WrongCredentials
    return await start_session(
        SYSTEM, account[0], command.membership_id, carrier, SignInMethod.PASSWORD
    )


@transactional
async def _account_for(actor: Actor, email: str) -> tuple[UUID, str] | None:
    row = await queries.account_by_email(blind_index("sign-in", rules.normal_email(email)))
    return (row["id"], row["password_hash"] or _NOBODY) if row else None


@transactional
async def start_session(
    actor: Actor,
    account_id: UUID,
    membership_id: UUID | None,
    carrier: Carrier,
    method: SignInMethod,
) -> SessionToken:
    """Start a session for whoever has just proved to be this account, under a new token.

    Raises ChooseMembership where the person has several roles and named none; for the system only.
    """
    memberships = await queries.current_memberships(account_id)
    chosen = _choose(memberships, membership_id)
    role = chosen.role if chosen else Role.PATIENT
    idle, absolute = rules.session_limits(role)
    token, now, session_id = secrets.token_urlsafe(32), utc_now(), new_id()
    await queries.insert_session(
        Session(
            id=session_id,
            token_hash=hashlib.sha256(token.encode()).digest(),
            account_id=account_id,
            membership_id=chosen.id if chosen else None,
            carrier=carrier.value,
            method=method.value,
            strong_at=now if method.multi_factor else None,
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
    )
    return SessionToken(token, session_id, now + absolute, role)


def _choose(memberships: list[MembershipView], membership_id: UUID | None) -> MembershipView | None:
    if membership_id is not None:
        for membership in memberships:
            if membership.id == membership_id:
                return membership
        raise WrongCredentials
    if len(memberships) > 1:
        raise ChooseMembership(memberships=msgspec.to_builtins(memberships))
    return memberships[0] if memberships else None


async def sign_in_demo(key: str, carrier: Carrier, *, development: bool) -> SessionToken:
    """Start a session as an invented person; raises DemoOnly outside development mode."""
    if not development:
        raise DemoOnly
    account_id = await _demo_account(SYSTEM, key)
    return await start_session(SYSTEM, account_id, None, carrier, SignInMethod.DEMO)


@transactional
async def _demo_account(actor: Actor, key: str) -> UUID:
    row = await queries.account_by_demo_key(key)
    if row is None:
        raise NoSuchAccount("There is no demo person of that name; run `python -m api seed`")
    return UUID(str(row["id"]))


@transactional
async def demo_people(actor: Actor) -> list[DemoPerson]:
    """Return the invented people of the demo set."""
    found: dict[str, DemoPerson] = {}
    for row in await queries.demo_accounts():
        role = Role(row["role"]) if row["role"] else Role.PATIENT
        if row["role"]:
            label = f"{row['display_name']}, {row['organisation']}"
        else:
            label = (await patients.person_name(SYSTEM, row["person_id"])).display
        found.setdefault(row["demo_key"], DemoPerson(row["demo_key"], label, role))
    return list(found.values())


async def resolve_session(token: str, request_id: str | None) -> Actor | None:
    """Return the actor of a session token, or None when it does not hold (any more)."""
    return await _resolve(SYSTEM, hashlib.sha256(token.encode()).digest(), request_id)


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
        assurance=(
            Assurance.MULTI_FACTOR
            if SignInMethod(row["method"]).multi_factor
            else Assurance.SINGLE_FACTOR
        ),
        strong_at=row["strong_at"],
        language=row["language"],
        request_id=request_id,
    )


@transactional
async def sign_out(actor: Actor, session_id: UUID | None = None) -> None:
    """End the current session, or another one of the same account; raises NotFound."""
    policy.require_signed_in(actor)
    ended = session_id or actor.session_id
    if actor.account_id is None or ended is None:
        raise Unauthenticated
    if not await queries.revoke_session(ended, actor.account_id, utc_now()):
        raise NotFound("This session does not exist or has already ended")
    await audit.record(actor, "identity.sign_out", subject=("session", ended))


@transactional
async def list_sessions(actor: Actor) -> list[SessionView]:
    """Return where the account is signed in."""
    policy.require_signed_in(actor)
    if actor.account_id is None:
        raise Unauthenticated
    return await queries.sessions_of(actor.account_id, actor.session_id)


@transactional
async def me(actor: Actor) -> Me:
    """Return the signed-in person and their hats."""
    policy.require_signed_in(actor)
    account = await queries.account_by_id(actor.account_id) if actor.account_id else None
    if account is None or actor.role is None:
        raise Unauthenticated
    memberships = await queries.current_memberships(account["id"])
    keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    return Me(
        account_id=account["id"],
        name=await patients.person_name(actor, account["person_id"]),
        email=keyring.open_text(Place("account", "email", account["id"]), account["email_sealed"]),
        language=account["language"],
        role=actor.role,
        membership=next((m for m in memberships if m.id == actor.membership_id), None),
        memberships=memberships,
    )


@transactional
async def create_organisation(
    actor: Actor, command: NewOrganisation, *, demo_key: str | None = None
) -> OrganisationView:
    """Register an organisation; operators only."""
    if actor.kind is not ActorKind.SYSTEM:
        policy.require_operator(actor)
    jurisdiction(command.jurisdiction)
    command = cleaned(command)
    organisation_id = new_id()
    await queries.insert_organisation(
        Organisation(
            id=organisation_id,
            kind=command.kind.value,
            name=command.name,
            jurisdiction=command.jurisdiction,
            demo_key=demo_key,
            created_at=utc_now(),
        )
    )
    await audit.record(
        actor, "identity.create_organisation", subject=("organisation", organisation_id),
        home_state=command.jurisdiction,
    )  # fmt: skip
    return OrganisationView(organisation_id, command.kind, command.name, command.jurisdiction)


@transactional
async def add_member(actor: Actor, organisation_id: UUID, command: NewMembership) -> MembershipView:
    """Give the holder of an account a role; operators only; raises AlreadyMember and others."""
    if actor.kind is not ActorKind.SYSTEM:
        policy.require_operator(actor)
    command = cleaned(command)
    organisation = await queries.organisation(organisation_id)
    if organisation is None:
        raise NoSuchOrganisation
    rules.require_role_fits(organisation.kind, command.role)
    account = await queries.account_by_email(
        blind_index("sign-in", rules.normal_email(command.email))
    )
    if account is None:
        raise NoSuchAccount(fields={"email": NoSuchAccount.title})
    membership_id = new_id()
    await queries.insert_membership(
        Membership(
            id=membership_id,
            account_id=account["id"],
            organisation_id=organisation_id,
            role=command.role.value,
            display_name=command.display_name,
            licence_number=command.licence_number,
            starts_at=utc_now(),
            ends_at=None,
        )
    )
    await audit.record(
        actor, "identity.add_member", subject=("membership", membership_id),
        home_state=organisation.jurisdiction, detail={"role": command.role.value},
    )  # fmt: skip
    return MembershipView(membership_id, command.role, command.display_name, organisation)


async def create_operator(command: RegisterAccount, display_name: str) -> UUID:
    """Open the account of an operator and make it one (the command line, in production)."""
    rules.require_strong_password(command.password, command.email)
    return await _insert_operator(SYSTEM, command, await _hash(command.password), display_name)


@transactional
async def _insert_operator(
    actor: Actor, command: RegisterAccount, password_hash: str, display_name: str
) -> UUID:
    account_id = await _insert_account(actor, command, password_hash, None)
    platform = await create_organisation(
        actor, NewOrganisation(
            kind=OrganisationKind.PLATFORM, name="Shifayol", jurisdiction=command.home_state
        )
    )  # fmt: skip
    await add_member(
        actor,
        platform.id,
        NewMembership(email=command.email, role=Role.OPERATOR, display_name=display_name),
    )
    return account_id
