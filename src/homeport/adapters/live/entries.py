"""What is said of single files of this machine, whoever reads them."""

import os

from homeport.kit.livefiles import Entry
from homeport.model.errors import OutsideError


def link_entry(target: str) -> Entry:
    """Return the entry of a symbolic link."""
    return Entry(0o777, b"", target)


def permissions(mode: int) -> int:
    """Return what a file of this machine may there: executable for all or for nobody, since owners differ."""
    return 0o755 if mode & 0o100 else 0o644


def unreadable(path: str, error: OSError) -> OutsideError:
    """Return the error for a file of this machine that cannot be read."""
    reason = os.strerror(error.errno or 0).lower()
    return OutsideError(f'file "{path}" cannot be read: {reason}', hint="make it readable for you, or ignore it")
