"""Stack files made of text, evaluated for real."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from homeport.config.evaluate import ChildEvaluator
from homeport.model.graph import Graph

Evaluate = Callable[..., Awaitable[Graph]]


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Write a stack file (and others beside it) into a folder of its own and evaluate it."""

    async def run(
        text: str,
        files: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
        limit: float = 20.0,
        environ: Mapping[str, str] | None = None,
    ) -> Graph:
        (tmp_path / ".git").mkdir(exist_ok=True)  # the search for a virtual environment ends here
        for name, content in {"stack.py": text, **(files or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(content))
        evaluator = ChildEvaluator(environ or {"PATH": "/usr/bin:/bin"}, sys.executable, limit=limit)
        return await evaluator.evaluate(str(tmp_path / "stack.py"), options or {})

    return run
