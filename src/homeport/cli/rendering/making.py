"""From a call to the objects that are printed: evaluate, choose, render."""

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from homeport.cli.assigning import assignments
from homeport.cli.call import Call
from homeport.cli.place import stack_file
from homeport.cli.rendering import values
from homeport.cli.rendering.images import chosen, images
from homeport.config.evaluate import ChildEvaluator
from homeport.kit.suggest import did_you_mean
from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests
from homeport.model.meant import meant
from homeport.model.nodes import Option, Runnable, Service
from homeport.render import previewing
from homeport.render.fields import misspelt
from homeport.render.naming import NAME, NOTICE
from homeport.render.plain import Object
from homeport.render.render import render
from homeport.render.site import Site


class Asked(Struct, frozen=True):
    """What the flags say."""

    names: Sequence[str]
    namespace: str | None
    sets: Sequence[str]
    images: Sequence[str]
    registry: str | None
    tag: str | None
    kinds: Sequence[str]
    show_secrets: bool

    @property
    def again(self) -> list[str]:
        """The flags on which the values of secrets and the names of objects depend."""
        namespace = ["--namespace", self.namespace] if self.namespace is not None else []
        return namespace + [word for said in self.sets for word in ("--set", said)]

    @property
    def has_pods(self) -> bool:
        """Whether objects are asked for that name an image."""
        return not self.kinds or any(kind in ("Deployment", "StatefulSet", "Job") for kind in self.kinds)


class Made(Struct, frozen=True):
    """The objects, and what people are told besides."""

    objects: Sequence[Object]
    said: list[str]


def made(call: Call, asked: Asked) -> Made:
    """Return the objects that were asked for. Raises ConfigError and RefusedError."""
    options = assignments(asked.sets)
    evaluator = ChildEvaluator(call.environ, sys.executable, here=False, patching=lambda: previewing)
    graph = asyncio.run(evaluator.evaluate(stack_file(call), options))
    for name in options:
        if not isinstance(graph.nodes.get(name), Option):
            raise RefusedError(f'the stack has no option "{name}"', hint="`homeport args` lists its options")
    named = meant(asked.names, graph) if asked.names else ()
    pods, left = chosen(graph, named)
    own = [node for node in graph.nodes.values() if isinstance(node, Manifests)]
    if named:
        pods, left = [node for node in pods if node.name in named], []
        own = [node for node in own if node.name in named]
    site = _site(call, graph, asked, pods, _loaded(call, own))
    objects = _of_kinds(render(graph, site), asked.kinds)
    said = [f"left out, without an image or run by hand: {', '.join(left)}"] if left else []
    return Made(objects, said + _missing(graph, pods, site) + _noticed(objects))


def _loaded(call: Call, own: Sequence[Manifests]) -> dict[str, Sequence[Object]]:
    if not own:
        return {}
    from homeport.config.manifests.loading import load  # only who has such objects pays for a reader of YAML

    return {node.name: load(node, call.environ, check=misspelt) for node in own}


def _site(
    call: Call, graph: Graph, asked: Asked, pods: Sequence[Runnable], manifests: Mapping[str, Sequence[Object]]
) -> Site:
    instance = graph.stack
    if call.instance is not None:
        from homeport.machine.instances.names import checked

        instance = checked(call.instance)
    shown, key = values.secrets(call, graph) if asked.show_secrets else (None, b"")
    return Site(
        namespace=asked.namespace or instance,
        creates=asked.namespace is None,
        instance=instance,
        images=images(graph, pods, manifests, assignments(asked.images), asked.registry, asked.tag)
        if asked.has_pods
        else dict.fromkeys((node.name for node in pods), ""),
        manifests=manifests,
        options=assignments(asked.sets),
        settings=values.settings(graph, call.environ),
        secrets=shown,
        key=key,
    )


def _of_kinds(objects: Sequence[Object], kinds: Sequence[str]) -> Sequence[Object]:
    known = dict.fromkeys(str(each["kind"]) for each in objects)
    for kind in kinds:
        if kind not in known:
            raise RefusedError(f'there is no object of kind "{kind}"', hint=did_you_mean(kind, known) or None)
    return [each for each in objects if each["kind"] in kinds] if kinds else objects


def _missing(graph: Graph, pods: Sequence[Runnable], site: Site) -> list[str]:
    """Return what pods use that is no pod of this stack: they look for a Service of that name."""
    inside = {node.name for node in graph.runnables() if node.container is not None}
    own = [each for found in site.manifests.values() for each in found]
    inside |= {each["metadata"]["name"] for each in own if each["kind"] == "Service"}
    used = {ref.node for node in pods for ref in graph.contained[node.name] if ref.key == "host"}
    absent = [name for name in graph.nodes if name in used - inside and isinstance(graph.nodes[name], Service)]
    return [f"used and not among the objects, make a Service for each: {', '.join(absent)}"] if absent else []


def _noticed(objects: Iterable[Object]) -> list[str]:
    found = []
    for each in objects:
        metadata: dict[str, Any] = each["metadata"]
        said = (metadata.get("annotations") or {}).get(NOTICE)
        if said is not None:
            found.append(f"{metadata['labels'][NAME]}: {said}")
    return found
