"""Reading the mails that the application under test has sent into its folder."""

import re
import time
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from api.worker import HANDLERS
from domain.outbox import service as outbox


def mails_to(folder: Path, email: str) -> list[EmailMessage]:
    """Return the mails to an address, oldest first."""
    found = []
    for path in sorted((folder / "mail").glob("*.eml"), key=lambda p: p.stat().st_mtime_ns):
        message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
        if message["To"] == email:
            found.append(message)
    return found


def link_in(message: EmailMessage) -> str:
    """Return the address that a mail asks its reader to open."""
    return re.search(r"https?://\S+", message.get_content())[0]  # type: ignore[index]


def token_in(message: EmailMessage) -> str:
    """Return the token of a mail's link."""
    return parse_qs(urlsplit(link_in(message)).query)["token"][0]


def wait_for_mail(folder: Path, email: str, seconds: float = 10) -> EmailMessage:
    """Return the latest mail to an address, once a worker beside us has sent it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := mails_to(folder, email):
            return found[-1]
        time.sleep(0.05)
    raise AssertionError(f"no mail to {email}")


async def delivered() -> None:
    """Deliver what the outbox holds, as the worker does."""
    while await outbox.deliver_due(HANDLERS):
        pass


async def open_account(client: httpx.AsyncClient, folder: Path, body: dict[str, Any]) -> str:
    """Ask for an account, follow the mailed link and return the account's id."""
    asked = await client.post("/v1/accounts", json=body)
    assert asked.status_code == 202, asked.text
    await delivered()
    token = token_in(mails_to(folder, body["email"].strip().lower())[-1])
    opened = await client.post("/v1/accounts/confirm", json={"token": token})
    assert opened.status_code == 201, opened.text
    return str(opened.json()["account_id"])
