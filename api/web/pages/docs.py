"""The API for people: every operation of the OpenAPI document, rendered by ourselves."""

from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from api.http.guards import may
from api.openapi import document
from api.web.rendering import PageRequest, page
from domain.actor import Actor, Role
from domain.permissions.service import PERMISSIONS
from domain.permissions.table import PEOPLE
from domain.permissions.types import RELATION_TEXTS

_METHODS = ("get", "post", "put", "patch", "delete")


class DocsPages(Controller):
    path = "/docs"
    include_in_schema = False

    @get(guards=[may("docs.read")])
    async def operations(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """List the operations by their tag with what they take and answer."""
        described = msgspec.json.decode(document(request.app))
        return page(request, "docs.html", info=described["info"], tags=_by_tag(described))

    @get("/permissions", guards=[may("docs.read")])
    async def permissions(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the permission table as the program reads it."""
        return page(
            request,
            "permissions.html",
            rows=PERMISSIONS,
            roles=[role.value for role in Role],
            everyone=PEOPLE,
            relations=RELATION_TEXTS,
        )


def _by_tag(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, item in described["paths"].items():
        for method in _METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            tag = (operation.get("tags") or ["Other"])[0]
            found.setdefault(tag, []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "id": operation.get("operationId", ""),
                    "summary": operation.get("summary", ""),
                    "description": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                    "body": _schema_of(operation.get("requestBody") or {}),
                    "responses": [
                        (status, answer.get("description", ""), _schema_of(answer))
                        for status, answer in sorted((operation.get("responses") or {}).items())
                    ],
                }
            )
    return dict(sorted(found.items()))


def _schema_of(part: dict[str, Any]) -> str:
    for content in (part.get("content") or {}).values():
        schema = content.get("schema") or {}
        if "$ref" in schema:
            return str(schema["$ref"]).rpartition("/")[2]
        if schema.get("type") == "array" and "$ref" in (schema.get("items") or {}):
            return str(schema["items"]["$ref"]).rpartition("/")[2] + "[]"
        return str(schema.get("type") or "")
    return ""
