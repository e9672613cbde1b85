"""Answers given a moment ago, given again while nothing has changed.

Kept are finished bodies by the address and the languages accepted, each with the moment of the
index at which it was made; any other moment makes it worthless.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec
from litestar import MediaType, Request, Response

from api.http.middleware import refuse_unreadable
from domain.search import service

T = TypeVar("T")

MOST = 1_000
LARGEST = 64 * 1024
"""So many answers are kept, of at most so many bytes each."""

_kept: OrderedDict[tuple[str, bytes, str], tuple[object, Response[bytes]]] = OrderedDict()


async def known(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """Return the answer that the same question got at this very moment (before the handler)."""
    refuse_unreadable(request)
    request.state.moment = service.moment()
    if request.state.moment is None:
        return None
    key = _key(request)
    made_at, answer = _kept.get(key, (None, None))
    if made_at != request.state.moment:
        return None
    _kept.move_to_end(key)
    return answer


def answered(
    request: Request[Any, Any, Any], content: T, headers: Mapping[str, str]
) -> Response[T]:
    """Answer, and keep the answer when the index did not change while it was made."""
    body = msgspec.json.encode(content)
    answer = Response(body, media_type=MediaType.JSON, headers=headers)
    moment = request.state.moment
    if moment is not None and moment == service.moment() and len(body) <= LARGEST:
        _kept[_key(request)] = moment, answer
        if len(_kept) > MOST:
            _kept.popitem(last=False)
    return cast(Response[T], answer)


def _key(request: Request[Any, Any, Any]) -> tuple[str, bytes, str]:
    scope = request.scope
    return scope["path"], scope["query_string"], request.headers.get("accept-language", "")
