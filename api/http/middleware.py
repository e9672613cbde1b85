"""What surrounds every request: its id, its log line, its limits and the answer's headers."""

import asyncio
import functools
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, cast, get_args

import structlog
from litestar import Request
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.typing import FieldDefinition

from api.http.problems import problem_response
from api.metrics import count_request
from api.tracing import note_status, request_span
from domain.ids import new_id_text

MAX_QUERY_PARAMETERS = 32
MAX_QUERY_BYTES = 8192
PATIENCE_S = 30.0
"""A request whose answer has not begun by then is given up."""

NO_METHODS: Mapping[str, Collection[str]] = MappingProxyType({})

Header = tuple[bytes, bytes]

log = structlog.get_logger()

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class RequestEnvelope:
    """Gives each request an id, logs it and sets the security headers of its answer."""

    def __init__(
        self, app: ASGIApp, *, secure: bool, methods: Mapping[str, Collection[str]] = NO_METHODS
    ) -> None:
        self._app = app
        self._methods = methods
        headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Content-Security-Policy": _CSP,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
            "Cache-Control": "no-store",
        }
        if secure:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        # Encoded once: through the framework's headers they cost a third of a small answer.
        self._headers = [(n.lower().encode(), v.encode()) for n, v in headers.items()]
        self._names = frozenset(name for name, _ in self._headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = new_id_text()
        scope["state"]["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started, status = time.perf_counter(), 0
        head_only = scope.get("method") == "HEAD"
        if head_only:
            # HEAD is GET without its content (RFC 9110, section 9.3.2), on every address.
            scope = cast(Scope, {**scope, "method": "GET"})

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = self._completed(scope, message["headers"])
                headers.append((b"x-request-id", request_id.encode()))
                message["headers"] = headers
            elif head_only and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            with request_span(scope, request_id):
                try:
                    await self._app(scope, receive, send_with_headers)
                finally:
                    note_status(status)
        finally:
            # The template, not the address: an address carries ids and codes.
            route, seconds = scope.get("path_template") or "unknown", time.perf_counter() - started
            count_request(str(scope.get("method")), route, status, seconds)
            if not scope["path"].startswith("/static/"):
                log.info(
                    "request",
                    method=scope.get("method"),
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )
            structlog.contextvars.unbind_contextvars("request_id")

    def _completed(self, scope: Scope, given: Iterable[Header]) -> list[Header]:
        """Return an answer's headers with ours, but for those it says itself."""
        headers = list(given)
        said = {name for name, _ in headers}
        if b"allow" in said:
            headers = [(n, self._allowed(scope, v) if n == b"allow" else v) for n, v in headers]
        if said.isdisjoint(self._names):
            headers += self._headers
        else:
            headers += [each for each in self._headers if each[0] not in said]
        return headers

    def _allowed(self, scope: Scope, given: bytes) -> bytes:
        """Return what an address answers: the framework forgets methods of split handlers."""
        known = self._methods.get(scope.get("path_template", ""), given.decode().split(", "))
        return ", ".join(sorted({*known, "HEAD"} if "GET" in known else known)).encode()


class Patience:
    """Gives up each request whose answer has not begun in time.

    What is sent and received in pieces takes as long as its sender does.
    """

    def __init__(self, app: ASGIApp, seconds: float = PATIENCE_S) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or _in_pieces(scope):
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_in_time(message: Message) -> None:
            nonlocal begun
            if not begun:
                begun = True
                if not deadline.expired():
                    deadline.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as deadline:
                await self._app(scope, receive, send_in_time)
        except TimeoutError:
            if begun or not deadline.expired():
                raise
            await _too_slow(Request(scope))(scope, receive, send)


def _in_pieces(scope: Scope) -> bool:
    return scope.get("method") == "PATCH" and scope["path"].startswith("/v1/files/")


def _too_slow(request: Request[Any, Any, Any]) -> ASGIApp:
    log.error("request_too_slow", route=request.scope.get("path_template") or "unknown")
    title = "This took too long and was given up; please try again in a few seconds"
    return problem_response(
        request, 503, "too_slow", title, title, headers={"Retry-After": "5"}
    ).to_asgi_response(None, request)


async def refuse_unreadable(request: Request[Any, Any, Any]) -> None:
    """Refuse what no handler needs to look at: see the three rules below.

    A coroutine, for the framework would run a plain function in a thread.
    """
    require_modest_query(request)
    require_single_values(request)
    require_json(request)


def require_json(request: Request[Any, Any, Any]) -> None:
    """Refuse a body that says it is something else where JSON belongs (RFC 9110, 15.5.16)."""
    body = getattr(request.route_handler, "parsed_data_field", None)
    wanted = getattr(body and body.kwarg_definition, "media_type", None)
    sent = request.headers.get("content-type", "application/json")
    if wanted is RequestEncodingType.JSON and sent.partition(";")[0].strip().lower() != (
        "application/json"
    ):
        raise HTTPException(status_code=415)


def require_modest_query(request: Request[Any, Any, Any]) -> None:
    """Refuse a query string with more parameters or bytes than any of ours needs."""
    query = request.scope["query_string"]
    if len(query) > MAX_QUERY_BYTES:
        raise _wrong({"query": f"is longer than {MAX_QUERY_BYTES} bytes"})
    if query.count(b"&") >= MAX_QUERY_PARAMETERS:
        raise _wrong({"query": f"has more than {MAX_QUERY_PARAMETERS} parameters"})


def require_single_values(request: Request[Any, Any, Any]) -> None:
    """Refuse a parameter given twice where one value is meant: nobody could say which counts.

    And `null` for a number or an instant, which the decoder would read as left out.
    """
    if not request.scope["query_string"]:
        return
    declared = _declared(request.route_handler)
    given = list(request.query_params.multi_items())
    wrong = {
        name: "is given more than once"
        for name, times in Counter(name for name, _ in given).items()
        if times > 1 and name in declared and not declared[name].is_non_string_sequence
    } | {
        name: "is null; leave it out instead"
        for name, value in given
        if value.lower() == "null"
        and name in declared
        and declared[name].is_optional
        and str not in get_args(declared[name].annotation)
    }
    if wrong:
        raise _wrong(wrong)


def _wrong(parameters: Mapping[str, str]) -> ValidationException:
    return ValidationException(
        extra=[{"key": name, "message": message} for name, message in parameters.items()]
    )


@functools.cache
def _declared(handler: BaseRouteHandler) -> Mapping[str, FieldDefinition]:
    """Return a handler's parameters by the names under which they are sent."""
    return {
        getattr(field.kwarg_definition, "name", None) or name: field
        for name, field in handler.parsed_fn_signature.parameters.items()
    }
