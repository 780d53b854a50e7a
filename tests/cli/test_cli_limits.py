"""A command that may hardly open a file."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("limit", [5, 6, 8, 12])
@pytest.mark.parametrize("words", ["up", "up -d", "ci"])
def test_hardly_any_files_are_one_clear_error(tmp_path: Path, limit: int, words: str) -> None:
    """Whatever the limit cuts short is told once, in a sentence with a next step, and never by a traceback."""
    (tmp_path / "stack.py").write_text(
        'from homeport import Stack\n\nStack("few").service("a", run="exec sleep 100")\n'
    )
    folders = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CACHE")}
    done = subprocess.run(
        ["sh", "-c", f'ulimit -n {limit} && exec "$@"', "sh", sys.executable, "-P", "-m", "homeport", *words.split()],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), **folders},
    )
    assert done.returncode in (2, 3)
    assert done.stderr.count("error:") == 1
    assert "ulimit -n" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
