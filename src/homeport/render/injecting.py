"""The helper in front of a container's command: a program from a ConfigMap, so the image needs nothing for it."""

from base64 import b64encode
from typing import Any, Final

from lightkube.models.core_v1 import ConfigMap

from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.helper import FOLDER, NAME, PROGRAM
from homeport.render.digests import marked
from homeport.render.objects import metadata
from homeport.render.plain import Object, plain
from homeport.render.site import HelperIn, Site
from homeport.render.values import escaped

_VOLUME: Final = "homeport-helper"
_EXECUTABLE: Final = 0o555
MOUNT: Final[Object] = {"name": _VOLUME, "mountPath": FOLDER, "readOnly": True}
"""Where a container has the helper."""


def helper_name(digest: str) -> str:
    """Return the name of the ConfigMap with a helper, which another helper does not share: pods keep theirs until they roll."""
    return f"{NAME}-{digest[:12]}"


def helper_config(graph: Graph, site: Site, program: bytes, digest: str) -> Object:
    """Return the ConfigMap with the helper; ``digest`` is the program's, in hexadecimal digits."""
    carried = {NAME: b64encode(program).decode()}
    made = ConfigMap(metadata=metadata(graph, site, helper_name(digest), None), binaryData=carried, immutable=True)
    return marked(site, plain(made))


def injected(made: Object, container: str, helper: HelperIn, node: str) -> Object:
    """Return a workload (or a Pod) in which the helper starts the command of one of its containers.

    ``container`` is its name; where there is only one, that is it, whatever it is called. Raises RefusedError, naming
    ``node``, when there is no such container, or when nobody knows what its command is.
    """
    if made["kind"] == "Pod":
        return {**made, "spec": _in_pod(made["spec"], container, helper, node)}
    template = made["spec"]["template"]
    spec = {**template, "spec": _in_pod(template["spec"], container, helper, node)}
    return {**made, "spec": {**made["spec"], "template": spec}}


def _in_pod(spec: dict[str, Any], container: str, helper: HelperIn, node: str) -> dict[str, Any]:
    containers: list[dict[str, Any]] = list(spec.get("containers") or [])
    at = next((at for at, each in enumerate(containers) if len(containers) == 1 or each.get("name") == container), None)
    if at is None:
        raise RefusedError(f'"{node}" has no container "{container}" into which saves could go')
    containers[at] = _led(containers[at], helper, node)
    return with_helper({**spec, "containers": containers}, helper.config)


def with_helper(spec: dict[str, Any], config: str) -> dict[str, Any]:
    """Return what a pod is made of with the volume that carries the helper; ``config`` names its ConfigMap."""
    volume = {"name": _VOLUME, "configMap": {"name": config, "defaultMode": _EXECUTABLE}}
    others = [each for each in spec.get("volumes") or [] if each.get("name") != _VOLUME]
    return {**spec, "volumes": [*others, volume]}


def _led(container: dict[str, Any], helper: HelperIn, node: str) -> dict[str, Any]:
    argv = _argv(container, helper)
    if not argv:
        what = f'the command of "{node}" is that of its image, and nobody could say what it is'
        raise RefusedError(what, hint="say it: run=[…]")
    led = {name: value for name, value in container.items() if name != "args"}
    mounts = [*(container.get("volumeMounts") or []), MOUNT]
    return {**led, "command": [PROGRAM, "run", "--", *argv], "volumeMounts": mounts}


def _argv(container: dict[str, Any], helper: HelperIn) -> list[str]:
    """Return what would run without the helper, as Kubernetes puts it together.

    A command of the object takes the place of all that the image says, and arguments that of the image's arguments.
    """
    command, args = container.get("command"), container.get("args")
    if command:
        return [*command, *(args or [])]
    return [*map(escaped, helper.entrypoint), *(args or map(escaped, helper.cmd))]
