"""Links that arrive by mail: each proves, once and for a while, that its reader has the address.

No secret is stored: a link's token is made again when the mail is written (`row_tokens`).
"""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.clock import utc_now
from domain.db import transactional
from domain.identity import link_queries, queries
from domain.identity.errors import LinkRefused
from domain.identity.events import AccountNoticed, LinkAsked
from domain.identity.row_tokens import row_named, token_for
from domain.identity.tables import MailLink
from domain.ids import new_id
from domain.keys.service import (
    KeyDestroyed,
    Place,
    SubjectKind,
    data_key,
    forget_data_key,
)
from domain.outbox import service as outbox

MOST_AN_HOUR = 4
"""More mails to one address within an hour are not sent; the answers stay the same."""


class Purpose(StrEnum):
    """What following a link does."""

    REGISTER = "register"
    RESET_PASSWORD = "reset_password"  # noqa: S105  a purpose's name
    CHANGE_EMAIL = "change_email"
    INVITATION = "invitation"


LASTS = {
    Purpose.REGISTER: timedelta(hours=24),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
}


class DueMail(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail needs to be written: to whom, in which language, about what, with which link."""

    id: UUID
    to: str
    language: str
    subject: str
    token: str | None = None
    organisation: str | None = None
    role: str | None = None


class Registration(msgspec.Struct, frozen=True):
    """What somebody asked to open; sealed until they follow the link."""

    email: str
    password_hash: str
    given: str
    family: str
    passport: str | None
    home_state: str
    birth_date: str | None
    language: str
    as_patient: bool


def token_of(purpose: Purpose, row_id: UUID) -> str:
    """Return the token that a mail about this row carries."""
    return token_for(f"mail-link/{purpose.value}", row_id)


def row_of(purpose: Purpose, token: str) -> UUID:
    """Return the row that a token names; raises LinkRefused for anything we did not make."""
    row_id = row_named(f"mail-link/{purpose.value}", token)
    if row_id is None:
        raise LinkRefused
    return row_id


def sealed_at(link_id: UUID) -> Place:
    """Return where a link's payload is sealed."""
    return Place("mail_link", "payload", link_id)


async def ask_link(
    purpose: Purpose,
    email_index: bytes,
    *,
    link_id: UUID | None = None,
    account_id: UUID | None = None,
    payload: bytes | None = None,
) -> None:
    """Store a link and have its mail sent, inside the running operation."""
    now = utc_now()
    often = await link_queries.links_since(email_index, now - timedelta(hours=1)) >= MOST_AN_HOUR
    link = MailLink(
        id=link_id or new_id(),
        purpose=purpose.value,
        email_index=email_index,
        account_id=account_id,
        payload_sealed=payload,
        created_at=now,
        expires_at=now + LASTS[purpose],
        used_at=None,
    )
    await link_queries.insert_link(link)
    if not often:
        await outbox.publish(LinkAsked(link.id))


@transactional
async def due_mail(actor: Actor, link_id: UUID) -> DueMail | None:
    """Return the mail that a link asks for; None when nobody is to be written to (any more).

    Whoever asked never learns which of these it was: an address that has an account already gets
    a mail that says so, and one without an account gets none about its password.
    """
    row = await link_queries.live_link(link_id, utc_now())
    if row is None:
        return None
    purpose = Purpose(row["purpose"])
    token = token_of(purpose, link_id)
    if purpose is Purpose.REGISTER:
        keyring = await data_key(SubjectKind.PERSON, link_id)
        asked = msgspec.json.decode(
            keyring.open(sealed_at(link_id), row["payload_sealed"]), type=Registration
        )
        known = await queries.account_by_email(row["email_index"]) is not None
        return DueMail(
            id=link_id,
            to=asked.email,
            language=asked.language,
            subject="account_exists" if known else "register",
            token=None if known else token,
        )
    account = row["account_id"] and await queries.account_by_id(row["account_id"])
    if not account:
        return None
    keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    if purpose is Purpose.CHANGE_EMAIL:
        to = keyring.open_text(sealed_at(link_id), row["payload_sealed"])
    else:
        to = keyring.open_text(Place("account", "email", account["id"]), account["email_sealed"])
    return DueMail(
        id=link_id, to=to, language=account["language"], subject=purpose.value, token=token
    )


@transactional
async def due_notice(actor: Actor, event: AccountNoticed) -> DueMail | None:
    """Return the mail that tells an account's holder what has happened."""
    account = await queries.account(event.account_id)
    if account is None:
        return None
    try:
        keyring = await data_key(SubjectKind.PERSON, account["person_id"])
    except KeyDestroyed:
        return None  # their data was erased in between: nobody is left to be told
    place, sealed = Place("account", "email", account["id"]), account["email_sealed"]
    if event.link_id is not None:
        link = await link_queries.link(event.link_id)
        if link is None:
            return None
        place, sealed = sealed_at(event.link_id), link["payload_sealed"]
    return DueMail(
        id=event.link_id or event.account_id,
        to=keyring.open_text(place, sealed),
        language=account["language"],
        subject=event.notice.value,
    )


@transactional
async def forget_links(actor: Actor) -> int:
    """Drop links that have run out, with what a registration nobody confirmed had told us.

    Return how many; a periodic job.
    """
    gone = await link_queries.delete_links(utc_now() - timedelta(days=1))
    for row in gone:
        if row["purpose"] == Purpose.REGISTER.value and row["used_at"] is None:
            await forget_data_key(SubjectKind.PERSON, row["id"])
    return len(gone)
