"""One service or task on its way to its objects."""

from collections.abc import Iterator
from typing import Any

from lightkube.models.core_v1 import PodTemplateSpec
from lightkube.models.meta_v1 import ObjectMeta
from msgspec import Struct, to_builtins

from homeport.model.containers import NamedImage
from homeport.model.errors import Bug
from homeport.model.graph import Graph
from homeport.model.nodes import Runnable, Service, Task
from homeport.render import objects
from homeport.render.companions import spoken, surroundings
from homeport.render.differences import changed, filled
from homeport.render.digests import digest, keyed, marked
from homeport.render.injecting import injected
from homeport.render.mounts import Files, files, has_claim
from homeport.render.naming import DIGEST, NOTICE, TURN, beside, fitted, labels
from homeport.render.patching import patched, position
from homeport.render.plain import Object, plain
from homeport.render.pods import container, notices, pod, program
from homeport.render.probes import Probes, probes
from homeport.render.settings import Environment, environment
from homeport.render.site import Site
from homeport.render.values import Speaker
from homeport.render.workloads import job, workload


class _Names(Struct, frozen=True):
    """What the objects beside a workload are called."""

    env: str
    files: str
    peers: str
    data: str


class Rendering:
    """One service or task on its way to its objects. ``speaker`` has heard which secrets it uses."""

    def __init__(self, graph: Graph, site: Site, node: Runnable) -> None:
        self._graph = graph
        self._site = site
        self._node = node
        self.name = node.name
        self._names = _Names(
            *(beside(node.name, suffix, graph.nodes) for suffix in ("-env", "-files", "-pods", "-data"))
        )
        self.speaker = Speaker(graph, site, node)
        self._env: Environment = environment(graph, site, node, self.speaker)
        self._looks = _probes(node, self.speaker)
        self._program = program(node, self.speaker)
        self._said = spoken(node, self.speaker)
        self._lent = {name: self._env.lend(name, each.env, self._names.env) for name, each in self._said.items()}
        self._files: Files = files(
            node,
            self.speaker,
            {name: each.speaker for name, each in self._said.items()},
            self._names.files,
            self._names.files,
        )

    def objects(self) -> list[Object]:
        """Return its objects with their digests, patched, the workload last."""
        node = self._node
        assert node.container is not None
        if node.container.functions:
            raise Bug(f'the functions that patch "{node.name}" were not run when the file was evaluated')
        found = self.as_said()
        helper = self._site.helpers.get(node.name)
        if helper is not None:
            found[-1] = injected(found[-1], fitted(node.name), helper, node.name)
        found = [marked(self._site, each) for each in found]
        turn = self._site.turns.get(node.name)
        if turn:
            found[-1] = _turned(found[-1], turn)
        return found

    def as_said(self) -> list[Object]:
        """Return its objects as the file changes them, by patches and by what its functions did."""
        assert self._node.container is not None
        found = self._patched()
        for address, change in self._node.container.changes.items():
            at = position(found, address)
            if at is not None:  # what comes from settings only is not there without them
                found[at] = changed(found[at], filled(change, self._site.words(self._node.name)))
        return found

    def shown(self) -> list[Object]:
        """Return its objects as functions of the file see them, which are not to think of digests."""
        found = self._patched()
        meta = found[-1].get("spec", {}).get("template", {}).get("metadata", {})
        annotations = {name: value for name, value in meta.pop("annotations", {}).items() if name != DIGEST}
        if annotations:
            meta["annotations"] = annotations
        return found

    def _patched(self) -> list[Object]:
        assert self._node.container is not None
        found = [plain(each) for each in (*self._around(), *self._kept(), self._workload())]
        return patched(self._node.name, found, self._node.container.patch)

    def _around(self) -> Iterator[Any]:
        """Yield who it is, and what it reads."""
        graph, site, name = self._graph, self._site, self._node.name
        yield objects.account(graph, site, name)
        env, files = self._env, self._files
        for called, opened, kept in (
            (self._names.env, env.open, env.kept),
            (self._names.files, files.open, files.hidden),
        ):
            if opened:
                yield objects.config_map(graph, site, called, name, opened)
            if kept:
                yield objects.secret(graph, site, called, name, {key: spelled.text for key, spelled in kept.items()})

    def _kept(self) -> Iterator[Any]:
        """Yield its volume and its names in the cluster."""
        graph, site, node = self._graph, self._site, self._node
        assert node.container is not None
        if isinstance(node, Task):
            if has_claim(node):
                yield objects.claim(graph, site, self._names.data, node.name, node.container.storage)
            return
        if node.ports or any(each.ports for each in node.container.sidecars.values()):
            yield objects.service(graph, site, node)
        if has_claim(node):
            yield objects.headless(graph, site, node, self._names.peers)

    def _workload(self) -> Any:
        graph, site, node = self._graph, self._site, self._node
        template, mark = self._template()
        said = notices(node, self._looks) + [
            f"{name}: {notice}" for name, each in self._said.items() for notice in each.looks.notices
        ]
        annotations = {NOTICE: "; ".join(said)} if said else None
        if isinstance(node, Task):
            # A Job cannot be changed: another definition is another Job, and the same one is not run again.
            called = fitted(node.name, f"-{mark[:8]}")
            return job(node, template, objects.metadata(graph, site, called, node.name, annotations))
        called = fitted(node.name, longest=52) if has_claim(node) else node.name
        return workload(site, node, template, objects.metadata(graph, site, called, node.name, annotations),
                        self._names.peers)  # fmt: skip

    def _template(self) -> tuple[PodTemplateSpec, str]:
        """Return the pods' template, and the digest that it carries; a Job is named after that."""
        graph, site, node = self._graph, self._site, self._node
        assert node.container is not None
        is_task = isinstance(node, Task)
        pull = None if isinstance(node.container.image, NamedImage) else site.pull
        inner = container(node, site.images[node.name], self._program, self._env, self._files, self._looks,
                          self._names.env, self._names.env, pull)  # fmt: skip
        meta = ObjectMeta(labels=labels(graph, site, node.name))
        claim = self._names.data if is_task and has_claim(node) else None
        others = surroundings(node, inner, self._said, self._lent, self._files)
        template = pod(node, inner, others, self._files, meta, claim, ends=is_task)
        mark = self._digest(to_builtins(template))
        meta.annotations = {DIGEST: mark}
        turn = site.turns.get(node.name)
        return template, digest(mark, turn) if is_task and turn else mark

    def _digest(self, template: Object) -> str:
        """Return the digest of everything that the pods are made of; what changes it rolls them.

        A task does not run again because of another password.
        """
        site, node = self._site, self._node
        assert node.container is not None
        shared = [(site.secrets or {}).get(name, {}).get(key) for name, key in self.speaker.secrets]
        hidden = [spelled.text for found in (self._env.kept, self._files.hidden) for spelled in found.values()]
        known = [] if isinstance(node, Task) else keyed(site, [*shared, *hidden])
        return digest(template, self._env.open, self._files.open, known, *self._changed_later())

    def _changed_later(self) -> Iterator[Any]:
        """Yield what changes the pods after their template was made."""
        helper = self._site.helpers.get(self._node.name)
        if helper is not None:
            yield to_builtins(helper)
        if isinstance(self._node, Task) and self._node.container is not None:
            yield from filter(None, (self._node.container.patch, self._node.container.changes))


def _turned(made: Object, turn: str) -> Object:
    """Return a workload whose pods carry a turn."""
    template = made["spec"]["template"]
    meta = template.get("metadata") or {}
    turned = {**meta, "annotations": {**(meta.get("annotations") or {}), TURN: turn}}
    return {**made, "spec": {**made["spec"], "template": {**template, "metadata": turned}}}


def _probes(node: Runnable, speaker: Speaker) -> Probes:
    if not isinstance(node, Service):
        return Probes()
    how = node.container
    assert how is not None
    return probes(how.ready or node.ready, how.live or node.live, speaker, listens=bool(node.ports))
