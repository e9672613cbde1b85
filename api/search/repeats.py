"""Answers given a moment ago, given again while nothing has changed.

Kept are finished answers by the address and the languages accepted, each with the moment of the
index at which it was made; any other moment makes it worthless. They are given to whoever shows no
session, before the router is asked: what the route's guard would say of the public action is said
here, and asking too often is refused as ever.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec
from litestar import MediaType, Request, Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from api.http.limits import spend
from api.http.middleware import Header
from domain.actor import ANONYMOUS
from domain.errors import TooMany
from domain.permissions.service import PERMISSIONS
from domain.search import service

T = TypeVar("T")

ACTIONS = {"/v1/offers": "search.read", "/v1/suggest": "search.suggest"}
"""The addresses whose answers are kept, with the public actions of their routes."""

MOST = 1_000
LARGEST = 64 * 1024
"""So many answers are kept, of at most so many bytes each."""

_Key = tuple[str, bytes, bytes]

_kept: OrderedDict[_Key, tuple[object, list[Header], bytes]] = OrderedDict()


class Repeats:
    """Stands before the router and gives kept answers again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        if not all(row.public for action in ACTIONS.values() for row in PERMISSIONS[action]):
            raise RuntimeError("an answer is kept that not everybody may have")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        action = ACTIONS.get(scope["path"]) if scope["type"] == ScopeType.HTTP else None
        if action is None or scope.get("method") != "GET":
            await self._app(scope, receive, send)
            return
        key, anonymous = _asked(scope)
        made_at, headers, body = _kept.get(key, (None, [], b""))
        if not anonymous or made_at is None or made_at != service.moment():
            await self._app(scope, receive, send)
            return
        # Before anything is waited for: meanwhile others may push the answer out.
        _kept.move_to_end(key)
        try:
            await spend(Request(scope), ANONYMOUS, action)
        except TooMany:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = scope["path"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def answered(
    request: Request[Any, Any, Any], moment: object, content: T, headers: Mapping[str, str]
) -> Response[T]:
    """Answer, and keep the answer when the index did not change since `moment`."""
    body = msgspec.json.encode(content)
    answer = Response(body, media_type=MediaType.JSON, headers=headers)
    if moment is not None and moment == service.moment() and len(body) <= LARGEST:
        described = {**headers, "content-type": "application/json", "content-length": len(body)}
        encoded = [(n.lower().encode(), str(v).encode()) for n, v in described.items()]
        _kept[_asked(request.scope)[0]] = moment, encoded, body
        if len(_kept) > MOST:
            _kept.popitem(last=False)
    return cast(Response[T], answer)


def _asked(scope: Any) -> tuple[_Key, bool]:
    """Return what an answer depends on, and whether nobody in particular asks."""
    accepted, anonymous = b"", True
    for name, value in scope["headers"]:
        if name == b"accept-language":
            accepted = value
        elif name in (b"authorization", b"cookie"):
            anonymous = False
    return (scope["path"], scope["query_string"], accepted), anonymous
