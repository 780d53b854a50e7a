"""What every cluster promises: the fake by script, a real one when HOMEPORT_TEST_CLUSTER=1 and KUBECONFIG name it."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec
import psutil
import pytest

from homeport.aio.beside import beside
from homeport.ports.cluster import (
    Changed,
    Cluster,
    ClusterError,
    FieldConflict,
    Finish,
    Gone,
    LinkUp,
    Listed,
    LogSource,
    Manifest,
    News,
    Scope,
    Target,
    Tunnel,
)
from homeport.ports.fakes.callers import FakeCaller
from homeport.ports.fakes.cluster import FakeCluster
from homeport.ports.fakes.pods import FakeCommand

LIMIT = 60
"""Seconds after which a test is stuck; nothing waits for it."""

WEB = "mkdir /tmp/w; echo hello >/tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w"


class Stage:
    """A cluster and a namespace in it; ``prefix`` keeps the names of a test apart from others'."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.prefix = f"t{secrets.token_hex(3)}"

    def name(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def settings(self, name: str, **data: str) -> dict[str, Any]:
        meta = {"name": self.name(name), "namespace": self.namespace, "labels": {"of": self.prefix}}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}

    def scope(self, kind: str = "ConfigMap", name: str | None = None, **more: str) -> Scope:
        return Scope("v1", kind, self.namespace, name=name and self.name(name), **more)

    async def apply_as_other(self, manifest: Manifest) -> None:
        """Apply as the field manager ``other``."""
        raise NotImplementedError

    async def pod(self, name: str, script: str, *, restart: bool = False) -> None:
        """Have a pod with one container ``main`` that runs a shell script, and wait until it has begun."""
        raise NotImplementedError


class Memory(Stage):
    """The fake, whose pods do what the few scripts of this suite would do."""

    def __init__(self) -> None:
        self.fake = FakeCluster()
        self.fake.programs["sh"] = self._shell
        super().__init__(self.fake, "default")

    async def apply_as_other(self, manifest: Manifest) -> None:
        self.fake.apply_as("other", manifest)

    async def pod(self, name: str, script: str, *, restart: bool = False) -> None:
        meta = {"name": self.name(name), "namespace": self.namespace}
        await self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {}})
        run = self.fake.says(self.namespace, self.name(name), "main")
        for word in ("one", "two", "three"):
            if f"echo {word}" in script:
                run.write(word.encode())
        if "exec httpd" in script:
            self.fake.serves[self.namespace, self.name(name), 8080] = lambda _said: b"HTTP/1.0 200 OK\r\n\r\nhello\n"
        else:
            run.end()

    async def _shell(self, command: FakeCommand) -> AsyncIterator[Any]:
        yield "out", b"to out\n"
        yield "err", b"to err\n"
        command.code = 7


class Real(Stage):
    """A real cluster: pods are pods."""

    async def apply_as_other(self, manifest: Manifest) -> None:
        async with opened("other") as other:
            await other.apply(manifest)

    async def pod(self, name: str, script: str, *, restart: bool = False) -> None:
        mounts = [{"name": "data", "mountPath": "/data"}]
        main = {"name": "main", "image": "busybox", "command": ["sh", "-c", script], "volumeMounts": mounts}
        spec = {
            "restartPolicy": "Always" if restart else "Never",
            "terminationGracePeriodSeconds": 1,
            "containers": [main],
            "volumes": [{"name": "data", "emptyDir": {}}],
        }
        meta = {"name": self.name(name), "namespace": self.namespace}
        await self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
        async with aclosing(self.cluster.watch(self.scope("Pod", name))) as news:
            async for each in news:
                if any(_begun(pod) for pod in objects_of(each)):
                    return


async def fetch(tunnel: Tunnel, remote: int = 8080) -> bytes:
    """Return the first page of whoever answers at a port in the pod; nothing for a connection that is cut."""
    caller = FakeCaller(b"GET / HTTP/1.0\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        await tunnel.carry(caller, remote)
    _head, _, page = caller.heard.partition(b"\r\n\r\n")
    return page if caller.ended else b""


def objects_of(news: News) -> tuple[Manifest, ...]:
    return news.objects if isinstance(news, Listed) else (news.object,) if isinstance(news, Changed) else ()


def _begun(pod: Manifest) -> bool:
    every = pod.get("status", {}).get("containerStatuses", ())
    return any("running" in each["state"] or "terminated" in each["state"] for each in every)


@asynccontextmanager
async def opened(manager: str = "homeport") -> AsyncIterator[Cluster]:
    from homeport.adapters.kubernetes.access import pin
    from homeport.adapters.kubernetes.cluster import open_cluster

    access = pin(os.environ, home="/")  # KUBECONFIG names the file
    async with open_cluster(access, os.environ, manager) as cluster:
        yield cluster


class Cutter:
    """A way to a server that can be cut: what is connected then is reset."""

    def __init__(self) -> None:
        self.cuts = 0
        self._open: set[asyncio.WriteTransport] = set()

    @asynccontextmanager
    async def leading_to(self, host: str, port: int) -> AsyncIterator[int]:
        """Yield the port of the way, for a block."""

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            back, forth = await asyncio.open_connection(host, port)
            ends = {writer.transport, forth.transport}
            self._open |= ends
            try:
                async with beside(_copy(back, writer)):
                    await _copy(reader, forth)
            finally:
                self._open -= ends
                for end in ends:
                    end.abort()

        server = await asyncio.start_server(carry, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        self.cuts += 1
        for end in tuple(self._open):
            end.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()


@asynccontextmanager
async def cut_now_and_then() -> AsyncIterator[tuple[Cluster, Cutter]]:
    """Open the real cluster by a way that can be cut."""
    from homeport.adapters.kubernetes.access import pin
    from homeport.adapters.kubernetes.cluster import open_cluster

    access, cutter = pin(os.environ, home="/"), Cutter()
    parts = urlsplit(access.server)
    assert parts.hostname is not None
    async with cutter.leading_to(parts.hostname, parts.port or 443) as port:
        server = f"{parts.scheme}://127.0.0.1:{port}"
        by_way = msgspec.structs.replace(access, server=server, server_name=access.server_name or parts.hostname)
        async with open_cluster(by_way, os.environ) as cluster:
            yield cluster, cutter


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    """Yield a namespace of this run, which is deleted afterwards; nothing where there is no cluster."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1" or "KUBECONFIG" not in os.environ:
        yield ""
        return
    name = f"homeport-test-{secrets.token_hex(4)}"
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}

    async def make() -> None:
        async with opened() as cluster, asyncio.timeout(LIMIT):
            await cluster.apply(space)
            account = Scope("v1", "ServiceAccount", name, name="default")
            async with aclosing(cluster.watch(account)) as news:
                async for each in news:
                    if objects_of(each):
                        return

    async def drop() -> None:
        async with opened() as cluster:
            await cluster.delete(Scope("v1", "Namespace", name=name))

    asyncio.run(make())
    yield name
    asyncio.run(drop())


@pytest.fixture(params=["fake", "real"])
async def stage(
    request: pytest.FixtureRequest, namespace: str, absent: Callable[[str], NoReturn]
) -> AsyncIterator[Stage]:
    if request.param == "fake":
        yield Memory()
        return
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster: set HOMEPORT_TEST_CLUSTER=1 and KUBECONFIG")
    if "KUBECONFIG" not in os.environ:
        absent("HOMEPORT_TEST_CLUSTER=1 and no KUBECONFIG says which cluster")
    async with opened() as cluster:
        yield Real(cluster, namespace)


@pytest.fixture(autouse=True)
async def limit() -> AsyncIterator[None]:
    """Nothing here takes a minute."""
    async with asyncio.timeout(LIMIT):
        yield


class TestObjects:
    """Server-side apply under one manager."""

    async def test_what_was_applied_is_there(self, stage: Stage) -> None:
        """An applied object can be looked at, with what the cluster added."""
        made = await stage.cluster.apply(stage.settings("a", colour="red"))
        found = await stage.cluster.get(stage.scope(name="a"))
        assert found == made
        assert found is not None
        assert found["data"] == {"colour": "red"}
        assert found["metadata"]["uid"]

    async def test_the_same_again_changes_nothing(self, stage: Stage) -> None:
        """Applying what is already so makes no new version."""
        first = await stage.cluster.apply(stage.settings("a", colour="red"))
        again = await stage.cluster.apply(stage.settings("a", colour="red"))
        assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]

    async def test_a_field_that_is_no_longer_wanted_goes(self, stage: Stage) -> None:
        """What we set and set no more is removed; the object stays the same one."""
        first = await stage.cluster.apply(stage.settings("a", colour="red", size="7"))
        after = await stage.cluster.apply(stage.settings("a", size="8"))
        assert after["data"] == {"size": "8"}
        assert after["metadata"]["uid"] == first["metadata"]["uid"]

    async def test_a_conflict_names_the_other_owner(self, stage: Stage) -> None:
        """A field of another manager is not taken in silence, but by force it is; fields that we never set stay theirs."""
        await stage.apply_as_other(stage.settings("a", colour="blue", theirs="1"))
        with pytest.raises(FieldConflict) as raised:
            await stage.cluster.apply(stage.settings("a", colour="red"))
        assert raised.value.fields == (("other", ".data.colour"),)
        forced = await stage.cluster.apply(stage.settings("a", colour="red"), force=True)
        assert forced["data"] == {"colour": "red", "theirs": "1"}

    async def test_a_dry_run_changes_nothing(self, stage: Stage) -> None:
        """Dry shows what would be."""
        would = await stage.cluster.apply(stage.settings("a", colour="red"), dry=True)
        assert would["data"] == {"colour": "red"}
        assert await stage.cluster.get(stage.scope(name="a")) is None

    async def test_a_list_is_of_its_scope(self, stage: Stage) -> None:
        """Labels and names choose among the objects of a kind, which say their kind."""
        for name in ("a", "b"):
            await stage.cluster.apply(stage.settings(name))
        both = await stage.cluster.list(stage.scope(labels=f"of={stage.prefix}"))
        assert sorted(each["metadata"]["name"] for each in both) == [stage.name("a"), stage.name("b")]
        assert {each["kind"] for each in both} == {"ConfigMap"}
        (one,) = await stage.cluster.list(stage.scope(name="b"))
        assert one["metadata"]["name"] == stage.name("b")

    async def test_a_delete_says_whether_anything_was_there(self, stage: Stage) -> None:
        """Twice is no error, and another object of the same name is not there."""
        made = await stage.cluster.apply(stage.settings("a"))
        scope = stage.scope(name="a")
        assert not await stage.cluster.delete(scope, uid="00000000-0000-0000-0000-000000000000")
        assert await stage.cluster.delete(scope, uid=made["metadata"]["uid"])
        assert not await stage.cluster.delete(scope)
        assert await stage.cluster.get(scope) is None

    async def test_refusals_have_a_reason_and_a_next_step(self, stage: Stage) -> None:
        """A kind that nobody defined, and a namespace that is not there, are told apart from an unreachable cluster."""
        meta = {"name": "x", "namespace": stage.namespace}
        with pytest.raises(ClusterError) as raised:
            await stage.cluster.apply({"apiVersion": "nobody.example/v1", "kind": "Thing", "metadata": meta})
        assert (raised.value.reason, raised.value.code) == ("NotFound", 404)
        assert raised.value.what == "the cluster knows no Thing in nobody.example/v1"
        assert "the CustomResourceDefinition of Thing goes in needs=" in (raised.value.hint or "")
        elsewhere = stage.settings("a")
        elsewhere["metadata"]["namespace"] = stage.name("nowhere")
        with pytest.raises(ClusterError) as raised:
            await stage.cluster.apply(elsewhere)
        assert raised.value.reason == "NotFound"
        with pytest.raises(ClusterError):
            await stage.cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}})


class TestWatch:
    """News of a scope."""

    async def test_news_begin_with_everything_and_go_on_with_changes(self, stage: Stage) -> None:
        """What is there first, then what is made, changed and deleted, and nothing of other scopes."""
        await stage.cluster.apply(stage.settings("a", n="1"))
        watch = stage.cluster.watch(stage.scope(labels=f"of={stage.prefix}"))
        async with aclosing(watch) as news:
            first = await anext(news)
            assert isinstance(first, Listed)
            assert [each["data"] for each in first.objects] == [{"n": "1"}]
            other = stage.settings("other")
            other["metadata"]["labels"] = {}
            await stage.cluster.apply(other)
            await stage.cluster.apply(stage.settings("a", n="2"))
            await stage.cluster.apply(stage.settings("b", n="3"))
            await stage.cluster.delete(stage.scope(name="a"))
            changed, made, gone = [await anext(news) for _ in range(3)]
        assert isinstance(changed, Changed)
        assert isinstance(made, Changed)
        assert isinstance(gone, Gone)
        assert [changed.object["data"], made.object["data"]] == [{"n": "2"}, {"n": "3"}]
        assert gone.object["metadata"]["name"] == stage.name("a")

    async def test_a_scope_that_cannot_be_watched_is_refused(self, stage: Stage) -> None:
        """Waiting would not help: the error is raised."""
        with pytest.raises(ClusterError):
            await anext(stage.cluster.watch(Scope("nobody.example/v1", "Thing")))

    async def test_the_pulse_begins_with_how_it_is(self, stage: Stage) -> None:
        """A cluster that answers is up."""
        async with aclosing(stage.cluster.pulse()) as pulse:
            assert await anext(pulse) == LinkUp()


class TestPods:
    """Logs, commands and connections."""

    async def test_a_log_ends_with_its_run(self, stage: Stage) -> None:
        """Every line once and in order, each with its time, until the container has ended."""
        await stage.pod("p", "echo one; echo two; printf three >/dev/null; echo three")
        lines = [line async for line in stage.cluster.logs(LogSource(stage.namespace, stage.name("p"), "main"))]
        assert [line.text for line in lines] == [b"one", b"two", b"three"]
        assert sorted(line.at for line in lines) == [line.at for line in lines]
        last = LogSource(stage.namespace, stage.name("p"), "main", tail=1)
        assert [line.text async for line in stage.cluster.logs(last)] == [b"three"]

    async def test_a_log_goes_on_after_a_mark(self, stage: Stage) -> None:
        """What was read before is not sent again, also when many lines share their time; at the end there is nothing."""
        await stage.pod("p", "echo one; echo two; echo three")
        source = LogSource(stage.namespace, stage.name("p"), "main", restarts=0)
        lines = [line async for line in stage.cluster.logs(source)]
        rests = []
        for line in lines:
            later = msgspec.structs.replace(source, after=line.mark)
            rests.append([each.text async for each in stage.cluster.logs(later)])
        assert rests == [[b"two", b"three"], [b"three"], []]

    async def test_a_log_need_not_be_followed(self, stage: Stage) -> None:
        """What a program that goes on has said by now is there at once."""
        await stage.pod("p", "echo one; echo two; echo three; " + WEB)
        source = LogSource(stage.namespace, stage.name("p"), "main")
        async with aclosing(stage.cluster.logs(source)) as lines:
            assert [(await anext(lines)).text for _ in range(3)] == [b"one", b"two", b"three"]
        now = msgspec.structs.replace(source, follow=False)
        assert [line.text async for line in stage.cluster.logs(now)] == [b"one", b"two", b"three"]
        last = msgspec.structs.replace(now, tail=2)
        assert [line.text async for line in stage.cluster.logs(last)] == [b"two", b"three"]

    async def test_a_log_of_another_pod_or_run_is_not_taken(self, stage: Stage) -> None:
        """A pod of the same name, and a run that has not been, have no such log."""
        await stage.pod("p", "echo one")
        pod = await stage.cluster.get(stage.scope("Pod", "p"))
        assert pod is not None
        mine = LogSource(stage.namespace, stage.name("p"), "main", uid=pod["metadata"]["uid"], restarts=0)
        assert [line.text async for line in stage.cluster.logs(mine)] == [b"one"]
        with pytest.raises(ClusterError) as raised:
            await anext(stage.cluster.logs(msgspec.structs.replace(mine, uid="another")))
        assert raised.value.reason == "NotFound"

    async def test_what_is_not_there_is_refused(self, stage: Stage) -> None:
        """Log, command and link of a pod that nobody has seen say so."""
        target = Target(stage.namespace, stage.name("absent"))
        with pytest.raises(ClusterError) as raised:
            await anext(stage.cluster.logs(LogSource(target.namespace, target.pod, "main")))
        assert raised.value.code == 404
        with pytest.raises(ClusterError) as raised:
            async with stage.cluster.exec(target, ["cat"]):
                pass
        assert raised.value.code == 404
        with pytest.raises(ClusterError) as raised:
            async with stage.cluster.tunnel(target.namespace, target.pod):
                pass
        assert raised.value.code == 404
        with pytest.raises(ClusterError) as raised:
            async with stage.cluster.tunnel(target.namespace, target.pod, "its-uid"):
                pass
        assert raised.value.code == 404

    async def test_commands(self, stage: Stage) -> None:
        """Both outputs and the status come back; input is bytes, and ends when it is told so; no program is an error."""
        await stage.pod("p", WEB)
        target = Target(stage.namespace, stage.name("p"), "main")
        async with stage.cluster.exec(target, ["sh", "-c", "echo to out; echo to err >&2; exit 7"]) as command:
            said = {stream: data async for stream, data in command.output()}
            assert said == {"out": b"to out\n", "err": b"to err\n"}
            assert command.finish() == Finish(7, asked=True)
        sent, got = os.urandom(3_000_000), bytearray()
        async with stage.cluster.exec(target, ["cat"], stdin=True) as command:

            async def feed() -> None:
                await command.send(sent)
                await command.send_eof()

            async with beside(feed()):
                async for _stream, data in command.output():
                    got += data
            assert command.finish() == Finish(0, asked=True)
            with pytest.raises(ClusterError):
                await command.send(b"too late")
        assert bytes(got) == sent
        async with stage.cluster.exec(target, ["no-such-program"]) as command:
            with pytest.raises(ClusterError, match="executable file not found"):
                await anext(command.output())

    async def test_connections(self, stage: Stage) -> None:
        """One link carries many connections to any port; a port where nobody listens aborts one; all ends with the pod."""
        await stage.pod("p", WEB)
        async with stage.cluster.tunnel(stage.namespace, stage.name("p")) as tunnel:
            await tunnel.ping()
            assert await fetch(tunnel) == b"hello\n"
            for _ in range(5):  # what nobody read of them must stop no other
                assert await fetch(tunnel, 9) == b""
                assert await fetch(tunnel) == b"hello\n"
            async with contextlib.AsyncExitStack() as held:
                watch = stage.cluster.watch(stage.scope("Pod", "p"))
                news = await held.enter_async_context(aclosing(watch))
                assert isinstance(await anext(news), Listed)
                await stage.cluster.delete(stage.scope("Pod", "p"))
                while not isinstance(await anext(news), Gone):
                    pass
                with contextlib.suppress(ClusterError):  # which is how a link says that it has ended
                    assert await fetch(tunnel) == b""
                assert "is gone" in await tunnel.ended()
                with pytest.raises(ClusterError, match="is gone"):
                    await tunnel.carry(FakeCaller(b"anybody?"), 8080)
                with pytest.raises(ClusterError, match="is gone"):
                    await tunnel.ping()

    async def test_connections_into_a_known_pod(self, stage: Stage) -> None:
        """A link into a pod whose uid is told outlives connections that fail; one meant for another pod ends with the first."""
        await stage.pod("p", WEB)
        pod = await stage.cluster.get(stage.scope("Pod", "p"))
        assert pod is not None
        async with stage.cluster.tunnel(stage.namespace, stage.name("p"), pod["metadata"]["uid"]) as tunnel:
            assert await fetch(tunnel, 9) == b""
            assert await fetch(tunnel) == b"hello\n"
        async with stage.cluster.tunnel(stage.namespace, stage.name("p"), "another") as tunnel:
            await tunnel.ping()
            assert await fetch(tunnel, 9) == b""
            assert "was replaced" in await tunnel.ended()


@pytest.mark.parametrize("stage", ["real"], indirect=True)
class TestBreaking:
    """Connections to a real cluster are reset again and again."""

    async def test_a_log_has_every_line_once(self, stage: Stage) -> None:
        """Three hundred lines while they are written, the connection cut after every fortieth."""
        await stage.pod("p", "i=0; while [ $i -lt 300 ]; do echo $i; i=$((i+1)); sleep 0.005; done")
        got: list[int] = []
        async with cut_now_and_then() as (cluster, cutter):
            async for line in cluster.logs(LogSource(stage.namespace, stage.name("p"), "main")):
                got.append(int(line.text))
                if len(got) % 40 == 0:
                    cutter.cut()
        assert got == list(range(300))
        assert cutter.cuts >= 7

    async def test_long_lines_that_take_seconds_come_whole(self, stage: Stage) -> None:
        """A node keeps a long line in parts, each with its time; the connection is cut in the middle of each."""
        half = "head -c 40000 /dev/zero | tr '\\0' x"
        one = f"echo a$i; {half}; touch /data/half$i; sleep 1.2; {half}; echo; echo b$i; sleep 1; echo c$i"
        await stage.pod("p", f"for i in 1 2; do {one}; done; sleep 1")
        got: list[bytes] = []
        async with cut_now_and_then() as (cluster, cutter):
            async for line in cluster.logs(LogSource(stage.namespace, stage.name("p"), "main")):
                got.append(line.text)
                if line.text.startswith(b"a"):
                    await self._there(stage, f"/data/half{line.text[1:].decode()}")
                if line.text.startswith((b"a", b"c")):
                    cutter.cut()
        whole = b"x" * 80_000
        assert got == [b"a1", whole, b"b1", b"c1", b"a2", whole, b"b2", b"c2"]

    async def _there(self, stage: Stage, file: str) -> None:
        """Wait until a file is in the pod ``p``."""
        wait = ["sh", "-c", f"until test -e {file}; do sleep 0.01; done"]
        async with stage.cluster.exec(Target(stage.namespace, stage.name("p")), wait) as command:
            assert [piece async for piece in command.output()] == []

    async def test_a_restart_in_the_middle_loses_nothing(self, stage: Stage) -> None:
        """The rest of a run that ended while nobody was connected is read, then the next run by its number."""
        count = "for i in $(seq 200); do echo $i; done"
        script = f"{count}; sleep 0.3; {count}; test -e /data/once && exec sleep 60; touch /data/once; exit 1"
        await stage.pod("p", script, restart=True)
        source = LogSource(stage.namespace, stage.name("p"), "main", restarts=0)
        wanted = [str(number).encode() for number in (*range(1, 201), *range(1, 201))]
        got: list[bytes] = []
        async with cut_now_and_then() as (cluster, cutter):
            async for line in cluster.logs(source):
                got.append(line.text)
                if len(got) in {150, 300}:
                    cutter.cut()
            assert got == wanted
            second = msgspec.structs.replace(source, restarts=1)
            async with aclosing(cluster.logs(second)) as lines:
                assert [(await anext(lines)).text for _ in wanted] == wanted

    async def test_a_mark_leads_on_while_lines_are_written(self, stage: Stage) -> None:
        """Whoever stops in the middle, again and again, and begins anew from the last mark has every line once."""
        await stage.pod("p", "i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i+1)); done; sleep 1; echo end")
        got: list[bytes] = []
        mark = ""
        while got[-1:] != [b"end"]:
            source = LogSource(stage.namespace, stage.name("p"), "main", restarts=0, after=mark)
            async with aclosing(stage.cluster.logs(source)) as lines:
                for _ in range(97):
                    line = await anext(lines, None)
                    if line is None:
                        break
                    got.append(line.text)
                    mark = line.mark
        assert got == [*(str(number).encode() for number in range(2000)), b"end"]

    async def test_a_watch_misses_nothing(self, stage: Stage) -> None:
        """Every last state arrives, though the connection is cut between changes."""
        scope = stage.scope(labels=f"of={stage.prefix}")
        async with cut_now_and_then() as (cluster, cutter), aclosing(cluster.watch(scope)) as news:
            assert await anext(news) == Listed(())
            for number in range(10):
                if number % 2:
                    cutter.cut()
                await stage.cluster.apply(stage.settings("a", n=str(number)))
                seen: list[str] = []
                while str(number) not in seen:
                    seen += [each["data"]["n"] for each in objects_of(await anext(news))]

    async def test_a_link_that_breaks_ends_its_connections(self, stage: Stage) -> None:
        """Whoever is connected is told, and so is the owner of the tunnel; another tunnel works."""
        await stage.pod("p", WEB)
        async with cut_now_and_then() as (cluster, cutter):
            async with cluster.tunnel(stage.namespace, stage.name("p")) as tunnel:
                assert await fetch(tunnel) == b"hello\n"
                idle = FakeCaller(ends=False)

                async def cut_soon() -> None:
                    await tunnel.ping()
                    cutter.cut()

                async with beside(cut_soon()):
                    with pytest.raises(ConnectionError):
                        await tunnel.carry(idle, 8080)
                assert idle.aborted
                assert "link to the pod" in await tunnel.ended()
            async with cluster.tunnel(stage.namespace, stage.name("p")) as tunnel:
                assert await fetch(tunnel) == b"hello\n"

    async def test_a_cluster_that_is_closed_leaves_no_connection(self, stage: Stage) -> None:
        """Not even one whose TLS still says goodbye: whoever ends the loop next would leave it open."""
        process, others = psutil.Process(), set[object]()
        async with opened() as cluster:
            others.update(each.fd for each in process.net_connections("tcp"))
            async with aclosing(cluster.watch(stage.scope())) as news:
                assert isinstance(await anext(news), Listed)
                async with beside(_spend(news)):
                    await cluster.apply(stage.settings("a"))
        assert not {each.fd for each in process.net_connections("tcp")} - others


async def _spend(news: AsyncIterator[News]) -> None:
    async for _each in news:
        pass
