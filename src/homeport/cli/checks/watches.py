"""How many folders and files the system lets one user watch."""

from collections.abc import Iterator
from pathlib import Path

from homeport.cli.checks.look import Look
from homeport.cli.screen.findings import Finding

_LIMITS = {"max_user_watches": 65_536, "max_user_instances": 128}


def check(_look: Look) -> Iterator[Finding]:
    """Check the limits of inotify; other systems have none."""
    for name, wanted in _LIMITS.items():
        try:
            found = int(Path(f"/proc/sys/fs/inotify/{name}").read_text("ascii"))
        except (OSError, ValueError):
            continue
        if found < wanted:
            yield Finding(
                "file watches",
                "warning",
                f"fs.inotify.{name} is {found}: large repositories need more",
                f"sudo sysctl -w fs.inotify.{name}={wanted * 8}",
            )
        else:
            yield Finding("file watches", "ok", f"fs.inotify.{name} is {found}")
