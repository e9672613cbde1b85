"""The API's description is complete, stable, and true of the types it speaks of."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from polyfactory.factories.msgspec_factory import MsgspecFactory

from api.app import create_app
from api.examples import EXAMPLES, SUMMARY_EXAMPLE
from api.http.problems import Problem
from api.openapi import document
from domain.actor import ClientScope
from domain.records.ips import parse_summary
from domain.settings import Settings

SNAPSHOT = Path(__file__).resolve().parent.parent / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {"$ref": "#/components/schemas/Problem"}
BY_NAME = {kind.__name__: kind for kind in EXAMPLES}

Described = dict[str, Any]


class Factory(MsgspecFactory[Any]):
    """Builds what our decoders accept: instants with an offset, raw JSON that is JSON."""

    __is_base_factory__ = True

    @classmethod
    def get_constrained_field_value(cls, annotation: Any, *rest: Any, **more: Any) -> Any:
        if annotation is datetime:
            return cls.__faker__.date_time(tzinfo=UTC)
        return super().get_constrained_field_value(annotation, *rest, **more)

    @classmethod
    def get_provider_map(cls) -> dict[Any, Any]:
        return super().get_provider_map() | {
            datetime: lambda: cls.__faker__.date_time(tzinfo=UTC),
            msgspec.Raw: lambda: msgspec.Raw(b'{"resourceType":"Condition"}'),
        }


@pytest.fixture(scope="module")
def application(settings: Settings) -> Litestar:
    return create_app(settings)


@pytest.fixture(scope="module")
def described(application: Litestar) -> Described:
    made: Described = msgspec.json.decode(document(application))
    return made


def operations(described: Described) -> Iterator[tuple[str, Described]]:
    for path, item in described["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def referred(described: Described, node: Described) -> Described:
    """Return what a reference leads to."""
    while "$ref" in node:
        found: Any = described
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def type_of(schema: Described) -> Any:
    """Return the type whose strict decoder reads what a schema describes."""
    reference = schema.get("$ref") or schema["items"]["$ref"]
    kind = BY_NAME[reference.rpartition("/")[2]]
    return kind if "$ref" in schema else list[kind]  # type: ignore[valid-type]


def examples_of(described: Described, content: Described) -> list[Any]:
    return [referred(described, each)["value"] for each in content.get("examples", {}).values()]


def test_it_equals_its_snapshot(application: Litestar) -> None:
    assert document(application) == SNAPSHOT.read_bytes(), "run: make openapi"


def test_it_is_the_same_in_every_process(application: Litestar) -> None:
    for seed in ("1", "77"):
        made = subprocess.run(
            [sys.executable, "-m", "api", "openapi"],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=SNAPSHOT.parent.parent,
            capture_output=True,
            check=True,
        ).stdout
        assert made == document(application)


def test_every_operation_says_what_it_is(described: Described) -> None:
    ids = [operation["operationId"] for _, operation in operations(described)]
    assert len(ids) == len(set(ids)) > 90
    known = {tag["name"] for tag in described["tags"]}
    assert all(tag["description"] for tag in described["tags"])
    for name, operation in operations(described):
        assert operation["summary"] and operation["description"], name
        assert operation["tags"] and set(operation["tags"]) <= known, name
    used = {tag for _, operation in operations(described) for tag in operation["tags"]}
    assert used == known


def test_the_pages_for_people_are_no_part_of_it(described: Described) -> None:
    parts = {path.split("/")[1] for path in described["paths"]}
    assert parts == {"v1", "health", "stripe", ".well-known", "calendars"}


def test_every_refusal_is_a_problem(described: Described) -> None:
    for name, operation in operations(described):
        for status, answer in operation["responses"].items():
            if status.startswith("2") or (name, status) == ("GET /health/ready", "503"):
                continue
            assert list(answer["content"]) == ["application/problem+json"], (name, status)
            content = answer["content"]["application/problem+json"]
            assert content["schema"] == PROBLEM, (name, status)
            for example in examples_of(described, content):
                problem = msgspec.convert(example, Problem)
                assert str(problem.status) == status
                assert f"`{problem.code}`" in answer["description"]
            if status in ("401", "503"):
                assert answer["headers"], (name, status)


def test_every_body_has_an_example_its_strict_decoder_reads(described: Described) -> None:
    for name, operation in operations(described):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            ours = kind not in ("application/x-www-form-urlencoded", "text/csv")
            if not ours or name.startswith("POST /stripe") or "record/imports" in name:
                assert content.get("examples") or content.get("example"), (name, kind)
                continue
            if kind in ("application/offset+octet-stream", "image/jpeg", "image/png"):
                continue  # bytes of a file
            examples = examples_of(described, content)
            assert examples, name
            for example in examples:
                wanted = type_of(content["schema"])
                assert msgspec.json.decode(msgspec.json.encode(example), type=wanted)
                with pytest.raises(msgspec.ValidationError):
                    msgspec.convert({**example, "no_such_member": 1}, wanted)


_FILES = {
    "application/octet-stream", "application/pdf", "application/zip", "image/webp", "text/calendar",
    "text/csv",
}  # fmt: skip


def test_every_answer_has_an_example_of_its_type(described: Described) -> None:
    for name, operation in operations(described):
        for status, answer in operation["responses"].items():
            if not status.startswith("2") or status == "204":
                continue
            if _FILES & set(answer["content"]):
                continue  # bytes of a file
            ((kind, content),) = answer["content"].items()
            assert kind in ("application/json", "application/jwk-set+json"), (name, kind)
            examples = examples_of(described, content)
            assert examples, (name, status)
            if content["schema"].get("type") == "object":
                assert "challenge" in examples[0], name  # a browser's structure, not one of ours
                continue
            for example in examples:
                raw = msgspec.json.encode(example)
                assert msgspec.json.decode(raw, type=type_of(content["schema"])) is not None


def test_the_example_summary_is_one() -> None:
    parsed = parse_summary(msgspec.json.encode(SUMMARY_EXAMPLE))
    assert len(parsed.entries) == 1
    assert parsed.skipped == []


def test_security_follows_the_guards(described: Described) -> None:
    by_id = {operation["operationId"]: operation for _, operation in operations(described)}
    assert by_id["me"]["security"] == [{"session": []}]
    assert by_id["createFacility"]["security"] == [{"session": ["operator"]}]
    assert by_id["acceptBooking"]["security"] == [
        {"session": ["coordinator"]}, {"session": ["scheduler"]}, {"client": ["bookings:write"]},
    ]  # fmt: skip
    assert by_id["listPermissions"]["security"] == [{"session": []}, {"client": []}]
    assert by_id["fetchToken"]["security"] == []
    scopes = described["components"]["securitySchemes"]["client"]["flows"]["clientCredentials"]
    named = {
        scope
        for operation in by_id.values()
        for way in operation["security"]
        for scope in way.get("client", [])
    }
    assert named == set(scopes["scopes"]) == set(ClientScope)
    assert by_id["searchOffers"]["security"] == [{}, {"session": []}]
    assert by_id["signIn"]["security"] == []
    for operation in by_id.values():
        assert ("401" in operation["responses"]) or not operation["security"] or (
            operation["operationId"] in ("signIn",)
        )  # fmt: skip


def test_versions_and_repeats_are_declared_where_they_are_used(described: Described) -> None:
    by_id = {operation["operationId"]: operation for _, operation in operations(described)}

    def header(operation: str, name: str) -> Described:
        return next(each for each in by_id[operation]["parameters"] if each["name"] == name)

    assert header("updateOffer", "If-Match")["required"]
    assert not header("assignFacility", "If-Match")["required"]
    assert not header("holdSlot", "Idempotency-Key")["required"]
    for operation in ("showBooking", "holdSlot", "answerReferral", "showConsent", "showOffer"):
        status = "201" if operation == "holdSlot" else "200"
        assert "ETag" in by_id[operation]["responses"][status]["headers"]
    assert "headers" not in by_id["me"]["responses"]["200"]


def test_schemas_have_formats_bounds_and_names_of_their_own(described: Described) -> None:
    schemas = described["components"]["schemas"]
    assert all(name.isalnum() for name in schemas)
    assert schemas["HoldSlot"]["properties"]["starts_at"]["format"] == "date-time"
    assert schemas["HoldSlot"]["properties"]["offer_id"]["format"] == "uuid"
    assert schemas["HoldSlot"]["additionalProperties"] is False
    assert schemas["BookingView"]["properties"]["created_at"]["format"] == "date-time"
    assert schemas["Money"]["properties"]["amount"]["minimum"] == 0
    price = described["paths"]["/v1/offers"]["get"]["parameters"]
    assert next(p for p in price if p["name"] == "price_min")["schema"]["minimum"] == 0
    assert {reference.rpartition("/")[2] for reference in references(described)} <= {
        name for part in described["components"].values() for name in part
    }
    assert '"default":null' not in msgspec.json.encode(schemas).decode()


STRUCTS = [kind for kind in EXAMPLES if issubclass(kind, msgspec.Struct)]


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_random_instances_survive_the_wire(kind: type[msgspec.Struct]) -> None:
    factory = Factory.create_factory(kind, __random_seed__=7)
    for _ in range(5):
        raw = msgspec.json.encode(factory.build())
        assert msgspec.json.encode(msgspec.json.decode(raw, type=kind)) == raw
