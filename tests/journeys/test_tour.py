"""The README's tour does what it says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import ROOT, serving, skip


@pytest.fixture(scope="module")
def demo_server() -> Iterator[dict[str, str]]:
    """A server as `make serve` starts it, without a provider's keys."""
    with serving() as (_, environment):
        yield environment


def block(name: str) -> str:
    text = (ROOT / "README.md").read_text()
    found = re.search(rf"<!-- {name} -->\n```bash\n(.*?)```", text, re.S)
    assert found, f"the README has no {name}"
    return found[1]


def test_the_tour_ends_with_a_booking_the_books_and_a_withdrawn_consent(
    demo_server: dict[str, str], register_data: Path
) -> None:
    if shutil.which("curl") is None:
        skip("the tour needs curl (apt-get install curl)")
    script = "set -euo pipefail\n" + block("tour")
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**os.environ, **demo_server, "SHIFAYOL_SAMPLE_DATA": str(register_data)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    lines = done.stdout.splitlines()
    for expected in ("confirmed", "granted", "submitted", "received", "revoked"):
        assert expected in lines, done.stdout[-3000:]
    assert "consent_withdrawn" in lines
    assert any(re.fullmatch(r"\{.*'EUR': 0.*\}|\{'USD': 0\}", line) for line in lines)


def test_a_system_registers_and_fetches_a_token_as_it_says(demo_server: dict[str, str]) -> None:
    if shutil.which("curl") is None:
        skip("the tour needs curl (apt-get install curl)")
    script = "set -euo pipefail\n" + block("systems").replace(".venv/bin/python", sys.executable)
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env={**os.environ, **demo_server},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert done.stdout.splitlines() == ["bed", "awaiting_facility", "wrong_role", "token_ended"]


def test_the_registers_come_in_with_the_commands_it_names(
    demo_server: dict[str, str], register_data: Path
) -> None:
    commands = block("registers").replace(".venv/bin/python", sys.executable)
    commands = commands.replace("../shared/data", str(register_data))
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**os.environ, **demo_server},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^(\d+) taken", done.stdout, re.M) == ["1666", "169", "80"]
