"""The marketplace's mails: written from typed events in their reader's language."""

from urllib.parse import urlencode
from uuid import uuid4

from api.web.labels import label
from api.web.languages import N_, Language
from domain.actor import SYSTEM
from domain.credentials import worklists
from domain.credentials.events import CredentialDue
from domain.credentials.worklist_types import Reminder
from domain.identity import links, team
from domain.identity.events import AccountNoticed, InvitationMade, LinkAsked, Notice
from domain.identity.links import DueMail
from domain.identity.relying_party import relying_party
from domain.identity.types import Reader
from domain.notifications.mail import Mail, mailer
from domain.rights.events import ErasureConfirmed

_TEXTS: dict[str, tuple[str, str, str | None]] = {
    "register": (
        N_("Open your Shifayol account"),
        N_(
            "Somebody, most likely you, asked for a Shifayol account with this address. Open the "
            "link within a day to confirm it. If it was not you, do nothing: there is no account."
        ),
        "/sign-up/confirm",
    ),
    "account_exists": (
        N_("You already have a Shifayol account"),
        N_(
            "Somebody, most likely you, asked for a Shifayol account with this address, which has "
            "one already. Sign in with it, or choose a new password there. If it was not you, "
            "nothing needs to be done: nobody learned that you have an account."
        ),
        "/sign-in",
    ),
    "reset_password": (
        N_("Choose a new Shifayol password"),
        N_(
            "Somebody, most likely you, asked for a new password. Open the link within an hour to "
            "choose one. If it was not you, do nothing: your password stays as it is."
        ),
        "/password/new",
    ),
    "change_email": (
        N_("Confirm your new address"),
        N_(
            "Open the link within a day to use this address for your Shifayol account. If you did "
            "not ask for it, do nothing."
        ),
        "/account/email/confirm",
    ),
    "invitation": (
        N_("Your invitation to %(organisation)s"),
        N_(
            "%(organisation)s invites you to work with it on Shifayol as: %(role)s. Open the link "
            "within seven days and sign in with the account that has this address."
        ),
        "/invitation",
    ),
    "password_changed": (
        N_("Your Shifayol password was changed"),
        N_(
            "The password of your account has just been changed and other devices were signed "
            "out. If it was not you, choose a new one at once on the sign-in page."
        ),
        "/sign-in",
    ),
    "email_changed": (
        N_("Your Shifayol address was changed"),
        N_(
            "Your account now uses another address, and this one no longer opens it. If it was "
            "not you, write to the operator of this service at once."
        ),
        None,
    ),
    "licence_verified": (
        N_("Your licence was verified"),
        N_("An officer has found your licence in the register. You may now act in your role."),
        "/sign-in",
    ),
    "licence_refused": (
        N_("Your licence could not be verified"),
        N_(
            "An officer could not find your licence in the register, so the role was taken back. "
            "Please check the number with your administrator, who can invite you again."
        ),
        None,
    ),
    "membership_ended": (
        N_("A role of yours has ended"),
        N_("An administrator has taken a role from you. Your other roles and your account stay."),
        "/account",
    ),
    "last_day": (
        N_("%(credential)s of %(holder)s ends on %(day)s"),
        N_(
            "The credential “%(credential)s” number %(number)s, given by %(body)s to %(holder)s, "
            "holds until %(day)s. What rests on it can no longer be booked afterwards. Hand in "
            "the new one in time, or file the renewal."
        ),
        "/facility/credentials",
    ),
    "next_check": (
        N_("%(credential)s of %(holder)s is to be checked by %(day)s"),
        N_(
            "The credential “%(credential)s” number %(number)s, given by %(body)s to %(holder)s, "
            "is to be checked again by %(day)s. The authority may ask you for evidence."
        ),
        "/facility/credentials",
    ),
    "data_erased": (
        N_("Your data is being erased"),
        N_(
            "Two people have decided on your request: everything about you is erased now. The "
            "last backup that still has it is destroyed within 30 days. This is our last mail."
        ),
        None,
    ),
    "account_closed": (
        N_("Your Shifayol account is closed"),
        N_("Your account was closed as you asked. Nobody can sign in with it any more."),
        None,
    ),
}
"""Subject, text, and the page that the link leads to."""


async def send_link(event: LinkAsked) -> None:
    """Send the mail of a link (told by the outbox)."""
    await _send(await links.due_mail(SYSTEM, event.link_id))


async def send_invitation(event: InvitationMade) -> None:
    """Send an invitation (told by the outbox)."""
    await _send(await team.due_invitation(SYSTEM, event.invitation_id))


async def send_notice(event: AccountNoticed) -> None:
    """Tell an account's holder what has happened (told by the outbox)."""
    await _send(await links.due_notice(SYSTEM, event), about=f"{event.notice.value}-{uuid4().hex}")


async def send_last_notice(event: ErasureConfirmed) -> None:
    """Tell a person that their data goes now, while their address can still be read."""
    if event.account_id is not None:
        await send_notice(AccountNoticed(event.account_id, Notice.DATA_ERASED))


async def send_reminder(event: CredentialDue) -> None:
    """Tell a holder's administrators that a date comes near (told by the outbox)."""
    reminder = await worklists.due_reminder(SYSTEM, event.reminder_id)
    if reminder is not None:
        for reader in await team.administrators(SYSTEM, reminder.organisation_id):
            await mailer().send(reminding(reminder, reader))


def reminding(reminder: Reminder, reader: Reader) -> Mail:
    """Write a reminder in its reader's language; sent twice, it is the same mail."""
    language = Language(reader.language)
    facts = {
        "credential": label(language, "credential", reminder.kind),
        "holder": reminder.holder_name,
        "body": reminder.body,
        "number": reminder.certificate_number,
        "day": language.day(reminder.due_on),
    }
    return _mail(
        f"{reminder.id.hex}-{reader.account_id.hex}", reader.email, language,
        reminder.due.value, facts,
    )  # fmt: skip


async def _send(due: DueMail | None, about: str | None = None) -> None:
    if due is not None:
        await mailer().send(written(due, about or due.id.hex))


def written(due: DueMail, about: str) -> Mail:
    """Write a mail in its reader's language."""
    language = Language(due.language)
    facts = {
        "organisation": due.organisation or "",
        "role": label(language, "role", due.role) if due.role else "",
    }
    return _mail(about, due.to, language, due.subject, facts, due.token)


def _mail(
    about: str, to: str, language: Language, kind: str, facts: dict[str, str],
    token: str | None = None,
) -> Mail:  # fmt: skip
    subject, text, path = _TEXTS[kind]
    facts = {name: " ".join(fact.split()) for name, fact in facts.items()}
    parts = [language.gettext(text) % facts]
    if path is not None:
        query = f"?{urlencode({'token': token, 'lang': language.tag})}" if token else ""
        parts.append(f"{relying_party().origin}{path}{query}")
    parts.append("Shifayol")
    return Mail(
        id=about,
        to=to,
        subject=language.gettext(subject) % facts,
        text="\n\n".join(parts) + "\n",
        language=language.tag,
    )
