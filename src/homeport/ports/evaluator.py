"""Turning a stack file into a graph."""

from collections.abc import Mapping
from typing import Protocol

from homeport.model.graph import Graph


class Evaluator(Protocol):
    """Evaluates stack files in a process of their own."""

    async def evaluate(self, file: str, options: Mapping[str, str]) -> Graph:
        """Return the checked graph. Raises ConfigError with every mistake, in a bounded time, whatever the file does."""
        ...
