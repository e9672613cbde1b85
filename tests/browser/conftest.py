"""A real server and a real Chromium."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
HOW_TO_GET = (
    "no Chromium: `apt-get install --no-install-recommends chromium`, "
    "or name one in SHIFAYOL_TEST_CHROMIUM"
)
ARGUMENTS = [
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium_path() -> str | None:
    """Return the Chromium to test with."""
    named = os.environ.get("SHIFAYOL_TEST_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome")
    return named or next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium; the test is skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright (see pyproject)")
    path = chromium_path()
    if path is None:
        pytest.skip(HOW_TO_GET)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(chromium: Any) -> Iterator[str]:
    """The address of `python -m api serve` over an empty data folder with the demo set."""
    folder = Path(tempfile.mkdtemp(prefix="shifayol-browser-"))
    folder.chmod(0o755)
    port = free_port()
    named = {k: v for k, v in os.environ.items() if not k.startswith(("STRIPE_", "DATABASE_"))}
    environment = named | {
        "SHIFAYOL_DATA_DIR": str(folder / "data"),
        "SHIFAYOL_PORT": str(port),
        "SHIFAYOL_LOG_LEVEL": "warning",
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve"],
            env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        ready = f"http://localhost:{port}/health/ready"

        def answers() -> bool:
            if process.poll() is not None:
                return True
            try:
                return httpx.get(ready).status_code == 200
            except httpx.TransportError:
                return False

        wait_until(answers, "serve", 120)
        assert process.poll() is None, log.read_text()
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, from SHIFAYOL_TEST_AXE or by npm into a scratch folder."""
    named = os.environ.get("SHIFAYOL_TEST_AXE")
    if named:
        return Path(named).read_text()
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no axe-core: install npm, or name axe.min.js in SHIFAYOL_TEST_AXE")
    folder = Path(tempfile.mkdtemp(prefix="axe-"))
    fetched = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@4"],
        cwd=folder, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    source = folder / "node_modules/axe-core/axe.min.js"
    if fetched.returncode or not source.exists():
        pytest.skip("npm could not fetch axe-core; name axe.min.js in SHIFAYOL_TEST_AXE")
    text = source.read_text()
    shutil.rmtree(folder)
    return text
