"""A real server and a real Chromium."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.web.languages import PAGES
from tests.factories import eid
from tests.serving import free_port, serving, skip

HOW_TO_GET = (
    "no Chromium: `apt-get install --no-install-recommends chromium`, "
    "or name one in SHIFAYOL_TEST_CHROMIUM"
)
ARGUMENTS = [
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


PASSPHRASE = "steppe wind over nine hills"

AXE_LANGUAGES = tuple(PAGES) if os.environ.get("SHIFAYOL_TEST_LANGUAGES") == "all" else ("tr",)
"""One language in every run; `make torture` looks at all of them."""


def chromium_path() -> str | None:
    """Return the Chromium to test with."""
    named = os.environ.get("SHIFAYOL_TEST_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome")
    return named or next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def executable() -> str:
    """Where Chromium is; the test is skipped where there is none."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium_path()
    if path is None:
        skip(HOW_TO_GET)
    return path


@pytest.fixture(scope="module")
def chromium(executable: str) -> Iterator[Any]:
    """A running Chromium; other modules' tests need the thread without Playwright's event loop."""
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def eid_port() -> int:
    """The port where the provider of electronic identity answers, once a test starts it."""
    return free_port()


@pytest.fixture(scope="session")
def address(
    executable: str, eid_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the product with its demo set, which knows a provider as `kg`."""
    file = tmp_path_factory.mktemp("eid") / "providers.json"
    entry = eid.Running(f"http://127.0.0.1:{eid_port}").settings()
    file.write_text(json.dumps({"providers": {"kg": entry}}))
    file.chmod(0o400)
    with serving({"SHIFAYOL_EID_PROVIDERS": str(file)}) as (where, _):
        yield where


@pytest.fixture(scope="session")
def eid_provider(oidc_modules: Path, eid_port: int, address: str) -> Iterator[eid.Running]:
    """The independent provider, on another site than the product."""
    with eid.running(oidc_modules, eid_port, f"{address}/eid/kg/return") as provider:
        yield provider


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


@pytest.fixture
def passkey(page: Any) -> Any:
    """A virtual authenticator in the browser, which verifies its user (CDP WebAuthn)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                "hasUserVerification": True, "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    return session, made["authenticatorId"]


def open_account(page: Any, address: str) -> str:
    """Open an account by its mailed link, sign in by password and return the address."""
    email = f"browser{time.monotonic_ns()}@example.org"
    page.goto(f"{address}/sign-up")
    page.fill("#given", "Ақбота")
    page.fill("#family", "Әлімқызы")
    page.select_option("#home_state", "KZ")
    page.fill("#email", email)
    page.fill("#password", PASSPHRASE)
    with page.expect_navigation(url="**/check-mail"):
        page.click("main form button")
    page.goto(f"{address}/demo/mail")
    for _ in range(40):
        if email in page.inner_text("main"):
            break
        page.wait_for_timeout(250)
        page.reload()
    with page.expect_navigation(url="**/sign-up/confirm?**"):
        page.click(f"article:has-text('{email}') a")
    with page.expect_navigation(url="**/sign-in?done=account-opened"):
        page.click("main form button")
    page.fill("#email", email)
    page.fill("#password", PASSPHRASE)
    with page.expect_navigation(url="**/account"):
        page.click("form[action='/sign-in']:has(#password) button")
    return email
