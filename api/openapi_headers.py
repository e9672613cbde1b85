"""The headers that the OpenAPI document describes, and which answers carry them."""

from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from domain.jurisdictions import LANGUAGES

Node = dict[str, Any]


def _header(description: str, **schema: Any) -> Node:
    return {
        "description": description,
        "required": True,
        "schema": {"type": "string", **schema},
    }


def _named(*names: str) -> Node:
    return {name: {"$ref": f"#/components/headers/{name.replace('-', '')}"} for name in names}


HEADERS: Node = {
    "ETag": _header(
        "The version of what was answered, for If-Match (RFC 9110, section 8.8.3)",
        pattern=r'^"\d{1,9}"$', examples=['"3"'],
    ),
    "ContentLanguage": _header(
        "The language of the names (RFC 9110, section 8.5)", enum=list(LANGUAGES)
    ),
    "Vary": _header(
        "What else the answer depends on (RFC 9110, section 12.5.5)", examples=["Accept-Language"]
    ),
    "RetryAfter": _header(
        "Seconds to wait before trying again (RFC 9110, section 10.2.3)",
        pattern=r"^\d+$", examples=["5"],
    ),
    "WWWAuthenticate": _header(
        "How to sign in (RFC 6750, section 3)", examples=['Bearer realm="shifayol"']
    ),
}  # fmt: skip
REFUSAL_HEADERS: dict[int, Node] = {
    401: _named("WWW-Authenticate"),
    429: _named("Retry-After"),
    503: _named("Retry-After"),
}
"""Which headers a refusal of this status carries."""


def headers_of(handler: HTTPRouteHandler) -> Node:
    """Return the headers of a route's good answer."""
    negotiated = _named("Content-Language", "Vary") if _negotiates(handler) else {}
    return negotiated | (_named("ETag") if _has_etag(handler) else {})


def _negotiates(handler: HTTPRouteHandler) -> bool:
    """Tell whether Accept-Language chooses the language where the query does not."""
    lang = handler.parsed_fn_signature.parameters.get("lang")
    return lang is not None and lang.default is None


def _has_etag(handler: HTTPRouteHandler) -> bool:
    answer = handler.parsed_fn_signature.return_type
    if not answer.is_subclass_of(Response) or not answer.inner_types:
        return False
    inner = answer.inner_types[0].annotation
    return isinstance(inner, type) and "version" in getattr(inner, "__struct_fields__", ())
