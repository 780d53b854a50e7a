"""What the checks must know of the machine: which folders and programs are there. Looks once, decides nothing."""

import os
import shutil
from collections.abc import Iterable, Iterator

from msgspec import Struct

from homeport.model.containers import Image, Sync
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests
from homeport.model.nodes import Node, Service, Task
from homeport.model.parts import Command, Exec

LOCAL_FOLDERS = (".venv/bin", "node_modules/.bin")
"""Folders of a project whose programs come before those of the PATH."""
PROJECT_PYTHON = ("python", "python3")
"""Always there: the interpreter that evaluated the file leads the PATH."""


class Seen(Struct, frozen=True):
    """Folders that are missing, and where programs were searched that are nowhere (by folder and program)."""

    missing_folders: frozenset[str]
    missing_programs: dict[tuple[str, str], tuple[str, ...]]
    names: dict[str, tuple[str, ...]]
    """What is in the folder above each missing one, for suggestions."""
    unfit: frozenset[str] = frozenset()
    """Paths of programs where something is that cannot be executed."""
    missing_synced: frozenset[str] = frozenset()
    """Files and folders that are to be kept the same in containers, and are not there."""


def look(graph: Graph, path: str) -> Seen:
    """Return what is missing of the folders and programs that a graph names."""
    folders: dict[str, bool] = {}
    programs: dict[tuple[str, str], tuple[str, ...]] = {}
    for node in graph.runnables():
        rules = node.reload if isinstance(node, Service) else node.inputs
        for folder in (node.cwd, *(rule.base for rule in rules)):
            if folder not in folders:
                folders[folder] = os.path.isdir(folder)
        program = literal_program(node.run)
        if program is not None and not node.tools and (node.cwd, program) not in programs:
            programs[node.cwd, program] = _searched(program, node.cwd, graph.root, path)
    missing = frozenset(folder for folder, there in folders.items() if not there)
    lost = {key: searched for key, searched in programs.items() if searched}
    unfit = frozenset(
        searched[0] for (_, name), searched in lost.items() if "/" in name and os.path.exists(searched[0])
    )
    unsynced = frozenset(path for path in _synced(graph) if not os.path.lexists(path))
    return Seen(missing, lost, _neighbours(missing | unsynced), unfit, unsynced)


def _synced(graph: Graph) -> Iterator[str]:
    for node in graph.nodes.values():
        yield from (rule.local for image in images_of(node) for rule in image.update if isinstance(rule, Sync))


def images_of(node: Node) -> tuple[Image, ...]:
    """Return the images that a node is made from, or that stand in its objects."""
    if isinstance(node, Manifests):
        return tuple(node.images.values())
    return (node.container.image,) if isinstance(node, Service | Task) and node.container is not None else ()


def literal_program(command: Command | None) -> str | None:
    """Return the program of an argument list when it is plain text."""
    if isinstance(command, Exec) and command.argv and isinstance(command.argv[0], str):
        return command.argv[0]
    return None


def _searched(program: str, cwd: str, root: str, path: str) -> tuple[str, ...]:
    """Return where a program was searched in vain; nothing when it is there."""
    if "/" in program:
        whole = os.path.join(cwd, program)
        return () if os.path.isfile(whole) and os.access(whole, os.X_OK) else (whole,)
    local = [os.path.join(base, each) for base in dict.fromkeys((cwd, root)) for each in LOCAL_FOLDERS]
    if program in PROJECT_PYTHON:
        return ()
    folders = (*(each for each in local if os.path.isdir(each)), *(each for each in path.split(os.pathsep) if each))
    return () if shutil.which(program, path=os.pathsep.join(folders)) else folders


def _neighbours(missing: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found = {}
    for folder in missing:
        try:
            with os.scandir(os.path.dirname(folder)) as entries:
                found[folder] = tuple(entry.name for entry in entries if entry.is_dir())
        except OSError:
            found[folder] = ()
    return found
