"""The kinds of refusal a caller can meet; every concrete error is a subclass with a code."""

from collections.abc import Callable
from math import ceil
from typing import ClassVar, TypeVar


class DomainError(Exception):
    """Promise that a refusal carries a stable `code`, a sentence, and what to do next.

    `subject` names what was refused (kind, id) so that a denial can be audited; `fields` maps the
    path of an input field to its complaint; `extensions` are further members of the answer.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request was refused"

    def __init__(
        self,
        detail: str | None = None,
        *,
        subject: tuple[str, object] | None = None,
        fields: dict[str, str] | None = None,
        **extensions: object,
    ) -> None:
        self.detail = detail or self.title
        self.subject = subject
        self.fields = fields or {}
        self.extensions = extensions
        super().__init__(self.detail)


E = TypeVar("E", bound=DomainError)


class NotFound(DomainError):
    """The thing does not exist, or the actor may not know that it does."""

    code = "not_found"
    title = "Nothing was found under this address"


class Forbidden(DomainError):
    """The actor sees the thing but may not do this with it."""

    code = "forbidden"
    title = "You are not allowed to do this"


class Conflict(DomainError):
    """The state of the world does not admit the operation (any more)."""

    code = "conflict"
    title = "This is no longer possible as things stand"


class Invalid(DomainError):
    """The input contradicts itself or a rule."""

    code = "invalid"
    title = "The request cannot be carried out as it was sent"


class Unreadable(Invalid):
    """The input is not what it claims to be, so its content was not even looked at."""

    code = "unreadable"
    title = "The request could not be read"


class Unavailable(DomainError):
    """A part we depend on does not answer; trying again later may succeed."""

    code = "unavailable"
    title = "This is temporarily unavailable"
    retry_after_s: ClassVar[int] = 5


class TooMany(DomainError):
    """The caller asks too often; waiting `retry_after_s` seconds always helps."""

    code = "too_many_requests"
    title = "Too many requests; please wait before trying again"

    def __init__(self, retry_after_s: float, detail: str | None = None) -> None:
        self.retry_after_s = max(1, ceil(retry_after_s))
        super().__init__(detail, retry_after_s=self.retry_after_s)


class Unauthenticated(Forbidden):
    """Nobody is signed in, or the session has ended."""

    code = "unauthenticated"
    title = "Please sign in first"


class StaleVersion(Conflict):
    """The caller acted on an older version of the thing than the stored one."""

    code = "stale_version"
    title = "This has changed since you last saw it; load it again and repeat your change"


CONSTRAINT_ERRORS: dict[str, type[DomainError]] = {}
"""Which error the violation of a named database constraint means."""


def raised_by(*constraints: str) -> Callable[[type[E]], type[E]]:
    """Mark an error class as the meaning of violating these named database constraints."""

    def mark(error: type[E]) -> type[E]:
        for name in constraints:
            CONSTRAINT_ERRORS[name] = error
        return error

    return mark
