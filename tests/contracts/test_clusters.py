"""The promises of who opens clusters, as the fake keeps them and as a house does without a cluster that answers."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.machine.clusters.record import Records
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.instance import Instance
from homeport.model.errors import OutsideError, RefusedError
from homeport.model.places import Site
from homeport.ports.clusters import Clusters, Delivery
from homeport.ports.fakes.clusters import FakeClusters
from homeport.session.pinning import HouseClusters

CONFIG = """
apiVersion: v1
kind: Config
current-context: kind-here
clusters: [{name: here, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: me, user: {}}]
contexts: [{name: kind-here, context: {cluster: here, user: me}}]
"""
Make = Callable[[], Clusters]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a kubeconfig of a cluster of this machine, where nobody answers."""
    (tmp_path / "config").write_text(CONFIG)
    return tmp_path


@pytest.fixture(params=["fake", "house"])
def make(request: pytest.FixtureRequest, home: Path) -> Make:
    """Either keeper of the promise."""
    if request.param == "fake":
        known = FakeClusters()
        return lambda: known
    instance, folders = _instance(home)
    environ = {"KUBECONFIG": str(home / "config"), "HOME": str(home)}
    return lambda: HouseClusters(instance, folders, environ, os.getuid(), allow=False)


def _instance(home: Path) -> tuple[Instance, Folders]:
    folders = Folders(state=home / "state", runtime=home / "run", cache=home / "cache")
    folder = home / "state" / "instances" / "demo"
    folder.mkdir(parents=True)
    return Instance("demo", "demo", home, home / "stack.py", True, folder, folders), folders


async def test_a_namespace_that_is_named_is_nobody_s_to_make(make: Make) -> None:
    """One that is not is the instance's own, by its name."""
    async with make().open(Site(namespace="team")) as opened:
        assert (opened.namespace, opened.makes_namespace) == ("team", False)
    async with make().open(Site()) as opened:
        assert (opened.namespace, opened.makes_namespace) == ("demo", True)


async def test_an_instance_owns_its_objects_by_one_id(make: Make) -> None:
    """In every namespace, and in every house."""
    async with make().open(Site()) as first, make().open(Site(namespace="team")) as second:
        assert first.owner
        assert first.owner == second.owner


async def test_kinds_that_were_brought_are_remembered(make: Make) -> None:
    """Also when the next time others are: what is left of them has to be found."""
    async with make().open(Site()) as opened:
        opened.keep(["api"], [("networking.k8s.io/v1", "Ingress")])
        opened.keep(["api", "web"], [("policy/v1", "PodDisruptionBudget")])
        expected = {("networking.k8s.io/v1", "Ingress"), ("policy/v1", "PodDisruptionBudget")}
        assert set(opened.kinds) == expected
    async with make().open(Site()) as again:
        assert set(again.kinds) == expected


async def test_a_refusal_is_raised_before_the_block(make: Make) -> None:
    """Of a context that nobody knows, or that was not allowed, nothing is opened."""
    clusters = make()
    if isinstance(clusters, FakeClusters):
        clusters.refusal = OutsideError('no context is called "nowhere"')
    with pytest.raises((OutsideError, RefusedError), match="nowhere"):
        async with clusters.open(Site(context="nowhere")):
            pytest.fail("it was opened")


async def test_a_house_remembers_what_it_brought_where(home: Path) -> None:
    """So that what runs there can be removed without the house."""
    instance, folders = _instance(home)
    environ = {"KUBECONFIG": str(home / "config"), "HOME": str(home)}
    async with HouseClusters(instance, folders, environ, os.getuid(), allow=False).open(Site()) as opened:
        opened.keep(["api", "web"])
    (record,) = Records(instance.folder).all()
    assert (record.context, record.namespace, record.services) == ("kind-here", "demo", ("api", "web"))


def test_an_image_has_another_name_for_the_cluster() -> None:
    """Where the cluster knows the registry by another name."""
    delivery = Delivery(None, "localhost:5000", "registry:5000")  # type: ignore[arg-type]
    assert delivery.pulled("localhost:5000/demo-api:hp-1") == "registry:5000/demo-api:hp-1"
