"""Removing what is kept for an instance: at once for everybody else, and finished by the next call when interrupted."""

import secrets
from collections.abc import Callable
from pathlib import Path

from homeport.machine.after.reaping import reap
from homeport.machine.after.remains import TRASH, Remains
from homeport.machine.after.removing import refusing
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.house import House, claim
from homeport.machine.instances.registry import Instances
from homeport.machine.ports.leases import LeaseFile
from homeport.model.errors import RefusedError


def prune(folders: Folders, remains: Remains, say: Callable[[str], None]) -> list[str]:
    """Remove what remains of an instance; return what could not be removed. ``say`` hears what was still running.

    First its folder is set aside under a name of its own, so that the instance is either whole or gone. Raises RefusedError
    when it runs by now, OutsideError when something that a killed house left does not end.
    """
    if remains.folder is None:
        return _remove_runtime(remains)
    folder = Path(remains.folder)
    if folder.name.startswith(TRASH):
        return refusing([folder])
    there = folder.is_dir()
    lease = _lease(folder, remains.name) if there else None
    try:
        if lease is not None:
            reap(folder, remains.name, say)
            aside = folder.with_name(f"{TRASH}{folder.name[:80]}-{secrets.token_hex(4)}")
            lease.move(aside)
        Instances(folders).forget(remains.name)
        LeaseFile(folders.leases).forget(remains.name)
        refused = refusing([Path(piece.path) for piece in remains.pieces if piece.kind == "runtime"])
    finally:
        if lease is not None:
            lease.close()
    return refused + (refusing([aside]) if there else [])


def _remove_runtime(remains: Remains) -> list[str]:
    """Remove runtime folders of an instance that stays."""
    return refusing([Path(piece.path) for piece in remains.pieces])


def _lease(folder: Path, name: str) -> House:
    lease = claim(folder, socket="", started=0.0)
    if isinstance(lease, House):
        return lease
    raise RefusedError(f'"{name}" runs by now', hint=f"end it first: homeport --instance {name} down")
