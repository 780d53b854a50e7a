"""Where a cluster takes images from: the registry that it announces, or the tool that made it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from homeport.model.errors import OutsideError
from homeport.ports.builder import Destination, ToCluster, ToEngine

ANNOUNCEMENT: Final = "localRegistryHosting.v1"
"""The key in the ConfigMap ``local-registry-hosting`` of the namespace ``kube-public`` (KEP-1755)."""

_SHARING: Final = frozenset({"docker-desktop", "docker-for-desktop", "orbstack", "rancher-desktop", "colima"})
_HOST: Final = re.compile(r"[A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\]")


class Registry(Struct, frozen=True):
    """A registry by the names that it has: for who pushes, and for the nodes of the cluster, which pull."""

    push: str
    pull: str

    def pulled(self, name: str) -> str:
        """Return what the nodes call an image that was pushed under ``name``."""
        return self.pull + name.removeprefix(self.push)


def announced(config_map: Mapping[str, Any]) -> Registry | None:
    """Return the registry that a cluster announces by that ConfigMap; None when it announces another version, or no host.

    Raises OutsideError for an announcement that is not understood.
    """
    text = (config_map.get("data") or {}).get(ANNOUNCEMENT)
    if text is None:
        return None
    import yaml  # only who has a cluster pays for it

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = ""
    if found is None:
        return None
    if not isinstance(found, dict):
        raise _not_understood(text)
    host = found.get("host")
    if host is None:
        return None
    pull = found.get("hostFromContainerRuntime") or host
    if not _is_host(host) or not _is_host(pull):
        raise _not_understood(text)
    return Registry(host, pull)


def without_registry(context: str, cluster: str, labels: Mapping[str, str], runtime: str) -> Destination | None:
    """Return how images reach a cluster that announces no registry; None when it is no cluster of this machine.

    ``context`` and ``cluster`` are the kubeconfig's names; ``labels`` and ``runtime`` (``containerRuntimeVersion``) are those
    of one of its nodes.
    """
    if context.startswith("kind-") or cluster.startswith("kind-"):
        return ToCluster("kind", (context if context.startswith("kind-") else cluster).removeprefix("kind-"))
    if context.startswith("k3d-") or cluster.startswith("k3d-"):
        return ToCluster("k3d", (context if context.startswith("k3d-") else cluster).removeprefix("k3d-"))
    if profile := labels.get("minikube.k8s.io/name"):
        return ToCluster("minikube", profile)
    # Only there the engine that we build with and the node's are one: a node elsewhere may run Docker as well.
    if runtime.startswith("docker://") and (context in _SHARING or context.startswith("colima-")):
        return ToEngine()
    return None


def no_way(context: str, *, hidden: bool = False) -> OutsideError:
    """Return the error for a cluster whose images would reach nobody; ``hidden``: what it announces may not be read."""
    where = "the ConfigMap kube-public/local-registry-hosting (KEP-1755)"
    said = f"does not let you read {where}" if hidden else "announces no registry"
    return OutsideError(
        f'the cluster of context "{context}" {said}, and is none of kind, k3d, minikube or Docker Desktop',
        hint="name the registry that it pulls from with --registry HOST[/PATH]"
        + ("" if hidden else f"; one on this machine is announced by {where}"),
    )


def _is_host(text: object) -> bool:
    if not isinstance(text, str):
        return False
    host, _, path = text.partition("/")
    name, colon, port = host.rpartition(":")
    return (
        _HOST.fullmatch(name if colon else host) is not None
        and (not colon or port.isdigit())
        and not path.startswith("/")
    )


def _not_understood(text: str) -> OutsideError:
    return OutsideError(
        f'the cluster announces its registry in a way that is not understood: "{text.strip()[:200]}"',
        hint=f'expected in kube-public/local-registry-hosting, {ANNOUNCEMENT}: host: "localhost:5005"',
    )
