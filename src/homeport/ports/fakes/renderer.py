"""Objects that say no more than who they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeport.model.cluster_jobs import Scene
from homeport.model.errors import HomeportError
from homeport.model.nodes import Task
from homeport.model.ownership import NAME, NODE, OWNER
from homeport.ports.cluster import Manifest
from homeport.ports.renderer import Identity, Own, Values


class FakeRenderer:
    """A Deployment (or a Job) and a ConfigMap per node; another of ``versions`` makes others. ``refusals`` by node."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.refusals: dict[str, HomeportError] = {}
        self.extra: dict[str, list[Manifest]] = {}
        """What a node has besides."""

    def common(self, scene: Scene, who: Identity, values: Values) -> Sequence[Manifest]:
        """Return the namespace if it is ours."""
        if not who.creates:
            return ()
        return ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _space(scene), **_labels(who, None)}},)

    def node(self, scene: Scene, who: Identity, values: Values, name: str, turn: str = "") -> Sequence[Manifest]:
        """Return the objects of one node, the workload last."""
        if name in self.refusals:
            raise self.refusals[name]
        is_task = isinstance(scene.graph.nodes.get(name), Task)
        kind = ("batch/v1", "Job") if is_task else ("apps/v1", "Deployment")
        mark = f"{self.versions.get(name, '1')} {scene.images.get(name, '')} {scene.replicas.get(name, '')}".strip()
        template: dict[str, Any] = {"metadata": {"annotations": {"homeport.dev/turn": turn}} if turn else {}}
        template["spec"] = {"containers": [{"name": name, "image": scene.images.get(name, ""), "command": [name]}]}
        around = _object("v1", "ConfigMap", name, scene, who, mark)
        made = {**_object(*kind, name, scene, who, mark), "spec": {"template": template}}
        return (around, *self.extra.get(name, ()), made)

    def own(self, scene: Scene, who: Identity, values: Values, own: Own) -> Sequence[Manifest]:
        """Return the objects with a namespace, our labels, and a digest of what they were before."""
        found = []
        for each in own.read:
            space = {} if each["kind"] in own.cluster_wide else {"namespace": _space(scene)}
            labels = {**(each["metadata"].get("labels") or {}), OWNER: who.owner, NODE: own.node.name}
            marks = {"homeport.dev/digest": f"{each} {own.helped}"}
            meta = {**space, **each["metadata"], "labels": labels, "annotations": marks}
            found.append({**each, "metadata": meta})
        return found

    def relay(
        self, scene: Scene, who: Identity, image: str, services: Mapping[str, Mapping[int, int]]
    ) -> Sequence[Manifest]:
        """Return the relay, and a Service for each name."""
        found = [("apps/v1", "Deployment", "homeport-relay"), *(("v1", "Service", name) for name in services)]
        made = [_object(*each, scene, who, repr(sorted(services.get(each[2], {}).items()))) for each in found]
        for each in made:
            each["metadata"]["labels"]["app.kubernetes.io/component"] = "relay"
        return made


def _object(api: str, kind: str, name: str, scene: Scene, who: Identity, mark: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": _space(scene), **_labels(who, name)}
    return {"apiVersion": api, "kind": kind, "metadata": {**meta, "annotations": {"homeport.dev/digest": mark}}}


def _labels(who: Identity, name: str | None) -> dict[str, dict[str, str]]:
    return {"labels": {OWNER: who.owner, **({NAME: name} if name is not None else {})}}


def _space(scene: Scene) -> str:
    return scene.site.namespace or "demo"
