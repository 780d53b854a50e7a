"""Which image each service has in production: named by the file, or by flags where the file builds it."""

from collections.abc import Mapping, Sequence
from typing import Final

from homeport.kit.suggest import did_you_mean
from homeport.model.containers import NamedImage
from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.nodes import Runnable, Task

_FLAGS: Final = "--image {name}=REF, or --registry REG --tag TAG for all that are built"


def chosen(graph: Graph, names: Sequence[str]) -> tuple[list[Runnable], list[str]]:
    """Return what becomes pods, and what is left out: who has no image, and tasks that run by hand only.

    Who was named must have an image. Raises RefusedError.
    """
    pods, left = [], []
    for node in graph.runnables():
        if node.container is None:
            if node.name in names:
                raise RefusedError(f'"{node.name}" has no image', hint="give it one: image=…")
            left.append(node.name)
        elif isinstance(node, Task) and node.manual and node.name not in names:
            left.append(node.name)
        else:
            pods.append(node)
    if not pods:
        raise RefusedError("nothing in this stack has an image", hint="give a service one: image=…")
    return pods, left


def images(
    graph: Graph, pods: Sequence[Runnable], given: Mapping[str, str], registry: str | None, tag: str | None
) -> dict[str, str]:
    """Return the image of each. Raises RefusedError for one that nobody told, naming the flags."""
    known = [node.name for node in pods]
    for name in given:
        if name not in known:
            raise RefusedError(f'--image names "{name}", which has no pods', hint=did_you_mean(name, known) or None)
    if (registry is None) != (tag is None):
        missing = "--tag" if tag is None else "--registry"
        raise RefusedError(f"{missing} is missing", hint="images that are built are found at REG/STACK-SERVICE:TAG: "
                           "--registry REG --tag TAG")  # fmt: skip
    return {node.name: _image(graph, node, given, registry, tag) for node in pods}


def _image(graph: Graph, node: Runnable, given: Mapping[str, str], registry: str | None, tag: str | None) -> str:
    assert node.container is not None
    image = node.container.image
    if node.name in given:
        return given[node.name]
    if isinstance(image, NamedImage):
        return image.name
    if registry is not None:
        return f"{registry.rstrip('/')}/{graph.stack}-{node.name}:{tag}"
    hint = f"say under which name it is found: {_FLAGS.format(name=node.name)}"
    raise RefusedError(f'the image of "{node.name}" is built, and nobody said where from a cluster gets it', hint=hint)
