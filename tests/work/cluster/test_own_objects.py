"""Bringing the user's own objects to a cluster, and nothing of anybody else's."""

from typing import Any

import pytest
from harbour import AT, Harbour, in_harbour, last, pass_time, quiet, scene

from homeport.model.cluster_jobs import Aim, DeployManifests
from homeport.model.containers import NamedImage, Sync
from homeport.model.errors import ConfigError, Mistake
from homeport.model.forwards import Aimed
from homeport.model.manifests import Manifests, Said
from homeport.model.ownership import NODE, OWNER
from homeport.model.shipped import Deployed
from homeport.ports.cluster import ClusterError, Manifest, Scope
from homeport.ports.fakes.manifests import FakeLoader
from homeport.work.cluster.aiming import aim
from homeport.work.cluster.manifests import deploy_manifests

CRD = "apiextensions.k8s.io/v1"
DEFINITION: Manifest = {
    "apiVersion": CRD,
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.dev"},
    "spec": {"group": "example.dev", "names": {"kind": "Thing"}, "versions": [{"name": "v1", "served": True}]},
}


def made(kind: str, name: str, api: str = "v1", **more: Any) -> Manifest:
    """Return an object as a file would say it."""
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **more.pop("meta", {})}, **more}


def in_files(shop: Harbour, *objects: Manifest) -> None:
    """Have these objects in the files of ``own``."""
    loader = shop.outside.manifests
    assert isinstance(loader, FakeLoader)
    loader.objects["own"] = objects


async def applied(shop: Harbour, identity: str = "id-1", **more: Any) -> Deployed:
    """Carry out the job and return what it told."""
    node = Manifests("own", AT, **more)
    job = DeployManifests(("deploy", "own", 0), identity, node, scene(node, images={}))
    await deploy_manifests(job, shop.outside, shop)
    await quiet()
    found = last(shop.of("deploy"))
    assert isinstance(found, Deployed)
    return found


def test_only_what_differs_is_applied_and_what_left_the_files_is_removed():
    """The first time all, then nothing, then what is new; what is gone from the files goes, data and others' things stay."""
    shop = Harbour()

    async def story() -> None:
        in_files(shop, made("ConfigMap", "a"), made("PersistentVolumeClaim", "d"), made("Pod", "p"))
        await applied(shop)
        assert len(shop.asked("apply")) == 3
        await applied(shop)
        assert shop.asked("apply") == []
        shop.make("ConfigMap", "other", labels={NODE: "another"})
        in_files(shop, made("ConfigMap", "b"))
        await applied(shop)
        assert shop.asked("apply") == ['apply ConfigMap "b"']
        assert shop.there("ConfigMap") == ["b", "other"]
        assert (shop.there("Pod"), shop.there("PersistentVolumeClaim")) == ([], ["d"])

    in_harbour(shop, story)


def test_what_is_remembered_of_kinds_comes_before_the_objects():
    """A house that is killed in between finds everything again: kinds are in the record before anything is made."""
    shop = Harbour()

    async def story() -> None:
        in_files(shop, made("Ingress", "a", "networking.k8s.io/v1"))
        shop.cluster.refusals["Ingress", "a"] = [ClusterError("no", reason="Invalid", code=422)]
        shop.cluster.apis.add("networking.k8s.io/v1")
        assert (await applied(shop)).error == "no"
        assert ("networking.k8s.io/v1", "Ingress") in shop.clusters.kinds

    in_harbour(shop, story)


def test_definitions_are_taken_up_before_what_rests_on_them():
    """A resource is applied once its definition is established and the cluster serves the kind."""
    shop = Harbour()

    async def story() -> None:
        in_files(shop, made("Thing", "one", "example.dev/v1"), DEFINITION)
        async with shop.beside(_told(shop)) as telling:
            await pass_time(1)
            assert shop.there("CustomResourceDefinition", CRD) == ["things.example.dev"]
            assert not telling.done()
            shop.cluster.set(Scope(CRD, "CustomResourceDefinition", name="things.example.dev"),
                             status={"conditions": [{"type": "Established", "status": "True"}]})  # fmt: skip
            await pass_time(1)
            assert not telling.done()
            shop.cluster.apis.add("example.dev/v1")
            await pass_time(1)
            assert telling.done()
        told = last(shop.of("deploy"))
        assert told.error == ""
        assert ("example.dev/v1", "Thing") in told.further

    in_harbour(shop, story)


async def _told(shop: Harbour) -> None:
    await applied(shop)


@pytest.mark.parametrize(
    ("meta", "whose"),
    [
        ({"labels": {OWNER: "owner-2", "app.kubernetes.io/instance": "shop-2"}}, 'another instance, "shop-2"'),
        ({"annotations": {"meta.helm.sh/release-name": "chart"}}, 'the helm release "chart"'),
        ({"managedFields": [{"manager": "kubectl"}]}, '"kubectl"'),
        ({}, "somebody else"),
    ],
)
def test_objects_of_others_are_refused_with_who_it_is(meta: dict[str, Any], whose: str):
    """Nothing of a node is applied while one of its objects is somebody else's, whoever that is."""
    shop = Harbour()

    async def story() -> None:
        shop.make(
            "ConfigMap",
            "a",
            owner="",
            labels=meta.get("labels", {}),
            meta={k: v for k, v in meta.items() if k != "labels"},
        )
        in_files(shop, made("ConfigMap", "a"), made("ConfigMap", "b"))
        told = await applied(shop)
        assert f"is there already and belongs to {whose}: it is left alone" in told.error
        assert not told.passing
        assert shop.asked("apply") == []

    in_harbour(shop, story)


def test_what_has_been_ours_is_ours_again():
    """An object that we applied, and of which somebody took our label, is taken back."""
    shop = Harbour()

    async def story() -> None:
        shop.make("ConfigMap", "a", owner="", meta={"managedFields": [{"manager": "homeport"}]})
        in_files(shop, made("ConfigMap", "a"))
        assert (await applied(shop)).error == ""

    in_harbour(shop, story)


def test_what_admission_refuses_with_the_helper_is_there_without():
    """Where somebody refuses an object with the helper, it is applied as the user wrote it, and that is told."""
    shop = Harbour()

    async def story() -> None:
        in_files(shop, made("Deployment", "web", "apps/v1"))
        refused = ClusterError('admission webhook "no.example" denied the request', reason="Forbidden", code=403)
        shop.cluster.refusals["Deployment", "web"] = [refused]
        told = await applied(shop, images={"web": NamedImage("web", (Sync("/repo/app", "/app"),))})
        assert told.error == ""
        assert told.note == 'Deployment "web" was refused with the helper'
        found = await shop.cluster.get(Scope("apps/v1", "Deployment", "demo", name="web"))
        assert found is not None
        assert told.digest == found["metadata"]["annotations"]["homeport.dev/digest"]

    in_harbour(shop, story)


def test_what_the_cluster_never_takes_is_told_with_its_place():
    """What does not fit its kind is called a failure of the server, and is not tried again before somebody mends it."""
    shop = Harbour()

    async def story() -> None:
        in_files(shop, Said(made("ConfigMap", "a", data={"a": 2}), "/repo/a.yaml", 7))
        no = "failed to create typed patch object: .data.a: expected string"
        shop.cluster.refusals["ConfigMap", "a"] = [ClusterError(no, reason="Invalid", code=500)]
        told = await applied(shop)
        assert (told.error, told.passing) == (f"a.yaml:7: {no}", False)

    in_harbour(shop, story)


def test_of_two_objects_of_one_name_the_one_that_was_refused_is_told():
    """Those of two namespaces are two, one of which is the stack's own without being named; places are the user's words."""
    shop = Harbour()

    def there(text: str) -> Said:
        return Said(made("ConfigMap", "a", meta={"namespace": "other"}, data={"a": text}), "/repo/stack.py", 3, 9)

    async def story() -> None:
        here = Said(made("ConfigMap", "a"), "/repo/a.yaml", 7)
        shop.cluster.apply_as("somebody", made("Namespace", "other"))
        in_files(shop, here, there("1"))
        assert (await applied(shop)).error == ""
        in_files(shop, here, there("2"))
        shop.cluster.refusals["ConfigMap", "a"] = [ClusterError("no", reason="Invalid", code=422)]
        assert (await applied(shop)).error == "line 9 of what the command at stack.py:3 printed: no"

    in_harbour(shop, story)


def test_a_mistake_in_a_file_is_told_with_its_line():
    """What cannot be read is no reason to try again before it is saved."""
    shop = Harbour()

    async def story() -> None:
        loader = shop.outside.manifests
        assert isinstance(loader, FakeLoader)
        loader.objects["own"] = ConfigError([Mistake("this is no YAML", "/repo/a.yaml", 7, hint="mend the line")])
        told = await applied(shop)
        assert (told.error, told.hint, told.passing) == ("a.yaml:7: this is no YAML", "mend the line", False)

    in_harbour(shop, story)


def test_a_port_leads_to_the_ready_pods_behind_its_object():
    """Pods are found by what a Service chooses, its target port by number or name; what is not there is told."""
    shop = Harbour()
    job = Aim(("aim", "own", 0), "a1", "demo", "Service/web", 80)

    def seen() -> Aimed:
        found = last(shop.of("aim"))
        assert isinstance(found, Aimed)
        return found

    def pod(name: str, *, ready: bool) -> None:
        ports = [{"name": "http", "containerPort": 8000}]
        status = {"conditions": [{"type": "Ready", "status": f"{ready}"}]}
        shop.make("Pod", name, owner="", labels={"app": "web"}, spec={"containers": [{"ports": ports}]}, status=status)

    async def story() -> None:
        async with shop.beside(aim(job, shop.outside, shop)):
            await quiet()
            assert seen().error == 'there is no Service "web"'
            shop.make(
                "Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}
            )
            pod("one", ready=True)
            pod("two", ready=False)
            await quiet()
            assert (seen().port, seen().pods, seen().error) == (8000, ("one",), "")
            pod("two", ready=True)
            await quiet()
            assert seen().pods == ("one", "two")
            await shop.cluster.delete(Scope("v1", "Pod", "demo", name="one"))
            await quiet()
            assert seen().pods == ("two",)
            await shop.cluster.delete(Scope("v1", "Pod", "demo", name="two"))
            await quiet()
            assert (seen().port, seen().pods) == (8000, ())
            shop.make("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 81}]})
            await quiet()
            assert seen().error == 'the Service "web" has no port 80'

    in_harbour(shop, story)


def test_a_kind_that_nobody_defined_may_come_later():
    """An object of an unknown kind is told with the next step, and tried again."""
    shop = Harbour()

    async def story() -> None:
        in_files(shop, made("Thing", "one", "example.dev/v1"))
        told = await applied(shop)
        assert told.passing
        assert "knows no Thing in example.dev/v1; what brings the CustomResourceDefinition of Thing" in told.error

    in_harbour(shop, story)
