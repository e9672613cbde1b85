"""A facility's webhook at a real receiver, and the receiver's own check of what arrives."""

import base64
import hashlib
import hmac
import time
from typing import Any

import msgspec

from tests.conftest import Person
from tests.factories.receiver import Posted


def webhooks_of(who: Person) -> str:
    return f"/v1/organisations/{who.organisation_id}/webhooks"


class Hook(msgspec.Struct):
    """A registered webhook and the secret its receiver was given."""

    address: str
    secret: str
    view: dict[str, Any]


async def hooked(administrator: Person, url: str) -> Hook:
    """Let an administrator register an address."""
    made = await administrator.client.post(webhooks_of(administrator), json={"url": url})
    assert made.status_code == 201, made.text
    body = made.json()
    view = body["webhook"]
    return Hook(f"{webhooks_of(administrator)}/{view['id']}", body["secret"], view)


def verified(posted: Posted, secret: str) -> bool:
    """Check a signature as a receiver would, from the words of Standard Webhooks 1.0 alone."""
    assert abs(time.time() - int(posted.headers["webhook-timestamp"])) < 300
    key = base64.b64decode(secret.removeprefix("whsec_"))
    parts = (posted.headers["webhook-id"], posted.headers["webhook-timestamp"])
    signed = ".".join(parts).encode() + b"." + posted.body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(mark, f"v1,{wanted}")
        for mark in posted.headers["webhook-signature"].split(" ")
    )
