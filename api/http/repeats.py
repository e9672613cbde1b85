"""The Idempotency-Key header of requests that create something."""

from typing import Annotated

from litestar.params import HeaderParameter

from domain.errors import Invalid
from domain.idempotency.service import Once

IdempotencyKeyHeader = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A unique value of the client's; a repeat with the same key has one effect",
        required=False,
        schema_extra={
            "pattern": "^[!-~][ -~]{6,98}[!-~]$",
            "examples": ["0199f3a0-5c1e-7d42-9b60-3f2a8c5d7e11"],
        },
    ),
]


class UnusableKey(Invalid):
    code = "idempotency_key_unusable"
    title = "An Idempotency-Key has 8 to 100 printable ASCII characters"


def once(key: str | None, command: object) -> Once | None:
    """Bind the header's key, if one was sent, to the command."""
    if key is None:
        return None
    if not (8 <= len(key) <= 100 and key.isascii() and key.isprintable()):
        raise UnusableKey
    return Once.of(key, command)
