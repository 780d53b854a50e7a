"""Which image each service has in production: named by the file, or by flags where the file builds it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from homeport.kit.imagenames import is_name, is_tag
from homeport.kit.suggest import did_you_mean
from homeport.model.containers import Image, NamedImage
from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests, image_key
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
    if not pods and not any(isinstance(node, Manifests) for node in graph.nodes.values()):
        raise RefusedError("nothing in this stack has an image", hint="give a service one: image=…")
    return pods, left


def images(
    graph: Graph,
    pods: Sequence[Runnable],
    manifests: Iterable[str],
    given: Mapping[str, str],
    registry: str | None,
    tag: str | None,
) -> dict[str, str]:
    """Return the image of each, and those that take the place of others in these ``manifests``.

    Raises RefusedError for one that nobody told, naming the flags.
    """
    replaced = {image_key(node.name, name): image for node in graph.nodes.values()
                if isinstance(node, Manifests) and node.name in manifests for name, image in node.images.items()}  # fmt: skip
    known = [*(node.name for node in pods), *replaced]
    for name in given:
        if name not in known:
            raise RefusedError(f'--image names "{name}", which has no pods', hint=did_you_mean(name, known) or None)
    _demand_names(given, tag)
    if (registry is None) != (tag is None):
        missing = "--tag" if tag is None else "--registry"
        raise RefusedError(f"{missing} is missing", hint="images that are built are found at REG/STACK-SERVICE:TAG: "
                           "--registry REG --tag TAG")  # fmt: skip
    own = {key: _replacing(graph, key, image, given, registry, tag) for key, image in replaced.items()}
    return {node.name: _image(graph, node, given, registry, tag) for node in pods} | {
        key: image for key, image in own.items() if image is not None
    }


def _demand_names(given: Mapping[str, str], tag: str | None) -> None:
    for name, reference in given.items():
        if not is_name(reference):
            raise RefusedError(
                f'--image {name}="{reference}" is no name of an image', hint=f"--image {name}=ghcr.io/team/{name}:1.4"
            )
    if tag is not None and not is_tag(tag):
        raise RefusedError(f'--tag "{tag}" cannot be a tag', hint="letters, digits, dots, dashes: --tag v1.4")


def _replacing(
    graph: Graph, key: str, image: Image, given: Mapping[str, str], registry: str | None, tag: str | None
) -> str | None:
    """Return what takes the place of an image in manifests; None: it stays, since these name one themselves."""
    if key in given:
        return given[key]
    if isinstance(image, NamedImage):
        return image.name
    called = key.replace("/", "-").replace(":", "-")
    return f"{registry}/{graph.stack}-{called}:{tag}" if registry is not None else None


def _image(graph: Graph, node: Runnable, given: Mapping[str, str], registry: str | None, tag: str | None) -> str:
    assert node.container is not None
    image = node.container.image
    if node.name in given:
        return given[node.name]
    if isinstance(image, NamedImage):
        return image.name
    if registry is not None:
        return f"{registry}/{graph.stack}-{node.name}:{tag}"
    hint = f"say under which name it is found: {_FLAGS.format(name=node.name)}"
    raise RefusedError(f'the image of "{node.name}" is built, and nobody said where from a cluster gets it', hint=hint)
