"""The whole: a graph and a site become objects, in an order that stays."""

from collections.abc import Iterator
from typing import Any

from lightkube.models.meta_v1 import ObjectMeta
from msgspec import Struct, to_builtins

from homeport.model.graph import Graph
from homeport.model.nodes import Runnable, Service, Task
from homeport.render import objects
from homeport.render.digests import digest, keyed, marked
from homeport.render.mounts import Files, files
from homeport.render.naming import DIGEST, NOTICE, beside, checked_key, fitted, labels
from homeport.render.patching import patched
from homeport.render.pods import command, container, notices, pod
from homeport.render.probes import Probes, probes
from homeport.render.settings import Environment, environment
from homeport.render.site import Site
from homeport.render.values import Speaker
from homeport.render.workloads import job, workload

Object = dict[str, Any]
"""A Kubernetes object as plain data."""


def render(graph: Graph, site: Site) -> tuple[Object, ...]:
    """Return the objects of everything that has an image, each after what it needs.

    First the namespace, then the secrets that are used, then the objects of one service after the other. Raises
    RefusedError for what cannot be in a pod, and for a patch of an object that is not there.
    """
    rendered = [Rendering(graph, site, node) for name in graph.order if (node := _pods(graph, site, name)) is not None]
    made = [_plain(objects.namespace(graph, site))] if site.creates else []
    made += _secrets(graph, site, rendered)
    for each in rendered:
        made += each.objects()
    return tuple(marked(site, each) for each in made)


def _pods(graph: Graph, site: Site, name: str) -> Service | Task | None:
    node = graph.nodes.get(name)
    is_pods = isinstance(node, Service | Task) and node.container is not None and name in site.images
    return node if is_pods and isinstance(node, Service | Task) else None


def _secrets(graph: Graph, site: Site, rendered: list["Rendering"]) -> Iterator[Object]:
    """Yield the declared secrets of which a value is used, with the values that are."""
    used: dict[str, dict[str, str | None]] = {}
    for each in rendered:
        for name, key in each.speaker.secrets:
            value = (site.secrets or {}).get(name, {}).get(key)
            used.setdefault(name, {})[checked_key(name, key)] = value
    for name in graph.nodes:
        if name in used:
            yield _plain(objects.secret(graph, site, name, name, dict(sorted(used[name].items()))))


class _Names(Struct, frozen=True):
    """What the objects beside a workload are called."""

    env: str
    files: str
    peers: str
    data: str


class Rendering:
    """One service or task on its way to its objects."""

    def __init__(self, graph: Graph, site: Site, node: Runnable) -> None:
        self._graph = graph
        self._site = site
        self._node = node
        self._names = _Names(
            *(beside(node.name, suffix, graph.nodes) for suffix in ("-env", "-files", "-pods", "-data"))
        )
        self.speaker = Speaker(graph, site, node)
        self._env: Environment = environment(graph, site, node, self.speaker)
        self._looks = probes(node, self.speaker) if isinstance(node, Service) else Probes()
        self._argv = command(node, self.speaker)
        self._files: Files = files(node, self.speaker, self._names.files, self._names.files)

    def objects(self) -> list[Object]:
        """Return its objects, patched, the workload last."""
        node = self._node
        assert node.container is not None
        found = [*self._around(), *self._kept(), self._workload()]
        return patched(node.name, [_plain(each) for each in found], node.container.patch)

    def _around(self) -> Iterator[Any]:
        """Yield who it is, and what it reads."""
        graph, site, name = self._graph, self._site, self._node.name
        yield objects.account(graph, site, name)
        for called, found in ((self._names.env, self._env), (self._names.files, self._files)):
            if found.open:
                yield objects.config_map(graph, site, called, name, found.open)
            if found.hidden:
                hidden = {key: spelled.text for key, spelled in found.hidden.items()}
                yield objects.secret(graph, site, called, name, hidden)

    def _kept(self) -> Iterator[Any]:
        """Yield its volume and its names in the cluster."""
        graph, site, node = self._graph, self._site, self._node
        assert node.container is not None
        if isinstance(node, Task):
            if node.container.data is not None:
                yield objects.claim(graph, site, self._names.data, node.name, node.container.storage)
            return
        if node.ports:
            yield objects.service(graph, site, node)
        if node.container.data is not None:
            yield objects.headless(graph, site, node, self._names.peers)

    def _workload(self) -> Any:
        graph, site, node = self._graph, self._site, self._node
        inner = container(node, site.images[node.name], self._argv, self._env, self._files, self._looks,
                          self._names.env, self._names.env)  # fmt: skip
        meta = ObjectMeta(labels=labels(graph, site, node.name))
        is_task = isinstance(node, Task)
        claim = self._names.data if is_task and node.container is not None and node.container.data else None
        template = pod(node, inner, self._files, meta, claim, ends=is_task)
        mark = self._digest(to_builtins(template))
        meta.annotations = {DIGEST: mark}
        said = notices(node, self._looks)
        annotations = {NOTICE: "; ".join(said)} if said else None
        if isinstance(node, Task):
            # A Job cannot be changed: another definition is another Job, and the same one is not run again.
            called = fitted(node.name, f"-{mark[:8]}")
            return job(node, template, objects.metadata(graph, site, called, node.name, annotations))
        called = fitted(node.name, longest=52) if node.container is not None and node.container.data else node.name
        return workload(site, node, template, objects.metadata(graph, site, called, node.name, annotations),
                        self._names.peers)  # fmt: skip

    def _digest(self, template: Object) -> str:
        """Return the digest of everything that the pods are made of; what changes it rolls them.

        A task does not run again because of another password.
        """
        shared = [(self._site.secrets or {}).get(name, {}).get(key) for name, key in self.speaker.secrets]
        hidden = [spelled.text for found in (self._env, self._files) for spelled in found.hidden.values()]
        known = [] if isinstance(self._node, Task) else keyed(self._site, [*shared, *hidden])
        return digest(template, self._env.open, self._files.open, known)


def _plain(made: Any) -> Object:
    """Return an object as plain data: what it is first, then who, then all else."""
    plain: Object = to_builtins(made)
    who = {name: plain["metadata"][name] for name in ("name", "namespace", "labels") if name in plain["metadata"]}
    first = {"apiVersion": plain["apiVersion"], "kind": plain["kind"], "metadata": who | plain["metadata"]}
    return first | {name: value for name, value in plain.items() if name not in first}
