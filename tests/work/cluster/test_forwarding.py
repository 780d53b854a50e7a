"""Connections to loopback ports reach pods that come and go."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace

import pytest

from homeport.aio.beside import beside
from homeport.aio.latest import Latest
from homeport.aio.virtual import run_virtually
from homeport.kit.masking import NOTHING
from homeport.model.cluster_jobs import Forward
from homeport.model.facts import Key
from homeport.model.forwards import Forwarding
from homeport.ports.cluster import Listed, Scope
from homeport.ports.fakes.callers import FakeCaller
from homeport.ports.fakes.cluster import FakeCluster
from homeport.ports.fakes.fronts import FakeFronts
from homeport.ports.fakes.pods import FakeTunnel
from homeport.work.cluster.forwarding import PATIENCE, forward
from homeport.work.seen.cloud import Cloud


def job(*pods: str) -> Forward:
    """Return the job that forwards to ``api``."""
    return Forward(("forward", "api", 0), "f1", "shop", {"http": (9000, 80)}, pods)


class Harbour:
    """A forward at work, with a cluster whose pods answer with their names."""

    def __init__(self, stack: AsyncExitStack, *pods: str) -> None:
        self.cluster = FakeCluster()
        self.latest = Latest(job(*pods))
        self.fronts = FakeFronts()
        self.cloud = Cloud()
        self.cloud.enter(SimpleNamespace(cluster=self.cluster), NOTHING)
        self.facts: list[Forwarding] = []
        self._stack = stack

    async def pod(self, name: str) -> None:
        """Have a pod that runs."""
        meta = {"name": name, "namespace": "shop"}
        await self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": meta})
        state = {"phase": "Running", "containerStatuses": [{"name": "main", "state": {"running": {}}}]}
        self.cluster.set(Scope("v1", "Pod", "shop", name=name), status=state)
        self.cluster.serves["shop", name, 80] = lambda said: name.encode() + b":" + said

    async def gone(self, name: str) -> None:
        """Delete a pod, as the cluster does, which leaves links open."""
        tunnels, self.cluster.tunnels = self.cluster.tunnels, []
        await self.cluster.delete(Scope("v1", "Pod", "shop", name=name))
        self.cluster.tunnels = tunnels

    async def call(self, *said: bytes, ends: bool = True) -> FakeCaller:
        """Connect, and go on when the connection was served or has nothing more to say for now."""
        caller = FakeCaller(*said, ends=ends)
        await self._stack.enter_async_context(beside(self.fronts.call(9000, caller)))
        await asyncio.sleep(0.001)
        return caller

    async def told(self) -> str:
        """Return who answers a new connection; nothing when it was aborted."""
        caller = await self.call(b"x")
        await asyncio.wait({caller.gone}, timeout=0.1)
        assert caller.ended != caller.aborted
        return caller.heard.decode().partition(":")[0]

    def into(self, pod: str) -> list[FakeTunnel]:
        """Return the open links into a pod."""
        return [tunnel for (_space, name), tunnel in self.cluster.tunnels if name == pod]

    def put(self, key: Key, fact: Forwarding) -> None:
        """Take what is reported."""
        assert key == ("forward", "api", 0)
        self.facts.append(fact)


Story = Callable[[Harbour], Awaitable[None]]


def in_harbour(*pods: str, wanted: tuple[str, ...] | None = None, taken: bool = False) -> Callable[[Story], None]:
    """Run a story in virtual time beside a forward that has had half a second to begin. Nothing of it may be left."""

    @asynccontextmanager
    async def forwarding() -> AsyncIterator[Harbour]:
        async with AsyncExitStack() as stack:
            harbour = Harbour(stack, *(pods if wanted is None else wanted))
            meta = {"name": "shop"}
            await harbour.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
            for pod in pods:
                await harbour.pod(pod)
            if taken:
                harbour.fronts.taken.add(9000)
            async with beside(forward(harbour.latest, harbour, harbour)):
                await asyncio.sleep(0.5)
                yield harbour
        assert not harbour.fronts.served
        assert not harbour.cluster.tunnels
        assert harbour.facts[-1] == Forwarding("")
        assert len(asyncio.all_tasks()) == 1, asyncio.all_tasks()

    def run(story: Story) -> None:
        async def main() -> None:
            async with forwarding() as harbour:
                await story(harbour)

        run_virtually(main())

    return run


def test_connections_go_to_ready_pods_in_turn() -> None:
    """Each pod gets its turn, over one link that was open before anybody asked."""

    async def story(harbour: Harbour) -> None:
        assert [len(harbour.into(pod)) for pod in "ab"] == [1, 1]
        told = [await harbour.told() for _ in range(4)]
        assert sorted(told) == ["a", "a", "b", "b"]
        assert told[:2] == told[2:]
        assert len(harbour.cluster.tunnels) == 2
        assert harbour.facts[-1] == Forwarding("f1", pods=("a", "b"))

    in_harbour("a", "b")(story)


def test_a_pod_that_the_mirror_has_is_not_looked_at() -> None:
    """The uid of a pod is asked for only where the mirror has no pod of that name in the forward's namespace."""

    async def story(harbour: Harbour) -> None:
        pods = Scope("v1", "Pod", "shop")
        found = {made["metadata"]["name"]: made for made in await harbour.cluster.list(pods)}
        elsewhere = {**found["c"], "metadata": {**found["c"]["metadata"], "namespace": "other"}}
        harbour.cloud.mirror.put(pods, Listed((found["a"], elsewhere)))
        harbour.latest.set(job("a", "b", "c"))
        await asyncio.sleep(0.1)
        assert harbour.facts[-1] == Forwarding("f1", pods=("a", "b", "c"))
        looks = [request for request in harbour.cluster.requests if request.startswith("get Pod")]
        assert sorted(looks) == ['get Pod "b"', 'get Pod "c"']

    in_harbour("a", "b", "c", wanted=())(story)


def test_a_new_pod_takes_over_once_its_link_is_open() -> None:
    """Until then the one before serves, and nothing is red; what it carries it carries on."""

    async def story(harbour: Harbour) -> None:
        kept = await harbour.call(b"1", ends=False)
        harbour.cluster.delays["b"] = 2.0
        harbour.latest.set(job("b"))
        await asyncio.sleep(1)
        assert await harbour.told() == "a"
        await asyncio.sleep(1.5)
        assert await harbour.told() == "b"
        kept.say(b"2")
        await asyncio.sleep(0.1)
        assert kept.heard == b"a:1a:2"
        kept.say(b"")
        await asyncio.sleep(0.1)
        assert kept.ended
        assert not harbour.into("a")
        assert not [fact for fact in harbour.facts if fact.error]

    in_harbour("a", "b", wanted=("a",))(story)


def test_what_a_dead_pod_carried_is_reset_at_once() -> None:
    """Also when the link says nothing of it; new connections go to another pod."""

    async def story(harbour: Harbour) -> None:
        first, second = await harbour.call(b"1", ends=False), await harbour.call(b"1", ends=False)
        on_a, on_b = sorted((first, second), key=lambda caller: caller.heard)
        harbour.latest.set(job("b"))
        await asyncio.sleep(0.1)
        await harbour.gone("a")
        await asyncio.sleep(0.1)
        assert (on_a.aborted, on_b.aborted) == (True, False)
        assert [await harbour.told() for _ in range(2)] == ["b", "b"]

    in_harbour("a", "b")(story)


def test_a_crash_in_a_pod_resets_what_it_carried() -> None:
    """A container that restarts is another program, though its pod stays."""

    async def story(harbour: Harbour) -> None:
        caller = await harbour.call(b"1", ends=False)
        harbour.latest.set(job())
        await asyncio.sleep(0.1)
        assert not caller.aborted
        state = {"containerStatuses": [{"name": "main", "restartCount": 1, "state": {"running": {}}}]}
        harbour.cluster.set(Scope("v1", "Pod", "shop", name="a"), status=state)
        await asyncio.sleep(0.1)
        assert caller.aborted

    in_harbour("a")(story)


def test_connections_wait_a_little_for_a_pod() -> None:
    """Without a ready pod the forward is red; who waits gets through to one that comes, or is reset."""

    async def story(harbour: Harbour) -> None:
        assert harbour.facts == [Forwarding("f1", "no pod is ready")]
        early = await harbour.call(b"early")
        await asyncio.sleep(PATIENCE - 0.1)
        assert not early.aborted
        late = await harbour.call(b"late")
        await asyncio.sleep(0.2)
        assert early.aborted
        harbour.latest.set(job("a"))
        await asyncio.sleep(0.1)
        assert late.heard == b"a:late"
        assert harbour.facts[-1] == Forwarding("f1", pods=("a",))

    in_harbour("a", wanted=())(story)


def test_a_link_that_breaks_is_opened_again() -> None:
    """Its connections are reset, the forward is red with the reason, and heals when the cluster answers."""

    async def story(harbour: Harbour) -> None:
        caller = await harbour.call(b"1", ends=False)
        harbour.cluster.cut("the network is gone")
        await asyncio.sleep(1)
        assert caller.aborted
        assert harbour.facts[-1].error == "the network is gone"
        harbour.cluster.mend()
        await asyncio.sleep(5)
        assert harbour.facts[-1] == Forwarding("f1", pods=("a",))
        assert await harbour.told() == "a"

    in_harbour("a")(story)


def test_a_half_open_link_is_found_out() -> None:
    """Within ten seconds of its silence its connections are reset, and new ones go over a new link."""

    async def story(harbour: Harbour) -> None:
        caller = await harbour.call(b"1", ends=False)
        (silent,) = harbour.into("a")
        silent.silent = True
        await asyncio.sleep(9.9)
        assert caller.aborted
        assert await harbour.told() == "a"
        assert harbour.into("a") != [silent]

    in_harbour("a")(story)


def test_a_frozen_cluster_breaks_nothing() -> None:
    """While no link answers the forward is red and connections stay; both go on afterwards."""

    async def story(harbour: Harbour) -> None:
        caller = await harbour.call(b"1", ends=False)
        (frozen,) = harbour.into("a")
        frozen.silent, harbour.cluster.delays["a"] = True, 60.0
        await asyncio.sleep(9.9)
        assert harbour.facts[-1].error == 'the pod "a" gives no answer through the cluster'
        await asyncio.sleep(40)
        frozen.silent = False
        await asyncio.sleep(9.9)
        caller.say(b"2")
        await asyncio.sleep(0.1)
        assert caller.heard == b"a:1a:2"
        assert harbour.facts[-1] == Forwarding("f1", pods=("a",))

    in_harbour("a")(story)


def test_another_link_to_the_cluster_is_taken() -> None:
    """Ways are opened through the link of the moment; while there is none connections wait."""

    async def story(harbour: Harbour) -> None:
        harbour.cloud.leave()
        for _pod, tunnel in tuple(harbour.cluster.tunnels):
            tunnel.end("the link to the cluster was closed")
        await asyncio.sleep(1)
        waiting = await harbour.call(b"1")
        assert waiting.heard == b""
        harbour.cloud.enter(SimpleNamespace(cluster=harbour.cluster), NOTHING)
        await asyncio.sleep(0.1)
        assert waiting.heard == b"a:1"

    in_harbour("a")(story)


def test_a_taken_port_is_told_and_asked_for_again() -> None:
    """The forward names the port, and listens once it is free."""

    async def story(harbour: Harbour) -> None:
        assert "port 9000 on 127.0.0.1, is taken" in harbour.facts[-1].error
        harbour.fronts.taken.clear()
        await asyncio.sleep(1)
        assert harbour.facts[-1] == Forwarding("f1", pods=("a",))
        assert await harbour.told() == "a"

    in_harbour("a", taken=True)(story)


@pytest.mark.parametrize("pods", [(), ("a",)])
def test_the_end_of_a_forward_resets_connections(pods: tuple[str, ...]) -> None:
    """Those that wait for a pod, and those that are carried."""
    callers: list[FakeCaller] = []

    async def story(harbour: Harbour) -> None:
        callers.append(await harbour.call(b"1", ends=False))

    in_harbour("a", wanted=pods)(story)
    assert callers[0].aborted
