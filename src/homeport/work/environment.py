"""What a program finds around it: later wins: the shell, ``.env`` files, our own words, ``env=``."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from homeport.model.nodes import Runnable, Service
from homeport.ports.vault import Vault
from homeport.work.outside import Surroundings
from homeport.work.resolve import Resolver


def environment(
    node: Runnable,
    resolver: Resolver,
    vault: Vault,
    around: Surroundings,
    interpreter: str,
    folders: tuple[str, ...],
) -> dict[str, str]:
    """Return the complete environment of a service or task."""
    env = {**around.shell, "PYTHONUNBUFFERED": "1", **around.hints}
    for name in node.env_files:
        env.update(vault.all_of(name))
    env["PATH"] = search_path(node.cwd, around, interpreter, folders)
    venv = Path(interpreter).parent.parent
    if (venv / "pyvenv.cfg").exists():
        env["VIRTUAL_ENV"] = str(venv)
    if isinstance(node, Service):
        env.update(_ports(node, resolver.own))
    env.update({key: resolver.text(value) for key, value in node.env.items()})
    env["HOMEPORT_INSTANCE"] = around.instance
    env["HOMEPORT_SERVICE"] = node.name
    return env


def _ports(service: Service, own: Mapping[str, int]) -> dict[str, str]:
    if not service.ports:
        return {}
    told = {"HOST": "127.0.0.1", "PORT": str(own[service.ports[0].name])}
    return told | {port.env: str(own[port.name]) for port in service.ports if port.env}


def search_path(cwd: str, around: Surroundings, interpreter: str, folders: tuple[str, ...]) -> str:
    """Return the PATH: tools, the project's Python, installed node packages, then the shell's.

    Folders that do not exist yet are in it too: an install task may make them. Homeport's own interpreter stands in for
    the project's only behind a ``.venv`` of the project.
    """
    project, own = os.path.dirname(interpreter), os.path.dirname(around.python)
    levels = list(_levels(Path(cwd), Path(around.root)))
    venvs = [str(folder / ".venv" / "bin") for folder in levels]
    pythons = [*venvs, project] if project == own else [project, *venvs]
    nodes = [str(folder / "node_modules" / ".bin") for folder in levels]
    shell = around.shell.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(dict.fromkeys([*folders, *pythons, *nodes, *shell]))


def _levels(cwd: Path, root: Path) -> Iterator[Path]:
    """Yield the folder and its parents up to the stack's root; the nearest first."""
    for folder in (cwd, *cwd.parents):
        yield folder
        if folder == root or not folder.is_relative_to(root):
            return
