"""Schemathesis over the whole API, and what it must know beyond the document.

The module is loaded twice: by the tests, and by schemathesis itself (SCHEMATHESIS_HOOKS).
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from schemathesis.generation import GenerationMode

from tests.serving import ROOT, serving

ENDS_THE_SESSION = (
    "signOut", "signOutElsewhere", "revokeSession", "closeAccount", "wearMembership", "stepUp",
)  # fmt: skip
"""Left out for who has signed in: the rest would be asked by nobody. Others ask them all."""


@schemathesis.serializer("text/csv")
def register_file(ctx: Any, value: Any) -> bytes:
    """Send a register's file as it is."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.serializer("image/jpeg", "image/png")
def photo(ctx: Any, value: Any) -> bytes:
    """Send a photo as its bytes."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.serializer("application/offset+octet-stream")
def piece_of_file(ctx: Any, value: Any) -> bytes:
    """Send a piece of a file as its bytes."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.check
def only_rules_refuse_what_the_schema_admits(ctx: Any, response: Any, case: Any) -> None:
    """Refuse that the decoder turns away what the document says it reads.

    In place of `positive_data_acceptance`, which counts every 422 of schema-valid data as a
    failure: that a cursor belongs to another question, a token was never mailed, or two dates
    cross, no schema can say. Such refusals carry a code of their own; the decoder's is
    `invalid_request`.
    """
    meta = case.meta
    if meta is None or meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if response.status_code in (400, 422):
        code = response.json().get("code")
        assert code not in ("invalid_request", "malformed_json"), response.text


def fuzz(who: str, folder: Path, *, phases: str, examples: int) -> None:
    """Ask everything as `who` (`anonymous` or one of the demo's people) with all checks.

    `examples` are the inputs drawn for each operation, beside those of the other phases; `folder`
    takes what schemathesis writes. Fails with what was found.
    """
    with serving() as (address, _):
        command = [
            str(Path(sys.executable).parent / "schemathesis"), "run", f"{address}/openapi.json",
            "--checks", "all", "--exclude-checks", "positive_data_acceptance",
            "--phases", phases, "--max-examples", str(examples), "--no-color",
            "--generation-deterministic", "--continue-on-failure", "--suppress-health-check", "all",
        ]  # fmt: skip
        if who != "anonymous":
            made = httpx.post(f"{address}/v1/demo/sessions", json={"person": f"demo-{who}"})
            command += ["--header", f"Authorization: Bearer {made.json()['token']}"]
            for operation in ENDS_THE_SESSION:
                command += ["--exclude-operation-id", operation]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "tests.fuzzing",
                "PYTHONPATH": str(ROOT),
            },
        )  # fmt: skip
    told = done.stdout[-8000:] + done.stderr[-2000:]
    assert done.returncode == 0, told
    assert "generated" in told, told
