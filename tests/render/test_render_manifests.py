"""Objects of the user's own among ours."""

from typing import Any

import pytest
from shop import AT, graph, service, site
from test_render_golden import compare

from homeport.model.containers import Dockerfile, NamedImage
from homeport.model.errors import ConfigError, RefusedError
from homeport.model.manifests import Manifests, Said
from homeport.model.parts import Need, Port
from homeport.render.emit import documents
from homeport.render.manifests import image_key
from homeport.render.naming import DIGEST, LEFT_OUT, NODE, OWNER
from homeport.render.plain import Object
from homeport.render.render import render, render_node
from homeport.render.site import HelperIn


def made(kind: str, name: str, version: str = "v1", **more: Any) -> Object:
    """Return an object of the user's own."""
    return {"kind": kind, "apiVersion": version, "metadata": {"name": name}, **more}


WEB = made("Deployment", "web", "apps/v1", spec={
    "selector": {"matchLabels": {"app": "web"}},
    "template": {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [
            {"name": "web", "image": "shop/web:latest", "imagePullPolicy": "Always", "args": ["--x"]},
            {"name": "log", "image": "busybox:1.36"},
        ]},
    },
})  # fmt: skip
TAB = made("CronTab", "tab", "stable.example.com/v1", spec={"image": "shop/web", "cronSpec": "*"})
SCHEMA = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
DEFINITION = made("CustomResourceDefinition", "crontabs.stable.example.com", "apiextensions.k8s.io/v1", spec={
    "group": "stable.example.com",
    "scope": "Namespaced",
    "names": {"plural": "crontabs", "kind": "CronTab"},
    "versions": [{"name": "v1", "served": True, "storage": True, "schema": SCHEMA}],
})  # fmt: skip
ROLE = made("ClusterRole", "shop:reader", "rbac.authorization.k8s.io/v1", rules=[])
SECRET = made("Secret", "key", stringData={"a": "hunter2"}, data={"b": "aHVudGVyMw=="})
OWN = Manifests("own", AT, images={"shop/web": Dockerfile("/repo/Dockerfile", "/repo")}, needs=(Need("cache"),))
CACHE = service("cache", ports=(Port("main", 6379),))
KEY = image_key("own", "shop/web")


def rendered(*objects: Object, node: Manifests = OWN, **more: Any) -> list[Object]:
    """Return objects of the user's own as they are rendered."""
    of = graph(CACHE, node)
    at = site(of, manifests={"own": objects}, **more)
    images = {**at.images, KEY: "registry/web:7"} if "shop/web" in str(objects) else at.images
    return list(render_node(of, site(of, manifests={"own": objects}, **{"images": images, **more}), "own"))


def test_objects_of_ones_own_are_as_pictured() -> None:
    """What becomes of the user's objects among ours is what the golden file shows."""
    of = graph(OWN, CACHE)
    found = {"own": [WEB, TAB, DEFINITION, ROLE, SECRET]}
    compare(
        "manifests",
        documents(render(of, site(of, manifests=found, images={"cache": "redis:7", KEY: "registry/web:7"}))),
    )


def test_definitions_come_first() -> None:
    """Kinds are defined before anything of them is there, and what needs the objects comes after them."""
    after = service("after", needs=(Need("own"),))
    of = graph(after, CACHE, OWN)
    found = [each["metadata"]["name"] for each in render(of, site(of, manifests={"own": [TAB, DEFINITION]}))]
    assert found[:2] == ["shop-1", "crontabs.stable.example.com"]
    assert found.index("cache") < found.index("tab") < found.index("after")


def test_only_what_can_be_is_in_the_namespace() -> None:
    """Objects get the namespace unless they have one, or are of a kind that is in none, as Kubernetes or a cluster says."""
    there = made("ConfigMap", "there")
    there["metadata"]["namespace"] = "kube-public"
    wide = made("Wide", "w", "example.com/v1")
    found = rendered(made("ConfigMap", "here"), there, ROLE, wide, cluster_wide=frozenset(["Wide"]))
    assert [each["metadata"].get("namespace") for each in found] == ["shop-1", "kube-public", None, None]


def test_a_definition_says_where_its_kind_is() -> None:
    """An object whose kind is defined beside it as one of the cluster is in no namespace."""
    wide = {**DEFINITION, "spec": {**DEFINITION["spec"], "scope": "Cluster"}}
    assert "namespace" not in rendered(TAB, wide)[1]["metadata"]


def test_labels_of_the_user_win_and_ours_find_the_pods() -> None:
    """Standard labels are added where there are none; the node and the owner are on objects and their pods."""
    mine = {**WEB, "metadata": {"name": "web", "labels": {"app.kubernetes.io/instance": "mine"}}}
    (found,) = rendered(mine, owner="i-1")
    assert found["metadata"]["labels"]["app.kubernetes.io/instance"] == "mine"
    for labels in (found["metadata"]["labels"], found["spec"]["template"]["metadata"]["labels"]):
        assert (labels[NODE], labels[OWNER]) == ("own", "i-1")
    assert found["spec"]["selector"] == WEB["spec"]["selector"]


@pytest.mark.parametrize("image", ["shop/web", "shop/web:latest", "shop/web@sha256:" + "0" * 64])
def test_images_are_put_where_they_are_named(image: str) -> None:
    """An image is replaced by its name with or without a tag, in any kind of object; others stay."""
    (tab, pod) = rendered(made("CronTab", "tab", spec={"deep": [{"image": image}]}), made("Pod", "p", spec={"containers": [
        {"name": "a", "image": image}, {"name": "b", "image": "localhost:5005/shop/web"}]}))  # fmt: skip
    assert tab["spec"]["deep"] == [{"image": "registry/web:7"}]
    assert [each["image"] for each in pod["spec"]["containers"]] == ["registry/web:7", "localhost:5005/shop/web"]


def test_what_is_built_is_not_pulled_always() -> None:
    """A house says when images that it built are pulled; without one the user's word stays."""
    for pull, wanted in (("IfNotPresent", "IfNotPresent"), (None, "Always")):
        (found,) = rendered(WEB, pull=pull)
        assert found["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == wanted


def test_an_image_that_no_object_has_is_refused() -> None:
    """A name that none of the objects has is an error with those they have."""
    node = Manifests("own", AT, images={"shop/wbe": NamedImage("x")})
    with pytest.raises(RefusedError, match='no object of "own" has the image "shop/wbe"') as caught:
        rendered(WEB, node=node, images={image_key("own", "shop/wbe"): "x"})
    assert "shop/web" in (caught.value.hint or "")


def test_the_helper_goes_into_containers_of_that_image() -> None:
    """Only the containers whose image was replaced are led by the helper."""
    (found,) = rendered(WEB, helpers={KEY: HelperIn("h", ("/web",))})
    first, second = found["spec"]["template"]["spec"]["containers"]
    assert first["command"] == ["/.homeport/homeport-helper", "run", "--", "/web", "--x"]
    assert "command" not in second


@pytest.mark.parametrize(("kind", "version"), [("Job", "batch/v1"), ("Pod", "v1")])
def test_what_runs_once_is_led_by_nobody(kind: str, version: str) -> None:
    """The helper would start it again after a save, and it would never come to its end."""
    pods = {"restartPolicy": "Never", "containers": [{"name": "web", "image": "shop/web", "command": ["/web"]}]}
    spec = pods if kind == "Pod" else {"template": {"spec": pods}}
    (found,) = rendered(made(kind, "web", version, spec=spec), helpers={KEY: HelperIn("h", ("/web",))})
    assert "homeport-helper" not in str(found["spec"])
    pod = found if kind == "Pod" else found["spec"]["template"]
    assert pod["metadata"]["labels"][NODE] == "own"


def test_secret_values_are_left_out_unless_they_are_shown() -> None:
    """Values of the user's Secrets are treated as ours are."""
    (left,), (shown,) = rendered(SECRET), rendered(SECRET, secrets={}, key=b"k")
    assert left["metadata"]["annotations"][LEFT_OUT] == "b, a"
    assert "data" not in left
    assert "stringData" not in left
    assert shown["data"] == {"a": "aHVudGVyMg==", "b": "aHVudGVyMw=="}
    assert left["metadata"]["annotations"][DIGEST] != ""


@pytest.mark.parametrize(
    ("first", "second", "places"),
    [
        (Said(made("ConfigMap", "d"), "/repo/k8s/a.yaml", 1), Said(made("ConfigMap", "d"), "/repo/k8s/a.yaml", 5),
         ", at k8s/a.yaml:1 and k8s/a.yaml:5"),
        (Said(made("ConfigMap", "d"), "/repo/stack.py", 3, 1), Said(made("ConfigMap", "d"), "/repo/stack.py", 3, 9),
         ", at line 1 of what the command at stack.py:3 printed and line 9 of what the command at stack.py:3 printed"),
        (made("ConfigMap", "d"), made("ConfigMap", "d"), ""),
    ],
)  # fmt: skip
def test_one_object_said_twice_is_refused_with_both_places(first: Object, second: Object, places: str) -> None:
    """None of the two wins: the second is a mistake, in a house as in `homeport render`."""
    with pytest.raises(ConfigError) as caught:
        rendered(first, second)
    assert caught.value.what == f'there are two objects of kind ConfigMap with the name "d"{places}'
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line) == ((second.file, second.line) if isinstance(second, Said) else (None, None))


def test_one_name_in_two_namespaces_is_no_mistake() -> None:
    """The same kind and name in another namespace, or of another group, is another object."""
    there = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "d", "namespace": "other"}}
    assert len(rendered(made("ConfigMap", "d"), there, made("ConfigMap", "d", "example.dev/v1"))) == 3


def test_two_objects_of_a_name_are_refused() -> None:
    """An object of the user's that has the name of one of ours is an error."""
    of = graph(CACHE, OWN)
    with pytest.raises(RefusedError, match='two objects of kind Service with the name "cache"'):
        render(of, site(of, manifests={"own": [made("Service", "cache")]}))
