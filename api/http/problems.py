"""Every answer that is not 2xx, as a problem document (RFC 9457)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from api.metrics import count_refusal
from domain.clients.errors import TokenRefusal
from domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    StaleVersion,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unreadable,
)

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "https://shifayol.example/problems/"

log = structlog.get_logger()

_STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (Unauthenticated, 401),
    (TokenRefusal, 400),  # RFC 6749, section 5.2
    (StaleVersion, 412),
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Unreadable, 400),
    (Invalid, 422),
    (TooMany, 429),
    (Unavailable, 503),
)

_HTTP_CODES = {
    400: ("malformed_request", "The request could not be read"),
    401: ("unauthenticated", "Please sign in first"),
    403: ("forbidden", "You are not allowed to do this"),
    404: ("unknown_address", "There is nothing under this address"),
    405: ("method_not_allowed", "This address does not answer this method"),
    413: ("request_too_large", "The request is larger than this address accepts"),
    415: ("unsupported_media_type", "The body must be sent as application/json"),
    429: ("too_many_requests", "Too many requests; please wait before trying again"),
}


HTTP_PROBLEMS = (
    *((status, code, title) for status, (code, title) in _HTTP_CODES.items()),
    (400, "malformed_json", "The body is not valid JSON"),
    (422, "invalid_request", "The request does not fit what this address accepts"),
    (500, "internal_error", "Something went wrong on our side"),
)
"""What any route may answer beside the errors of the domain: status, code and title."""


class FieldProblem(msgspec.Struct, frozen=True):
    """What is wrong with one part of the input; `pointer` names it (`price.amount`, `q`)."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem document (RFC 9457): `code` is stable, the sentences are for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str | None = None
    request_id: str | None = None
    errors: list[FieldProblem] = []


def status_of(error: DomainError | type[DomainError]) -> int:
    """Return the HTTP status that a kind of domain error means."""
    kind = error if isinstance(error, type) else type(error)
    return next((status for base, status in _STATUS if issubclass(kind, base)), 500)


PageFor = Callable[[Request[Any, Any, Any], int, str, dict[str, str]], Response[bytes] | None]
_page_for: PageFor | None = None


def answer_browsers_with(page_for: PageFor) -> None:
    """Name who turns a refusal into a page where a browser asked for one (else returns None)."""
    global _page_for
    _page_for = page_for


def problem_response(
    request: Request[Any, Any, Any],
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    errors: Sequence[FieldProblem] = (),
    extensions: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """Return the problem document of a refused request, or its page to a browser."""
    if _page_for is not None:
        page = _page_for(request, status, code, headers or {})
        if page is not None:
            return page
    problem = Problem(
        type=TYPE_BASE + code.replace("_", "-"),
        title=title,
        status=status,
        code=code,
        detail=detail,
        instance=request.scope.get("path"),
        request_id=request.state.get("request_id"),
        errors=list(errors),
    )
    count_refusal(code)
    body = {**(extensions or {}), **msgspec.to_builtins(problem)}
    return Response(
        content=msgspec.json.encode(body, enc_hook=str),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=headers or {},
    )


def on_domain_error(request: Request[Any, Any, Any], error: DomainError) -> Response[bytes]:
    """Answer a domain error."""
    status = status_of(error)
    headers = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
        log.warning("unavailable", code=error.code, detail=error.detail)
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="shifayol"'
    return problem_response(
        request,
        status,
        error.code,
        error.title,
        error.detail,
        errors=[FieldProblem(name, text) for name, text in error.fields.items()],
        extensions=error.extensions,
        headers=headers,
    )


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refuses: unknown routes, methods, unreadable and wrong input."""
    if isinstance(error, ValidationException):
        return problem_response(
            request,
            422,
            "invalid_request",
            "The request does not fit what this address accepts",
            "Correct the fields named under errors and send the request again.",
            errors=_field_problems(error),
        )
    status = error.status_code
    default = (f"http_{status}", HTTPStatus(status).phrase)
    code, title = _HTTP_CODES.get(status, default)
    if status == 400 and isinstance(error.__cause__, SerializationException):
        code, title = "malformed_json", "The body is not valid JSON"
    headers = {
        name: value
        for name, value in (error.headers or {}).items()
        if name.lower() in ("allow", "retry-after", "www-authenticate")
    }
    return problem_response(request, status, code, title, title + ".", headers=headers)


def on_deep_nesting(request: Request[Any, Any, Any], _: RecursionError) -> Response[bytes]:
    """Answer a body whose nesting no honest client needs."""
    code, title = "malformed_json", "The body is nested too deeply"
    return problem_response(request, 400, code, title, title + ".")


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a fault of ours: the log has the trace, the answer has the request's id."""
    log.error("unexpected_error", exc_info=error, route=request.scope.get("path_template"))
    return problem_response(
        request,
        500,
        "internal_error",
        "Something went wrong on our side",
        "The fault was written down under this request id; nothing was half done.",
    )


_QUOTED_PATH = re.compile(r"\s*-? ?at `[^`]*`$")


def _field_problems(error: ValidationException) -> list[FieldProblem]:
    found = []
    for entry in error.extra if isinstance(error.extra, list) else []:
        if isinstance(entry, dict):
            pointer = str(entry.get("key", "")).removeprefix("data") or "body"
            message = _QUOTED_PATH.sub("", str(entry.get("message", "")))
            found.append(FieldProblem(pointer[:200], message[:300]))
    return found or [FieldProblem("body", str(error.detail)[:300])]


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    DomainError: on_domain_error,
    HTTPException: on_http_error,
    RecursionError: on_deep_nesting,
    Exception: on_unexpected,
}


@dataclass(kw_only=True)
class ProblemSpec(ResponseSpec):
    """A declared problem answer that still knows which errors lead to it."""

    kinds: tuple[type[DomainError], ...]


def problems(*errors: type[DomainError]) -> dict[int, ResponseSpec]:
    """Declare, for OpenAPI, the domain errors of one route beyond those of every route."""
    by_status: dict[int, list[type[DomainError]]] = {}
    for error in errors:
        by_status.setdefault(status_of(error), []).append(error)
    return {
        status: ProblemSpec(
            data_container=Problem,
            generate_examples=False,
            media_type=MEDIA_TYPE,
            description="; ".join(f"`{e.code}`: {e.title}" for e in kinds),
            kinds=tuple(kinds),
        )
        for status, kinds in by_status.items()
    }


def problem_of(status: int, code: str, title: str) -> Problem:
    """Return the problem document that explains a code in the API's description."""
    return Problem(
        type=TYPE_BASE + code.replace("_", "-"),
        title=title,
        status=status,
        code=code,
        detail=title,
        request_id="0199f3a0-5c1e-7d42-9b60-3f2a8c5d7e11",
    )
