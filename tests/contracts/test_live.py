"""What every link into a container promises: the fake, the helper as processes here, and the helper in real pods.

Real pods only when HOMEPORT_TEST_CLUSTER=1 and KUBECONFIG name a cluster.
"""

import asyncio
import base64
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from homeport.adapters.live.link import HelperLinks
from homeport.adapters.live.pacing import Precedence
from homeport.adapters.live.tarred import TarLinks
from homeport.aio.beside import beside
from homeport.kit.livefiles import Entry
from homeport.model.errors import OutsideError
from homeport.model.helper import FOLDER, NAME, PROGRAM
from homeport.ports.cluster import Changed, Cluster, Listed, Scope, Target, Unreachable
from homeport.ports.fakes.live import FakeContainer, FakeLinks
from homeport.ports.live import (
    Batch,
    Ended,
    HelperMissing,
    Link,
    LinkBroken,
    LiveLink,
    LiveLinks,
    Move,
    NotApplied,
    Put,
    Remove,
    Started,
    Wrote,
)
from livepods import LocalPod, helper_program

LIMIT = 60
"""Seconds after which a test is stuck; nothing waits for it."""


class Stage:
    """A container whose command sleeps; ``root`` is where files may be changed, ``links`` leads there."""

    links: LiveLinks
    helped = True
    target = Target("default", "pod")
    root = "/app"

    async def ls(self) -> dict[str, str]:
        """Return what is below the root: contents by path, ``* `` before what may be executed, ``-> `` before a target."""
        raise NotImplementedError

    async def kill(self, link: LiveLink) -> None:
        """Let the container's command be killed, from within."""
        raise NotImplementedError

    async def cut(self) -> None:
        """Break every link."""
        raise NotImplementedError

    @asynccontextmanager
    async def way(self, port: int) -> AsyncIterator[int]:
        """Yield a port of this machine whose connections come to a port in the container, from within."""
        yield port

    def link(self) -> Any:
        return self.links.open(self.target, [self.root])

    def path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def needs_helper(self) -> None:
        if not self.helped:
            pytest.skip("files only, without the helper")

    async def label(self, link: LiveLink, label: str | None) -> None:
        """Check the label, where one is kept."""
        assert (await link.hello()).label == (label if self.helped else None)

    def put(self, name: str, content: str, mode: int | None = None) -> Put:
        return Put(self.path(name), content.encode(), mode)


class Memory(Stage):
    """The fake."""

    def __init__(self) -> None:
        self.container = FakeContainer()
        self.links = links = FakeLinks()
        links.containers[self.target] = self.container
        self.container.programs["sh"] = self._shell

    async def ls(self) -> dict[str, str]:
        return {path.removeprefix("/app/"): self._said(entry) for path, entry in self.container.files.items()}

    async def kill(self, link: LiveLink) -> None:
        self.container.ends(137)
        self.container.starts()

    async def cut(self) -> None:
        self.container.cut()

    @asynccontextmanager
    async def way(self, port: int) -> AsyncIterator[int]:
        yield self.container.listening.get(port, port)

    def _said(self, entry: Entry) -> str:
        if entry.link is not None:
            return f"-> {entry.link}"
        return ("* " if entry.mode & 0o100 else "") + self.container.contents[entry.digest].decode()

    @staticmethod
    def _shell(_container: FakeContainer, _argv: Any, write: Any) -> int:
        write("out", b"one two /\n")
        write("err", b"oops\n")
        return 7


class Here(Stage):
    """The helper as processes of this machine."""

    def __init__(self, pod: LocalPod, root: Path, first: asyncio.subprocess.Process) -> None:
        self.pod = pod
        self.first = first
        self.root = str(root)
        self.links = HelperLinks(pod, Precedence())

    async def ls(self) -> dict[str, str]:
        return {str(path.relative_to(self.root)): _said(path) for path in _files(Path(self.root))}

    async def kill(self, link: LiveLink) -> None:
        pid = (await link.hello()).pid
        assert await link.run(["kill", "-9", str(pid)]) == 0

    async def cut(self) -> None:
        for command in self.pod.commands:
            command.process.kill()


class Plain(Here):
    """Processes of this machine without the helper, changed by ``tar``."""

    helped = False

    def __init__(self, root: Path) -> None:
        self.pod = LocalPod(Path("/nowhere/helper"))
        self.root = str(root)
        self.links = TarLinks(self.pod)


class InPod(Stage):
    """The helper in a pod of a real cluster."""

    def __init__(self, cluster: Cluster, namespace: str, pod: str) -> None:
        self.cluster = cluster
        self.target = Target(namespace, pod, "main")
        self.links = HelperLinks(cluster, Precedence())

    async def shell(self, script: str) -> str:
        said = b""
        async with self.cluster.exec(self.target, ["sh", "-c", script]) as command:
            async for name, data in command.output():
                said += data if name == "out" else b""
        return said.decode()

    async def ls(self) -> dict[str, str]:
        show = 'if [ -L "$f" ]; then echo "-> $(readlink "$f")"; elif [ -x "$f" ]; then echo "* $(cat "$f")"; else cat "$f"; fi'
        said = await self.shell(
            f'cd /app; find . -type f -o -type l | while read f; do printf "%s\\t" "$f"; {show}; echo; done'
        )
        lines = [line.split("\t", 1) for line in said.splitlines() if line]
        return {name.removeprefix("./"): content for name, content in lines}

    async def kill(self, link: LiveLink) -> None:
        await self.shell(f"kill -9 {(await link.hello()).pid}")

    async def cut(self) -> None:
        find = f'tr "\\0" " " <$p/cmdline 2>/dev/null | grep -q "^{PROGRAM} serve"'
        await self.shell(f"for p in /proc/[0-9]*; do {find} && kill -9 ${{p#/proc/}}; done")

    @asynccontextmanager
    async def way(self, port: int) -> AsyncIterator[int]:
        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async with self.cluster.exec(self.target, ["nc", "127.0.0.1", str(port)], stdin=True) as command:

                async def feed() -> None:
                    with contextlib.suppress(Unreachable):
                        while data := await reader.read(65536):
                            await command.send(data)
                        await command.send_eof()

                async with beside(feed()):
                    async for name, data in command.output():
                        if name == "out":
                            writer.write(data)
                            await writer.drain()
            writer.close()

        server = await asyncio.start_server(carry, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()


def _files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_symlink() or path.is_file())


def _said(path: Path) -> str:
    if path.is_symlink():
        return f"-> {os.readlink(path)}"
    return ("* " if path.stat().st_mode & 0o100 else "") + path.read_text()


@asynccontextmanager
async def opened() -> AsyncIterator[Cluster]:
    from homeport.adapters.kubernetes.access import pin
    from homeport.adapters.kubernetes.cluster import open_cluster

    async with open_cluster(pin(os.environ, home="/"), os.environ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield a namespace of this run, with the helper in it; nothing where there is no cluster."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1" or "KUBECONFIG" not in os.environ:
        yield ""
        return
    program = helper_program(request.getfixturevalue("absent"))
    name = f"homeport-test-{secrets.token_hex(4)}"

    async def make() -> None:
        async with opened() as cluster, asyncio.timeout(LIMIT):
            await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
            async with aclosing(cluster.watch(Scope("v1", "ServiceAccount", name, name="default"))) as news:
                async for each in news:
                    if isinstance(each, Changed) or (isinstance(each, Listed) and each.objects):
                        break
            await cluster.apply(carrier(name, program))

    async def drop() -> None:
        async with opened() as cluster:
            await cluster.delete(Scope("v1", "Namespace", name=name))

    try:
        asyncio.run(make())
        yield name
    finally:
        asyncio.run(drop())


def carrier(namespace: str, program: Path) -> dict[str, Any]:
    """Return the object that brings the helper into pods."""
    content = base64.b64encode(program.read_bytes()).decode()
    meta = {"name": "helper", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "binaryData": {NAME: content}}


def pod(namespace: str, name: str) -> dict[str, Any]:
    """Return a pod whose command sleeps, with the helper before it."""
    main = {
        "name": "main",
        "image": "busybox",
        "command": [PROGRAM, "run", "--", "sh", "-c", "mkdir -p /app; exec sleep 1000"],
        "volumeMounts": [{"name": "helper", "mountPath": FOLDER}],
    }
    volume = {"name": "helper", "configMap": {"name": "helper", "defaultMode": 0o555}}
    spec = {"containers": [main], "volumes": [volume], "terminationGracePeriodSeconds": 1, "restartPolicy": "Never"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


@pytest.fixture(params=["fake", "here", "tar", "pod", "pod-tar"])
async def stage(
    request: pytest.FixtureRequest, namespace: str, tmp_path: Path, absent: Callable[[str], NoReturn]
) -> AsyncIterator[Stage]:
    if request.param == "fake":
        yield Memory()
    elif request.param == "here":
        local = LocalPod(helper_program(absent))
        (tmp_path / "app").mkdir()
        async with local.running("sleep", "1000") as first:
            yield Here(local, tmp_path / "app", first)
    elif request.param == "tar":
        (tmp_path / "app").mkdir()
        yield Plain(tmp_path / "app")
    elif os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster: set HOMEPORT_TEST_CLUSTER=1 and KUBECONFIG")
    else:
        name = f"t{secrets.token_hex(3)}"
        async with opened() as cluster:
            await cluster.apply(pod(namespace, name))
            scope = Scope("v1", "Pod", namespace, name=name)
            async with aclosing(cluster.watch(scope)) as news:
                async for each in news:
                    objects = (
                        each.objects if isinstance(each, Listed) else [each.object] if isinstance(each, Changed) else []
                    )
                    if any(_runs(found) for found in objects):
                        break
            real = InPod(cluster, namespace, name)
            if request.param == "pod-tar":
                real.helped, real.links = False, TarLinks(cluster)
            yield real
            await cluster.delete(scope, grace=0)


def _runs(found: Any) -> bool:
    return any("running" in each["state"] for each in found.get("status", {}).get("containerStatuses", ()))


@pytest.fixture(autouse=True)
async def limit() -> AsyncIterator[None]:
    """Nothing here takes a minute."""
    async with asyncio.timeout(LIMIT):
        yield


class TestFiles:
    """Changes of files, and what is known of them afterwards."""

    async def test_what_was_acknowledged_is_there(self, stage: Stage) -> None:
        """A batch is answered when all of it is in its place, with its contents and permissions; then the label holds."""
        async with stage.link() as link:
            await stage.label(link, "")
            batch = Batch((stage.put("a/b", "one"), stage.put("run", "two", 0o755)), "first")
            applied = await link.apply(batch)
            assert await stage.ls() == {"a/b": "one", "run": "* two"}
            assert [done.path for done in applied.done] == [stage.path("a/b"), stage.path("run")]
            await stage.label(link, "first")
            assert applied.label == ("first" if stage.helped else None)
            await link.apply(Batch((stage.put("a/b", "three"),)))
            await stage.label(link, "first")
            assert await stage.ls() == {"a/b": "three", "run": "* two"}

    async def test_files_are_like_those_of_this_machine(self, stage: Stage, tmp_path: Path) -> None:
        """What is executable here is so there, a link stays a link, and the answer's entries are those of the contents."""
        (tmp_path / "x").write_text("plain")
        (tmp_path / "y").write_text("program")
        (tmp_path / "y").chmod(0o700)
        (tmp_path / "z").symlink_to("x")
        async with stage.link() as link:
            applied = await link.apply(Batch(tuple(Put(stage.path(name), str(tmp_path / name)) for name in "xyz")))
            assert await stage.ls() == {"x": "plain", "y": "* program", "z": "-> x"}
            again = await link.apply(Batch((stage.put("x", "plain"), stage.put("y", "program", 0o755))))
            assert applied.done[:2] == again.done

    async def test_changes_are_made_in_their_order(self, stage: Stage) -> None:
        """A folder gives way to a file of its name; trees are removed and moved whole; what is gone may be removed."""
        async with stage.link() as link:
            await link.apply(Batch((stage.put("d/e/f", "1"), stage.put("d/g", "2"), stage.put("old/h", "3"))))
            changes = (Remove(stage.path("d")), stage.put("d", "file"), Move(stage.path("old"), stage.path("new")))
            applied = await link.apply(Batch((*changes, Remove(stage.path("never")), Link(stage.path("l"), "d"))))
            assert await stage.ls() == {"d": "file", "new/h": "3", "l": "-> d"}
            assert [type(done) for done in applied.done] == [Remove, Wrote, Move, Remove, Wrote]

    async def test_a_file_that_vanished_is_removed(self, stage: Stage, tmp_path: Path) -> None:
        """Between the news of a file and its reading it may go; the answer says so."""
        async with stage.link() as link:
            await link.apply(Batch((stage.put("a", "1"),)))
            applied = await link.apply(Batch((Put(stage.path("a"), str(tmp_path / "gone")),), "x"))
            assert applied.done == (Remove(stage.path("a")),)
            assert await stage.ls() == {}

    async def test_what_cannot_be_written_is_named(self, stage: Stage) -> None:
        """The others are written; the error names the path and what was done; nobody knows the files now."""
        async with stage.link() as link:
            await link.apply(Batch((stage.put("a", "1"),), "old"))
            with pytest.raises(NotApplied) as raised:
                await link.apply(Batch((Put("/elsewhere/x", b""), stage.put("a", "2")), "new"))
            assert raised.value.path == "/elsewhere/x"
            assert [done.path for done in raised.value.done] == [stage.path("a")]
            assert await stage.ls() == {"a": "2"}
            await stage.label(link, None)
            await link.apply(Batch((stage.put("a", "2"),), "whole"))
            await stage.label(link, "whole")

    async def test_later_batches_win(self, stage: Stage, tmp_path: Path) -> None:
        """A small change waits for a large one of the same path, while others overtake it."""
        (tmp_path / "large").write_bytes(bytes(20_000_000))
        async with stage.link() as link:
            large = link.apply(Batch((Put(stage.path("a"), str(tmp_path / "large")),)))
            async with beside(large) as first, beside(_after(link, stage.put("a", "small"))) as second:
                await link.apply(Batch((stage.put("b", "aside"),)))
                await asyncio.wait({first, second})
            assert await stage.ls() == {"a": "small", "b": "aside"}

    async def test_many_files_are_one_batch(self, stage: Stage) -> None:
        """Hundreds of files are written and all acknowledged."""
        async with stage.link() as link:
            puts = tuple(stage.put(f"many/{number % 7}/{number}", str(number)) for number in range(500))
            applied = await link.apply(Batch(puts, "many"))
            assert len(applied.done) == 500
            assert await stage.ls() == {f"many/{number % 7}/{number}": str(number) for number in range(500)}


async def _after(link: LiveLink, put: Put) -> None:
    """Apply one change, begun after what the caller began before."""
    await asyncio.sleep(0)
    await link.apply(Batch((put,)))


class TestCommands:
    """Commands beside the container's own, and that one."""

    async def test_commands_tell_all(self, stage: Stage) -> None:
        """Both outputs and the status come back; folder and variables are as wished; a missing program is 127."""
        async with stage.link() as link:
            said: dict[str, bytes] = {"out": b"", "err": b""}

            def hear(name: str, data: bytes) -> None:
                said[name] += data

            argv = ["sh", "-c", 'echo "one $TWO $PWD"; echo oops >&2; exit 7']
            env = {"TWO": "two"} if not isinstance(stage, Memory) else None
            assert await link.run(argv, cwd="/", env=env, output=hear) == 7
            assert said == {"out": b"one two /\n", "err": b"oops\n"}
            assert await link.run(["no-such-program"]) == 127

    async def test_a_restart_is_another_process(self, stage: Stage) -> None:
        """The command has another pid, the files stay, and it is no news that the old one ended."""
        stage.needs_helper()
        async with stage.link() as link:
            before = await link.hello()
            await link.apply(Batch((stage.put("a", "1"),), "x"))
            events = link.events()
            pid = await link.restart(grace=5.0)
            after = await link.hello()
            assert (after.pid, after.starts, after.label) == (pid, before.starts + 1, "x")
            assert pid != before.pid
            assert await anext(events) == Started(pid, after.starts)
            assert await stage.ls() == {"a": "1"}

    async def test_a_crash_is_told(self, stage: Stage) -> None:
        """A command that dies in a changed container is started again there, and both are told."""
        stage.needs_helper()
        async with stage.link() as link:
            await link.apply(Batch((stage.put("a", "1"),), "x"))
            before = await link.hello()
            events = link.events()
            await stage.kill(link)
            ended, started = await anext(events), await anext(events)
            assert isinstance(ended, Ended)
            assert ended.code == 137
            assert ended.again is not None
            assert isinstance(started, Started)
            assert started.starts == before.starts + 1
            assert (await link.hello()).last_exit == 137


class TestLink:
    """The link itself."""

    async def test_a_sign_of_life(self, stage: Stage) -> None:
        """A ping is answered by the helper."""
        async with stage.link() as link:
            assert 0 < await link.ping() < LIMIT

    async def test_after_the_break_everything_fails_at_once(self, stage: Stage) -> None:
        """Who waits, and who asks later, hears of it; the container and its files are as they were."""
        stage.needs_helper()
        async with stage.link() as link:
            await link.apply(Batch((stage.put("a", "1"),), "x"))
            await stage.label(link, "x")
            events = link.events()
            await stage.cut()
            assert await link.ended()
            with pytest.raises(LinkBroken):
                await link.apply(Batch((stage.put("a", "2"),)))
            for ask in (link.hello, link.ping, link.restart):
                with pytest.raises(LinkBroken):
                    await ask()
            with pytest.raises(LinkBroken):
                await link.run(["true"])
            with pytest.raises(LinkBroken):
                async with link.listen(8080, 80):
                    pass
            assert [event async for event in events] == []
        async with stage.link() as link:
            await stage.label(link, "x")

    async def test_no_helper_is_told_apart(self, stage: Stage) -> None:
        """A container without the helper is another thing than one that cannot be reached."""
        stage.needs_helper()
        if isinstance(stage, Memory):
            stage.target = Target("default", "other")
        elif isinstance(stage, Here):
            stage.pod.program = Path("/nowhere/helper")
        else:
            pytest.skip("every pod of this suite has it")
        with pytest.raises(HelperMissing):
            async with stage.link():
                pass


class Mirror:
    """A server of this machine that says back everything when it has heard the end of it."""

    def __init__(self) -> None:
        self.port = 0
        self.heard = asyncio.Event()
        """Somebody has connected."""
        self.lost = asyncio.Event()
        """A connection was reset."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Mirror"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.set()
        try:
            writer.write(await reader.read())
            await writer.drain()
        except ConnectionError:
            self.lost.set()
        writer.close()


async def said_back(port: int, content: bytes) -> bytes:
    """Send something and its end to a port, and return all that comes back; nothing for a connection that is reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(content)
        writer.write_eof()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


class TestWaysBack:
    """Ports in a container that lead to this machine."""

    async def test_connections_are_carried_whole(self, stage: Stage) -> None:
        """Every byte comes, both ways, and the end of one way leaves the other one open."""
        stage.needs_helper()
        content = os.urandom(3_000_000)
        port = free_port()
        async with (
            Mirror().open() as mirror,
            stage.link() as link,
            link.listen(port, mirror.port),
            stage.way(port) as way,
        ):
            assert await said_back(way, content) == content

    async def test_many_connections_at_once(self, stage: Stage) -> None:
        """Connections do not hinder each other; a port of a past block can be opened again."""
        stage.needs_helper()
        port = free_port()
        async with Mirror().open() as mirror, stage.link() as link:
            async with link.listen(port, mirror.port), stage.way(port) as way:
                async with asyncio.TaskGroup() as group:
                    calls = [group.create_task(said_back(way, bytes([number]) * 90_000)) for number in range(20)]
                assert [call.result() for call in calls] == [bytes([number]) * 90_000 for number in range(20)]
            async with link.listen(port, mirror.port), stage.way(port) as way:
                assert await said_back(way, b"again") == b"again"

    async def test_nobody_here_is_nobody_there(self, stage: Stage) -> None:
        """Where nothing listens on this machine a connection ends without an answer, and the next one is tried anew."""
        stage.needs_helper()
        port, local = free_port(), free_port()
        if isinstance(stage, Memory):
            pytest.skip("the fake carries nothing")
        async with stage.link() as link, link.listen(port, local), stage.way(port) as way:
            assert await said_back(way, b"hello") == b""
            assert await said_back(way, b"hello") == b""

    async def test_a_taken_port_is_refused(self, stage: Stage) -> None:
        """Two cannot listen on one port."""
        stage.needs_helper()
        port = free_port()
        async with stage.link() as link, link.listen(port, 80):
            with pytest.raises(OutsideError, match="taken"):
                async with link.listen(port, 81):
                    pass

    async def test_what_is_open_at_the_end_is_reset(self, stage: Stage) -> None:
        """Neither side takes the end of the listening for an orderly one."""
        stage.needs_helper()
        if isinstance(stage, Memory):
            pytest.skip("the fake carries nothing")
        port = free_port()
        async with Mirror().open() as mirror, stage.link() as link:
            async with link.listen(port, mirror.port), stage.way(port) as way:
                _, writer = await asyncio.open_connection("127.0.0.1", way)
                writer.write(b"half of it")
                await mirror.heard.wait()
            await mirror.lost.wait()
            writer.close()


def free_port() -> int:
    """Return a port that nothing listens on; in a pod all of these are free."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        return int(made.getsockname()[1])
