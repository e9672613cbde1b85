"""Refusals as pages: for browsers only, in their language; machines get problem documents."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response

from api.http.authentication import COOKIE
from api.identity.routes import ended_cookie
from api.web import words
from api.web.languages import language_of
from api.web.rendering import address, go, page, safe_path

_MACHINES = ("/v1", "/fhir", "/openapi.json", "/health", "/stripe", "/static")


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a browser asked, and not for an address of the API."""
    path = request.scope["path"]
    if any(path == prefix or path.startswith(prefix + "/") for prefix in _MACHINES):
        return False
    return "text/html" in request.headers.get("accept", "")


def page_for(
    request: Request[Any, Any, Any], status: int, code: str, headers: dict[str, str]
) -> Response[bytes] | None:
    """Return the page of a refusal; who has to sign in is led there and back again."""
    if not wants_page(request):
        return None
    if status == 401:
        return _sign_in_first(request, code)
    if code == "second_factor_needed":
        return go("/account")
    if code == "step_up_needed":
        return go("/step-up", next=_wanted(request))
    return page(
        request,
        "error.html",
        status=status,
        headers={k: v for k, v in headers.items() if k.lower() in ("allow", "retry-after")},
        problem=words.problem_of(language_of(request), code, status),
        http_status=status,
        request_id=request.state.get("request_id"),
    )


def _sign_in_first(request: Request[Any, Any, Any], code: str) -> Response[bytes]:
    wanted = _wanted(request)
    if code == "session_ended" and request.cookies.get(COOKIE):
        # Public pages go on without the ended session; the others come back here without it.
        if request.method in ("GET", "HEAD"):
            return go(wanted, cookies=[ended_cookie()])
        return go(address("/sign-in", next=wanted, ended="yes"), cookies=[ended_cookie()])
    return go(address("/sign-in", next=wanted))


def _wanted(request: Request[Any, Any, Any]) -> str:
    """Return the page that was asked for, or the one a refused form was sent from."""
    if request.method in ("GET", "HEAD"):
        query = request.scope["query_string"].decode("latin-1")
        wanted = request.scope["path"] + (f"?{query}" if query else "")
    else:
        referrer = urlsplit(request.headers.get("referer", ""))
        wanted = referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return safe_path(wanted, "/me")
