"""The OpenAPI document: the framework knows the routes, msgspec the types, the guards the roles."""

import hashlib
import inspect
import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import ParameterKwarg
from litestar.response import Stream

from api.examples import CEREMONY_EXAMPLE, EXAMPLES, REGISTER_FILE, SUMMARY_EXAMPLE
from api.http.authentication import ForeignOrigin, SessionEnded, TokenEnded
from api.http.guards import action_of
from api.http.problems import HTTP_PROBLEMS, MEDIA_TYPE, Problem, ProblemSpec, problem_of, status_of
from api.http.versions import VersionNeeded
from api.openapi_headers import HEADERS, REFUSAL_HEADERS, headers_of
from domain.db import DatabaseBusy, DatabaseDown, RuleBroken, UnstorableText
from domain.errors import DomainError, TooMany, Unauthenticated
from domain.limits.types import UNLIMITED
from domain.permissions.errors import ScopeMissing, SecondFactorNeeded, StepUpNeeded, WrongRole
from domain.permissions.service import PERMISSIONS
from domain.permissions.table import PEOPLE
from domain.permissions.types import Permission
from domain.text import EmptyText

Node = dict[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_SAFE = ("get",)
_REF = "#/components/schemas/{name}"
_TIME = r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$"
_DECIMAL = r"^-?\d+(\.\d+)?$"
_DONE = {
    "200": "What was asked for",
    "201": "What was made",
    "202": "Taken up; what follows comes by mail",
    "204": "Done; there is nothing to add",
}

_EXAMPLE_OF = {kind.__name__: example for kind, example in EXAMPLES.items()}

Refusal = tuple[int, str, str]
"""A status, a code and its title."""


class DocumentPlugin(JsonRenderPlugin):
    """Serves the same bytes that are committed as the snapshot."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Node) -> bytes:
        """Return the document."""
        return document(request.app)


def document(app: Litestar) -> bytes:
    """Return the OpenAPI document as it is committed: indented, in a stable order."""
    known = app.state.get("openapi_document")
    if not isinstance(known, bytes):
        raw = msgspec.json.encode(described(app), order="sorted")
        known = msgspec.json.format(raw, indent=1) + b"\n"
        app.state.openapi_document = known
    return known


def described(app: Litestar) -> Node:
    """Return the document as plain values, which share nothing with the framework's own."""
    inferred = _plain(app.openapi_schema.to_schema())
    handlers = _handlers(app)
    components = inferred["components"]
    components["schemas"] = _schemas(handlers.values())
    components["headers"] = HEADERS
    components["examples"] = {
        name: {"value": _plain(example)} for name, example in _EXAMPLE_OF.items()
    }
    refusals: list[Refusal] = []
    for item in inferred["paths"].values():
        for method in [name for name in _METHODS if name in item]:
            operation = item[method]
            refusals += _complete(method, operation, handlers[operation["operationId"]])
    components["examples"] |= {
        _example_name(*refusal): {"value": _plain(problem_of(*refusal))} for refusal in refusals
    }
    components["schemas"] = _reachable(inferred)
    cleaned: Node = _without_noise(inferred)
    return cleaned


def _plain(value: object) -> Any:
    """Return what a client reads: the JSON of a value, as dictionaries and lists."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _handlers(app: Litestar) -> dict[str, HTTPRouteHandler]:
    return {
        handler.operation_id: handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(getattr(handler, "operation_id", None), str)
    }


def _complete(method: str, operation: Node, handler: HTTPRouteHandler) -> list[Refusal]:
    operation["description"] = inspect.getdoc(handler.fn) or ""
    operation["security"] = _security(handler)
    operation["x-action"] = action_of(handler.resolve_guards())
    operation["parameters"] = (
        [_parameter(each, handler) for each in operation["parameters"]]
        if ("parameters" in operation)
        else []
    )
    if "requestBody" in operation:
        for media_type, content in operation["requestBody"]["content"].items():
            content["examples"] = (
                {"register": {"value": REGISTER_FILE}}
                if media_type == "text/csv"
                else _examples(content["schema"])
            )
    responses = {}
    for status, response in operation["responses"].items():
        declared = (handler.responses or {}).get(int(status))
        if isinstance(declared, ProblemSpec) or (declared is None and int(status) >= 400):
            continue
        if declared is None:
            response["description"] = _DONE[status]
        if headers := headers_of(handler):
            response["headers"] = headers
        if status == "204":
            response.pop("content", None)
        for content in (response.get("content") or {}).values():
            content["examples"] = _examples(content["schema"])
        responses[status] = response
    refusals = sorted(set(_refusals(method, operation, handler)))
    for status, same in itertools.groupby(refusals, key=lambda refusal: refusal[0]):
        responses.setdefault(str(status), _problem_answer(status, list(same)))
    operation["responses"] = responses
    return refusals


def _rows(handler: HTTPRouteHandler) -> tuple[Permission, ...]:
    return PERMISSIONS[action_of(handler.resolve_guards()) or ""]


def _security(handler: HTTPRouteHandler) -> list[Node]:
    rows = _rows(handler)
    if not any(row.public for row in rows):
        # One alternative a role: OpenAPI 3.1 reads the names in one list as all required.
        roles = {role.value for row in rows for role in row.roles}
        everybody = roles == {role.value for role in PEOPLE}
        people = [{"session": []}] if everybody else [{"session": [role]} for role in sorted(roles)]
        scopes = sorted({row.client_scope for row in rows if row.client_scope})
        if any(row.any_client for row in rows):
            return [*people, {"client": []}]
        return [*people, *({"client": [scope.value]} for scope in scopes)]
    return [{}, {"session": []}] if "actor" in handler.parsed_fn_signature.parameters else []


def _parameter(parameter: Node, handler: HTTPRouteHandler) -> Node:
    schema = parameter["schema"]
    for name, bound in _bounds(parameter["name"], handler):
        schema[name] = bound
    parts = schema.pop("oneOf", [])
    for part in parts:
        if part != {"type": "null"}:
            schema.update(part)
    if "$ref" in schema:
        parameter["schema"] = {"$ref": schema["$ref"]} | {
            name: schema[name] for name in ("default",) if name in schema
        }
    else:
        schema.pop("description", None)
        schema.pop("title", None)
    if parameter["name"] == "If-Match":
        parameter["required"] = VersionNeeded in _declared(handler)
    return parameter


def _bounds(parameter: str, handler: HTTPRouteHandler) -> Iterator[tuple[str, int]]:
    """Yield a parameter's bounds as written: the framework loses a lower bound of zero."""
    for name, field in handler.parsed_fn_signature.parameters.items():
        written = field.kwarg_definition
        if isinstance(written, ParameterKwarg) and (written.name or name) == parameter:
            for key, value in (("minimum", written.ge), ("maximum", written.le)):
                if value is not None:
                    yield key, int(value)


def _declared(handler: HTTPRouteHandler) -> list[type[DomainError]]:
    return [
        kind
        for declared in (handler.responses or {}).values()
        if isinstance(declared, ProblemSpec)
        for kind in declared.kinds
    ]


def _refusals(method: str, operation: Node, handler: HTTPRouteHandler) -> Iterator[Refusal]:
    rows = _rows(handler)
    guarded = not any(row.public for row in rows)
    parameters, body = operation["parameters"], "requestBody" in operation
    kinds = _declared(handler)
    # The guard of every route asks who is there: a token that ended is refused on public ones too.
    kinds += [SessionEnded, TokenEnded, DatabaseBusy, DatabaseDown]
    kinds += [Unauthenticated] if guarded else []
    everybody = frozenset().union(*(row.roles for row in rows)) == PEOPLE
    if guarded and not (everybody and any(row.any_client for row in rows)):
        kinds += [WrongRole]
    kinds += [SecondFactorNeeded] if guarded and not rows[0].single_factor else []
    kinds += [StepUpNeeded] if any(row.step_up for row in rows) else []
    kinds += [ScopeMissing] if any(row.client_scope for row in rows) else []
    kinds += [ForeignOrigin, RuleBroken] if method not in _SAFE else []
    kinds += [TooMany] if rows[0].action not in UNLIMITED else []
    if body or any(_takes_text(each["schema"]) for each in parameters):
        kinds += [UnstorableText, EmptyText] if body else [UnstorableText]
    for kind in dict.fromkeys(kinds):
        yield status_of(kind), kind.code, kind.title
    names = ["malformed_request", "internal_error"]
    if body:
        names += ["malformed_json", "request_too_large", "unsupported_media_type"]
    if any(each["in"] == "path" for each in parameters):
        names.append("unknown_address")
    if body or any(each["in"] != "path" or "$ref" in each["schema"] for each in parameters):
        names.append("invalid_request")
    for status, code, title in HTTP_PROBLEMS:
        if code in names:
            yield status, code, title


def _takes_text(schema: Node) -> bool:
    text: Node = schema.get("items", schema)
    return text.get("type") == "string" and "format" not in text and "pattern" not in text


def _problem_answer(status: int, refusals: list[Refusal]) -> Node:
    examples = {
        code: {"$ref": f"#/components/examples/{_example_name(status, code, title)}"}
        for _, code, title in refusals
    }
    content = {"schema": {"$ref": _REF.format(name="Problem")}, "examples": examples}
    answer: Node = {
        "description": "; ".join(f"`{code}`: {title}" for _, code, title in refusals),
        "content": {MEDIA_TYPE: content},
    }
    return answer | ({"headers": REFUSAL_HEADERS[status]} if status in REFUSAL_HEADERS else {})


def _example_name(status: int, code: str, title: str) -> str:
    """Name a refusal's example: two rooms may say `wrong_state` in words of their own."""
    return f"{status}.{code}.{hashlib.sha256(title.encode()).hexdigest()[:4]}"


def _examples(schema: Node) -> Node:
    reference = schema.get("$ref") or (schema.get("items") or {}).get("$ref")
    if reference is None:
        if (
            schema.get("type") == "object"
            and "properties" not in schema
            and "FHIR" not in str(schema)
        ):
            return {"options": {"value": CEREMONY_EXAMPLE}}
        return {"summary": {"value": SUMMARY_EXAMPLE}} if "FHIR" in str(schema) else {}
    name = reference.rpartition("/")[2]
    if "$ref" in schema:
        return {name: {"$ref": f"#/components/examples/{name}"}}
    return {name: {"value": [_plain(_EXAMPLE_OF[name])]}}


def _schemas(handlers: Any) -> Node:
    """Describe the types of all routes: msgspec says which bounds its own decoder enforces."""
    types: list[Any] = [Problem]
    for handler in handlers:
        signature = handler.parsed_fn_signature
        answer = signature.return_type
        wrapped = answer.is_subclass_of(Response) and answer.inner_types
        if wrapped or not answer.is_subclass_of((Response, Stream)):
            types.append(answer.inner_types[0].annotation if wrapped else answer.annotation)
        types += [
            each.annotation
            for name, each in signature.parameters.items()
            if name not in ("actor", "request")
        ]
    _, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    for info in _structs(types):
        schema = schemas[info.cls.__name__]
        for field in info.fields:
            _say_when(field.type, schema["properties"][field.encode_name])
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])
        if "enum" in schema:
            schema["type"] = "string"
    return schemas


def _structs(types: list[Any]) -> Iterator[msgspec.inspect.StructType]:
    waiting, seen = list(msgspec.inspect.multi_type_info(types)), set()
    while waiting:
        info = waiting.pop()
        waiting += getattr(info, "types", ())
        waiting += [
            part
            for name in ("item_type", "value_type", "type")
            if isinstance(part := getattr(info, name, None), msgspec.inspect.Type)
        ]
        if isinstance(info, msgspec.inspect.StructType) and info.cls not in seen:
            seen.add(info.cls)
            waiting += [field.type for field in info.fields]
            yield info


def _say_when(info: msgspec.inspect.Type, schema: Node) -> None:
    """Add the formats that msgspec leaves out where a time may lack an offset."""
    choices = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    for choice, part in zip(choices, schema.get("anyOf", [schema]), strict=False):
        if isinstance(choice, msgspec.inspect.DateTimeType):
            part["format"] = "date-time"
        elif isinstance(choice, msgspec.inspect.TimeType):
            part["pattern"] = _TIME
        elif isinstance(choice, msgspec.inspect.DecimalType):
            part["pattern"] = _DECIMAL
        elif isinstance(choice, msgspec.inspect.RawType):
            part["type"] = "object"


def _reachable(whole: Node) -> Node:
    """Return the schemas that something refers to."""
    schemas: Node = whole["components"]["schemas"]
    kept: Node = {}
    waiting: list[Any] = [whole["paths"]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix(_REF.format(name=""))
            if name in schemas and name not in kept:
                kept[name] = schemas[name]
                waiting.append(schemas[name])
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return kept


_NOISE = {"deprecated": False, "allowEmptyValue": False, "allowReserved": False, "headers": {}}


def _without_noise(node: Any, name: str = "") -> Any:
    """Drop members that say nothing; examples are left as they are, for null means something."""
    if name in ("value", "example"):
        return node
    if isinstance(node, list):
        return [_without_noise(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_noise(value, key)
        for key, value in node.items()
        if not (key in _NOISE and value == _NOISE[key])
        and not (key == "default" and value is None)
        and not (key in ("parameters", "examples") and not value)
    }
