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
    """Return the PATH: tools, the project's interpreter, ``node_modules/.bin`` from the folder up to the root, the shell's."""
    shell = around.shell.get("PATH", os.defpath).split(os.pathsep)
    own = os.path.dirname(around.python)
    leading = [*folders, os.path.dirname(interpreter), *_node_folders(Path(cwd), Path(around.root))]
    return os.pathsep.join(dict.fromkeys([*leading, *(folder for folder in shell if folder != own or own in leading)]))


def _node_folders(cwd: Path, root: Path) -> Iterator[str]:
    """Yield every ``node_modules/.bin`` that may be there once packages are installed; the nearest first."""
    for folder in (cwd, *cwd.parents):
        yield str(folder / "node_modules" / ".bin")
        if folder == root or not folder.is_relative_to(root):
            return
