"""From a request's token to the actor behind it."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from domain.actor import ANONYMOUS, Actor
from domain.clients import tokens
from domain.errors import Forbidden, Unauthenticated
from domain.identity import sessions

COOKIE = "__Host-sid"
ASKED_BY_NOBODY = "asked_by_nobody"
"""The option of a route that looks at no token: its caller proves anew who they are."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SessionEnded(Unauthenticated):
    code = "session_ended"
    title = "Your session has ended; please sign in again"


class TokenEnded(Unauthenticated):
    code = "token_ended"
    title = "The system's token does not hold (any more); fetch a new one"


class ForeignOrigin(Forbidden):
    code = "foreign_origin"
    title = "This request comes from another site and was refused"


def bearer_token(request: Request[Any, Any, Any]) -> str | None:
    """Return the token of an Authorization header (RFC 6750, section 2.1)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """Return who is asking, once a request.

    Raises SessionEnded or TokenEnded for a token that does not hold.
    """
    known = request.state.get("actor")
    if isinstance(known, Actor):
        return known
    request_id = request.state.get("request_id")
    token, cookie = bearer_token(request), request.cookies.get(COOKIE)
    if request.route_handler.opt.get(ASKED_BY_NOBODY):
        token = cookie = None
    if token is not None:
        actor = await _bearer(token[:200], request_id)
    elif cookie is not None:
        require_same_origin(request)
        actor = await _of_session(cookie[:200], request_id)
    else:
        actor = Actor(kind=ANONYMOUS.kind, request_id=request_id)
    request.state.actor = actor
    return actor


async def _bearer(token: str, request_id: str | None) -> Actor:
    """Return the person or the facility's system behind a token of the Authorization header."""
    if not token.startswith(tokens.PREFIX):
        return await _of_session(token, request_id)
    found = await tokens.resolve_token(token, request_id)
    if found is None:
        raise TokenEnded
    return found


async def _of_session(token: str, request_id: str | None) -> Actor:
    found = await sessions.resolve_session(token, request_id)
    if found is None:
        raise SessionEnded
    return found


def require_same_origin(request: Request[Any, Any, Any]) -> None:
    """Refuse a changing request that a browser sends with our cookie on another site's behalf."""
    if request.method in _SAFE:
        return
    ours = urlsplit(request.app.state.settings.public_url)
    origin = request.headers.get("origin")
    if origin is not None:
        sent = urlsplit(origin)
        if (sent.scheme, sent.netloc) == (ours.scheme, ours.netloc):
            return
    elif request.headers.get("sec-fetch-site") in ("same-origin", "none"):
        return
    raise ForeignOrigin
