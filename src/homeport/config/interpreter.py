"""Which interpreter evaluates a stack file."""

import os
from collections.abc import Iterator
from pathlib import Path


def choose(file: str, virtual_env: str | None, own: str) -> str:
    """Return the project's interpreter: the active virtual environment's, that of a ``.venv`` beside or above, else ours."""
    return next((python for python in _candidates(file, virtual_env) if os.access(python, os.X_OK)), own)


def _candidates(file: str, virtual_env: str | None) -> Iterator[str]:
    if virtual_env:
        yield os.path.join(virtual_env, "bin", "python")
    for folder in Path(file).parents:
        yield str(folder / ".venv" / "bin" / "python")
        if (folder / ".git").exists():
            return
