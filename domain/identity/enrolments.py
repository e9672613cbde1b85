"""The way back after a lost passkey, and the first way in: a code handed over once."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import factor_queries, policy, queries, rules
from domain.identity.errors import EnrolmentRefused, NoSuchAccount
from domain.identity.sessions import start_session
from domain.identity.tables import EnrolmentCode
from domain.identity.types import (
    Carrier,
    EnrolmentIssued,
    IssueEnrolment,
    RedeemEnrolment,
    SessionToken,
    SignInMethod,
)
from domain.ids import new_id
from domain.keys.service import blind_index

ENROLMENT_LASTS = timedelta(hours=24)


@transactional
async def issue_enrolment(actor: Actor, command: IssueEnrolment) -> EnrolmentIssued:
    """Let somebody register a new passkey whose identity the actor has checked in person.

    An operator may for anybody, an organisation's administrator for its members; nobody for
    themself. Every session and passkey ends when the code is used. Raises NoSuchAccount.
    """
    account = await queries.account_by_email(
        blind_index("sign-in", rules.normal_email(command.email))
    )
    administers = account is not None and await factor_queries.administers(
        actor.membership_id, account["id"]
    )
    if account is None or not policy.may_enrol(actor, account["id"], administers=administers):
        raise NoSuchAccount(fields={"email": NoSuchAccount.title})
    return await issue_code(actor, account["id"], replaces_factors=True)


async def issue_code(actor: Actor, account_id: UUID, *, replaces_factors: bool) -> EnrolmentIssued:
    """Make a code inside the running operation; an earlier one of the account ends."""
    code, now = secrets.token_urlsafe(24), utc_now()
    await factor_queries.end_enrolments(account_id, now)
    await factor_queries.insert_enrolment(
        EnrolmentCode(
            id=new_id(),
            account_id=account_id,
            code_hash=hashlib.sha256(code.encode()).digest(),
            replaces_factors=replaces_factors,
            issued_by=actor.account_id,
            created_at=now,
            expires_at=now + ENROLMENT_LASTS,
            used_at=None,
        )
    )
    await audit.record(actor, "identity.issue_enrolment", subject=("account", account_id))
    return EnrolmentIssued(code, now + ENROLMENT_LASTS)


async def redeem_enrolment(
    command: RedeemEnrolment, carrier: Carrier, device: str | None = None
) -> SessionToken:
    """Start a session that can do nothing but register a passkey; raises EnrolmentRefused."""
    account_id = await _redeemed(SYSTEM, command)
    return await start_session(SYSTEM, account_id, None, carrier, SignInMethod.ENROLMENT, device)


@transactional
async def _redeemed(actor: Actor, command: RedeemEnrolment) -> UUID:
    digest, now = hashlib.sha256(command.code.strip().encode()).digest(), utc_now()
    row = await factor_queries.use_enrolment(digest, now)
    if row is None:
        raise EnrolmentRefused(fields={"code": EnrolmentRefused.title})
    if row["replaces_factors"]:
        await factor_queries.drop_factors(row["account_id"])
        await queries.revoke_sessions(row["account_id"], now)
    await audit.record(actor, "identity.redeem_enrolment", subject=("account", row["account_id"]))
    return UUID(str(row["account_id"]))
