"""What tests that start processes share: the product as a user starts it, and waiting for it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parent.parent
_OWN = ("STRIPE_", "DATABASE_", "MIGRATION_", "SHIFAYOL_")


def skip(reason: str) -> None:
    """Skip a test, unless nothing may be skipped (CI)."""
    if os.environ.get("SHIFAYOL_TEST_SKIPS") == "forbidden":
        pytest.fail(f"would be skipped: {reason}")
    pytest.skip(reason)


def scratch_folder() -> Path:
    """Make a folder that the database's own user can reach, in memory where there is room."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    path = Path(tempfile.mkdtemp(prefix="shifayol-test-", dir=memory if roomy else None))
    path.chmod(0o755)
    return path


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(answers: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until a started process answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if answers():
                return
        except (httpx.TransportError, OSError):
            pass
        time.sleep(0.1)
    pytest.fail(f"{what} did not answer within {seconds:.0f} s")


@contextlib.contextmanager
def started(settings: dict[str, str]) -> Iterator[dict[str, str]]:
    """Run `python -m api serve` on an empty data folder; yields its environment."""
    folder = scratch_folder()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(_OWN)},
        "SHIFAYOL_DATA_DIR": str(folder / "data"),
        "SHIFAYOL_LOG_LEVEL": "warning",
        "SHIFAYOL_RATE_LIMITS": "false",
        **settings,
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve"],
            env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield environment
    finally:
        ended_early = process.poll() is not None
        process.terminate()
        process.wait(30)
        said = log.read_text()
        shutil.rmtree(folder, ignore_errors=True)
        assert not ended_early, said


@contextlib.contextmanager
def serving(settings: dict[str, str] | None = None) -> Iterator[tuple[str, dict[str, str]]]:
    """Run the product until it is ready; yields its address and its environment."""
    port = free_port()
    address = f"http://localhost:{port}"
    with started({"SHIFAYOL_PORT": str(port), **(settings or {})}) as environment:
        wait_until(lambda: httpx.get(f"{address}/health/ready").status_code == 200, "serve", 120)
        yield address, environment
