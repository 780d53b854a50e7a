"""The types that users see: right files are clean in strict mode, wrong uses are found before anything runs."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TYPED = Path(__file__).with_name("typed")
ROOT = TYPED.parents[2]
CHECKERS = {
    "mypy": [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--python-version", "3.11"],
    "pyright": [shutil.which("pyright", path=str(Path(sys.executable).parent)) or "pyright"],
}


def complaints(checker: str, file: str, tmp_path: Path) -> tuple[set[int], str]:
    """Return the lines of a file that a strict checker calls wrong, and everything that it said."""
    shutil.copy(TYPED / file, tmp_path)  # a folder of its own: no settings of this repository reach it
    settings = {"typeCheckingMode": "strict", "include": [file], "extraPaths": [str(ROOT / "src")]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [*CHECKERS[checker], *(["--pythonpath", sys.executable] if checker == "pyright" else [file])],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT / "src")},
        check=False,
    )
    said = done.stdout + done.stderr
    lines = {int(found) for found in re.findall(rf"{re.escape(file)}:(\d+)(?::\d+)?(?: -|:) error", said)}
    return lines, said


@pytest.mark.parametrize("checker", list(CHECKERS))
def test_right_files_are_clean(checker, tmp_path):
    """A file that uses every word as it is meant has no error in strict mode."""
    lines, said = complaints(checker, "right.py", tmp_path)
    assert not lines, said
    assert "no issues found in 1 source file" in said or "0 errors" in said, said


@pytest.mark.parametrize("checker", list(CHECKERS))
def test_wrong_uses_are_found(checker, tmp_path):
    """A type checker finds each wrong use at its line, before anything runs."""
    wrong = {
        number for number, line in enumerate((TYPED / "wrong.py").read_text().splitlines(), 1) if "# wrong" in line
    }
    lines, said = complaints(checker, "wrong.py", tmp_path)
    assert lines == wrong, said
