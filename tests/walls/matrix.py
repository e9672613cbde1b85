"""Every operation of the API asked by everybody: what the permission table admits, and no more."""

import re
from collections.abc import Collection, Iterator
from typing import Any

import httpx
import msgspec
from litestar import Litestar

from api.examples import EXAMPLES
from api.openapi import described
from api.worker import HANDLERS
from domain.actor import SYSTEM
from domain.audit import service as audit
from domain.outbox import service as outbox
from domain.permissions.service import PERMISSIONS
from tests.walls.cast import Member
from tests.walls.world import World, run

SAFE = ("get", "head")
METHODS = ("get", "post", "put", "patch", "delete")

REFUSED = (401, 403, 404)

_TABLE = dict(PERMISSIONS)
_EXAMPLES = {kind.__name__: example for kind, example in EXAMPLES.items()}


class Operation(msgspec.Struct, frozen=True):
    """One operation of the document, with the action its route names."""

    id: str
    method: str
    path: str
    action: str
    parameters: tuple[str, ...]
    body: str | None
    media_type: str | None
    needs_version: bool

    @property
    def safe(self) -> bool:
        return self.method in SAFE

    @property
    def names_a_thing(self) -> bool:
        """Tell whether address or body points at something that belongs to somebody."""
        return any(name.endswith("_id") for name in (*self.parameters, *_members(self.body)))


class Cell(msgspec.Struct, frozen=True):
    """One operation asked by one actor."""

    operation: str
    actor: str
    status: int
    request_id: str
    problem: str


def operations(app: Litestar) -> Iterator[Operation]:
    """Yield every operation of the OpenAPI document."""
    for path, item in described(app)["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            node = item[method]
            content = (node.get("requestBody") or {}).get("content") or {}
            media_type = next(iter(content), None)
            schema = content[media_type]["schema"] if media_type else {}
            yield Operation(
                id=node["operationId"],
                method=method,
                path=path,
                action=node["x-action"],
                parameters=tuple(
                    p["name"] for p in (node.get("parameters") or []) if p["in"] == "path"
                ),
                body=str(schema.get("$ref", "")).rpartition("/")[2] or None,
                media_type=media_type,
                needs_version=any(p["name"] == "If-Match" for p in node.get("parameters", [])),
            )


def body_for(operation: Operation, world: World) -> Any:
    """Return the document's own example, about this patient's things."""
    if operation.body is None:
        return None
    plain = msgspec.json.decode(msgspec.json.encode(_EXAMPLES[operation.body]))
    about = {name: world.ids[name] for name in _members(operation.body) if name in world.ids}
    return plain | about | world.bodies.get(operation.id, {})


def _members(body: str | None) -> tuple[str, ...]:
    """Return the members of a body's example that carry an id."""
    if body is None:
        return ()
    plain = msgspec.json.decode(msgspec.json.encode(_EXAMPLES[body]))
    return tuple(
        name for name, value in plain.items() if name.endswith("_id") and isinstance(value, str)
    )


async def ask(operation: Operation, member: Member, world: World) -> httpx.Response:
    """Send the operation as this actor, about the patient's things."""
    ids = world.ids | world.addresses.get(operation.id, {})
    path = re.sub(r"{(\w+)[^}]*}", lambda found: ids[found[1]], operation.path)
    headers = {"If-Match": '"1"'} if operation.needs_version else {}
    more: dict[str, Any] = {}
    if operation.media_type == "application/x-www-form-urlencoded":
        more["data"] = body_for(operation, world)
    elif operation.body is not None:
        more["json"] = body_for(operation, world)
    elif operation.media_type is not None:
        headers["Content-Type"] = operation.media_type
        more["content"] = b"{}"
    return await member.client.request(
        operation.method.upper(),
        path,
        headers=headers | world.headers.get(operation.id, {}),
        params=world.queries.get(operation.id),
        **more,
    )


def expected(operation: Operation, member: Member) -> bool:
    """Tell whether the permission table, as it was at the start, admits this actor."""
    named = operation.names_a_thing
    return any(member.admitted_by(row, names_a_thing=named) for row in _TABLE[operation.action])


async def walk(app: Litestar, world: World) -> list[Cell]:
    """Ask everything as everybody; return each cell with what is wrong about it, if anything.

    Who is not admitted asks first and changes nothing; then who is, reading before changing.
    """
    pairs = [(operation, member) for operation in operations(app) for member in world.cast]
    reading = [pair for pair in pairs if expected(*pair) and pair[0].safe]
    changing = [pair for pair in pairs if expected(*pair) and not pair[0].safe]
    changing.sort(key=lambda pair: pair[0].id in world.last)
    cells = await refused(app, world)
    # In service a worker runs beside the answers, and the readiness of the place depends on it.
    while await outbox.deliver_due(HANDLERS) or await audit.seal_pending(SYSTEM):
        pass
    cells += [await _read(world, *pair) for pair in reading]
    cells += [await _changed(world, *pair) for pair in changing]
    return cells


async def refused(
    app: Litestar, world: World, *, only: Collection[str] | None = None
) -> list[Cell]:
    """Ask each operation (or `only` these) as everybody whom the table does not admit to it."""
    pairs = [
        (operation, member)
        for operation in operations(app)
        for member in world.cast
        if not expected(operation, member) and (only is None or operation.id in only)
    ]
    cells = [await _refused(world, *pair) for pair in pairs]
    return await _audited(cells, {member.name for _, member in pairs if member.role is not None})


def _cell(operation: Operation, member: Member, answer: httpx.Response, problem: str) -> Cell:
    return Cell(
        operation.id, member.name, answer.status_code, answer.headers.get("x-request-id", ""),
        problem,
    )  # fmt: skip


async def _refused(world: World, operation: Operation, member: Member) -> Cell:
    answer = await ask(operation, member, world)
    problem = ""
    if answer.is_success:
        problem = "answered whom the table does not admit"
    elif answer.status_code not in REFUSED and operation.id not in world.undecided:
        problem = f"refused for another reason: {answer.text[:160]}"
    return _cell(operation, member, answer, problem or _leak(world, member, answer))


async def _read(world: World, operation: Operation, member: Member) -> Cell:
    answer = await ask(operation, member, world)
    problem = ""
    if not answer.is_success and operation.id not in world.undecided:
        problem = f"refused whom the table admits: {answer.text[:160]}"
    return _cell(operation, member, answer, problem or _leak(world, member, answer))


async def _changed(world: World, operation: Operation, member: Member) -> Cell:
    answer = await ask(operation, member, world)
    problem = f"broke: {answer.text[:160]}" if answer.status_code >= 500 else ""
    return _cell(operation, member, answer, problem or _leak(world, member, answer))


def _leak(world: World, member: Member, answer: httpx.Response) -> str:
    if not answer.is_success:
        return ""  # a refusal's address repeats what the caller sent
    for kind, text in world.canaries.items():
        if kind not in member.sees and text in answer.text:
            return f"shows the patient's {kind}"
    return ""


async def _audited(cells: list[Cell], signed_in: set[str]) -> list[Cell]:
    """Mark the refusals of signed-in actors of which the audit trail knows nothing."""
    known = {
        row["request_id"]
        for row in await run("SELECT request_id FROM audit_event WHERE outcome = 'denied'")
    }
    return [
        msgspec.structs.replace(cell, problem="refused without a trace in the audit")
        if not cell.problem
        and cell.actor in signed_in
        and cell.status in (403, 404)
        and cell.request_id not in known
        else cell
        for cell in cells
    ]
