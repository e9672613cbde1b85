"""A forgotten password, a new one, and a new address."""

from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import factor_queries, link_queries, passwords, policy, queries, rules
from domain.identity.errors import AttemptTooEarly, LinkRefused, PasswordWrong
from domain.identity.events import AccountNoticed, Notice
from domain.identity.links import LASTS, Purpose, ask_link, row_of, sealed_at
from domain.identity.types import ChangeEmail, ChangePassword, CheckMail, FollowLink, ResetPassword
from domain.ids import new_id
from domain.keys.service import Keyring, Place, SubjectKind, blind_index, data_key
from domain.limits import service as limits
from domain.limits.types import FREE_FAILURES
from domain.outbox import service as outbox


@transactional
async def ask_reset(actor: Actor, email: str) -> CheckMail:
    """Send a link for a new password to the account of an address, if there is one.

    The same row is written and the same answer given where there is none.
    """
    index = blind_index("sign-in", rules.normal_email(email))
    account = await queries.account_by_email(index)
    await ask_link(Purpose.RESET_PASSWORD, index, account_id=account["id"] if account else None)
    return CheckMail(utc_now() + LASTS[Purpose.RESET_PASSWORD])


async def reset_password(command: ResetPassword) -> None:
    """Set a new password by a mailed link; every session of the account ends.

    Second factors stay: the mailbox alone never opens a record. Raises LinkRefused, WeakPassword.
    """
    link_id = row_of(Purpose.RESET_PASSWORD, command.token)
    email = await _address_of_link(SYSTEM, link_id)
    rules.require_strong_password(command.password, email)
    digest = await passwords.hashed(command.password)
    await _reset(SYSTEM, link_id, digest)


@transactional
async def _address_of_link(actor: Actor, link_id: UUID) -> str:
    row = await link_queries.live_link(link_id, utc_now())
    if row is None or row["account_id"] is None:
        raise LinkRefused
    account = await queries.account_by_id(row["account_id"])
    if account is None:
        raise LinkRefused
    return _email(await data_key(SubjectKind.PERSON, account["person_id"]), account)


@transactional
async def _reset(actor: Actor, link_id: UUID, digest: str) -> None:
    now = utc_now()
    row = await link_queries.use_link(link_id, Purpose.RESET_PASSWORD.value, now)
    if row is None or row["account_id"] is None:
        raise LinkRefused
    await link_queries.set_password(row["account_id"], digest)
    await link_queries.end_links(row["account_id"], now)
    await queries.revoke_sessions(row["account_id"], now)
    await audit.record(actor, "identity.reset_password", subject=("account", row["account_id"]))
    await outbox.publish(AccountNoticed(row["account_id"], Notice.PASSWORD_CHANGED))


async def change_password(actor: Actor, command: ChangePassword) -> None:
    """Set a new password; the present one is asked for, and other sessions end.

    Raises PasswordWrong, WeakPassword, AttemptTooEarly, and StepUpNeeded where a strong factor
    exists and was not just proved.
    """
    account_id = policy.require_account(actor)
    delay = {blind_index("sign-in-delay", f"password|{account_id}"): FREE_FAILURES}
    if (wait := await limits.wait_before(SYSTEM, delay)) > 0:
        raise AttemptTooEarly(wait)
    stored, email = await _present(actor)
    if stored is not None and not await passwords.matches(stored, command.present or ""):
        await limits.note_failure(SYSTEM, delay)
        raise PasswordWrong(fields={"present": PasswordWrong.title})
    rules.require_strong_password(command.password, email)
    await _store_password(actor, await passwords.hashed(command.password))


@transactional
async def _present(actor: Actor) -> tuple[str | None, str]:
    account = await queries.own_account(policy.require_account(actor))
    policy.require_fresh_factor(
        actor, has_factor=await factor_queries.has_strong_factor(account["id"])
    )
    keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    return account["password_hash"], _email(keyring, account)


@transactional
async def _store_password(actor: Actor, digest: str) -> None:
    account_id, now = policy.require_account(actor), utc_now()
    await link_queries.set_password(account_id, digest)
    await link_queries.end_links(account_id, now)
    await queries.revoke_sessions(account_id, now, but=actor.session_id)
    await audit.record(actor, "identity.change_password", subject=("account", account_id))
    await outbox.publish(AccountNoticed(account_id, Notice.PASSWORD_CHANGED))


@transactional
async def ask_email_change(actor: Actor, command: ChangeEmail) -> CheckMail:
    """Send a link to the new address; until it is followed the old one stays."""
    account = await queries.own_account(policy.require_account(actor))
    email, link_id = rules.normal_email(command.email), new_id()
    keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    await ask_link(
        Purpose.CHANGE_EMAIL,
        blind_index("sign-in", email),
        link_id=link_id,
        account_id=account["id"],
        payload=keyring.seal_text(sealed_at(link_id), email),
    )
    await audit.record(actor, "identity.ask_email_change", subject=("account", account["id"]))
    return CheckMail(utc_now() + LASTS[Purpose.CHANGE_EMAIL])


@transactional
async def change_email(actor: Actor, command: FollowLink) -> None:
    """Take the new address into use whose link was followed; the old one is told.

    Raises LinkRefused, and EmailTaken where the address has an account of its own.
    """
    link_id = row_of(Purpose.CHANGE_EMAIL, command.token)
    row = await link_queries.use_link(link_id, Purpose.CHANGE_EMAIL.value, utc_now())
    account = row and await queries.account_by_id(row["account_id"])
    if row is None or account is None:
        raise LinkRefused
    keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    email = keyring.open_text(sealed_at(link_id), row["payload_sealed"])
    old, sealed = _email(keyring, account), keyring.seal_text(_place(account), email)
    await link_queries.set_email(account["id"], row["email_index"], sealed)
    # The notice goes to the address that has just lost its account, until the link is forgotten.
    await link_queries.set_payload(link_id, keyring.seal_text(sealed_at(link_id), old))
    await outbox.publish(AccountNoticed(account["id"], Notice.EMAIL_CHANGED, link_id))
    await audit.record(actor, "identity.change_email", subject=("account", account["id"]))


def _place(account: Any) -> Place:
    return Place("account", "email", account["id"])


def _email(keyring: Keyring, account: Any) -> str:
    return keyring.open_text(_place(account), account["email_sealed"])
