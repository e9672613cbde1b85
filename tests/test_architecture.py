"""The house's walls, proved from the syntax trees: who may import whom, and what nobody may do."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRIVATE = {"queries", "rules", "policy"}
FOUNDATION = {
    "actor", "clock", "cursor", "db", "errors", "ids", "jurisdictions", "languages", "money",
    "outward", "savepoints", "schema", "scripts", "settings", "text", "piccolo_conf", "piccolo_app",
}  # fmt: skip
TOP_LEVEL = {
    "api", "domain", "migrations", "tests", "pyproject.toml", "README.md", "Makefile", "LICENSE",
    "requirements.lock",
}  # fmt: skip
LONGEST = 400


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def violations(path: Path, root: Path = ROOT) -> Iterator[str]:
    """Yield what a module imports against the rules."""
    parts = path.relative_to(root).with_suffix("").parts
    layer, room = parts[0], parts[1] if len(parts) > 2 else None
    for line, name in imports(path):
        target = name.split(".")
        where = f"{path.relative_to(root)}:{line} imports {name}"
        if layer == "domain":
            if target[0] in ("api", "litestar", "uvicorn", "starlette", "tests"):
                yield f"{where}: domain knows nothing of delivery"
            if room is None and parts[1] in FOUNDATION and target[0] == "domain":
                if target[1] not in FOUNDATION:
                    yield f"{where}: the foundation stands below every capability"
            elif target[0] == "domain" and target[1] not in FOUNDATION and target[1] != room:
                if len(target) > 2 and target[2] in PRIVATE:
                    yield f"{where}: another room's {target[2]} are its own"
                if len(target) > 2 and target[2] == "tables" and parts[-1] != "tables":
                    yield f"{where}: another room's tables serve foreign keys only"
            if parts[-1] == "rules" and target[:2] == ["domain", "db"]:
                yield f"{where}: rules are pure"
        if layer == "api" and target[0] == "domain" and len(target) > 2 and target[2] in PRIVATE:
            yield f"{where}: delivery speaks to services"
        if layer == "api" and target[0] == "domain" and len(target) > 2 and target[2] == "tables":
            yield f"{where}: delivery never sees rows"


def test_no_module_imports_against_the_rules() -> None:
    found = [
        text for folder in ("api", "domain") for p in sources(folder) for text in violations(p)
    ]
    assert found == []


def test_a_planted_import_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "domain" / "bookings" / "service.py"
    planted.parent.mkdir(parents=True)
    planted.write_text("from domain.payments import queries\nimport litestar\n")
    assert len(list(violations(planted, tmp_path))) == 2


def test_nothing_stands_at_the_top_that_does_not_belong_there() -> None:
    visible = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")}
    assert visible - {"__pycache__"} <= TOP_LEVEL


def test_rules_never_await() -> None:
    for path in sources("domain"):
        if path.name == "rules.py":
            tree = ast.parse(path.read_text())
            assert not [
                n for n in ast.walk(tree) if isinstance(n, ast.Await | ast.AsyncFunctionDef)
            ]


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(p.relative_to(ROOT)): lines
        for folder in ("api", "domain")
        for p in sources(folder)
        if (lines := len(p.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def test_every_public_function_and_class_promises_something() -> None:
    silent = []
    for path in [*sources("domain"), *sources("api")]:
        if path.name == "tables.py":
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
                not node.name.startswith("_") and not ast.get_docstring(node)
            ):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []


def test_no_services_gather_inside_a_transaction() -> None:
    for path in sources("domain"):
        text = path.read_text()
        assert "asyncio.gather" not in text, path
        assert "create_task" not in text, path
