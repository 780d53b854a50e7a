"""Which Python runs Homeport, and which one evaluates the stack file."""

import platform
import sys
from collections.abc import Iterator

from homeport.cli.checks.look import Look
from homeport.cli.screen.findings import Finding

OLDEST = (3, 11)


def check(look: Look) -> Iterator[Finding]:
    """Check both interpreters."""
    yield Finding("python", "ok", f"Homeport runs on Python {platform.python_version()} ({sys.executable})")
    if look.file is None:
        return
    from homeport.config.interpreter import choose

    found = choose(look.file, look.call.environ.get("VIRTUAL_ENV"), sys.executable)
    yield Finding("project's python", "ok", f"{look.file} is evaluated by {found}")
