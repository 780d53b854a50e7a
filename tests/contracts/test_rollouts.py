"""What is told of rollouts on a real cluster (HOMEPORT_TEST_CLUSTER=1, KUBECONFIG): failures at once, and healing."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec
import pytest
from test_cluster import Cutter

from homeport.adapters.kubernetes.access import pin
from homeport.adapters.kubernetes.cluster import open_cluster
from homeport.aio.beside import beside
from homeport.aio.latest import Latest
from homeport.model.facts import Fact, Instant, Key
from homeport.model.graph import Graph
from homeport.model.rollouts import Linked, Rollout
from homeport.ports.cluster import Cluster, Scope
from homeport.work.cluster.telling import Sight
from homeport.work.cluster.watching import keep_mirror
from homeport.work.seen.mirror import Mirror

LIMIT = 90
"""Seconds after which a test is stuck; nothing waits for it."""


class Told:
    """The newest fact under each key; whoever waits for one is woken by it."""

    def __init__(self) -> None:
        self.facts: dict[Key, Fact] = {}
        self.lines: list[tuple[str, str]] = []
        self.turns = Latest(0)

    def put(self, key: Key, fact: Fact) -> None:
        self.facts[key] = fact
        self.turns.set(self.turns.value + 1)

    def declare(self, graph: Graph) -> None:
        raise AssertionError(graph)

    def say(self, node: str, line: str) -> None:
        self.lines.append((node, line))

    def now(self) -> Instant:
        return time.monotonic_ns() // 1000

    def wall(self) -> float:
        return time.time()

    async def rollout(self, node: str, holds: Callable[[Rollout], object]) -> Rollout:
        """Wait until a rollout is told for which something holds."""
        while True:
            turn, found = self.turns.turn, self.facts.get(("rollout", node, 0))
            if isinstance(found, Rollout) and holds(found):
                return found
            await self.turns.after(turn)

    async def link(self, ok: bool = True) -> Linked:
        """Wait until everything is known, or until it is not."""
        while True:
            turn, found = self.turns.turn, self.facts.get(("cluster", "", 0))
            if isinstance(found, Linked) and found.ok == ok:
                return found
            await self.turns.after(turn)


class Stage:
    """A namespace in a real cluster, which is watched."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.told = Told()

    async def deploy(
        self, name: str, script: str = "exec sleep 10000", image: str = "busybox", **container: Any
    ) -> None:
        """Have a Deployment with one pod, all of the node ``name``."""
        labels = {"app.kubernetes.io/name": name, "homeport.dev/owner": "test"}
        inner = {"name": name, "image": image, "command": ["sh", "-c", script], **container}
        template = {"metadata": {"labels": labels, "annotations": {"homeport.dev/digest": "t"}},
                    "spec": {"terminationGracePeriodSeconds": 0, "containers": [inner]}}  # fmt: skip
        meta = {"name": name, "namespace": self.namespace, "labels": labels}
        spec = {"selector": {"matchLabels": labels}, "template": template}
        await self.cluster.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})

    async def secret(self, name: str) -> None:
        """Have a Secret with one value."""
        meta = {"name": name, "namespace": self.namespace}
        await self.cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"A": "b"}})


@pytest.fixture
async def stage(absent: Callable[[str], NoReturn]) -> AsyncIterator[Stage]:
    """A namespace of our own, kept in a mirror while a test runs."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster: set HOMEPORT_TEST_CLUSTER=1 and KUBECONFIG")
    if "KUBECONFIG" not in os.environ:
        absent("HOMEPORT_TEST_CLUSTER=1 and no KUBECONFIG says which cluster")
    namespace = f"homeport-test-{secrets.token_hex(4)}"
    async with asyncio.timeout(LIMIT), open_cluster(pin(os.environ, home="/"), os.environ) as cluster:
        await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        made = Stage(cluster, namespace)
        sight = Latest(Sight("s", "test", namespace, "homeport.dev/owner=test"))
        try:
            async with beside(keep_mirror(cluster, sight, Mirror(), made.told, made.told.say, made.told)):
                await made.told.link()
                yield made
        finally:
            await cluster.delete(Scope("v1", "Namespace", name=namespace))


async def test_failures_are_told_with_their_causes_and_heal(stage: Stage) -> None:
    """Six services fail, each in its own way and each with its own sentence, beside one that is well; one is mended."""
    told = stage.told
    await stage.deploy("well")
    await stage.deploy("absent", image="localhost:1/absent:1")
    await stage.deploy("crash", "exit 3")
    await stage.deploy("hungry", "exec tail /dev/zero", resources={"limits": {"memory": "24Mi"}})
    await stage.deploy("big", resources={"requests": {"cpu": "100k"}})
    await stage.deploy("bare", envFrom=[{"secretRef": {"name": "bare-env"}}])
    await stage.deploy("lame", command=["/no/such/program"])
    sentences = {
        "absent": 'the image "localhost:1/absent:1" cannot be pulled: ',
        "crash": 'the container "crash" keeps ending with exit code 3',
        "hungry": 'the container "hungry" ran out of memory, and was killed at its limit of 24Mi',
        "big": "no node of the cluster takes the pod: 1 Insufficient cpu",
        "bare": 'Secret "bare-env", which the container "bare" needs, is not there',
        "lame": 'the container "lame" cannot be started: "/no/such/program"',
    }
    for node, sentence in sentences.items():
        found = await told.rollout(node, lambda rollout, begins=sentence: rollout.failure.startswith(begins))
        assert not found.complete
        assert found.hint
    assert (await told.rollout("well", lambda rollout: rollout.complete)).ready == 1
    await stage.secret("bare-env")
    mended = await told.rollout("bare", lambda rollout: rollout.complete)
    assert (mended.failure, mended.ready, mended.serving) == ("", 1, 1)
    assert any(node == "crash" for node, _line in told.lines)


async def test_a_rollout_goes_from_one_digest_to_the_next(stage: Stage) -> None:
    """The pods of the definition before are told as such until they are gone; a pod that is deleted is replaced."""
    await stage.deploy("web")
    first = await stage.told.rollout("web", lambda rollout: rollout.complete)
    await stage.deploy("web", "exec sleep 20000")
    second = await stage.told.rollout(
        "web", lambda rollout: rollout.complete and rollout.pods and rollout.pods[0].uid != first.pods[0].uid
    )
    assert [pod.current for pod in second.pods if not pod.leaving] == [True]
    pod = next(pod for pod in second.pods if pod.ready)
    await stage.cluster.delete(Scope("v1", "Pod", stage.namespace, name=pod.name), uid=pod.uid, grace=0)
    third = await stage.told.rollout(
        "web", lambda rollout: rollout.complete and pod.uid not in [each.uid for each in rollout.pods]
    )
    assert third.uid == first.uid


async def test_a_namespace_that_is_deleted_takes_every_rollout_along(stage: Stage) -> None:
    """When somebody deletes the namespace, nothing of any node is left, and the link stays well."""
    await stage.deploy("web")
    await stage.told.rollout("web", lambda rollout: rollout.complete)
    await stage.cluster.delete(Scope("v1", "Namespace", name=stage.namespace))
    await stage.told.rollout("web", lambda rollout: not rollout.object)
    assert (await stage.told.link()).ok


async def test_a_link_that_dies_without_a_sign_is_red_within_ten_seconds_and_heals(stage: Stage) -> None:
    """When the network swallows what is open, the link is told as down, opened anew, and what was missed is told then."""
    access, cutter, told = pin(os.environ, home="/"), Cutter(), Told()
    parts = urlsplit(access.server)
    assert parts.hostname is not None
    async with cutter.leading_to(parts.hostname, parts.port or 443) as port:
        name = access.server_name or parts.hostname
        by_way = msgspec.structs.replace(access, server=f"{parts.scheme}://127.0.0.1:{port}", server_name=name)
        sight = Latest(Sight("s", "test", stage.namespace, "homeport.dev/owner=test"))
        async with (
            open_cluster(by_way, os.environ) as cluster,
            beside(keep_mirror(cluster, sight, Mirror(), told, told.say, told)),
        ):
            await told.link()
            for end in tuple(cutter._open):
                end.pause_reading()
            await stage.deploy("web")
            async with asyncio.timeout(10):
                assert "no answer" in (await told.link(ok=False)).down
            async with asyncio.timeout(10):
                await told.link()
            await told.rollout("web", lambda rollout: rollout.complete)
