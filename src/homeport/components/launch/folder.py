"""A store's folder: made private, locked while a server lives in it, and emptied of data that were for one run."""

import fcntl
import os
import shutil
import time
from pathlib import Path

from homeport.components.launch.refusal import BUSY, Refusal

_PATIENCE = 5.0
"""Seconds to wait for the last children of a killed server; they notice within a fraction of one."""
_PAUSE = 0.02


def claim(folder: Path) -> int:
    """Make the folder and lock it; return the lock's descriptor, which the server must inherit.

    The lock is the kernel's, so it ends with the last process that holds the descriptor, however that one ended.
    Raises Refusal when another process keeps it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise Refusal(f"the data folder '{folder}' is a file") from None
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _PATIENCE
    while not _locked(lock):
        holder = os.pread(lock, 32, 0).decode("utf-8", "replace").strip()
        if _runs(holder) or time.monotonic() > deadline:
            raise Refusal(f"the data folder '{folder}' is in use by process {holder or 'unknown'}", BUSY)
        time.sleep(_PAUSE)
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    os.set_inheritable(lock, True)
    return lock


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _runs(holder: str) -> bool:
    """Tell whether the process that took the lock is there; if not, the lock is held by children on their way out."""
    try:
        os.kill(int(holder), 0)
    except PermissionError:
        return True
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    return True


def write_private(file: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that only we may read, whole or not at all."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(file)


def forget(data: Path) -> None:
    """Remove the data of an earlier run. Raises OSError when they cannot be."""
    if data.exists():
        shutil.rmtree(data)
