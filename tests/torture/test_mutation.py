"""Faults planted by the hundred in policies, permissions and seals: how many do the tests find?"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.serving import ROOT, scratch_folder

RESULT = ROOT / ".mutation.json"
"""The newest count, for `make bench BENCH=walls`."""
LEAST = 0.9
COPIED = ("api", "domain", "migrations", "tests", "pyproject.toml")
STEADY = {"CI": "true"}
"""Makes Hypothesis draw the same at each run and take its time: only a fault may fail a test."""


def test_nine_of_ten_planted_faults_are_found() -> None:
    folder = scratch_folder() / "tree"
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    try:
        mutmut(folder, "run", "--max-children", str(os.cpu_count() or 1))
        mutmut(folder, "export-cicd-stats")
        counted = json.loads((folder / "mutants/mutmut-cicd-stats.json").read_text())
        survivors = mutmut(folder, "results")
    finally:
        shutil.rmtree(folder.parent, ignore_errors=True)
    found = counted["killed"] + counted["timeout"] + counted["segfault"]
    score = found / (counted["total"] - counted["skipped"])
    RESULT.write_text(json.dumps({"score": round(score, 3), **counted}))
    assert score >= LEAST, survivors


def mutmut(folder: Path, *arguments: str) -> str:
    """Run mutmut on a copy of the tree, with the faults and the tests that pyproject.toml names."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "mutmut"), *arguments],
        cwd=folder, env={**os.environ, **STEADY}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout
