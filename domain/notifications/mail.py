"""Mail: one Protocol, the SMTP adapter, and the folder that stands for it in development."""

import contextlib
import os
import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import Path
from typing import Protocol

import aiosmtplib
import msgspec

from domain.errors import Unavailable

_TIMEOUT_S = 20.0
IMPLICIT_TLS = 465
"""The port on which TLS comes first (RFC 8314, 3.3); others begin with STARTTLS."""


class MailUnavailable(Unavailable):
    """The mail server does not take our mail now; the outbox tries again."""

    code = "mail_unavailable"
    title = "Mail cannot be sent right now"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person.

    `id` names what the message is about: sent twice, it carries the same Message-ID, so that
    mailboxes can show it once.
    """

    id: str
    to: str
    subject: str
    text: str
    language: str


class Mailer(Protocol):
    """Takes mail to its recipients; raises MailUnavailable where that has to wait."""

    async def send(self, mail: Mail) -> None:
        """Hand one message over."""
        ...


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """Return the message as RFC 5322 wants it; a line break in a header is refused."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2].rstrip('>')}>"
    # Neither out-of-office answers nor mailing lists should react to it (RFC 3834, 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message["Content-Language"] = mail.language
    return message


class SmtpMailer:
    """Sends through a mail server (RFC 5321), with TLS unless `plain` says otherwise."""

    def __init__(
        self, host: str, port: int, sender: str, *, user: str | None, password: str | None,
        plain: bool = False,
    ) -> None:  # fmt: skip
        self._sender, self._host, self._port = sender, host, port
        self._user, self._password, self._plain = user, password, plain

    async def send(self, mail: Mail) -> None:
        """Hand one message to the server; an address it refuses for ever is not tried again."""
        try:
            await aiosmtplib.send(
                message_of(mail, self._sender),
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._port == IMPLICIT_TLS and not self._plain,
                start_tls=self._port != IMPLICIT_TLS and not self._plain,
                timeout=_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            if all(500 <= each.code < 600 for each in refused.recipients):
                return
            raise MailUnavailable from refused
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"The mail server refused: {type(error).__name__}") from error


class FolderMailer:
    """Writes each message into a folder, for machines that must not send any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, mail: Mail) -> None:
        """Keep the message as a file that only our user can read."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = re.sub(r"[^\w-]", "", mail.id)
        path = self._folder / f"{name}.eml"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(message_of(mail, "Shifayol <noreply@localhost>").as_bytes())

    def latest(self, most: int = 20) -> list[Path]:
        """Return the newest messages, newest first."""
        with contextlib.suppress(FileNotFoundError):
            found = sorted(self._folder.glob("*.eml"), key=lambda p: p.stat().st_mtime)
            return found[: -most - 1 : -1]
        return []


_mailer: Mailer | None = None


def use_mailer(mailer: Mailer) -> None:
    """Name the process's mailer, once, at start."""
    global _mailer
    _mailer = mailer


def mailer() -> Mailer:
    """Return the process's mailer."""
    if _mailer is None:
        raise RuntimeError("use_mailer() was not called at start")
    return _mailer
