"""What the families share: a seeded server in its own process, a load, and pgbench beside it."""

import asyncio
import contextlib
import datetime
import functools
import itertools
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
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

import asyncpg
import uvloop

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


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(
    postgres: EmbeddedPostgres, folder: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[int]:
    """A served, seeded application over this database; yields its port."""
    port = free_port()
    environment = {
        "SHIFAYOL_DATA_DIR": str(folder / "data"),
        "SHIFAYOL_PORT": str(port),
        "SHIFAYOL_LOG_LEVEL": "error",
        "SHIFAYOL_RATE_LIMITS": "false",
        "DATABASE_URL": postgres.urls.app,
        "MIGRATION_DATABASE_URL": postgres.urls.owner,
    }
    with _running([sys.executable, "-m", "api", "serve"], environment | {**settings}):
        _wait_for(port, "/health/live")
        yield port


@contextlib.contextmanager
def hello() -> Iterator[int]:
    """The framework alone, saying hello, served as the product is; yields its port."""
    port = free_port()
    with _running([sys.executable, "-m", "tests.bench.hello", str(port)], {}):
        _wait_for(port, "/")
        yield port


@contextlib.contextmanager
def _running(command: Sequence[str], settings: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=os.environ | {**settings}, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, path: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2)
            return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def metric(port: int, name: str) -> float:
    """Return what a server says of itself under /metrics."""
    with urllib.request.urlopen(f"http://localhost:{port}/metrics", timeout=30) as answer:
        found = re.search(rf"^{name} (\S+)", answer.read().decode(), re.M)
    return float(found[1]) if found else float("nan")


class _Client(asyncio.Protocol):
    """One kept connection: sends the next request as soon as the answer is whole."""

    def __init__(
        self, requests: Iterator[bytes], until: float, ended: asyncio.Future[None], busy: bool
    ) -> None:
        self._busy = busy
        self.times: list[float] = []
        self._requests, self._until, self._ended = requests, until, ended
        self._buffer, self._whole, self._sent, self._good = b"", 0, 0.0, True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        request = next(self._requests, None) if self._sent < self._until else None
        if request is None:
            self._ended.set_result(None)
            self._transport.close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._whole:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            self._good = self._buffer.startswith(b"HTTP/1.1 200")
            if not self._good and not (self._busy and self._buffer.startswith(b"HTTP/1.1 503")):
                self._fail(self._buffer.split(b"\r\n", 1)[0].decode())
                return
            length = self._buffer.find(b"content-length: ", 0, head) + 16
            self._whole = head + 4 + int(self._buffer[length : self._buffer.find(b"\r", length)])
        if len(self._buffer) >= self._whole:
            if self._good:
                self.times.append(time.perf_counter() - self._sent)
            self._buffer, self._whole = b"", 0
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail("the server closed the connection")

    def _fail(self, what: str) -> None:
        if not self._ended.done():
            self._ended.set_exception(RuntimeError(what))
        self._transport.close()


def load(
    port: int, paths: Iterable[str], *, seconds: float, connections: int, busy: bool = False
) -> list[float]:
    """Send GET requests over kept connections for a while; return every answer's time.

    A sequence of paths is gone round and round; an iterator is used up. `busy` bears answers of
    503 and does not count them.
    """
    turns = itertools.cycle(paths) if isinstance(paths, Sequence) else paths
    requests = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n".encode()
        for path in turns
    )

    async def run() -> list[float]:
        loop, until, clients, ends = (
            asyncio.get_running_loop(),
            time.perf_counter() + seconds,
            [],
            [],
        )
        for _ in range(connections):
            ends.append(loop.create_future())
            client = _Client(requests, until, ends[-1], busy)
            clients.append(client)
            await loop.create_connection(functools.partial(_same, client), "127.0.0.1", port)
        await asyncio.gather(*ends)
        return [each for client in clients for each in client.times]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


def _same(client: _Client) -> _Client:
    return client


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
        [*arguments, postgres.urls.app], capture_output=True, text=True, check=False
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
