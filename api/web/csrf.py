"""Forms only from our own pages: a signed double-submit token bound to cookie and session."""

import hmac
import secrets
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from api.http.authentication import COOKIE as SESSION_COOKIE
from domain.errors import Forbidden
from domain.keys.service import blind_index

COOKIE = "__Host-form"
FIELD = "form_token"


class FormStale(Forbidden):
    code = "form_stale"
    title = "This form is too old or was opened before signing in; please send it again"


def token_of(request: Request[Any, Any, Any]) -> str:
    """Return the token for forms of this page; `cookie_of` must travel with the page."""
    nonce = request.cookies.get(COOKIE) or request.state.get("form_nonce")
    if nonce is None:
        nonce = request.state.form_nonce = secrets.token_urlsafe(24)
    return _token(nonce, request.cookies.get(SESSION_COOKIE, ""))


def _token(nonce: str, session: str) -> str:
    return blind_index("web-form", f"{nonce}|{session}").hex()


def cookie_of(request: Request[Any, Any, Any]) -> list[Cookie]:
    """Return the cookie that a page with a first form has to set."""
    nonce = request.state.get("form_nonce")
    if nonce is None:
        return []
    return [Cookie(COOKIE, path="/", value=nonce, secure=True, httponly=True, samesite="lax")]


def require_token(request: Request[Any, Any, Any], sent: str) -> None:
    """Refuse a form that none of our pages gave to this browser; raises FormStale."""
    nonce = request.cookies.get(COOKIE)
    expected = _token(nonce, request.cookies.get(SESSION_COOKIE, "")) if nonce else ""
    if not expected or not hmac.compare_digest(expected.encode(), sent.encode()):
        raise FormStale
