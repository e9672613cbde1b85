"""Mail through a real SMTP server: what arrives, and what happens when it is refused."""

import asyncio
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from domain.notifications.mail import Mail, MailUnavailable, SmtpMailer
from tests.serving import free_port

PASSWORD = "smtp password"


class Inbox:
    """What the server was given; `answer` is what it says to a recipient."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str,
                          options: Any) -> str:  # fmt: skip
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(envelope)
        return "250 OK"


def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=right)


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    handler, port = Inbox(), free_port()
    server = Controller(
        handler, hostname="127.0.0.1", port=port, authenticator=known, auth_required=True,
        auth_require_tls=False,
    )  # fmt: skip
    server.start()
    yield handler, port
    server.stop()


def mailer(port: int, password: str = PASSWORD) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, "Shifayol <post@shifayol.example>", user="shifayol",
                      password=password, plain=True)  # fmt: skip


def mail(**more: str) -> Mail:
    return Mail(**{"id": "01a2", "to": "aygul@example.org", "subject": "Құпиясөз әңгімесі",
                   "text": "Сілтеме: https://localhost/x?token=abc\n.\nсоңы\n", "language": "kk",
                   **more})  # fmt: skip


async def test_a_mail_arrives_as_it_was_written(inbox: tuple[Inbox, int]) -> None:
    handler, port = inbox
    await mailer(port).send(mail())
    (envelope,) = handler.taken
    assert envelope.rcpt_tos == ["aygul@example.org"]
    message = BytesParser(policy=policy.default).parsebytes(envelope.content)
    assert message["Subject"] == "Құпиясөз әңгімесі"
    assert message.get_content().replace("\r\n", "\n") == mail().text
    assert message["Message-ID"] == "<01a2@shifayol.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "kk"


async def test_a_line_break_in_a_header_is_refused(inbox: tuple[Inbox, int]) -> None:
    for wrong in ({"subject": "Hi\r\nBcc: evil@example.org"}, {"to": "a@b.co\nCc: evil@b.co"}):
        with pytest.raises(ValueError, match=r"linefeed|Header"):
            await mailer(inbox[1]).send(mail(**wrong))
    assert inbox[0].taken == []


async def test_a_busy_server_is_asked_again_later_and_a_dead_address_is_not(
    inbox: tuple[Inbox, int],
) -> None:
    handler, port = inbox
    handler.answer = "450 try later"
    with pytest.raises(MailUnavailable):
        await mailer(port).send(mail())
    handler.answer = "550 no such user"
    await mailer(port).send(mail())
    assert handler.taken == []


async def test_a_wrong_password_and_a_silent_server_are_unavailable(
    inbox: tuple[Inbox, int],
) -> None:
    with pytest.raises(MailUnavailable):
        await mailer(inbox[1], "wrong").send(mail())
    with pytest.raises(MailUnavailable):
        await mailer(free_port()).send(mail())


async def test_without_leave_to_speak_plainly_nothing_is_sent_readably(
    inbox: tuple[Inbox, int],
) -> None:
    careful = SmtpMailer("127.0.0.1", inbox[1], "post@shifayol.example", user=None, password=None)
    with pytest.raises(MailUnavailable):
        await asyncio.wait_for(careful.send(mail()), 10)
    assert inbox[0].taken == []
