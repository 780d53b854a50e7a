"""Standard streams that are closed, or that take nothing more."""

import subprocess
import sys
from pathlib import Path

import pytest

from homeport.cli import exits


def shell(line: str, environ: dict[str, str], at: Path) -> "subprocess.CompletedProcess[str]":
    """Run a line of a shell in which ``$H`` is the program."""
    program = f"{sys.executable} -P -m homeport"
    return subprocess.run(
        ["sh", "-c", line], env={**environ, "H": program}, cwd=at, check=False, capture_output=True, text=True
    )


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_mistake(environ: dict[str, str], tmp_path: Path, closed: str) -> None:
    """What cannot be said is not said, and the exit code is that of the command."""
    for words, code in (("ps", exits.OK), ("version", exits.OK), ("nosuch", exits.REFUSED)):
        told = shell(f"$H {words} {closed}", environ, tmp_path)
        assert told.returncode == code
        assert "mistake of Homeport" not in told.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_an_output_that_is_full_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    """The output's disk is outside of Homeport: one sentence, and the exit code for that."""
    told = shell("$H ps >/dev/full", environ, tmp_path)
    assert told.returncode == exits.OUTSIDE
    assert told.stderr == "error: the output cannot be written: No space left on device\n  try: make room there\n"
