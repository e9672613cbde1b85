"""From a request's token to the actor behind it."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from domain.actor import ANONYMOUS, Actor
from domain.errors import Forbidden, Unauthenticated
from domain.identity import sessions

COOKIE = "__Host-sid"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SessionEnded(Unauthenticated):
    code = "session_ended"
    title = "Your session has ended; please sign in again"


class ForeignOrigin(Forbidden):
    code = "foreign_origin"
    title = "This request comes from another site and was refused"


def bearer_token(request: Request[Any, Any, Any]) -> str | None:
    """Return the token of an Authorization header (RFC 6750, section 2.1)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """Return who is asking, once a request; raises SessionEnded for a token that does not hold."""
    known = request.state.get("actor")
    if isinstance(known, Actor):
        return known
    request_id = request.state.get("request_id")
    token, cookie = bearer_token(request), request.cookies.get(COOKIE)
    if token is None and cookie is not None:
        require_same_origin(request)
        token = cookie
    if token is None:
        actor = Actor(kind=ANONYMOUS.kind, request_id=request_id)
    else:
        found = await sessions.resolve_session(token[:200], request_id)
        if found is None:
            raise SessionEnded
        actor = found
    request.state.actor = actor
    return actor


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
