"""Bringing images into clusters that have no registry, by the tools that made them."""

from collections.abc import Mapping
from typing import Final

from homeport.adapters.images.programs import Hear, Spawn, run
from homeport.model.errors import OutsideError
from homeport.ports.builder import Said, Step, Tell, ToCluster
from homeport.ports.runtime import Exit, Launch

_INSTALL: Final = {
    "kind": "https://kind.sigs.k8s.io",
    "k3d": "https://k3d.io",
    "minikube": "https://minikube.sigs.k8s.io",
}


def load_command(to: ToCluster, name: str) -> tuple[str, ...]:
    """Return what brings an image of the engine into every node of a cluster."""
    match to.tool:
        case "kind":
            return "kind", "load", "docker-image", name, "--name", to.cluster
        case "k3d":
            return "k3d", "image", "import", name, "--cluster", to.cluster
        case "minikube":
            return "minikube", "image", "load", name, "--profile", to.cluster


def nodes_command(to: ToCluster) -> tuple[str, ...] | None:
    """Return what names the nodes that are containers of the engine, a line each; None for a tool that asks by itself."""
    match to.tool:
        case "kind":
            labels = [f"io.x-k8s.kind.cluster={to.cluster}"]
        case "k3d":
            labels = [f"k3d.cluster={to.cluster}"]
        case "minikube":
            return None
    filters = [word for label in labels for word in ("--filter", f"label={label}")]
    return "docker", "ps", *filters, "--format", '{{.Names}} {{.Label "k3d.role"}}'


def nodes_in(told: str) -> tuple[str, ...]:
    """Return the nodes among the containers of a cluster; k3d has others beside them."""
    rows = [line.split() for line in told.splitlines() if line.strip()]
    return tuple(row[0] for row in rows if len(row) == 1 or row[1] in {"server", "agent"})


def present_command(to: ToCluster, node: str, name: str) -> tuple[str, ...]:
    """Return what tells whether a node has an image: it writes the name when it has."""
    match to.tool:
        case "kind":
            return "docker", "exec", node, "ctr", "--namespace=k8s.io", "images", "ls", "-q", f"name=={name}"
        case "k3d":
            return "docker", "exec", node, "ctr", "images", "ls", "-q", f"name=={name}"
        case "minikube":
            return "minikube", "image", "ls", "--profile", to.cluster


class Shipping:
    """The way into one cluster."""

    def __init__(self, to: ToCluster, spawn: Spawn, env: Mapping[str, str]) -> None:
        self._to = to
        self._spawn = spawn
        self._env = env

    async def has(self, name: str) -> bool:
        """Whether every node has the image."""
        command = nodes_command(self._to)
        if command is None:
            return await self._node_has("", name)
        nodes = nodes_in((await self._ask(command))[1])
        if not nodes:
            raise OutsideError(
                f'cluster "{self._to.cluster}" of {self._to.tool} has no node that runs',
                hint="start it, or use another context",
            )
        for node in nodes:
            if not await self._node_has(node, name):
                return False
        return True

    async def load(self, name: str, tell: Tell) -> None:
        """Bring the image into every node. Raises OutsideError when the tool fails."""
        title = f"load into {self._to.tool} {self._to.cluster}"
        tell(Step(1, title, "running"))
        last: list[str] = []

        def hear(text: str) -> None:
            last.append(text)
            tell(Said(1, text))

        exit_ = await self._run(load_command(self._to, name), hear)
        tell(Step(1, title, "done" if exit_.code == 0 else "failed"))
        if exit_.code != 0:
            why = next((line for line in reversed(last) if line.strip()), "it does not say why")
            raise OutsideError(
                f'"{name}" cannot be loaded into the cluster "{self._to.cluster}": {why}',
                hint=f"try it by hand: {' '.join(load_command(self._to, name))}",
            )

    async def _node_has(self, node: str, name: str) -> bool:
        exit_, told = await self._ask(present_command(self._to, node, name))
        return exit_.code == 0 and name in told.split()

    async def _ask(self, command: tuple[str, ...]) -> tuple[Exit, str]:
        lines: list[str] = []
        exit_ = await self._run(command, lines.append)
        return exit_, "\n".join(lines)

    async def _run(self, command: tuple[str, ...], hear: Hear) -> Exit:
        try:
            return await run(self._spawn, Launch(f"load {self._to.tool}", command, "/", self._env), hear)
        except OutsideError as error:
            if "was not found" not in error.what:
                raise
            raise OutsideError(
                f'images reach the cluster "{self._to.cluster}" by "{command[0]}", which was not found on the PATH',
                hint=f"install it: {_INSTALL.get(command[0], 'https://docs.docker.com')}",
            ) from error
