"""Anything the document describes, sent by anybody: no fault of ours, and no answer it hides."""

from pathlib import Path

import pytest

from tests.fuzzing import fuzz


@pytest.mark.parametrize("who", ["anonymous", "patient", "doctor", "coordinator"])
def test_no_input_finds_a_fault(who: str, tmp_path: Path) -> None:
    fuzz(who, tmp_path, phases="examples,coverage,fuzzing", examples=25)
