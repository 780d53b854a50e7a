"""The folders that Homeport keeps things in."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from homeport.cli.checks.look import Look
from homeport.cli.screen.findings import Finding

_LEAST = 500_000_000
"""Bytes that should be free: logs and databases stop for want of them at the worst moment."""

_VARIABLES = {
    "state folder": "XDG_STATE_HOME (or HOME)",
    "cache folder": "XDG_CACHE_HOME (or HOME)",
    "runtime folder": "XDG_RUNTIME_DIR",
}


def check(look: Look) -> Iterator[Finding]:
    """Check that each folder can be written, is nobody else's business, and has room."""
    for name, path in (("state", look.folders.state), ("cache", look.folders.cache), ("runtime", look.folders.runtime)):
        if path is None:
            yield Finding(
                f"{name} folder", "ok", f"there is none on this machine; {look.folders.temporary} takes its place"
            )
            continue
        yield _one(f"{name} folder", path)


def _advice(there: Path, variable: str) -> str:
    """Return what to do about a place in which nothing can be made: what is somebody else's is not to be changed."""
    if there.is_dir() and there != there.parent and there.stat().st_uid == os.getuid():
        return f"chmod u+rwx {there}"
    return f"set {variable} to a folder of yours"


def _one(name: str, path: Path) -> Finding:
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding(name, "failed", f"{path} cannot be written", _advice(there, _VARIABLES[name]))
    about = there.stat()
    if there == path and about.st_mode & 0o077:
        return Finding(name, "warning", f"{path} is open to other users", f"chmod 700 {path}")
    free = shutil.disk_usage(there).free
    if free < _LEAST:
        return Finding(name, "warning", f"{path} has {free / 1e6:.0f} MB left", "make room on that disk")
    return Finding(name, "ok", f"{path}, {free / 1e9:.0f} GB free")
