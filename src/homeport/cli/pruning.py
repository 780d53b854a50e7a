"""Removing what nobody needs: named first, then asked for, then removed one by one."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from homeport.cli import exits, words
from homeport.cli.call import Call, err, out
from homeport.cli.faults import sentence
from homeport.cli.screen.remains import amount, lines, total
from homeport.machine.after.prune import prune
from homeport.machine.after.remains import Attic, Remains
from homeport.machine.after.removing import insist
from homeport.machine.clusters.record import OWNER
from homeport.machine.instances.folders import Folders, folders_of
from homeport.model.errors import HomeportError, RefusedError


def run(call: Call, names: Sequence[str], *, yes: bool, dry: bool, as_json: bool) -> int:
    """Prune; return the exit code. Raises RefusedError for a name that is unknown or runs, before anything is removed."""
    folders = folders_of(call.environ)
    attic = Attic(folders)
    found = attic.chosen(names) if names else attic.everything()
    terminal = out(call)
    if not as_json:
        terminal.lines(lines(found, terminal.paint) if found else ["there is nothing to prune"])
        if found:
            terminal.lines([("would remove " if dry else "to be removed: ") + total(found)])
    if not found or dry:
        return _told(call, [_document(remains, removed=False) for remains in found], as_json, exits.OK)
    if not yes and not _agreed(as_json):
        terminal.lines(["nothing was removed"])
        return exits.OK
    return _remove(call, folders, found, as_json)


def _agreed(as_json: bool) -> bool:
    """Ask a person. Raises RefusedError where there is none."""
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise RefusedError("nothing was removed: nobody can be asked here", hint="say --yes, or --dry-run to look only")
    return click.confirm("Remove all of this for good?", default=False)


def _remove(call: Call, folders: Folders, found: Sequence[Remains], as_json: bool) -> int:
    terminal, code = err(call) if as_json else out(call), exits.OK
    told: list[dict[str, Any]] = []
    for remains in found:
        done = False
        try:
            _clear(call, folders, remains, lambda text: terminal.lines([text]))
            insist(prune(folders, remains, lambda text: terminal.lines([text])), "homeport prune")
            done = True
            if not as_json:
                terminal.lines([f"removed {remains.name} ({amount(remains.size)})"])
        except HomeportError as error:
            code = error.exit_code
            err(call).lines(sentence(error.what, error.hint, err(call).paint))
        told.append(_document(remains, removed=done))
    return _told(call, told, as_json, code)


def _clear(call: Call, folders: Folders, remains: Remains, say: Callable[[str], None]) -> None:
    """Remove what an instance has on clusters and in volumes, while it is still remembered where that is."""
    if remains.folder is None or not (remains.clusters or (Path(remains.folder) / OWNER).exists()):
        return  # it never had a house that could have put anything anywhere
    from homeport.cli.clearing import sweep
    from homeport.cli.offline import remove_volumes
    from homeport.machine.instances.registry import Instances

    instance = Instances(folders).kept(remains.name)
    if instance.folder == Path(remains.folder):  # else it is being removed already
        sweep(instance, call.environ, say, data=True)
        remove_volumes(call, instance, say)


def _document(remains: Remains, *, removed: bool) -> dict[str, Any]:
    return {
        "name": remains.name,
        "why": remains.why,
        "removed": removed,
        "size": remains.size,
        "ports": remains.ports,
        "clusters": remains.clusters,
        "pieces": msgspec.to_builtins(remains.pieces),
    }


def _told(call: Call, told: list[dict[str, Any]], as_json: bool, code: int) -> int:
    if as_json:
        words.print_json(call, {"pruned": told})
    return code
