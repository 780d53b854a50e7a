"""What the checks must know of the machine: which folders and programs are there. Looks once, decides nothing."""

import os
import shutil
from collections.abc import Iterable

from msgspec import Struct

from homeport.model.graph import Graph
from homeport.model.nodes import Service
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
    return Seen(missing, lost, _neighbours(missing), unfit)


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
