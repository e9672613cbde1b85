"""What the families share: a seeded server in its own process, a load, and pgbench beside it."""

import asyncio
import contextlib
import datetime
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from api.logs import configure_logs
from api.postgres import EmbeddedPostgres
from tests.serving import scratch_folder

configure_logs("warning")  # on standard error, so that the figures stand alone on the other


def figure(name: str, value: float, unit: str, **detail: object) -> None:
    """Print one figure as the line that tools read."""
    line = {"figure": name, "value": round(value, 4), "unit": unit, "detail": detail}
    print(json.dumps(line, ensure_ascii=False), flush=True)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one run, in memory where there is room, reachable for the database's user."""
    path = scratch_folder()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def server(postgres: EmbeddedPostgres, folder: Path) -> Iterator[int]:
    """A served, seeded application over this database; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "SHIFAYOL_DATA_DIR": str(folder / "data"),
        "SHIFAYOL_PORT": str(port),
        "SHIFAYOL_LOG_LEVEL": "error",
        "SHIFAYOL_RATE_LIMITS": "false",
        "DATABASE_URL": postgres.urls.app,
        "MIGRATION_DATABASE_URL": postgres.urls.owner,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "serve"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2)
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


async def _client(port: int, requests: Sequence[bytes], until: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times, number = [], 0
    try:
        while (started := time.perf_counter()) < until:
            writer.write(requests[number % len(requests)])
            number += 1
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.split(b"\r\n", 1)[0].decode())
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            if length is None:
                raise RuntimeError("no content-length")
            await reader.readexactly(int(length[1]))
            times.append(time.perf_counter() - started)
    finally:
        writer.close()
    return times


def load(port: int, paths: Sequence[str], *, seconds: float, connections: int) -> list[float]:
    """Send GET requests over kept connections for a while; return every answer's time."""
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n".encode()
        for path in paths
    ]

    async def run() -> list[float]:
        until = time.perf_counter() + seconds
        clients = [_client(port, requests[n:] + requests[:n], until) for n in range(connections)]
        return [each for times in await asyncio.gather(*clients) for each in times]

    return asyncio.run(run())


def literal(value: object) -> str:
    """Return an argument as SQL text, for pgbench, which cannot send arrays."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case list() | tuple():
            return "ARRAY[" + ", ".join(literal(each) for each in value) + "]"
        case datetime.datetime():
            return f"timestamptz '{value.isoformat()}'"
        case UUID():
            return f"uuid '{value}'"
        case _:
            return "'" + str(value).replace("'", "''") + "'"


@contextlib.asynccontextmanager
async def recorded(connection: asyncpg.Connection) -> AsyncIterator[list[str]]:
    """Collect the statements that the body sends, with their arguments written into them."""
    statements: list[str] = []

    def note(record: Any) -> None:
        text = record.query
        for number in range(len(record.args), 0, -1):
            text = re.sub(rf"\${number}\b", lambda _, n=number: literal(record.args[n - 1]), text)
        statements.append(text.strip().rstrip(";") + ";")

    connection.add_query_logger(note)
    try:
        yield statements
    finally:
        connection.remove_query_logger(note)


def pgbench(
    postgres: EmbeddedPostgres, scripts: Sequence[Sequence[str]], folder: Path, *,
    seconds: int, connections: int,
) -> float:  # fmt: skip
    """Run the same statements by pgbench as the application's role; return transactions/s."""
    arguments = [str(postgres.bin("pgbench")), "-n", "-M", "prepared", "-c", str(connections),
                 "-j", "2", "-T", str(seconds)]  # fmt: skip
    for number, statements in enumerate(scripts):
        path = folder / f"script{number}.sql"
        lines = [" ".join(statement.replace("\n", " ").split()) for statement in statements]
        path.write_text("BEGIN;\n" + "\n".join(lines) + "\nCOMMIT;\n")
        arguments += ["-f", str(path)]
    output = subprocess.run(
        [*arguments, postgres.urls.app], capture_output=True, text=True, check=True
    )
    found = re.search(r"tps = ([\d.]+)", output.stdout)
    if found is None:
        raise RuntimeError(output.stdout + output.stderr)
    return float(found[1])


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which so many percent lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
