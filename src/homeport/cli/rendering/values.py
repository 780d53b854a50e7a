"""The values that are rendered: those of ``.env`` files, and of secrets where they are to be shown."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.cli.call import Call
from homeport.kit import dotenv
from homeport.model.errors import OutsideError
from homeport.model.graph import Graph
from homeport.model.nodes import EnvFile, Secret, Source
from homeport.model.parts import Where

if TYPE_CHECKING:
    from homeport.machine.secrets.vault import DiskVault

_KEY = Secret("render.key", Where("", 0), {"value": Source(generate="password", length=64)})
"""What digests of secret values are made with: no node can have this name."""

Values = dict[str, dict[str, str]]


def settings(graph: Graph, environ: Mapping[str, str]) -> Values:
    """Return the values of all ``.env`` files. Raises OutsideError for one that cannot be read."""
    return {node.name: _read(graph, node, environ) for node in graph.nodes.values() if isinstance(node, EnvFile)}


def _read(graph: Graph, file: EnvFile, environ: Mapping[str, str]) -> dict[str, str]:
    path = os.path.join(graph.root, file.path)
    try:
        return dotenv.parse(Path(path).read_bytes(), environ)
    except FileNotFoundError as error:
        if file.optional:
            return {}
        raise OutsideError(f'"{file.path}" does not exist', hint="bring it, or say optional=True") from error
    except OSError as error:
        raise OutsideError(f'"{file.path}" cannot be read: {error.strerror}', hint="mend its permissions") from error
    except dotenv.Unreadable as error:
        raise OutsideError(f'"{file.path}" cannot be read: {error}', hint="mend that line") from error


def secrets(call: Call, graph: Graph) -> tuple[Values, bytes]:
    """Return the values that this instance's secrets have, made now if they never were, and the key for their digests."""
    import tempfile  # only who wants to see secrets pays for these imports

    from homeport.machine.instances.folders import folders_of
    from homeport.machine.instances.registry import Instances
    from homeport.machine.secrets.vault import DiskVault

    instances = Instances(folders_of(call.environ))
    file = Path(graph.file)
    instance = instances.at(file, call.instance) or instances.resolve(graph.stack, file, call.instance)
    with tempfile.TemporaryDirectory(prefix="homeport-render-") as runtime:
        vault = DiskVault(root=Path(graph.root), folder=instance.secrets, runtime=Path(runtime), environ=call.environ)
        found = {node.name: _load(vault, node) for node in graph.nodes.values() if isinstance(node, Secret)}
        return found, _load(vault, _KEY)["value"].encode()


def _load(vault: "DiskVault", secret: Secret) -> dict[str, str]:
    known = vault.load(secret, "render")
    if known.error is not None:
        raise OutsideError(known.error, hint=known.hint)
    return vault.all_of(secret.name)
