"""The user's own objects, made part of a stack: its namespace, its labels, its images."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from homeport.kit.suggest import did_you_mean
from homeport.model.errors import ConfigError, Mistake, RefusedError
from homeport.model.graph import Graph
from homeport.model.manifests import Manifests, Said, image_key, key_of
from homeport.render.digests import marked
from homeport.render.injecting import injected
from homeport.render.naming import LEFT_OUT, NODE, TURN, labels, owned
from homeport.render.plain import Object, arranged
from homeport.render.site import HelperIn, Site

CLUSTER_WIDE: Final = frozenset(
    (
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ComponentStatus",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "IngressClass",
        "IPAddress",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersion",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    )
)
"""Kinds of Kubernetes itself that are in no namespace."""
_FIRST: Final = ("Namespace", "CustomResourceDefinition")
_RUNNING_ON: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
"""Kinds whose pods run on and on, so that they get saves; those of a Job run once, on the files of their image."""
_PODDED: Final = (*_RUNNING_ON, "Job")
"""Kinds that make pods by a template."""


def is_first(made: Object) -> bool:
    """Whether other objects may rest on this one: namespaces, and definitions of kinds."""
    return made["kind"] in _FIRST


def manifested(graph: Graph, site: Site, node: Manifests, found: Sequence[Mapping[str, Any]]) -> list[Object]:
    """Return the objects of a node as they are applied: namespaces and definitions first, all else in its order.

    Raises RefusedError for an image that none of them has, ConfigError for two objects of a kind that have the same name.
    """
    wide = CLUSTER_WIDE | site.cluster_wide | set(_defined(found))
    for image in node.images:
        if image_key(node.name, image) in site.images:
            _demand(node, image, found)
    made = [_made(graph, site, node, dict(each), wide) for each in found]
    _demand_distinct(made, found, graph.root)
    return [marked(site, each) for each in sorted(made, key=lambda each: not is_first(each))]


def _defined(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the kinds that these objects define, of those that are in no namespace."""
    for each in found:
        spec = each.get("spec")
        if each["kind"] == "CustomResourceDefinition" and isinstance(spec, dict) and spec.get("scope") == "Cluster":
            yield str((spec.get("names") or {}).get("kind"))


def _made(graph: Graph, site: Site, node: Manifests, given: Object, wide: frozenset[str] | set[str]) -> Object:
    made = _with_images(site, node, given)
    metadata = dict(made["metadata"])
    if made["kind"] not in wide:
        metadata.setdefault("namespace", site.namespace)
    metadata["labels"] = labels(graph, site) | (metadata.get("labels") or {}) | _own(site, node)
    made = {**made, "metadata": metadata}
    if made["kind"] == "Secret":
        made = _secret(site, made)
    made = _pods_labelled(made, _own(site, node))
    if metadata.get("namespace") == site.namespace:  # where the helper's program is
        made = _helped(site, node, given, made)
    return arranged(made)


def _helped(site: Site, node: Manifests, given: Object, made: Object) -> Object:
    """Return an object with the helper in its containers; where nobody knows what they start, it stays as it is."""
    for container, key in _containers(site, node, given):
        if key in site.helpers and _is_led(made) and _is_said(container, site.helpers[key]):
            made = injected(made, str(container.get("name")), site.helpers[key], node.name)
    return made


def _demand_distinct(made: Sequence[Object], said: Sequence[Mapping[str, Any]], root: str) -> None:
    """Raise ConfigError for an object that is said twice: the later one would silently win."""
    known: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for each, here in zip(made, said, strict=True):
        before = known.setdefault(key_of(each), here)
        if before is not here:
            hint = "give one of them another name, or leave one out"
            file, line = (here.file, here.line) if isinstance(here, Said) else (None, None)
            what = f'there are two objects of kind {each["kind"]} with the name "{each["metadata"]["name"]}"'
            raise ConfigError([Mistake(f"{what}{_places(root, before, here)}", file, line, hint=hint)])


def _places(root: str, *said: Mapping[str, Any]) -> str:
    """Return where objects are said, as far as that is known."""
    told = [each.place(root) for each in said if isinstance(each, Said)]
    return f", at {' and '.join(told)}" if told else ""


def _is_led(made: Object) -> bool:
    """Whether an object's program runs on and on."""
    policy = (made.get("spec") or {}).get("restartPolicy", "Always") if made["kind"] == "Pod" else None
    return made["kind"] in _RUNNING_ON or policy == "Always"


def _is_said(container: Object, helper: HelperIn) -> bool:
    """Whether it is known what a container starts: which part of an image's command its arguments replace is not."""
    return bool(container.get("command") or helper.entrypoint or (helper.cmd and not container.get("args")))


def turned(made: Object, turn: str) -> Object:
    """Return an object whose pods carry a turn, so that they are rolled."""
    template = (made.get("spec") or {}).get("template")
    if made["kind"] not in _PODDED or not isinstance(template, dict):
        return made
    metadata = dict(template.get("metadata") or {})
    metadata["annotations"] = {**(metadata.get("annotations") or {}), TURN: turn}
    return {**made, "spec": {**made["spec"], "template": {**template, "metadata": metadata}}}


def _own(site: Site, node: Manifests) -> dict[str, str]:
    """Return the labels by which we know the object, and its pods."""
    return {**owned(site), NODE: node.name}


def _pods_labelled(made: Object, own: dict[str, str]) -> Object:
    template = (made.get("spec") or {}).get("template")
    if made["kind"] not in _PODDED or not isinstance(template, dict):
        return made
    metadata = dict(template.get("metadata") or {})
    metadata["labels"] = (metadata.get("labels") or {}) | own
    spec = {**made["spec"], "template": {**template, "metadata": metadata}}
    if isinstance(claims := spec.get("volumeClaimTemplates"), list):
        spec["volumeClaimTemplates"] = [_labelled(each, own) for each in claims]
    return {**made, "spec": spec}


def _labelled(made: Object, own: dict[str, str]) -> Object:
    metadata = dict(made.get("metadata") or {})
    return {**made, "metadata": {**metadata, "labels": (metadata.get("labels") or {}) | own}}


def _secret(site: Site, made: Object) -> Object:
    """Return a Secret with its values in one place, or without them where secrets are left out."""
    texts = {name: b64encode(str(text).encode()).decode() for name, text in (made.get("stringData") or {}).items()}
    values = {**(made.get("data") or {}), **texts}
    rest = {name: value for name, value in made.items() if name not in ("data", "stringData")}
    if site.secrets is not None or not values:
        return {**rest, "data": values} if values else rest
    metadata = dict(rest["metadata"])
    metadata["annotations"] = {**(metadata.get("annotations") or {}), LEFT_OUT: ", ".join(values)}
    return {**rest, "metadata": metadata}


def _with_images(site: Site, node: Manifests, made: Any) -> Any:
    """Return a piece of an object in which images that are named in ``images`` are those of the site, wherever they stand."""
    if isinstance(made, list):
        return [_with_images(site, node, each) for each in made]
    if not isinstance(made, dict):
        return made
    found = {name: _with_images(site, node, value) for name, value in made.items()}
    key = _key(site, node, made.get("image"))
    if key is not None:
        found["image"] = site.images[key]
        if site.pull is not None and "imagePullPolicy" in made:
            found["imagePullPolicy"] = site.pull
    return found


def _key(site: Site, node: Manifests, image: Any) -> str | None:
    """Return under which name the site knows what takes the place of an image; None: it stays."""
    keys = (image_key(node.name, name) for name in node.images if isinstance(image, str) and _is(image, name))
    return next((key for key in keys if key in site.images), None)


def _is(image: str, name: str) -> bool:
    """Whether an image is meant by a name: the same, or the same without its tag."""
    before, _, tag = image.partition("@")[0].rpartition(":")
    untagged = before if before and "/" not in tag else image.partition("@")[0]
    return name in (image, untagged)


def _demand(node: Manifests, image: str, found: Sequence[Mapping[str, Any]]) -> None:
    known = sorted(set(_images_in(list(found))))
    if not any(_is(each, image) for each in known):
        raise RefusedError(f'no object of "{node.name}" has the image "{image}"',
                           hint=did_you_mean(image, known, "they have no images") or "they have " + ", ".join(known))  # fmt: skip


def _images_in(made: Any) -> Iterator[str]:
    if isinstance(made, list):
        for each in made:
            yield from _images_in(each)
    elif isinstance(made, Mapping):
        if isinstance(made.get("image"), str):
            yield made["image"]
        for value in made.values():
            yield from _images_in(value)


def _containers(site: Site, node: Manifests, given: Object) -> Iterator[tuple[Object, str]]:
    """Yield the containers of an object with an image of ours, and the key of the image."""
    spec = given.get("spec") or {}
    pod = spec if given["kind"] == "Pod" else (spec.get("template") or {}).get("spec") or {}
    for each in pod.get("containers") or []:
        key = _key(site, node, each.get("image"))
        if key is not None:
            yield each, key
