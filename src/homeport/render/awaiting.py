"""What a task's pod waits for: services that are ready are not reached by their names at once, and a Job runs once."""

from collections.abc import Sequence
from typing import Any, Final

from homeport.model.helper import PROGRAM
from homeport.render.injecting import MOUNT, with_helper
from homeport.render.plain import Object

AWAIT: Final = "homeport-await"
_SAME: Final = ("image", "imagePullPolicy", "resources", "securityContext")
"""What the container that waits has of the one that runs: whatever is demanded of that is demanded of both."""


def awaiting(made: Object, addresses: Sequence[str], config: str) -> Object:
    """Return a Job whose pods begin when ``addresses`` (``HOST:PORT[,PORT]``) answer; ``config`` names the helper's ConfigMap."""
    template = made["spec"]["template"]
    pod: dict[str, Any] = template["spec"]
    waits = {
        "name": AWAIT,
        **{key: pod["containers"][0][key] for key in _SAME if key in pod["containers"][0]},
        "command": [PROGRAM, "await", *addresses],
        "volumeMounts": [MOUNT],
    }
    first = {**pod, "initContainers": [waits, *(pod.get("initContainers") or [])]}
    spec = {**made["spec"], "template": {**template, "spec": with_helper(first, config)}}
    return {**made, "spec": spec}
