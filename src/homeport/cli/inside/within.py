"""Which of the containers of a pod is meant."""

from homeport.kit.suggest import did_you_mean
from homeport.model.errors import RefusedError
from homeport.ports.cluster import Manifest


def demand_container(pod: Manifest, node: str, container: str) -> None:
    """Raise RefusedError unless the pod has a container of that name into which one can go, naming those that it has."""
    spec, name = pod.get("spec", {}), pod["metadata"]["name"]
    before = spec.get("initContainers") or []
    lasting = [each["name"] for each in before if each.get("restartPolicy") == "Always"]
    inside = [*(each["name"] for each in spec.get("containers") or []), *lasting]
    if container in inside:
        return
    if container in (each["name"] for each in before):
        raise RefusedError(
            f'the container "{container}" of the pod {name} runs to its end before the others',
            hint=f"`homeport logs {node} -c {container}` shows what it said",
        )
    hint = did_you_mean(container, inside, f"it has {', '.join(inside)}")
    raise RefusedError(f'the pod {name} of "{node}" has no container "{container}"', hint=hint)
