"""A real server and a real Chromium."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import serving, skip

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
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium_path()
    if path is None:
        skip(HOW_TO_GET)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(chromium: Any) -> Iterator[str]:
    """The address of the product with its demo set."""
    with serving() as (where, _):
        yield where


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, from SHIFAYOL_TEST_AXE or by npm into a scratch folder."""
    named = os.environ.get("SHIFAYOL_TEST_AXE")
    if named:
        return Path(named).read_text()
    npm = shutil.which("npm")
    if npm is None:
        skip("no axe-core: install npm, or name axe.min.js in SHIFAYOL_TEST_AXE")
    folder = Path(tempfile.mkdtemp(prefix="axe-"))
    fetched = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@4"],
        cwd=folder, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    source = folder / "node_modules/axe-core/axe.min.js"
    if fetched.returncode or not source.exists():
        skip("npm could not fetch axe-core; name axe.min.js in SHIFAYOL_TEST_AXE")
    text = source.read_text()
    shutil.rmtree(folder)
    return text


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page on a phone in which nobody is signed in; a script error fails the test."""
    context = chromium.new_context(
        viewport={"width": 360, "height": 780}, locale="en", timezone_id="Asia/Almaty"
    )
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda message: (
            faults.append(message.text)
            if message.type == "error" and "status of" not in message.text
            else None
        ),
    )
    yield opened
    context.close()
    assert faults == []


def sign_in(page: Any, address: str, person: str) -> None:
    """Sign in as an invented person with one click."""
    page.goto(f"{address}/sign-in")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    with page.expect_navigation():
        page.click(f"button[value={person}]")
