"""A workshop with a cluster: the link is held as in a house, and workers work beside it, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from workshop import Workshop

from homeport.aio.beside import beside
from homeport.aio.latest import Latest
from homeport.aio.virtual import run_virtually
from homeport.model.cluster_jobs import Scene, WatchCluster
from homeport.model.containers import Container, NamedImage
from homeport.model.graph import Graph
from homeport.model.nodes import Node, Service, Task
from homeport.model.ownership import NAME, OWNER
from homeport.model.parts import Exec, Port, Where
from homeport.model.places import Site
from homeport.ports.cluster import Manifest, Scope
from homeport.ports.fakes.cluster import FakeCluster
from homeport.ports.fakes.clusters import FakeClusters
from homeport.ports.fakes.live import FakeLinks
from homeport.ports.fakes.renderer import FakeRenderer
from homeport.ports.fakes.trees import FakeTrees
from homeport.work.cluster.holding import hold_cluster

AT = Where("stack.py", 1)
OURS = "owner-1"


class StubbornCluster(FakeCluster):
    """A cluster that refuses: ``refusals`` are raised by kind and name, one at each try, before anything is done."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[tuple[str, str], list[Exception]] = {}
        self.forced: list[str] = []

    def apply_as(self, manager: str, manifest: Manifest, *, force: bool = False, dry: bool = False) -> Manifest:
        """Refuse as long as there is a refusal."""
        name = manifest["metadata"]["name"]
        if waiting := self.refusals.get((manifest["kind"], name)):
            self.requests.append(f'refuse {manifest["kind"]} "{name}"')
            raise waiting.pop(0)
        if force:
            self.forced.append(f'{manifest["kind"]} "{name}"')
        return super().apply_as(manager, manifest, force=force, dry=dry)


class Harbour(Workshop):
    """The fakes by their own types, and a namespace that is there."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster = StubbornCluster()
        clusters, renderer = self.outside.clusters, self.outside.renderer
        links, trees = self.outside.live, self.outside.trees
        assert isinstance(clusters, FakeClusters)
        assert isinstance(renderer, FakeRenderer)
        assert isinstance(links, FakeLinks)
        assert isinstance(trees, FakeTrees)
        self.clusters, self.renderer, self.links, self.trees = clusters, renderer, links, trees
        clusters.cluster = self.cluster
        self.cluster.apply_as("somebody", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}})
        self.cluster.requests.clear()

    def beside(self, work: Awaitable[None]) -> AbstractAsyncContextManager["asyncio.Future[None]"]:
        """Let a worker work while a block runs."""

        async def carry_out() -> None:
            await work

        return beside(carry_out())

    def asked(self, *verbs: str) -> list[str]:
        """Return what was asked of the cluster by these verbs, and forget all of it."""
        found = [each for each in self.cluster.requests if each.startswith(verbs)]
        self.cluster.requests.clear()
        return found

    def there(self, kind: str, api: str = "v1") -> list[str]:
        """Return the names of the objects of a kind that the cluster has."""
        return sorted(made["metadata"]["name"] for made in self.cluster._within(Scope(api, kind)))

    def make(self, kind: str, name: str, api: str = "v1", *, node: str = "", owner: str = OURS, **more: Any) -> None:
        """Have an object in the cluster, made by its own controllers."""
        labels = {OWNER: owner, NAME: node or name} if owner else {}
        meta = {
            "name": name,
            "namespace": "demo",
            "labels": {**labels, **more.pop("labels", {})},
            **more.pop("meta", {}),
        }
        self.cluster.apply_as("controller", {"apiVersion": api, "kind": kind, "metadata": meta, **more})
        self.cluster.requests.pop()


def service(name: str, **more: Any) -> Service:
    """Return a service that can be a container."""
    container = more.pop("container", Container(NamedImage("demo/api:1")))
    return Service(name, AT, Exec((name,)), "/repo", ports=(Port("http", 8000),), container=container, **more)


def task(name: str, **more: Any) -> Task:
    """Return a task that can be a container."""
    return Task(name, AT, Exec((name,)), "/repo", container=Container(NamedImage("demo/api:1")), **more)


def scene(*nodes: Node, images: Mapping[str, str] | None = None, **more: Any) -> Scene:
    """Return a scene of these nodes, each with an image."""
    known = images if images is not None else {node.name: "demo/api:1" for node in nodes}
    graph = Graph("demo", "/repo", "/repo/stack.py", {node.name: node for node in nodes})
    return Scene(graph, Site("fake", "demo"), known, **more)


def in_harbour(shop: Harbour, story: Callable[[], Awaitable[None]], *, site: Site | None = None) -> Harbour:
    """Hold the link while a story is told; nothing may be left when it is over."""

    async def main() -> None:
        job = WatchCluster(("cluster", "", 0), "site-1", site or Site("fake", "demo"))
        async with shop.beside(hold_cluster(Latest(job), shop.outside, shop)):
            await quiet()
            await story()
        assert len(asyncio.all_tasks()) == 1, asyncio.all_tasks()

    run_virtually(main())
    return shop


async def quiet(turns: int = 30) -> None:
    """Let everything happen that needs no time."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def pass_time(seconds: float) -> None:
    """Let virtual time pass."""
    loop = asyncio.get_running_loop()
    gone = loop.create_future()
    loop.call_later(seconds, gone.set_result, None)
    await gone
    await quiet()


def last(found: Sequence[tuple[float, Any]]) -> Any:
    """Return the newest of some facts."""
    return found[-1][1]
