"""Becoming the server."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from homeport.components.launch.refusal import Refusal

# Python ignores these two, and what is ignored stays ignored over an exec; the others have handlers of ours.
_RESET = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM)


def become(program: Path, arguments: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by ``program``, with the signals as a program expects them. Raises Refusal."""
    sys.stdout.flush()
    sys.stderr.flush()
    for number in _RESET:
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execve(program, [str(program), *arguments], dict(environ))
    except OSError as error:
        raise Refusal(f"'{program}' cannot be started: {error.strerror}") from None


def without(environ: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    """Return the environment without the variables that would change the server behind our back."""
    return {name: value for name, value in environ.items() if not name.startswith(prefixes)}
