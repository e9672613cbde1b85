"""The OpenAPI document: what the framework infers, completed by what every route shares."""

import msgspec
from litestar import Litestar
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
)

from api.http.problems import MEDIA_TYPE

_SHARED = {
    "400": "`malformed_json`, `malformed_request`: the request could not be read",
    "401": "`unauthenticated`, `session_ended`: sign in first",
    "403": "`forbidden`, `foreign_origin`: not with this role",
    "404": "`unknown_address`, `not_found`: nothing the caller may see is here",
    "405": "`method_not_allowed`: another method belongs here",
    "413": "`request_too_large`: the body exceeds the limit of this address",
    "422": "`invalid_request`: a field is missing, unknown or out of bounds; see `errors`",
    "429": "`too_many_requests`: wait as long as Retry-After says",
    "500": "`internal_error`: our fault, written down under `request_id`",
    "503": "`database_busy`, `database_down`: try again after Retry-After seconds",
}
_BODY_ONLY = {"400", "413"}
_PROBLEM = OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))


def complete(app: Litestar) -> None:
    """Declare on every operation the problem answers any route can give, and its security."""
    schema = app.openapi_schema
    for path, item in (schema.paths or {}).items():
        for method in ("get", "post", "put", "patch", "delete"):
            operation: Operation | None = getattr(item, method)
            if operation is not None:
                _complete_operation(path, operation)


def _complete_operation(path: str, operation: Operation) -> None:
    responses = operation.responses or {}
    for status in [s for s in responses if s.startswith(("4", "5"))]:
        response = responses[status]
        if isinstance(response, OpenAPIResponse) and (
            response.content is None or MEDIA_TYPE not in response.content
        ):
            del responses[status]
    for status, text in _SHARED.items():
        if status in _BODY_ONLY and operation.request_body is None:
            continue
        if status in responses:
            known = responses[status]
            if isinstance(known, OpenAPIResponse):
                known.description = f"{known.description}; {text}"
        else:
            responses[status] = OpenAPIResponse(description=text, content={MEDIA_TYPE: _PROBLEM})
    operation.responses = dict(sorted(responses.items()))
    operation.security = [{"session": []}, {}]


def document(app: Litestar) -> bytes:
    """Return the OpenAPI document as it is committed: indented, in a stable order."""
    raw = msgspec.json.encode(app.openapi_schema.to_schema(), order="sorted")
    return msgspec.json.format(raw, indent=1) + b"\n"
