"""The way back: a relay in the cluster, one tunnel for each port, and Services that lead to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from harbour import Harbour, in_harbour, last, pass_time, quiet, scene, service
from msgspec.structs import replace

from homeport.aio.latest import Latest
from homeport.model.cluster_jobs import Relay
from homeport.model.errors import RefusedError
from homeport.model.shipped import Relayed
from homeport.ports.cluster import Scope, Target
from homeport.ports.fakes.live import FakeContainer
from homeport.work.cluster.relaying import relay

Pairs = tuple[tuple[int, int], ...]
DB: Pairs = ((5432, 9001),)
WEB: Pairs = ((80, 9002), (443, 9003))


READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}


class Quay:
    """A relay that works, and its pod."""

    def __init__(self, **services: Pairs) -> None:
        self.shop = Harbour()
        self.latest = Latest(
            Relay(("relay", "", 0), "id-1", scene(service("db"), service("web")), services),
        )

    def change(self, **services: Pairs) -> None:
        """Have other services on this machine."""
        self.latest.set(replace(self.latest.value, services=services))

    def pod(self, name: str = "homeport-relay-1") -> FakeContainer:
        """Have the pod of the relay run."""
        container = self.shop.links.containers[Target("demo", name)] = FakeContainer()
        labels = {"app.kubernetes.io/component": "relay"}
        self.shop.make("Pod", name, node="homeport-relay", labels=labels, status=READY)
        return container

    @property
    def told(self) -> Any:
        """What was told last."""
        return last(self.shop.of("relay"))

    def run(self, story: Callable[[], Awaitable[None]]) -> None:
        """Let the worker work beside a story."""

        async def both() -> None:
            async with self.shop.beside(relay(self.latest, self.shop.outside, self.shop)):
                await quiet()
                await story()
            assert self.told == Relayed("")

        in_harbour(self.shop, both)


def test_each_port_has_a_tunnel_of_its_own():
    """The Services lead to the relay's ports once somebody listens there, and those to the leased ones of this machine."""
    quay = Quay(db=DB, web=WEB)

    async def story() -> None:
        assert quay.shop.there("Service") == []
        pod = quay.pod()
        await quiet()
        assert quay.shop.there("Service") == ["db", "web"]
        assert pod.listening == {5432: 9001, 20001: 9002, 20002: 9003}
        assert quay.told.ok

    quay.run(story)


def test_services_join_and_leave_without_a_break_for_others():
    """A tunnel that is still wanted is not opened anew."""
    quay = Quay(db=DB)

    async def story() -> None:
        pod = quay.pod()
        await quiet()
        quay.change(db=DB, web=WEB)
        await quiet()
        assert pod.listening == {5432: 9001, 20001: 9002, 20002: 9003}
        quay.change(web=WEB)
        await quiet()
        assert pod.listening == {20001: 9002, 20002: 9003}
        assert len(pod.links) == 1

    quay.run(story)


def test_another_local_port_is_taken_over():
    """Pods see no difference: the relay's port stays."""
    quay = Quay(db=DB)

    async def story() -> None:
        pod = quay.pod()
        await quiet()
        quay.change(db=((5432, 9009),))
        await quiet()
        assert pod.listening == {5432: 9009}

    quay.run(story)


def test_a_service_that_moves_to_the_cluster_keeps_its_name_there():
    """The relay deletes no Service: by now another one may have the same name, and even the same uid."""
    quay = Quay(db=DB, web=WEB)

    async def story() -> None:
        quay.pod()
        await quiet()
        quay.shop.asked()
        quay.change(web=WEB)
        await quiet()
        assert quay.shop.asked("delete") == []
        assert quay.shop.there("Service") == ["db", "web"]

    quay.run(story)


def test_a_broken_link_is_told_and_mended():
    """All tunnels are opened anew, in whichever pod there is."""
    quay = Quay(db=DB)

    async def story() -> None:
        first = quay.pod()
        await quiet()
        await quay.shop.cluster.delete(Scope("v1", "Pod", "demo", name="homeport-relay-1"))
        del quay.shop.links.containers[Target("demo", "homeport-relay-1")]
        first.cut("the pod is gone")
        await quiet()
        assert not quay.told.ok
        assert quay.told.error == "the way back to this machine is broken: the pod is gone"
        second = quay.pod("homeport-relay-2")
        await pass_time(3)
        assert (first.listening, second.listening) == ({}, {5432: 9001})
        assert quay.told.ok

    quay.run(story)


def test_a_pod_without_answer_is_tried_again():
    """Such as one whose helper does not run yet."""
    quay = Quay(db=DB)

    async def story() -> None:
        quay.pod()
        container = quay.shop.links.containers.pop(Target("demo", "homeport-relay-1"))
        await pass_time(3)
        assert not quay.told.ok
        assert "no helper" in quay.told.error
        quay.shop.links.containers[Target("demo", "homeport-relay-1")] = container
        await pass_time(2)
        assert quay.told.ok

    quay.run(story)


def test_what_is_refused_is_told():
    """A Service of somebody else by that name is no bug, and nothing is taken over."""
    quay = Quay(db=DB)
    quay.shop.make("Service", "db", owner="owner-2")

    async def story() -> None:
        quay.pod()
        await pass_time(5)
        assert "belongs to another instance" in quay.told.error
        assert quay.shop.there("Service") == ["db"]

    quay.run(story)


def test_a_context_that_is_not_allowed_leaves_the_relay_waiting():
    """There is nothing to tell as long as there is no link."""
    quay = Quay(db=DB)
    quay.shop.clusters.refusal = RefusedError("not allowed")

    async def story() -> None:
        await pass_time(5)
        assert quay.shop.of("relay") == []

    async def both() -> None:
        async with quay.shop.beside(relay(quay.latest, quay.shop.outside, quay.shop)):
            await asyncio.sleep(0)
            await story()

    in_harbour(quay.shop, both)
