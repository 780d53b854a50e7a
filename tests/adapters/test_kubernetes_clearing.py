"""Removing what an instance has: exactly its own. On the fake, and once all together on a real cluster."""

import asyncio
import os
import secrets
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from homeport.adapters.kubernetes.clearing import Cleared, Estate, clear, volumes
from homeport.model.ownership import OWNER
from homeport.ports.cluster import Cluster, ClusterError, Scope, Unreachable
from homeport.ports.fakes.cluster import FakeCluster

MINE = "mine"
ESTATE = Estate("shop", MINE, made=True)


def made(
    kind: str, name: str, *, api: str = "v1", owner: str | None = MINE, space: str | None = "shop", **more: Any
) -> Any:
    """Return an object of an owner (None: of nobody's)."""
    meta = {"name": name, **({"namespace": space} if space else {}), "labels": {OWNER: owner} if owner else {"a": "b"}}
    return {"apiVersion": api, "kind": kind, "metadata": meta | more.pop("metadata", {}), **more}


async def town(*objects: Any) -> FakeCluster:
    """Return a cluster with a namespace of ours and these objects."""
    cluster = FakeCluster()
    await cluster.apply(made("Namespace", "shop", space=None))
    for each in objects:
        await cluster.apply(each)
    return cluster


async def cleared(cluster: Cluster, estate: Estate = ESTATE, *, data: bool = False, limit: float = 5.0) -> Cleared:
    """Clear without a word."""
    return await clear(cluster, estate, data=data, say=lambda _: None, limit=limit)


async def names(cluster: FakeCluster, kind: str, api: str = "v1") -> set[str]:
    """Return who is there of a kind."""
    return {each["metadata"]["name"] for each in await cluster.list(Scope(api, kind))}


async def test_all_of_ours_goes_with_the_namespace_that_we_made() -> None:
    """What has our owner's label goes, and the namespace of our own when nothing is left in it."""
    cluster = await town(made("ConfigMap", "api-env"), made("Deployment", "api", api="apps/v1"))
    found = await cleared(cluster)
    assert found == Cleared(('Deployment "api"', 'ConfigMap "api-env"', 'Namespace "shop"'), namespace=True)
    assert await names(cluster, "Namespace") == {"default"}


async def test_nothing_of_others_is_touched() -> None:
    """Another owner's objects, and nobody's, stay, and so does the namespace that holds them, which is said."""
    theirs = made("ConfigMap", "theirs", owner="another"), made("Secret", "hand-made", owner=None)
    cluster = await town(made("ConfigMap", "ours"), *theirs)
    found = await cleared(cluster)
    assert found.removed == ('ConfigMap "ours"',)
    assert not found.namespace
    assert found.stays == ('the namespace "shop" stays: ConfigMap "theirs", Secret "hand-made" in it',)
    assert await names(cluster, "ConfigMap") == {"theirs"}


async def test_a_namespace_that_was_there_before_stays() -> None:
    """Who was given a namespace leaves it behind, empty."""
    cluster = await town(made("ConfigMap", "ours"))
    assert not (await cleared(cluster, Estate("shop", MINE))).namespace
    assert "shop" in await names(cluster, "Namespace")


async def test_a_namespace_of_the_same_name_that_somebody_made_anew_stays() -> None:
    """That we once made one of this name proves nothing about the one that is there."""
    cluster = FakeCluster()
    await cluster.apply(made("Namespace", "shop", space=None, owner="another"))
    assert not (await cleared(cluster)).namespace
    assert "shop" in await names(cluster, "Namespace")


async def test_what_the_cluster_puts_into_every_namespace_is_nobodys() -> None:
    """The default account and the certificates of the cluster do not keep a namespace."""
    usual = made("ServiceAccount", "default", owner=None), made("ConfigMap", "kube-root-ca.crt", owner=None)
    assert (await cleared(await town(*usual))).namespace


async def test_a_custom_object_of_somebody_keeps_the_namespace() -> None:
    """Also objects of kinds that we know nothing about are not deleted with a namespace."""
    cluster = await lab(definition(owner=None), made("Widget", "theirs", api="lab.example/v1", owner=None))
    assert (await cleared(cluster)).stays == ('the namespace "shop" stays: Widget "theirs" in it',)


async def test_volumes_stay_and_are_told() -> None:
    """Data are never lost by `down`: volumes stay, and the namespace that holds them."""
    cluster = await town(made("PersistentVolumeClaim", "data-db-0"), made("StatefulSet", "db", api="apps/v1"))
    found = await cleared(cluster)
    assert (found.volumes, found.namespace, found.stays) == (("data-db-0",), False, ())
    assert await volumes(cluster, ESTATE) == ("data-db-0",)


async def test_volumes_are_named_before_they_go() -> None:
    """With `data` they are told by name while they are still there, then removed, and the namespace with them."""
    cluster = await town(made("PersistentVolumeClaim", "data-db-0"))
    heard: list[tuple[str, int]] = []

    def say(text: str) -> None:
        heard.append((text, sum(request.startswith("delete") for request in cluster.requests)))

    found = await clear(cluster, ESTATE, data=True, say=say)
    assert heard == [("removing volume data-db-0", 0)]
    assert (found.volumes, found.namespace) == ((), True)


def definition(*, owner: str | None = MINE) -> Any:
    """Return the definition of widgets."""
    names = {"kind": "Widget", "plural": "widgets"}
    spec = {"group": "lab.example", "scope": "Namespaced", "names": names, "versions": [{"name": "v1", "served": True}]}
    api = "apiextensions.k8s.io/v1"
    return made("CustomResourceDefinition", "widgets.lab.example", api=api, owner=owner, space=None, spec=spec)


WIDGETS = Estate(
    "shop",
    MINE,
    (("apps/v1", "Deployment"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition"), ("lab.example/v1", "Widget")),
)


async def lab(*objects: Any) -> FakeCluster:
    """Return a cluster that knows widgets."""
    cluster = FakeCluster()
    cluster.apis.add("lab.example/v1")
    for each in (made("Namespace", "shop", space=None), made("Namespace", "far", space=None), *objects):
        await cluster.apply(each)
    return cluster


async def test_custom_objects_go_before_who_looks_after_them() -> None:
    """An operator that still runs can end what it made; its kinds go last; objects in other namespaces are found as well."""
    widget = made("Widget", "w", api="lab.example/v1", space="far")
    cluster = await lab(definition(), widget, made("Deployment", "operator", api="apps/v1"))
    found = await cleared(cluster, WIDGETS)
    assert found.removed == ('Widget "w"', 'Deployment "operator"', 'CustomResourceDefinition "widgets.lab.example"')


async def test_a_kind_of_which_others_have_objects_stays() -> None:
    """With a definition all objects of the kind would go: it stays while somebody else has one."""
    cluster = await lab(definition(), made("Widget", "theirs", api="lab.example/v1", owner="another"))
    found = await cleared(cluster, WIDGETS)
    assert found.removed == ()
    assert found.stays == ('CustomResourceDefinition "widgets.lab.example" stays: others have objects of that kind',)


class Slow(FakeCluster):
    """Nothing that is deleted goes."""

    async def delete(self, scope: Scope, *, uid: str | None = None, grace: int | None = None) -> bool:
        return True


async def test_what_does_not_go_is_told_with_who_holds_it() -> None:
    """After the limit the error names the object and its finalizers."""
    cluster = Slow()
    await cluster.apply(made("Namespace", "shop", space=None))
    await cluster.apply(made("ConfigMap", "held", metadata={"finalizers": ["lab.example/guard"]}))
    with pytest.raises(ClusterError) as told:
        await cleared(cluster, limit=0.0)
    assert 'ConfigMap "held" in "shop" is not gone after 0 s: it waits for lab.example/guard' in told.value.what


async def test_a_cluster_out_of_reach_is_an_error() -> None:
    """Nothing is said to be removed that nobody saw."""
    cluster = await town()
    cluster.cut()
    with pytest.raises(Unreachable):
        await cleared(cluster)


async def test_on_a_real_cluster(absent: Callable[[str], NoReturn]) -> None:
    """Pods, volumes and the namespace go as the fake says; somebody's ConfigMap keeps the namespace until it is gone."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster for tests: set KUBECONFIG and HOMEPORT_TEST_CLUSTER=1")
    if not os.environ.get("KUBECONFIG"):
        absent("HOMEPORT_TEST_CLUSTER=1 promises a cluster, and KUBECONFIG names none")
    from homeport.adapters.kubernetes.access import pin
    from homeport.adapters.kubernetes.cluster import open_cluster

    owner, space = secrets.token_hex(4), f"clearing-{secrets.token_hex(4)}"
    labels = {OWNER: owner, "app": "a"}
    inner = {"name": "main", "image": "busybox", "command": ["sleep", "1000"]}
    template = {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [inner]}}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "a"}}, "template": template}
    estate = Estate(space, owner, (("networking.k8s.io/v1", "NetworkPolicy"),), made=True)
    policy = {"podSelector": {}, "policyTypes": []}
    objects = (
        made("Namespace", space, owner=owner, space=None),
        made("Deployment", "api", api="apps/v1", owner=owner, space=space, spec=spec),
        made("PersistentVolumeClaim", "data", owner=owner, space=space, spec=claim),
        made("NetworkPolicy", "open", api="networking.k8s.io/v1", owner=owner, space=space, spec=policy),
        made("ConfigMap", "theirs", owner=None, space=space),
    )
    async with open_cluster(pin(os.environ, home="/"), os.environ) as cluster, asyncio.timeout(90):
        for each in objects:
            await cluster.apply(each)
        first = await cleared(cluster, estate, limit=60)
        assert set(first.removed) == {'Deployment "api"', 'NetworkPolicy "open"'}
        assert (first.volumes, first.namespace) == (("data",), False)
        assert await cluster.list(Scope("v1", "Pod", space)) == []
        second = await cleared(cluster, estate, data=True, limit=60)
        assert second.stays == (f'the namespace "{space}" stays: ConfigMap "theirs" in it',)
        await cluster.delete(Scope("v1", "ConfigMap", space, name="theirs"))
        last = await cleared(cluster, estate, limit=60)
        assert last.namespace
        assert await cluster.get(Scope("v1", "Namespace", name=space)) is None
