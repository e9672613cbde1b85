"""A few inputs for every operation; `make torture` draws many, as more people."""

from pathlib import Path

from tests.fuzzing import fuzz


def test_no_input_finds_a_fault(tmp_path: Path) -> None:
    fuzz("patient", tmp_path, phases="fuzzing", examples=1)
