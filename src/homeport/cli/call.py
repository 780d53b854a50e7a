"""One call of the command line: what it was given by the shell."""

import os
import sys
from collections.abc import Mapping
from typing import IO

from homeport.cli.screen.terminal import Terminal, terminal


class Call:
    """The environment and the global options of one call. ``file`` and ``instance`` are what ``-f``, ``--instance`` say."""

    def __init__(self, environ: Mapping[str, str], file: str | None = None, instance: str | None = None) -> None:
        self.environ = environ
        self.file = file
        self.instance = instance

    def terminal(self, stream: IO[str]) -> Terminal:
        """Return what may be written to a stream."""
        return terminal(self.environ, stream)


def here(file: str | None = None, instance: str | None = None) -> Call:
    """Return the call that this process is."""
    return Call(os.environ, file, instance)


def out(call: Call) -> Terminal:
    """Return how to write to standard output."""
    return call.terminal(sys.stdout)


def err(call: Call) -> Terminal:
    """Return how to write to standard error."""
    return call.terminal(sys.stderr)
